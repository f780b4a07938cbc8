package io.dunlin.node;

import io.dunlin.gossip.wire.Bytes;
import io.dunlin.vxlan.wire.IpAddress;
import java.util.List;
import java.util.Optional;

/**
 * What nodes tell each other of addresses, as a user message of gossip:
 *
 * <pre>
 * mark "da" (2) │ version (1) │ kind (1) │ sender, receiver, network, endpoint: length (1), name each │ attempt (7) │ content
 * </pre>
 *
 * @param from who says that it is the sender: any member of the cluster could, all of which could as well announce the addresses
 * @param to whom it is for
 * @param about the attachment it is about, which is the requester's
 */
record AddressMessage(String from, String to, Attempt about, Content content) {
    private static final int MARK = 0x6461;
    private static final int VERSION = 1;
    private static final int ATTEMPT_BYTES = 7;
    private static final int MAX_ADDRESSES = 2;

    /**
     * One try of a node to attach an endpoint. What is said of an earlier one has no effect on a later one, however late it comes.
     *
     * @param number greater than that of any attempt of the node before
     */
    record Attempt(String network, String endpoint, long number) {
        /** For an attachment that was seen, and not asked for. */
        static final long SEEN = 0;

        /** Greater than any clock that a node can begin with makes. */
        static final long LAST = (1L << 8 * ATTEMPT_BYTES) - 1;
    }

    sealed interface Content {
        /**
         * To the owner.
         *
         * @param wanted empty: any
         */
        record Request(List<IpAddress> wanted) implements Content {}

        /** To the owner. */
        record Release() implements Content {}

        /** From the owner, also unasked, to hear whether they are still in use: who does not use them releases them. */
        record Granted(List<IpAddress> addresses) implements Content {}

        record Refused(String reason) implements Content {}

        record Released() implements Content {}

        /** A later attempt is known: the requester's clock was set back. */
        record Stale(long newest) implements Content {}
    }

    Bytes encode() {
        var out = new RecordWriter()
                .number(MARK, 2)
                .number(VERSION, 1)
                .number(kind(), 1)
                .text(from)
                .text(to)
                .text(about.network())
                .text(about.endpoint())
                .number(about.number(), ATTEMPT_BYTES);
        switch (content) {
            case Content.Request(var wanted) -> out.addresses(wanted);
            case Content.Granted(var addresses) -> out.addresses(addresses);
            case Content.Refused(var reason) -> out.text(reason);
            case Content.Stale(long newest) -> out.number(newest, ATTEMPT_BYTES);
            case Content.Release _, Content.Released _ -> {}
        }
        return out.bytes();
    }

    /** Append only. */
    private int kind() {
        return switch (content) {
            case Content.Request _ -> 1;
            case Content.Release _ -> 2;
            case Content.Granted _ -> 3;
            case Content.Refused _ -> 4;
            case Content.Released _ -> 5;
            case Content.Stale _ -> 6;
        };
    }

    /** Whether it says that it is such a message. */
    static boolean isOne(Bytes message) {
        return new RecordReader(message).number(2) == MARK;
    }

    /** Empty if these bytes are no such message. */
    static Optional<AddressMessage> decode(Bytes message) {
        var in = new RecordReader(message);
        if (in.number(2) != MARK || in.number(1) != VERSION) {
            return Optional.empty();
        }
        int kind = (int) in.number(1);
        String from = in.text();
        String to = in.text();
        var about = new Attempt(in.text(), in.text(), in.number(ATTEMPT_BYTES));
        Content content = switch (kind) {
            case 1 -> new Content.Request(in.addresses(0, MAX_ADDRESSES));
            case 2 -> new Content.Release();
            case 3 -> new Content.Granted(in.addresses(1, MAX_ADDRESSES));
            case 4 -> new Content.Refused(in.text());
            case 5 -> new Content.Released();
            case 6 -> new Content.Stale(in.number(ATTEMPT_BYTES));
            default -> {
                in.refuse();
                yield new Content.Release();
            }
        };
        boolean areNames = Names.isLegal(from)
                && Names.isLegal(to)
                && Names.isLegal(about.network())
                && Names.isHolder(about.endpoint());
        return in.isWrong() || !in.isAtEnd() || !areNames
                ? Optional.empty()
                : Optional.of(new AddressMessage(from, to, about, content));
    }
}
