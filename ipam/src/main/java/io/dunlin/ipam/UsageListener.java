package io.dunlin.ipam;

/** Is told of pools that fill up. */
@FunctionalInterface
public interface UsageListener {
    /** Nobody listens. */
    UsageListener NONE = (_, _) -> {};

    /**
     * A pool has just become full to that share: granted, or in quarantine. Said once, until it has fallen five points below.
     *
     * @param percent 80 or 95
     */
    void onWarning(int percent, Usage usage);
}
