package io.dunlin.gossip.netty;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.gossip.transport.Transport;
import io.dunlin.gossip.transport.Transport.CallResult;
import io.dunlin.gossip.transport.TransportCounter;
import io.dunlin.gossip.wire.Bytes;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** A transport with a thread of its own; its messages are text behind a length of four bytes, and "x" is answered by "re: x". */
final class Station implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    final InetSocketAddress address;

    private final EventLoopGroup threads = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final EventLoop loop = threads.next();
    private final TransportCounters counters = new TransportCounters();
    private final NettyTransport transport;
    private final BlockingQueue<Packet> packets = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> calls = new LinkedBlockingQueue<>();
    private final Set<Thread> threadsSeen = ConcurrentHashMap.newKeySet();
    private final AtomicInteger toldTwice = new AtomicInteger();

    record Packet(InetSocketAddress from, String text) {}

    Station(InetSocketAddress listen, Duration streamTimeout) throws IOException {
        transport = new NettyTransport(loop, listen, streamTimeout, counters);
        try {
            address = loop.submit(() -> transport.start(new Messages())).get();
        } catch (ExecutionException e) {
            end();
            throw (IOException) e.getCause();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private final class Messages implements Transport.Receiver {
        @Override
        public void packet(InetSocketAddress from, byte[] packet) {
            threadsSeen.add(Thread.currentThread());
            packets.add(new Packet(from, new String(packet, UTF_8)));
            throwIfAsked(packet, 0);
        }

        @Override
        public byte @Nullable [] call(InetSocketAddress from, byte[] message) {
            threadsSeen.add(Thread.currentThread());
            throwIfAsked(message, 4);
            String text = new String(message, 4, message.length - 4, UTF_8);
            calls.add(text);
            return text.startsWith("no answer") ? null : frame("re: " + text);
        }

        private void throwIfAsked(byte[] bytes, int offset) {
            if (new String(bytes, offset, bytes.length - offset, UTF_8).equals("throw")) {
                throw new IllegalStateException("as asked for by a test");
            }
        }

        @Override
        public Transport.Framer newFramer() {
            return (bytes, length) -> {
                if (length < 4) {
                    return Transport.Framer.INCOMPLETE;
                }
                int claimed = ByteBuffer.wrap(bytes).getInt();
                return claimed < 0 ? Transport.Framer.MALFORMED : (int) Math.min(4L + claimed, Integer.MAX_VALUE);
            };
        }
    }

    static byte[] frame(String text) {
        byte[] bytes = text.getBytes(UTF_8);
        return ByteBuffer.allocate(4 + bytes.length)
                .putInt(bytes.length)
                .put(bytes)
                .array();
    }

    static CallResult reply(String text) {
        return new CallResult.Reply(Bytes.wrap(frame(text)));
    }

    void send(InetSocketAddress to, String text) {
        onLoop(() -> transport.send(to, text.getBytes(UTF_8)));
    }

    CallResult call(InetSocketAddress to, String text, boolean wantsReply) throws Exception {
        return call(to, text, wantsReply, PATIENCE);
    }

    CallResult call(InetSocketAddress to, String text, boolean wantsReply, Duration timeout) throws Exception {
        return begin(to, text, wantsReply, timeout).get(PATIENCE.toSeconds() + 5, TimeUnit.SECONDS);
    }

    CompletableFuture<CallResult> begin(InetSocketAddress to, String text, boolean wantsReply, Duration timeout) {
        var result = new CompletableFuture<CallResult>();
        Runnable call = () -> transport.call(to, frame(text), wantsReply, timeout.toNanos(), outcome -> {
            threadsSeen.add(Thread.currentThread());
            if (!result.complete(outcome)) {
                toldTwice.incrementAndGet();
            }
        });
        if (loop.isShuttingDown()) {
            call.run();
        } else {
            onLoop(call);
        }
        return result;
    }

    private void onLoop(Runnable task) {
        try {
            loop.submit(task).get();
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    Packet nextPacket() throws InterruptedException {
        return next(packets);
    }

    String nextCall() throws InterruptedException {
        return next(calls);
    }

    private static <T> T next(BlockingQueue<T> queue) throws InterruptedException {
        T next = queue.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertThat(next).as("nothing came").isNotNull();
        return next;
    }

    int callsWaiting() {
        return calls.size();
    }

    long count(TransportCounter counter) {
        return counters.get(counter);
    }

    long bytesHeld() {
        var held = new CompletableFuture<Long>();
        onLoop(() -> held.complete(transport.bytesHeld()));
        return held.join();
    }

    void awaitNoStreams() {
        awaitStreams(0);
    }

    void awaitStreams(int number) {
        await(() -> transport.openStreams() == number);
    }

    void awaitCount(TransportCounter counter, long atLeast) {
        await(() -> count(counter) >= atLeast);
    }

    void awaitBytesReceived(long atLeast) {
        awaitCount(TransportCounter.STREAM_BYTES_RECEIVED, atLeast);
    }

    /** Asks on the loop, after each thing that happens there. */
    private void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        var isMet = new CompletableFuture<Boolean>();
        do {
            onLoop(() -> {
                if (condition.getAsBoolean()) {
                    isMet.complete(true);
                }
            });
        } while (!isMet.isDone() && System.nanoTime() < deadline);
        assertThat(isMet).as("waited for in vain").isDone();
    }

    Set<Thread> threadsSeen() {
        return threadsSeen;
    }

    Thread thread() {
        var thread = new CompletableFuture<Thread>();
        onLoop(() -> thread.complete(Thread.currentThread()));
        return thread.join();
    }

    int callsToldTwice() {
        return toldTwice.get();
    }

    @Override
    public void close() {
        if (!loop.isShuttingDown()) {
            onLoop(transport::close);
            onLoop(transport::close);
            end();
        }
    }

    private void end() {
        threads.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
    }
}
