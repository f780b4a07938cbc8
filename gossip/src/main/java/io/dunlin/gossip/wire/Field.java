package io.dunlin.gossip.wire;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Names of memberlist's fields, as they are on the wire. */
enum Field {
    ADDR("Addr"),
    ALGO("Algo"),
    BUF("Buf"),
    ERROR("Error"),
    FROM("From"),
    INCARNATION("Incarnation"),
    JOIN("Join"),
    META("Meta"),
    NACK("Nack"),
    NAME("Name"),
    NODE("Node"),
    NODES("Nodes"),
    PAYLOAD("Payload"),
    PORT("Port"),
    SEQUENCE("SeqNo"),
    SOURCE_ADDR("SourceAddr"),
    SOURCE_NODE("SourceNode"),
    SOURCE_PORT("SourcePort"),
    STATE("State"),
    TARGET("Target"),
    USER_MESSAGE_LENGTH("UserMsgLen"),
    USER_STATE_LENGTH("UserStateLen"),
    VERSIONS("Vsn");

    /** Open addressing by {@link #slot}; a power of two, and sparse, so that most names are found at once. */
    private static final @Nullable Field[] SLOTS = new Field[128];

    static {
        for (Field field : values()) {
            int slot = slot(field.name, 0, field.name.length);
            while (SLOTS[slot] != null) {
                slot = slot + 1 & SLOTS.length - 1;
            }
            SLOTS[slot] = field;
        }
    }

    @SuppressWarnings("ImmutableEnumChecker") // nobody writes to it
    private final byte[] name;

    @SuppressWarnings("ImmutableEnumChecker")
    private final byte[] encoded;

    Field(String name) {
        this.name = name.getBytes(US_ASCII);
        this.encoded = new byte[1 + name.length()];
        encoded[0] = (byte) (0xa0 | name.length());
        System.arraycopy(this.name, 0, encoded, 1, this.name.length);
    }

    /** The name as a raw string of MessagePack. Only to read. */
    byte[] encoded() {
        return encoded;
    }

    /** The field of that name; null if memberlist has none. */
    static @Nullable Field named(byte[] bytes, int from, int to) {
        if (from == to) {
            return null;
        }
        int slot = slot(bytes, from, to);
        while (true) {
            Field field = SLOTS[slot];
            if (field == null || Arrays.equals(field.name, 0, field.name.length, bytes, from, to)) {
                return field;
            }
            slot = slot + 1 & SLOTS.length - 1;
        }
    }

    private static int slot(byte[] bytes, int from, int to) {
        return ((to - from) * 5 + bytes[from] * 3 + bytes[to - 1] * 7) & SLOTS.length - 1;
    }
}
