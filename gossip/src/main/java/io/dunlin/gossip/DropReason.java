package io.dunlin.gossip;

/**
 * Why something that arrived, or was about to be done, was refused. Each has a counter, as each {@link io.dunlin.gossip.wire.Refused} has,
 * which says what was wrong with the bytes.
 */
public enum DropReason {
    // ---- messages
    UNEXPECTED_MESSAGE("message that has no place in a packet, or on a stream"),
    PEER_REFUSED("peer answered on a stream with an error"),

    // ---- what is said of members
    NAME("member without a name"),
    ADDRESS("member with an address that nobody can be reached at"),
    VERSIONS("member that speaks no version at all, or a cluster with versions that do not fit ours"),
    INCARNATION("incarnation far ahead of the clock"),
    NAME_CONFLICT("live member's name at another address"),
    TABLE_FULL("member beyond the most that are kept"),

    // ---- probes
    PING_FOR_ANOTHER("ping for a member of another name"),
    UNASKED_ACK("ack or nack that answers nothing, or too late"),
    TOO_MANY_RELAYS("indirect ping beyond the most that are served at a time"),

    // ---- ourselves
    BROADCASTS_FULL("news that was told least urgently of too much"),
    TOO_LONG("message that does not fit a packet"),
    FAILED("task that ended with an exception, which is a bug");

    private final String meaning;

    DropReason(String meaning) {
        this.meaning = meaning;
    }

    /** In words, for people. */
    public String meaning() {
        return meaning;
    }
}
