package io.dunlin.node;

/**
 * Bounds the ICMP errors a node sends (RFC 1812 section 4.3.2.8, RFC 4443 section 2.4 (f)) by a token bucket: a burst, then a rate. A
 * sender that is not told now is told at its next packet. Worker's thread.
 */
final class IcmpErrorLimit {
    /** Errors at once: enough for a host that opens many connections with one wrong MTU. */
    static final int BURST = 64;
    /** Errors a second after that. */
    static final int RATE = 1000;

    private static final long NANOS_PER_TOKEN = 1_000_000_000L / RATE;

    private int tokens = BURST;
    private long lastRefillNanos;
    private boolean started;

    boolean allows(long nowNanos) {
        if (!started) {
            started = true;
            lastRefillNanos = nowNanos;
        }
        long earned = (nowNanos - lastRefillNanos) / NANOS_PER_TOKEN;
        if (earned > 0) {
            tokens = (int) Math.min(BURST, tokens + earned);
            lastRefillNanos += earned * NANOS_PER_TOKEN;
        }
        if (tokens == 0) {
            return false;
        }
        tokens--;
        return true;
    }
}
