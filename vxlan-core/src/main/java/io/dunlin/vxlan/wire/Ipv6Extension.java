package io.dunlin.vxlan.wire;

/**
 * Extension headers between an IPv6 header and what it carries (RFC 8200 section 4): each names the type of the next in its first byte
 * and, but for fragments, its length beyond 8 bytes in units of 8 in its second.
 */
public final class Ipv6Extension {
    public static final int HOP_BY_HOP = 0;
    public static final int ROUTING = 43;
    public static final int FRAGMENT = 44;
    public static final int DESTINATION_OPTIONS = 60;

    /** The smallest one. */
    public static final int LENGTH = 8;

    private static final int ROUTING_TYPE = 2;
    private static final int FRAGMENT_OFFSET = 2;
    private static final int IDENTIFICATION = 4;

    private Ipv6Extension() {}

    /** Whether {@code available} bytes hold the smallest header: the only proof of bounds for the accessors. */
    public static boolean checkLength(int available) {
        return available >= LENGTH;
    }

    public static boolean isExtension(int nextHeader) {
        return nextHeader == HOP_BY_HOP
                || nextHeader == ROUTING
                || nextHeader == FRAGMENT
                || nextHeader == DESTINATION_OPTIONS;
    }

    public static int nextHeader(Memory memory, int at) {
        return memory.u8(at);
    }

    /** Bytes of the extension header of the given type. */
    public static int headerLength(Memory memory, int at, int type) {
        return type == FRAGMENT ? LENGTH : LENGTH + (memory.u8(at + 1) << 3);
    }

    public static int routingType(Memory memory, int at) {
        return memory.u8(at + ROUTING_TYPE);
    }

    /** Of a fragment header: its payload's offset in the whole, in bytes. */
    public static int fragmentOffset(Memory memory, int at) {
        return memory.u16(at + FRAGMENT_OFFSET) & ~7;
    }

    /** Of a fragment header: whether more follow. */
    public static boolean moreFragments(Memory memory, int at) {
        return (memory.u16(at + FRAGMENT_OFFSET) & 1) != 0;
    }

    /** Of a fragment header: what the fragments of one packet have in common. */
    public static int identification(Memory memory, int at) {
        return memory.i32(at + IDENTIFICATION);
    }
}
