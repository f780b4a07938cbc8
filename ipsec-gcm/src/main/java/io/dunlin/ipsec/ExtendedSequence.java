package io.dunlin.ipsec;

/** Sequence numbers of 64 bits of which the wire carries the lower 32 (RFC 4303 section 2.2.1). */
final class ExtendedSequence {
    private static final long LOW = 0xffff_ffffL;

    private ExtendedSequence() {}

    /**
     * The number whose lower half came (RFC 4303 appendix A2): the one that lies in the window, or else in the 2^32 − size above it.
     *
     * @param low the lower half
     * @param highest the highest number that was authentic
     * @param size of the replay window, below 2^32
     * @return 0, which no packet has, if the number would lie before the first
     */
    static long of(int low, long highest, int size) {
        long lowest = highest - size + 1; // of the window; may lie before 0
        long candidate = (lowest & ~LOW) | Integer.toUnsignedLong(low);
        if (Integer.compareUnsigned(low, (int) lowest) < 0) {
            candidate += LOW + 1;
        }
        boolean isBeforeFirst = candidate < 0 && highest >= 0;
        return isBeforeFirst ? 0 : candidate;
    }
}
