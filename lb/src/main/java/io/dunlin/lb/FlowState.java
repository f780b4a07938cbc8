package io.dunlin.lb;

import io.dunlin.vxlan.wire.IpProtocol;
import io.dunlin.vxlan.wire.TcpHeader;

/**
 * How far a flow has come. Of TCP (RFC 9293 section 3.3.2) only what decides when the flow may be forgotten:
 *
 * <pre>
 *             SYN|ACK           ACK                  FIN                          FIN
 *   OPENING ──backend─► ANSWERED ──client─► ESTABLISHED ──client─► CLIENT_FINISHED ──backend─► CLOSED
 *                                                     └──backend─► BACKEND_FINISHED ─client──►
 *   RST of either side: CLOSED
 * </pre>
 *
 * UDP and pings are OPENING until a backend has answered, then ESTABLISHED. So only what both sides have taken part in leaves OPENING: what
 * one side alone can send, and flood with, does not.
 */
final class FlowState {
    /** No flow. */
    static final int FREE = 0;

    static final int OPENING = 1;
    static final int ANSWERED = 2;
    static final int ESTABLISHED = 3;
    static final int CLIENT_FINISHED = 4;
    static final int BACKEND_FINISHED = 5;
    static final int CLOSED = 6;

    private FlowState() {}

    /** @param flags of TCP */
    static int afterClient(int state, int protocol, int flags) {
        if (protocol != IpProtocol.TCP) {
            return state;
        }
        if ((flags & TcpHeader.FLAG_RST) != 0) {
            return CLOSED;
        }
        boolean finishes = (flags & TcpHeader.FLAG_FIN) != 0;
        return switch (state) {
            case ANSWERED -> {
                boolean acknowledges = (flags & (TcpHeader.FLAG_ACK | TcpHeader.FLAG_SYN)) == TcpHeader.FLAG_ACK;
                yield !acknowledges ? ANSWERED : finishes ? CLIENT_FINISHED : ESTABLISHED;
            }
            case ESTABLISHED -> finishes ? CLIENT_FINISHED : ESTABLISHED;
            case BACKEND_FINISHED -> finishes ? CLOSED : BACKEND_FINISHED;
            default -> state;
        };
    }

    /** @param flags of TCP */
    static int afterBackend(int state, int protocol, int flags) {
        if (protocol != IpProtocol.TCP) {
            return ESTABLISHED;
        }
        if ((flags & TcpHeader.FLAG_RST) != 0) {
            return CLOSED;
        }
        boolean finishes = (flags & TcpHeader.FLAG_FIN) != 0;
        return switch (state) {
            case OPENING -> {
                int handshake = TcpHeader.FLAG_SYN | TcpHeader.FLAG_ACK;
                yield (flags & handshake) == handshake ? ANSWERED : OPENING;
            }
            case ESTABLISHED -> finishes ? BACKEND_FINISHED : ESTABLISHED;
            case CLIENT_FINISHED -> finishes ? CLOSED : CLIENT_FINISHED;
            default -> state;
        };
    }

    /** Whether both sides have taken part, and may have more to say to each other. */
    static boolean isSettled(int state) {
        return state >= ESTABLISHED && state <= BACKEND_FINISHED;
    }

    /** Ticks without a packet after which it is forgotten. */
    static int timeout(int state, int protocol, FlowClock.Timeouts timeouts) {
        return switch (protocol) {
            case IpProtocol.TCP ->
                switch (state) {
                    case ESTABLISHED -> timeouts.established();
                    case CLIENT_FINISHED, BACKEND_FINISHED -> timeouts.halfClosed();
                    case CLOSED -> timeouts.closed();
                    default -> timeouts.opening();
                };
            case IpProtocol.UDP -> timeouts.udp();
            default -> timeouts.echo();
        };
    }

    /** What is lost with it when it is evicted, from little to much: closed, half-closed, without a connection, a connection. */
    static int usefulness(int state, int protocol) {
        return switch (state) {
            case CLOSED -> 0;
            case CLIENT_FINISHED, BACKEND_FINISHED -> 1;
            default -> protocol == IpProtocol.TCP ? 3 : 2;
        };
    }
}
