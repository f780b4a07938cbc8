package io.dunlin.lb.dns;

import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.Memory;
import java.util.Arrays;

/**
 * One connection of {@link NameStreams}: what the peer has sent and we have yet to read, and what we answered and the peer has yet to
 * acknowledge. Sequence numbers are compared modulo 2^32 (RFC 9293 section 3.4).
 */
final class StreamConnection {
    /** Bytes of the longest query, with its length. */
    static final int MAX_QUERY = 4096;

    /** Bytes before each message (RFC 1035 section 4.2.2). */
    private static final int PREFIX = 2;

    private static final byte[] NOTHING = new byte[0];

    final IpAddress peer;
    final IpAddress gateway;
    final int port;
    final int vni;
    final int firstReceived;
    final int maxSegment;

    private final byte[] received = new byte[MAX_QUERY];
    private int receivedBytes;
    private int nextReceived;
    private boolean hasPeerEnded;

    private byte[] answer = NOTHING;
    private int acknowledged;
    private int nextSent;
    private int answerEnd;

    /** Bytes that the peer has room for, from what it has acknowledged on. */
    int window;
    /** When it was last heard of. */
    long lastNanos;
    /** Whether others have been asked, and have yet to answer. */
    boolean isAsking;
    /** Whether the peer has acknowledged our SYN. */
    private boolean isEstablished;

    /**
     * Begins where the peer's SYN says, before ours is acknowledged.
     *
     * @param firstReceived the SYN's sequence number
     * @param firstSent our own, which nobody can guess
     * @param maxSegment bytes of payload in a segment to the peer
     */
    StreamConnection(
            IpAddress peer, int port, IpAddress gateway, int vni, int firstReceived, int firstSent, int maxSegment) {
        this.peer = peer;
        this.port = port;
        this.gateway = gateway;
        this.vni = vni;
        this.firstReceived = firstReceived;
        this.maxSegment = maxSegment;
        nextReceived = firstReceived + 1;
        acknowledged = firstSent;
        nextSent = firstSent + 1;
        answerEnd = nextSent;
    }

    boolean isFor(int network, IpAddress address, int peerPort) {
        return port == peerPort && vni == network && peer.equals(address);
    }

    boolean isEstablished() {
        return isEstablished;
    }

    int nextReceived() {
        return nextReceived;
    }

    int nextSent() {
        return nextSent;
    }

    /** What we could still take. */
    int room() {
        return MAX_QUERY - receivedBytes;
    }

    boolean hasPeerEnded() {
        return hasPeerEnded;
    }

    /** Takes the peer's word for what it has got. False: it has got what we never sent. */
    boolean acknowledge(int number) {
        if (number - acknowledged < 0) {
            return true; // an old one
        }
        if (number - nextSent > 0) {
            return false;
        }
        acknowledged = number;
        if (isIdle()) { // which our SYN's acknowledgment makes it first
            isEstablished = true;
            answer = NOTHING;
        }
        return true;
    }

    /** What was sent and not acknowledged is to be sent again: the peer asks again, so it has not got it. */
    void sendAgain() {
        if (answer.length > 0) {
            nextSent = acknowledged;
        }
    }

    void take(Memory memory, int at, int bytes) {
        int taken = Math.min(bytes, room());
        memory.get(at, received, receivedBytes, taken);
        receivedBytes += taken;
        nextReceived += taken;
    }

    void takeEnd() {
        hasPeerEnded = true;
        nextReceived++;
    }

    /** Whether all we said has arrived. */
    boolean isIdle() {
        return acknowledged == answerEnd;
    }

    /** Bytes of the next query if it is there whole; 0 if not, negative if it is longer than any. */
    int queryLength() {
        if (receivedBytes < PREFIX) {
            return 0;
        }
        int length = (received[0] & 0xff) << 8 | received[1] & 0xff;
        if (length > MAX_QUERY - PREFIX || length == 0) {
            return -1;
        }
        return receivedBytes >= PREFIX + length ? length : 0;
    }

    /** The query, which is not waited for any more. */
    byte[] takeQuery() {
        int end = PREFIX + queryLength();
        byte[] query = Arrays.copyOfRange(received, PREFIX, end);
        System.arraycopy(received, end, received, 0, receivedBytes - end);
        receivedBytes -= end;
        return query;
    }

    /** Has a message sent. All before must have arrived. */
    void answer(Memory message, int length) {
        answer = new byte[PREFIX + length];
        answer[0] = (byte) (length >>> 8);
        answer[1] = (byte) length;
        message.get(0, answer, PREFIX, length);
        answerEnd = nextSent + answer.length;
    }

    /** Bytes that can be sent now, of which the peer has room for all. */
    int sendable(int most) {
        int open = acknowledged + window - nextSent;
        return Math.max(0, Math.min(Math.min(answerEnd - nextSent, open), most));
    }

    /** Copies what is to be sent next. */
    void send(Memory memory, int at, int bytes) {
        memory.put(at, answer, answer.length - (answerEnd - nextSent), bytes);
        nextSent += bytes;
    }
}
