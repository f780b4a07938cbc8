package io.dunlin.gossip.table;

import java.util.List;

/**
 * What members say to each other about tables, in user messages and as the state of a push/pull. A member that finds another's {@link
 * Summary} different answers with its {@link Buckets}; {@link Digests} of those that differ find out who lacks what; that is fetched.
 */
public sealed interface TableMessage {
    /** Owners are put into so many buckets by a hash of their names. One more would not fit the mask of {@link Digests}. */
    int BUCKETS = Long.SIZE;

    /** News of an owner, which each member passes on. */
    record Update(RowRange range) implements TableMessage {}

    /** A hash over all {@link Buckets}. */
    record Summary(String sender, long hash) implements TableMessage {}

    /** For each bucket a hash over the digests of its owners. */
    record Buckets(String sender, List<Long> hashes) implements TableMessage {
        public Buckets {
            hashes = List.copyOf(hashes);
        }
    }

    /**
     * How much the sender knows of owners.
     *
     * @param buckets bit i: all that the sender knows of bucket i is here, so what is missing it lacks, and wants to hear of. 0: these are
     *     told so that the receiver fetches what it lacks
     */
    record Digests(String sender, long buckets, List<OwnerDigest> digests) implements TableMessage {
        public Digests {
            digests = List.copyOf(digests);
        }
    }

    /** Asks for changes. The answer is {@link Rows} or {@link Busy} with the same number. */
    record Fetch(String sender, long request, List<Want> wants) implements TableMessage {
        public Fetch {
            wants = List.copyOf(wants);
        }
    }

    /**
     * From where on an owner's changes are lacking.
     *
     * @param since the asker knows the owner as of this version
     * @param removalsKnown as far as it holds rows of the owner, it knows of all their removals up to this version; at least {@code since}
     */
    record Want(String owner, long generation, long since, long removalsKnown) {}

    /**
     * As much as fits a message; whoever needs more asks again. Of an owner that is not mentioned the sender has no more, or no room for
     * it. A range that begins at 0 although it was asked for since a later version replaces all: the sender has forgotten removals that the
     * asker does not know of.
     */
    record Rows(String sender, long request, List<RowRange> ranges) implements TableMessage {
        public Rows {
            ranges = List.copyOf(ranges);
        }
    }

    /** The sender serves others now: ask later, or another. */
    record Busy(String sender, long request) implements TableMessage {}
}
