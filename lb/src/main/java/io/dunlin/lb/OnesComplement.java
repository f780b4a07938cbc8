package io.dunlin.lb;

/** Sums of 16-bit words in one's complement, as {@link io.dunlin.vxlan.wire.InternetChecksum#update} takes for what changed. */
final class OnesComplement {
    private OnesComplement() {}

    static int add(int a, int b) {
        int sum = a + b;
        return (sum & 0xffff) + (sum >>> 16);
    }

    /** The four words of a long. */
    static int fold(long words) {
        long sum = (words & 0xffff) + (words >>> 16 & 0xffff) + (words >>> 32 & 0xffff) + (words >>> 48);
        sum = (sum & 0xffff) + (sum >>> 16);
        return (int) ((sum & 0xffff) + (sum >>> 16));
    }
}
