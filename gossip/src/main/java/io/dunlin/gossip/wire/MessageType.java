package io.dunlin.gossip.wire;

/** The first byte of a message: its type, or that of an envelope around others. Append only, as memberlist's are. */
final class MessageType {
    static final int PING = 0;
    static final int INDIRECT_PING = 1;
    static final int ACK = 2;
    static final int SUSPECT = 3;
    static final int ALIVE = 4;
    static final int DEAD = 5;
    static final int PUSH_PULL = 6;
    static final int COMPOUND = 7;
    static final int USER = 8;
    static final int COMPRESSED = 9;
    /** On streams alone: an encrypted packet begins with the encryption's version. */
    static final int ENCRYPTED = 10;

    static final int NACK = 11;
    static final int CRC = 12;
    static final int REFUSAL = 13;
    static final int LABEL = 244;

    private MessageType() {}
}
