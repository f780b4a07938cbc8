package io.dunlin.vxlan.wire;

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

    public static boolean isIpv4OverEthernet(Memory memory, int at) {
        return memory.i32(at) == ETHERNET_IPV4 && memory.u16(at + 4) == LENGTHS_6_4;
    }

    public static int operation(Memory memory, int at) {
        return memory.u16(at + OPERATION);
    }

    public static long senderMac(Memory memory, int at) {
        return memory.u48(at + SENDER_MAC);
    }

    public static int senderIpv4(Memory memory, int at) {
        return memory.i32(at + SENDER_IPV4);
    }

    public static int targetIpv4(Memory memory, int at) {
        return memory.i32(at + TARGET_IPV4);
    }

    public static void write(
            Memory memory, int at, int operation, long senderMac, int senderIpv4, long targetMac, int targetIpv4) {
        memory.i32(at, ETHERNET_IPV4);
        memory.u16(at + 4, LENGTHS_6_4);
        memory.u16(at + OPERATION, operation);
        memory.u48(at + SENDER_MAC, senderMac);
        memory.i32(at + SENDER_IPV4, senderIpv4);
        memory.u48(at + TARGET_MAC, targetMac);
        memory.i32(at + TARGET_IPV4, targetIpv4);
    }
}
