package io.dunlin.vxlan.wire;

/**
 * Ethernet II header (IEEE 802.3, RFC 894): destination, source, EtherType.
 *
 * <pre>{@code
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                        Destination MAC                        |
 * +               +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+               +
 * |               |                               |  Source MAC   |
 * +-+-+-+-+-+-+-+-+                               +-+-+-+-+-+-+-+-+
 * |                                               |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |           EtherType           |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * }</pre>
 */
public final class EthernetHeader {
    public static final int DESTINATION = 0;
    public static final int SOURCE = 6;
    public static final int TYPE = 12;
    public static final int LENGTH = 14;

    public static final int TYPE_IPV4 = 0x0800;
    public static final int TYPE_ARP = 0x0806;
    public static final int TYPE_IPV6 = 0x86dd;
    /** IEEE 802.1Q customer tag. */
    public static final int TYPE_VLAN = 0x8100;
    /** IEEE 802.1ad service tag. */
    public static final int TYPE_SERVICE_VLAN = 0x88a8;

    private EthernetHeader() {}

    /** Whether {@code available} bytes hold a header: the only proof of bounds for the accessors. */
    public static boolean checkLength(int available) {
        return available >= LENGTH;
    }

    public static long destination(Memory memory, int at) {
        return memory.u48(at + DESTINATION);
    }

    public static long source(Memory memory, int at) {
        return memory.u48(at + SOURCE);
    }

    public static int type(Memory memory, int at) {
        return memory.u16(at + TYPE);
    }

    public static boolean isVlan(int type) {
        return type == TYPE_VLAN || type == TYPE_SERVICE_VLAN;
    }

    /** Whether two headers are the same. */
    public static boolean areEqual(Memory memory, int one, int other) {
        int lastEight = LENGTH - Long.BYTES; // two of them compared twice
        return memory.i64(one) == memory.i64(other) && memory.i64(one + lastEight) == memory.i64(other + lastEight);
    }

    public static void write(Memory memory, int at, long destination, long source, int type) {
        memory.u48(at + DESTINATION, destination);
        memory.u48(at + SOURCE, source);
        memory.u16(at + TYPE, type);
    }
}
