package io.dunlin.vxlan.wire;

import java.lang.foreign.MemorySegment;

/**
 * ARP for IPv4 over Ethernet (RFC 826).
 *
 * <pre>{@code
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |      Hardware type (1)        |     Protocol type (0x0800)    |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * | Hw length (6) | Pr length (4) |           Operation           |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  Sender MAC (6), sender IPv4 (4), target MAC (6), target IPv4 (4)
 * }</pre>
 */
public final class ArpMessage {
    public static final int OPERATION = 6;
    public static final int SENDER_MAC = 8;
    public static final int SENDER_IPV4 = 14;
    public static final int TARGET_MAC = 18;
    public static final int TARGET_IPV4 = 24;
    public static final int LENGTH = 28;

    public static final int REQUEST = 1;
    public static final int REPLY = 2;

    /** Hardware type 1, protocol type 0x0800, lengths 6 and 4: the first six bytes of each message. */
    private static final int ETHERNET_IPV4 = 0x0001_0800;

    private static final int LENGTHS_6_4 = 0x0604;

    private ArpMessage() {}

    /** Whether {@code available} bytes hold a message: the only proof of bounds for the accessors. */
    public static boolean checkLength(int available) {
        return available >= LENGTH;
    }

    public static boolean isIpv4OverEthernet(MemorySegment memory, long at) {
        return NetworkOrder.i32(memory, at) == ETHERNET_IPV4 && NetworkOrder.u16(memory, at + 4) == LENGTHS_6_4;
    }

    public static int operation(MemorySegment memory, long at) {
        return NetworkOrder.u16(memory, at + OPERATION);
    }

    public static long senderMac(MemorySegment memory, long at) {
        return NetworkOrder.u48(memory, at + SENDER_MAC);
    }

    public static int senderIpv4(MemorySegment memory, long at) {
        return NetworkOrder.i32(memory, at + SENDER_IPV4);
    }

    public static int targetIpv4(MemorySegment memory, long at) {
        return NetworkOrder.i32(memory, at + TARGET_IPV4);
    }

    public static void write(
            MemorySegment memory,
            long at,
            int operation,
            long senderMac,
            int senderIpv4,
            long targetMac,
            int targetIpv4) {
        NetworkOrder.i32(memory, at, ETHERNET_IPV4);
        NetworkOrder.u16(memory, at + 4, LENGTHS_6_4);
        NetworkOrder.u16(memory, at + OPERATION, operation);
        NetworkOrder.u48(memory, at + SENDER_MAC, senderMac);
        NetworkOrder.i32(memory, at + SENDER_IPV4, senderIpv4);
        NetworkOrder.u48(memory, at + TARGET_MAC, targetMac);
        NetworkOrder.i32(memory, at + TARGET_IPV4, targetIpv4);
    }
}
