package io.dunlin.lb.dns.upstream;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Asks {@link Upstreams} for whoever cannot wait: each query on a virtual thread of its own, a bounded number at once. Any thread.
 */
public final class Forwarder implements AutoCloseable {
    private final Upstreams upstreams;
    private final int most;
    private final int mostPerAsker;
    private final AtomicInteger inFlight = new AtomicInteger();
    private final Map<Object, Integer> perAsker = new ConcurrentHashMap<>();
    private final ExecutorService threads;

    public Forwarder(UpstreamConfig config, Upstreams upstreams) {
        this.upstreams = upstreams;
        this.most = config.maxInFlight();
        this.mostPerAsker = config.maxPerAsker();
        this.threads = Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("dunlin-dns-", 0).factory());
    }

    /**
     * Has a query answered. The answer comes later, on another thread, but it comes: null if no server had one.
     *
     * @param asker who asks: an endpoint, an address. Each has its share of what can be under way
     * @param isStream whether it came over TCP
     * @return false: too much is under way, or it is closed, and nothing will come
     */
    public boolean forward(Object asker, byte[] query, boolean isStream, Consumer<byte @Nullable []> answered) {
        if (!begin(asker)) {
            return false;
        }
        try {
            threads.execute(() -> {
                byte[] answer = null;
                try {
                    answer = upstreams.ask(query, isStream);
                } finally {
                    end(asker);
                    answered.accept(answer);
                }
            });
            return true;
        } catch (RejectedExecutionException e) {
            end(asker);
            return false;
        }
    }

    private boolean begin(Object asker) {
        if (inFlight.incrementAndGet() > most) {
            inFlight.decrementAndGet();
            return false;
        }
        if (perAsker.merge(asker, 1, Integer::sum) > mostPerAsker) {
            end(asker);
            return false;
        }
        return true;
    }

    private void end(Object asker) {
        inFlight.decrementAndGet();
        perAsker.computeIfPresent(asker, (_, count) -> count > 1 ? count - 1 : null);
    }

    /** Queries that are under way. */
    public int inFlight() {
        return inFlight.get();
    }

    /** Ends: what is under way is given up, and answered so. */
    @Override
    public void close() {
        threads.shutdownNow();
        threads.close();
    }
}
