package io.dunlin.gossip.netty;

import io.dunlin.gossip.transport.TransportCounter;
import io.netty.util.concurrent.Ticker;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Failures of our own over something that came, which should not be: each is counted, and one in a minute is logged with all there is to
 * know, for whoever found out how to cause them may do so at any rate. Event loop alone.
 */
final class Faults {
    private static final Logger LOG = LoggerFactory.getLogger(NettyTransport.class);
    private static final long QUIET_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final TransportCounters counters;
    private final Ticker ticker;
    private long quietUntil;

    Faults(TransportCounters counters, Ticker ticker) {
        this.counters = counters;
        this.ticker = ticker;
        this.quietUntil = ticker.nanoTime();
    }

    void report(String over, Throwable failure) {
        counters.increment(TransportCounter.FAULTS);
        long now = ticker.nanoTime();
        if (now - quietUntil >= 0) {
            quietUntil = now + QUIET_NANOS;
            LOG.error("gossip failed over {} that came: please report it", over, failure);
        }
    }
}
