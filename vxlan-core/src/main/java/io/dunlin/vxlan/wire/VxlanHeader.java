package io.dunlin.vxlan.wire;

/**
 * VXLAN header (RFC 7348 section 5).
 *
 * <pre>{@code
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |R|R|R|R|I|R|R|R|            Reserved                           |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                VXLAN Network Identifier (VNI) |   Reserved    |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * }</pre>
 */
public final class VxlanHeader {
    public static final int FLAGS = 0;
    public static final int VNI = 4;
    public static final int LENGTH = 8;

    /** The I flag: the VNI is valid. */
    public static final int FLAG_VNI = 0x08;

    private VxlanHeader() {}

    /** Whether {@code available} bytes hold a header: the only proof of bounds for the accessors. */
    public static boolean checkLength(int available) {
        return available >= LENGTH;
    }

    public static int flags(Memory memory, int at) {
        return memory.u8(at + FLAGS);
    }

    /** The network identifier, 0 to 16,777,215. */
    public static int vni(Memory memory, int at) {
        return memory.i32(at + VNI) >>> 8;
    }

    /** Whether two headers are the same, reserved fields included. */
    public static boolean areEqual(Memory memory, int one, int other) {
        return memory.i64(one) == memory.i64(other);
    }

    /** Writes all eight bytes, the reserved ones as 0. */
    public static void write(Memory memory, int at, int vni) {
        memory.i32(at + FLAGS, FLAG_VNI << 24);
        memory.i32(at + VNI, vni << 8);
    }
}
