package io.dunlin.lb;

import io.dunlin.vxlan.wire.Memory;

/**
 * One flow in one cache line, as eight words in the host's order. As the client and the backend see it:
 *
 * <pre>
 *   client:clientPort → VIP:vipPort          becomes   client:clientPort → backend:backendPort
 *    0  client
 *   16  backend
 *   32  service (32 bits)  clientPort (16)  vipPort (16)
 *   40  hairpin (1)  protocol (7)  VNI (24)  backendPort (16)  state (16)
 *   48  member (32)  last seen (32)
 *   56  to client (32)  to backend (32)
 * </pre>
 *
 * A hairpin is a flow of a backend to itself: it would take its own address as the source for an answer to itself, so it sees the VIP
 * there.
 *
 * <p>In words, as to compare a flow with a packet's should take few instructions: what the processor does while it waits for one record is to
 * begin with the next, and it looks ahead some three hundred.
 */
final class FlowRecord {
    static final int BYTES = 64;

    private static final int CLIENT_HIGH = 0;
    private static final int CLIENT_LOW = 8;
    private static final int BACKEND_HIGH = 16;
    private static final int BACKEND_LOW = 24;
    private static final int FRONT = 32;
    private static final int BACK = 40;
    private static final int USE = 48;
    private static final int SEQUENCES = 56;

    private static final int HAIRPIN = 1 << 31;
    private static final int PROTOCOL_SHIFT = 24;
    private static final int PROTOCOL_MASK = 0x7f;
    private static final int VNI_MASK = 0xff_ffff;

    private FlowRecord() {}

    static void write(
            Memory memory, int at, FlowKey key, int service, int vipPort, Member member, int backendPort, int ticks) {
        var backend = member.address(key.isIpv4());
        boolean hairpin = backend.high() == key.clientHigh && backend.low() == key.clientLow;
        memory.hostI64(at + CLIENT_HIGH, key.clientHigh);
        memory.hostI64(at + CLIENT_LOW, key.clientLow);
        memory.hostI64(at + BACKEND_HIGH, backend.high());
        memory.hostI64(at + BACKEND_LOW, backend.low());
        memory.hostI64(at + FRONT, front(key, service, vipPort));
        memory.hostI64(at + BACK, back(key, backendPort, hairpin) << 16 | FlowState.OPENING);
        memory.hostI64(at + USE, words(member.id(), ticks));
        memory.hostI64(at + SEQUENCES, 0);
    }

    /** Sets {@code key} to that of a record. */
    static FlowKey key(Memory memory, int at, FlowKey key) {
        return key.set(
                vni(memory, at),
                protocol(memory, at),
                clientHigh(memory, at),
                clientLow(memory, at),
                clientPort(memory, at));
    }

    static long clientHigh(Memory memory, int at) {
        return memory.hostI64(at + CLIENT_HIGH);
    }

    static long clientLow(Memory memory, int at) {
        return memory.hostI64(at + CLIENT_LOW);
    }

    static long backendHigh(Memory memory, int at) {
        return memory.hostI64(at + BACKEND_HIGH);
    }

    static long backendLow(Memory memory, int at) {
        return memory.hostI64(at + BACKEND_LOW);
    }

    static int service(Memory memory, int at) {
        return high(memory.hostI64(at + FRONT));
    }

    static int clientPort(Memory memory, int at) {
        return clientPort(memory.hostI64(at + FRONT));
    }

    static int vipPort(Memory memory, int at) {
        return (int) memory.hostI64(at + FRONT) & 0xffff;
    }

    static int member(Memory memory, int at) {
        return high(memory.hostI64(at + USE));
    }

    static int backendPort(Memory memory, int at) {
        return (int) memory.hostI64(at + BACK) >>> 16;
    }

    static int protocol(Memory memory, int at) {
        return protocol(memory.hostI64(at + BACK));
    }

    static int state(Memory memory, int at) {
        return (int) memory.hostI64(at + BACK) & 0xffff;
    }

    static void setState(Memory memory, int at, int state) {
        memory.hostI64(at + BACK, memory.hostI64(at + BACK) & ~0xffffL | state);
    }

    /** In ticks. */
    static int lastSeen(Memory memory, int at) {
        return (int) memory.hostI64(at + USE);
    }

    static void setLastSeen(Memory memory, int at, int ticks) {
        memory.hostI64(at + USE, words(member(memory, at), ticks));
    }

    /** TCP: the sequence number that follows all the client was sent, which a RST to it has to carry (RFC 5961). */
    static int toClient(Memory memory, int at) {
        return high(memory.hostI64(at + SEQUENCES));
    }

    static void setToClient(Memory memory, int at, int sequence) {
        memory.hostI64(at + SEQUENCES, words(sequence, toBackend(memory, at)));
    }

    /** TCP: the same for the backend. */
    static int toBackend(Memory memory, int at) {
        return (int) memory.hostI64(at + SEQUENCES);
    }

    static void setToBackend(Memory memory, int at, int sequence) {
        memory.hostI64(at + SEQUENCES, words(toClient(memory, at), sequence));
    }

    static int vni(Memory memory, int at) {
        return high(memory.hostI64(at + BACK)) & VNI_MASK;
    }

    static boolean isHairpin(Memory memory, int at) {
        return memory.hostI64(at + BACK) < 0;
    }

    /** Whether it is the client's flow to that port of a service. The VNI need not be looked at: a service's number is its network's alone. */
    static boolean isOf(Memory memory, int at, FlowKey key, int service, int vipPort) {
        return memory.hostI64(at + CLIENT_LOW) == key.clientLow
                && memory.hostI64(at + FRONT) == front(key, service, vipPort)
                && memory.hostI64(at + CLIENT_HIGH) == key.clientHigh
                && protocol(memory.hostI64(at + BACK)) == key.protocol;
    }

    /** Whether it is the client's flow with that port of a backend. */
    static boolean isWith(
            Memory memory, int at, FlowKey key, long backendHigh, long backendLow, int backendPort, boolean hairpin) {
        return memory.hostI64(at + CLIENT_LOW) == key.clientLow
                && memory.hostI64(at + BACK) >> 16 == back(key, backendPort, hairpin)
                && memory.hostI64(at + CLIENT_HIGH) == key.clientHigh
                && memory.hostI64(at + BACKEND_LOW) == backendLow
                && memory.hostI64(at + BACKEND_HIGH) == backendHigh
                && clientPort(memory.hostI64(at + FRONT)) == key.clientPort;
    }

    private static long front(FlowKey key, int service, int vipPort) {
        return words(service, key.clientPort << 16 | vipPort);
    }

    /** All of its word but the state. */
    private static long back(FlowKey key, int backendPort, boolean hairpin) {
        int network = key.vni | key.protocol << PROTOCOL_SHIFT | (hairpin ? HAIRPIN : 0);
        return (long) network << 16 | backendPort;
    }

    private static int clientPort(long front) {
        return (int) front >>> 16;
    }

    private static int protocol(long back) {
        return high(back) >>> PROTOCOL_SHIFT & PROTOCOL_MASK;
    }

    private static long words(int high, int low) {
        return (long) high << 32 | Integer.toUnsignedLong(low);
    }

    private static int high(long word) {
        return (int) (word >>> 32);
    }
}
