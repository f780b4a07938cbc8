package io.dunlin.vxlan.wire;

import java.lang.foreign.MemorySegment;

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

    public static long destination(MemorySegment memory, long at) {
        return NetworkOrder.u48(memory, at + DESTINATION);
    }

    public static long source(MemorySegment memory, long at) {
        return NetworkOrder.u48(memory, at + SOURCE);
    }

    public static int type(MemorySegment memory, long at) {
        return NetworkOrder.u16(memory, at + TYPE);
    }

    public static boolean isVlan(int type) {
        return type == TYPE_VLAN || type == TYPE_SERVICE_VLAN;
    }

    /** Whether two headers are the same. */
    public static boolean areEqual(MemorySegment memory, long one, long other) {
        int lastEight = LENGTH - Long.BYTES; // two of them compared twice
        return NetworkOrder.i64(memory, one) == NetworkOrder.i64(memory, other)
                && NetworkOrder.i64(memory, one + lastEight) == NetworkOrder.i64(memory, other + lastEight);
    }

    public static void write(MemorySegment memory, long at, long destination, long source, int type) {
        NetworkOrder.u48(memory, at + DESTINATION, destination);
        NetworkOrder.u48(memory, at + SOURCE, source);
        NetworkOrder.u16(memory, at + TYPE, type);
    }
}
