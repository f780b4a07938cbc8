package io.dunlin.lb;

import io.dunlin.vxlan.wire.Memory;

/**
 * One flow in one cache line, integers in the host's order. As the client and the backend see it:
 *
 * <pre>
 *   client:clientPort → VIP:vipPort          becomes   client:clientPort → backend:backendPort
 *   0  client (16)   16 backend (16)   32 service (4)   36 clientPort (2)   38 vipPort (2)
 *   40 member (4)    44 backendPort (2)   46 protocol (1)   47 state (1)   48 last seen (4)
 *   52 to client (4)   56 to backend (4)   60 VNI (4), its top bit: hairpin
 * </pre>
 *
 * A hairpin is a flow of a backend to itself: it would take its own address as the source for an answer to itself, so it sees the VIP
 * there.
 */
final class FlowRecord {
    static final int BYTES = 64;

    private static final int CLIENT_HIGH = 0;
    private static final int CLIENT_LOW = 8;
    private static final int BACKEND_HIGH = 16;
    private static final int BACKEND_LOW = 24;
    private static final int SERVICE = 32;
    private static final int CLIENT_PORT = 36;
    private static final int VIP_PORT = 38;
    private static final int MEMBER = 40;
    private static final int BACKEND_PORT = 44;
    private static final int PROTOCOL = 46;
    private static final int STATE = 47;
    private static final int LAST_SEEN = 48;
    private static final int TO_CLIENT = 52;
    private static final int TO_BACKEND = 56;
    private static final int NETWORK = 60;

    private static final int HAIRPIN = 1 << 31;

    private FlowRecord() {}

    static void write(Memory memory, int at, FlowKey key, int service, int vipPort, Member member, int backendPort) {
        boolean ipv4 = key.isIpv4();
        var backend = member.address(ipv4);
        boolean hairpin = backend.high() == key.clientHigh && backend.low() == key.clientLow;
        memory.hostI64(at + CLIENT_HIGH, key.clientHigh);
        memory.hostI64(at + CLIENT_LOW, key.clientLow);
        memory.hostI64(at + BACKEND_HIGH, backend.high());
        memory.hostI64(at + BACKEND_LOW, backend.low());
        memory.hostI32(at + SERVICE, service);
        memory.hostU16(at + CLIENT_PORT, key.clientPort);
        memory.hostU16(at + VIP_PORT, vipPort);
        memory.hostI32(at + MEMBER, member.id());
        memory.hostU16(at + BACKEND_PORT, backendPort);
        memory.u8(at + PROTOCOL, key.protocol);
        memory.u8(at + STATE, FlowState.OPENING);
        memory.hostI32(at + TO_CLIENT, 0);
        memory.hostI32(at + TO_BACKEND, 0);
        memory.hostI32(at + NETWORK, key.vni | (hairpin ? HAIRPIN : 0));
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
        return memory.hostI32(at + SERVICE);
    }

    static int clientPort(Memory memory, int at) {
        return memory.hostU16(at + CLIENT_PORT);
    }

    static int vipPort(Memory memory, int at) {
        return memory.hostU16(at + VIP_PORT);
    }

    static int member(Memory memory, int at) {
        return memory.hostI32(at + MEMBER);
    }

    static int backendPort(Memory memory, int at) {
        return memory.hostU16(at + BACKEND_PORT);
    }

    static int protocol(Memory memory, int at) {
        return memory.u8(at + PROTOCOL);
    }

    static int state(Memory memory, int at) {
        return memory.u8(at + STATE);
    }

    static void setState(Memory memory, int at, int state) {
        memory.u8(at + STATE, state);
    }

    /** In ticks. */
    static int lastSeen(Memory memory, int at) {
        return memory.hostI32(at + LAST_SEEN);
    }

    static void setLastSeen(Memory memory, int at, int ticks) {
        memory.hostI32(at + LAST_SEEN, ticks);
    }

    /** TCP: the sequence number that follows all the client was sent, which a RST to it has to carry (RFC 5961). */
    static int toClient(Memory memory, int at) {
        return memory.hostI32(at + TO_CLIENT);
    }

    static void setToClient(Memory memory, int at, int sequence) {
        memory.hostI32(at + TO_CLIENT, sequence);
    }

    /** TCP: the same for the backend. */
    static int toBackend(Memory memory, int at) {
        return memory.hostI32(at + TO_BACKEND);
    }

    static void setToBackend(Memory memory, int at, int sequence) {
        memory.hostI32(at + TO_BACKEND, sequence);
    }

    static int vni(Memory memory, int at) {
        return memory.hostI32(at + NETWORK) & ~HAIRPIN;
    }

    static boolean isHairpin(Memory memory, int at) {
        return memory.hostI32(at + NETWORK) < 0;
    }

    /** Whether it is the client's flow to that port of a service. */
    static boolean isOf(Memory memory, int at, FlowKey key, int service, int vipPort) {
        return memory.hostI64(at + CLIENT_LOW) == key.clientLow
                && memory.hostI64(at + CLIENT_HIGH) == key.clientHigh
                && memory.hostI32(at + SERVICE) == service
                && memory.hostU16(at + CLIENT_PORT) == key.clientPort
                && memory.hostU16(at + VIP_PORT) == vipPort
                && memory.u8(at + PROTOCOL) == key.protocol;
    }

    /** Whether it is the client's flow with that port of a backend. */
    static boolean isWith(
            Memory memory, int at, FlowKey key, long backendHigh, long backendLow, int backendPort, boolean hairpin) {
        return memory.hostI64(at + CLIENT_LOW) == key.clientLow
                && memory.hostI64(at + CLIENT_HIGH) == key.clientHigh
                && memory.hostI64(at + BACKEND_LOW) == backendLow
                && memory.hostI64(at + BACKEND_HIGH) == backendHigh
                && memory.hostU16(at + CLIENT_PORT) == key.clientPort
                && memory.hostU16(at + BACKEND_PORT) == backendPort
                && memory.u8(at + PROTOCOL) == key.protocol
                && memory.hostI32(at + NETWORK) == (key.vni | (hairpin ? HAIRPIN : 0));
    }
}
