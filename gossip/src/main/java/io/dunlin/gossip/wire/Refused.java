package io.dunlin.gossip.wire;

/** Why bytes are no message for us. Append only: counters are kept by it. */
public enum Refused {
    /** Longer than anything that is allowed. */
    TOO_LONG,
    /** Ends before it is complete. */
    TRUNCATED,
    /** Not memberlist's dialect, or a value out of its range. */
    MALFORMED,
    /** Another cluster's label, or one where we have none, or none where we have one. */
    WRONG_LABEL,
    /** In the clear, and we have a key ring. */
    NOT_ENCRYPTED,
    /** Encrypted, and we have no key ring. Seen on streams alone: in a packet it looks like any other nonsense. */
    ENCRYPTED,
    /** None of the ring's keys opens it. A ping in the clear may look like this too, as its type is the number of an encryption. */
    NO_KEY_FITS,
    /** Damaged on its way. */
    BAD_CRC,
    /** No type of message that we know, or one that has no place there. */
    UNKNOWN_TYPE,
    /** Compressed by something else than LZW. */
    UNSUPPORTED_COMPRESSION,
    /** Small on the wire, and larger than allowed once it is decompressed. */
    DECOMPRESSES_TOO_LARGE,
    /** Compounds in compounds, or compressed again and again. */
    NESTED_TOO_DEEP,
    /** More messages than a packet may carry. */
    TOO_MANY_PARTS
}
