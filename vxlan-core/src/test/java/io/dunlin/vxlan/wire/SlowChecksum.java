package io.dunlin.vxlan.wire;

/**
 * The Internet checksum as RFC 1071 section 1 words it: adjacent octets paired to 16-bit integers, an odd last one followed by a zero, their
 * 1's complement sum, its 1's complement. Slow and in network order; what the fast one is held against.
 */
final class SlowChecksum {
    private SlowChecksum() {}

    static int of(Memory memory) {
        return ~sum(memory.toArray()) & 0xffff;
    }

    static int of(byte[] bytes) {
        return ~sum(bytes) & 0xffff;
    }

    static int sum(byte[] bytes) {
        int sum = 0;
        for (int i = 0; i < bytes.length; i += 2) {
            int high = bytes[i] & 0xff;
            int low = i + 1 < bytes.length ? bytes[i + 1] & 0xff : 0;
            sum = add(sum, high * 256 + low);
        }
        return sum;
    }

    /** 1's complement addition of 16-bit numbers: the carry comes in again at the low end. */
    static int add(int a, int b) {
        int sum = a + b;
        return sum > 0xffff ? sum - 0xffff : sum;
    }
}
