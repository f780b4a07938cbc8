package io.dunlin.gossip.netty;

import io.dunlin.gossip.transport.Transport;
import io.dunlin.gossip.transport.TransportCounter;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Packets by UDP and streams by TCP, on one address and port, all on one event loop: its thread is the protocol's. Whatever peers do, it
 * holds no more than {@value #MAX_INBOUND_STREAMS} of their streams, {@value #MAX_STREAMS_OF_ONE} of one address, {@value
 * #MAX_STREAM_BYTES} bytes of all streams together, and no stream longer than its deadline; what it refuses it counts.
 *
 * <p>The sockets are opened before Netty gets them: so {@link #start} binds at once, though it runs on the event loop, on which Netty would
 * bind later.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what fails shows in the channel's end, or in the listener
public final class NettyTransport implements Transport {
    /** As many push/pulls as memberlist serves at once. */
    static final int MAX_INBOUND_STREAMS = 128;

    /** Of one IP address, so that one host alone cannot keep the others out. */
    static final int MAX_STREAMS_OF_ONE = 48;

    static final int MAX_OUTBOUND_CALLS = 128;

    /** Received, and waiting to be sent as answers; two of the largest states at least. */
    static final long MAX_STREAM_BYTES = 96L << 20;

    /** The largest UDP datagram. */
    private static final int MAX_PACKET = 65_535;

    /** Packets that wait for the system to take them; beyond that they are lost, as they may be on their way. */
    private static final int MAX_WAITING_PACKET_BYTES = 256 << 10;

    /** After the system could not accept a stream (no descriptors): trying again at once would only burn time. */
    private static final long ACCEPT_PAUSE_MILLIS = 1000;

    private final EventLoop loop;
    private final InetSocketAddress listen;
    private final long streamTimeoutNanos;
    private final TransportCounters counters;
    private final Faults faults;
    private final StreamBudget budget = new StreamBudget(MAX_STREAM_BYTES);
    private final NameLookup names;
    private final Set<SocketChannel> inbound = new HashSet<>();
    private final Set<OutboundCall> calls = new HashSet<>();
    private @Nullable Channel packets;
    private @Nullable Channel streams;
    private @Nullable Receiver receiver;
    private boolean isClosed;

    /**
     * @param loop the protocol's, which outlives this
     * @param listen resolved; port 0: one that is free for UDP and TCP
     * @param streamTimeout how long a peer's stream may take, all of it
     * @param counters this transport's alone
     */
    public NettyTransport(
            EventLoop loop, InetSocketAddress listen, Duration streamTimeout, TransportCounters counters) {
        this.loop = loop;
        this.listen = listen;
        this.streamTimeoutNanos = streamTimeout.toNanos();
        this.counters = counters;
        this.names = new NameLookup(listen.getAddress());
        this.faults = new Faults(counters, loop.ticker());
    }

    @Override
    public InetSocketAddress start(Receiver receiver) throws IOException {
        BoundPorts ports = BoundPorts.open(listen);
        this.receiver = receiver;
        var packets = new NioDatagramChannel(ports.packets());
        packets.config()
                .setRecvByteBufAllocator(new FixedRecvByteBufAllocator(MAX_PACKET))
                .setWriteBufferWaterMark(
                        new WriteBufferWaterMark(MAX_WAITING_PACKET_BYTES / 2, MAX_WAITING_PACKET_BYTES));
        packets.pipeline().addLast(new Packets(receiver));
        var streams = new NioServerSocketChannel(ports.streams());
        streams.pipeline().addLast(new Acceptor(receiver));
        this.packets = packets;
        this.streams = streams;
        loop.register(packets);
        loop.register(streams);
        return ports.address();
    }

    @Override
    public void send(InetSocketAddress to, byte[] packet) {
        Channel channel = packets;
        if (channel == null || isClosed) {
            return;
        }
        if (!channel.isWritable()) {
            counters.increment(TransportCounter.PACKETS_NOT_SENT_FULL);
            return;
        }
        channel.writeAndFlush(new DatagramPacket(Unpooled.wrappedBuffer(packet), to))
                .addListener(written -> {
                    if (written.isSuccess()) {
                        counters.increment(TransportCounter.PACKETS_SENT);
                        counters.add(TransportCounter.PACKET_BYTES_SENT, packet.length);
                    } else {
                        counters.increment(TransportCounter.PACKETS_NOT_SENT_FAILED);
                    }
                });
    }

    @Override
    public void call(
            InetSocketAddress to, byte[] request, boolean wantsReply, long timeoutNanos, Consumer<CallResult> done) {
        counters.increment(TransportCounter.CALLS);
        Receiver receiver = this.receiver;
        if (receiver == null || isClosed) {
            counters.increment(TransportCounter.CALLS_FAILED);
            done.accept(new CallResult.Failed("closed"));
            return;
        }
        var channel = new NioSocketChannel();
        channel.config().setConnectTimeoutMillis(0).setOption(ChannelOption.TCP_NODELAY, true);
        var reply = wantsReply ? new MessageCollector(receiver.newFramer(), budget) : null;
        var call = new OutboundCall(to, request, reply, counters, channel, done);
        calls.add(call);
        channel.closeFuture().addListener(closed -> calls.remove(call));
        channel.pipeline().addLast(call);
        boolean isOneTooMany = calls.size() > MAX_OUTBOUND_CALLS;
        loop.register(channel).addListener(registered -> {
            // later, so that no caller is told before its call has returned
            loop.execute(() -> {
                if (isOneTooMany) {
                    call.fail("not called: " + MAX_OUTBOUND_CALLS + " calls are under way");
                } else {
                    call.start(names, timeoutNanos);
                }
            });
        });
    }

    /** On the event loop. */
    @Override
    public void close() {
        if (isClosed) {
            return;
        }
        isClosed = true;
        if (packets != null) {
            packets.close();
        }
        if (streams != null) {
            streams.close();
        }
        new ArrayList<>(inbound).forEach(Channel::close);
        new ArrayList<>(calls).forEach(call -> call.fail("closed"));
    }

    /** Bytes that streams hold at the moment; event loop alone. */
    long bytesHeld() {
        return budget.taken();
    }

    /** Streams of peers, and calls; event loop alone. */
    int openStreams() {
        return inbound.size() + calls.size();
    }

    /** Hands packets on. */
    private final class Packets extends ChannelInboundHandlerAdapter {
        private final Receiver receiver;

        Packets(Receiver receiver) {
            this.receiver = receiver;
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object read) {
            var packet = (DatagramPacket) read;
            byte[] bytes;
            try {
                bytes = new byte[packet.content().readableBytes()];
                packet.content().readBytes(bytes);
            } finally {
                packet.release();
            }
            counters.increment(TransportCounter.PACKETS_RECEIVED);
            counters.add(TransportCounter.PACKET_BYTES_RECEIVED, bytes.length);
            receiver.packet(packet.sender(), bytes);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable failure) {
            faults.report("a packet", failure);
        }
    }

    /** Takes the streams that peers open, up to so many. */
    private final class Acceptor extends ChannelInboundHandlerAdapter {
        private final Receiver receiver;

        Acceptor(Receiver receiver) {
            this.receiver = receiver;
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object read) {
            var stream = (SocketChannel) read;
            if (inbound.size() >= MAX_INBOUND_STREAMS || streamsOf(stream.remoteAddress()) >= MAX_STREAMS_OF_ONE) {
                counters.increment(TransportCounter.STREAMS_REFUSED_TOO_MANY);
                stream.unsafe().closeForcibly();
                return;
            }
            counters.increment(TransportCounter.STREAMS_ACCEPTED);
            var handler = new InboundStream(receiver, budget, counters, faults, streamTimeoutNanos);
            inbound.add(stream);
            stream.closeFuture().addListener(closed -> {
                handler.closed();
                inbound.remove(stream);
            });
            stream.config().setTcpNoDelay(true);
            stream.pipeline().addLast(handler);
            loop.register(stream);
        }

        /** An address that is gone already is nobody's: such a stream is about to end. */
        private int streamsOf(@Nullable InetSocketAddress peer) {
            int streams = 0;
            for (SocketChannel other : inbound) {
                InetSocketAddress address = other.remoteAddress();
                if (peer != null && address != null && address.getAddress().equals(peer.getAddress())) {
                    streams++;
                }
            }
            return streams;
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable failure) {
            counters.increment(TransportCounter.STREAMS_NOT_ACCEPTED);
            var config = context.channel().config();
            if (config.isAutoRead()) {
                config.setAutoRead(false);
                context.executor().schedule(() -> config.setAutoRead(true), ACCEPT_PAUSE_MILLIS, TimeUnit.MILLISECONDS);
            }
        }
    }
}
