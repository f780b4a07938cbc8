package io.dunlin.gossip;

import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.FastThreadLocalThread;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Threads that members of this JVM share: each member lives on one of them. Without, each member has one of its own; a thread is enough for
 * some hundred members in quiet. To be closed after its members.
 */
public final class GossipThreads implements AutoCloseable {
    private static final int MAX_THREADS = 64;

    private final MultiThreadIoEventLoopGroup loops;

    private GossipThreads(int count, ThreadFactory factory) {
        this.loops = new MultiThreadIoEventLoopGroup(count, factory, NioIoHandler.newFactory());
    }

    /** Daemon threads by the name of {@code dunlin-gossip-<number>}. */
    public static GossipThreads start(int count) {
        if (count < 1 || count > MAX_THREADS) {
            throw new IllegalArgumentException(count + " threads: allowed are 1 to " + MAX_THREADS);
        }
        var number = new AtomicInteger();
        return new GossipThreads(count, task -> thread(task, Integer.toString(number.getAndIncrement())));
    }

    /** One for a single member. */
    static GossipThreads of(String member) {
        return new GossipThreads(1, task -> thread(task, member));
    }

    private static Thread thread(Runnable task, String name) {
        var thread = new FastThreadLocalThread(task, "dunlin-gossip-" + name);
        thread.setDaemon(true);
        return thread;
    }

    /** The one for the next member. */
    EventLoop next() {
        return loops.next();
    }

    /** Ends the threads, and waits for that; idempotent. Not on one of them. */
    @Override
    public void close() {
        end();
        loops.terminationFuture().awaitUninterruptibly();
    }

    /** Ends the threads once what waits has run; does not wait for it. */
    @SuppressWarnings("FutureReturnValueIgnored") // close() waits for what counts
    void end() {
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
}
