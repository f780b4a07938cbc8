package io.dunlin.ipsec;

/** The numbers of one association's packets (RFC 4303 sections 2.2 and 3.3.3): from 1 up, each once. */
final class SequenceNumbers {
    private static final long LAST_EXTENDED = Long.MAX_VALUE;
    private static final long LAST = 0xffff_ffffL;

    private SequenceNumbers() {}

    /** The last there is, after which an association is of no use. Of 64 bits 63 are used: more than can be sent. */
    static long last(boolean isExtended) {
        return isExtended ? LAST_EXTENDED : LAST;
    }

    static void checkFirst(long first, boolean isExtended) {
        if (first < 1 || first > last(isExtended)) {
            throw new IllegalArgumentException(
                    "first sequence number " + first + ": allowed are 1 to " + last(isExtended));
        }
    }
}
