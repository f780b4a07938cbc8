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
    private static final boolean LITTLE_ENDIAN = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
    private static final long LOW_HALF = 0xffff_ffffL;

    /** Bytes from which a loop is worth its beginning and end. */
    private static final int LONG_ENOUGH = 128;

    private InternetChecksum() {}

    /** Partial sum of {@code bytes} bytes. An odd last byte counts as if a zero followed it. */
    public static long sum(Memory memory, int from, int bytes) {
        long sum = 0;
        int at = from;
        int rest = bytes;
        if (bytes >= LONG_ENOUGH) {
            sum = sumOfWords(memory.segment(), from, bytes >>> 3);
            at += bytes & ~7;
            rest = bytes & 7;
        }
        // Headers are short: no loop, and none that would tell the compiler of all loops here that they are short.
        if (rest >= 32) {
            if ((rest & 64) != 0) {
                sum += fourWords(memory, at) + fourWords(memory, at + 32);
                at += 64;
            }
            if ((rest & 32) != 0) {
                sum += fourWords(memory, at);
                at += 32;
            }
        }
        if ((rest & 16) != 0) {
            sum += word(memory, at) + word(memory, at + 8);
            at += 16;
        }
        if ((rest & 8) != 0) {
            sum += word(memory, at);
            at += 8;
        }
        if ((rest & 4) != 0) {
            sum += Integer.toUnsignedLong(memory.hostI32(at));
            at += 4;
        }
        if ((rest & 3) != 0) {
            if ((rest & 2) != 0) {
                sum += memory.hostU16(at);
                at += 2;
            }
            if ((rest & 1) != 0) {
                int last = memory.u8(at);
                sum += LITTLE_ENDIAN ? last : last << 8;
            }
        }
        return sum;
    }

    /**
     * The sum of {@code words} times 8 bytes, in the shape that C2 turns into vector instructions: an int that counts one by one, one load
     * and one sum, nothing unrolled by hand. 60 GB/s at 1,400 bytes where two sums over a long that counts bytes gave 21
     * (docs/adr/0011, ChecksumBenchmark).
     */
    private static long sumOfWords(MemorySegment memory, long from, int words) {
        long sum = 0;
        for (int i = 0; i < words; i++) {
            sum += halves(memory.get(LONG, from + 8L * i));
        }
        return sum;
    }

    private static long fourWords(Memory memory, int at) {
        return word(memory, at) + word(memory, at + 8) + word(memory, at + 16) + word(memory, at + 24);
    }

    private static long word(Memory memory, int at) {
        return halves(memory.hostI64(at));
    }

    /** Both halves of 8 bytes, added: 33 bits, so that no sum of up to 2^30 of them has a carry to follow. */
    private static long halves(long word) {
        return (word & LOW_HALF) + (word >>> 32);
    }

    /** Partial sum of one 16-bit field that is not in memory, given as the number it stands for. */
    public static long word(int value) {
        return LITTLE_ENDIAN ? Short.reverseBytes((short) value) & 0xffff : value & 0xffff;
    }

    /** What takes a 16-bit field out of a partial sum again that it is part of, as long as that is not all of it. */
    public static long without(int value) {
        return word(~value);
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
    public static void complete(Memory memory, int from, int at, int end) {
        int checksum = finish(sum(memory, from, end - from));
        // UDP's zero stands for "none" (RFC 768); to TCP both zeros are the same.
        // No branch: one packet in 65,536 would take it, after the compiler has bet that none does.
        memory.u16(at, checksum | (checksum - 1 >> 31 & 0xffff));
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

    /** Partial sum of the pseudo-header of TCP and UDP over the IP version that the header at {@code ip} has. */
    public static long pseudoHeader(Memory memory, int ip, int protocol, int transportBytes) {
        return IpHeader.version(memory, ip) == 4
                ? pseudoHeaderIpv4(memory, ip, protocol, transportBytes)
                : pseudoHeaderIpv6(memory, ip, protocol, transportBytes);
    }

    /** Partial sum of the pseudo-header of TCP and UDP over IPv4 (RFC 9293 section 3.1). */
    public static long pseudoHeaderIpv4(Memory memory, int ip, int protocol, int transportBytes) {
        return sum(memory, ip + Ipv4Header.SOURCE, 8) + word(protocol) + word(transportBytes);
    }

    /** Partial sum of the pseudo-header of TCP, UDP and ICMPv6 over IPv6 (RFC 8200 section 8.1). */
    public static long pseudoHeaderIpv6(Memory memory, int ip, int protocol, int transportBytes) {
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
