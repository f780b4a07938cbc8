package io.dunlin.gossip.netty;

/** The bytes that all streams of a transport may hold together. Event loop alone. */
final class StreamBudget {
    private final long limit;
    private long taken;

    StreamBudget(long limit) {
        this.limit = limit;
    }

    /** Takes so much, and says whether there was as much left; if not, nothing is taken. */
    boolean take(long bytes) {
        if (bytes > limit - taken) {
            return false;
        }
        taken += bytes;
        return true;
    }

    void giveBack(long bytes) {
        taken -= bytes;
    }

    long taken() {
        return taken;
    }
}
