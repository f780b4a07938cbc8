package io.dunlin.vxlan.wire;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The Internet checksum (RFC 1071), and its incremental update (RFC 1624).
 *
 * <p>Partial sums are kept in the machine's byte order, as the sum does not care which order it is taken in (RFC 1071 section 2 (B));
 * only {@link #finish} turns the result round. A partial sum is a non-negative long; several are joined with {@code +}, as long as all
 * but the last cover an even number of bytes.
 */
public final class InternetChecksum {
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final boolean LITTLE_ENDIAN = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
    private static final long LOW_HALF = 0xffff_ffffL;

    private InternetChecksum() {}

    /** Partial sum of {@code bytes} bytes. An odd last byte counts as if a zero followed it. */
    public static long sum(MemorySegment memory, long from, int bytes) {
        // 64-bit loads whose halves go into independent sums: no carries to follow, and 2.5 times an int loop
        // (docs/adr/0004).
        long a = 0;
        long b = 0;
        long at = from;
        long end = from + (bytes & ~15);
        for (; at < end; at += 16) {
            long x = memory.get(LONG, at);
            long y = memory.get(LONG, at + 8);
            a += (x & LOW_HALF) + (x >>> 32);
            b += (y & LOW_HALF) + (y >>> 32);
        }
        int rest = bytes & 15;
        if ((rest & 8) != 0) {
            long x = memory.get(LONG, at);
            a += (x & LOW_HALF) + (x >>> 32);
            at += 8;
        }
        if ((rest & 4) != 0) {
            a += Integer.toUnsignedLong(memory.get(INT, at));
            at += 4;
        }
        if ((rest & 2) != 0) {
            a += memory.get(SHORT, at) & 0xffff;
            at += 2;
        }
        if ((rest & 1) != 0) {
            int last = memory.get(ValueLayout.JAVA_BYTE, at) & 0xff;
            a += LITTLE_ENDIAN ? last : last << 8;
        }
        return a + b;
    }

    /** Partial sum of one 16-bit field that is not in memory, given as the number it stands for. */
    public static long word(int value) {
        return LITTLE_ENDIAN ? Short.reverseBytes((short) value) & 0xffff : value & 0xffff;
    }

    /** The checksum field's value: the complement of the folded sum, 0 to 0xffff. */
    public static int finish(long sum) {
        int folded = ~fold(sum) & 0xffff;
        return LITTLE_ENDIAN ? Short.reverseBytes((short) folded) & 0xffff : folded;
    }

    /** Whether a sum that was taken over everything, the checksum field included, says that nothing was changed. */
    public static boolean isRight(long sum) {
        return fold(sum) == 0xffff;
    }

    /**
     * The value of a checksum field that is yet to be completed by others: the sum itself, not its complement.
     *
     * @param sum over the pseudo-header
     */
    public static int partial(long sum) {
        return ~finish(sum) & 0xffff;
    }

    /**
     * Completes a checksum whose field, at {@code at}, holds the sum over the pseudo-header.
     *
     * @param from first byte that is covered, and {@code at} with it
     * @param end behind the last one
     */
    public static void complete(MemorySegment memory, long from, long at, long end) {
        int checksum = finish(sum(memory, from, (int) (end - from)));
        // UDP's zero stands for "none" (RFC 768); to TCP both zeros are the same.
        NetworkOrder.u16(memory, at, checksum == 0 ? 0xffff : checksum);
    }

    /**
     * The checksum after a 16-bit field it covers has changed (RFC 1624, equation 3). The same as a full computation gives, but for data
     * of which no bit is set any more: there it is 0 in place of 0xffff, and wrong. What is covered must hold something that is never 0.
     *
     * @param checksum the field's value before
     * @param before the changed field's value before
     * @param after its value now
     */
    public static int update(int checksum, int before, int after) {
        int sum = (~checksum & 0xffff) + (~before & 0xffff) + (after & 0xffff);
        sum = (sum & 0xffff) + (sum >>> 16);
        sum = (sum & 0xffff) + (sum >>> 16);
        return ~sum & 0xffff;
    }

    /** Partial sum of the pseudo-header of TCP and UDP over IPv4 (RFC 9293 section 3.1). */
    public static long pseudoHeaderIpv4(MemorySegment memory, long ip, int protocol, int transportBytes) {
        return sum(memory, ip + Ipv4Header.SOURCE, 8) + word(protocol) + word(transportBytes);
    }

    /** Partial sum of the pseudo-header of TCP, UDP and ICMPv6 over IPv6 (RFC 8200 section 8.1). */
    public static long pseudoHeaderIpv6(MemorySegment memory, long ip, int protocol, int transportBytes) {
        return sum(memory, ip + Ipv6Header.SOURCE, 32)
                + word(protocol)
                + word(transportBytes >>> 16)
                + word(transportBytes & 0xffff);
    }

    private static int fold(long sum) {
        long folded = (sum & LOW_HALF) + (sum >>> 32);
        folded = (folded & 0xffff) + (folded >>> 16);
        folded = (folded & 0xffff) + (folded >>> 16);
        folded = (folded & 0xffff) + (folded >>> 16);
        return (int) folded;
    }
}
