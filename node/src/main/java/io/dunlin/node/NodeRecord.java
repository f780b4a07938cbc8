package io.dunlin.node;

import io.dunlin.gossip.wire.Bytes;
import io.dunlin.vxlan.wire.IpAddress;
import java.util.List;
import java.util.Optional;

/**
 * What a node tells all others of itself: its row in the table {@value #TABLE}, whose key is its name.
 *
 * <pre>
 * version (1) │ data-path port (2) │ VTEPs: count (1), each: 4 or 6 (1), address (4 or 16)
 * </pre>
 *
 * <p>A later version begins with the same fields, so who knows only this one understands it, and skips what follows.
 *
 * @param port UDP port of its data path, 1 to 65,535
 * @param vteps the underlay addresses it is reached at, the best one first: 1 to {@value #MAX_VTEPS}
 */
record NodeRecord(int port, List<IpAddress> vteps) {
    static final String TABLE = "node";
    static final int MAX_VTEPS = 4;
    private static final int VERSION = 1;

    NodeRecord {
        vteps = List.copyOf(vteps);
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException("data-path port " + port + ": allowed are 1 to 65535");
        }
        if (vteps.isEmpty() || vteps.size() > MAX_VTEPS) {
            throw new IllegalArgumentException(vteps.size() + " VTEPs: allowed are 1 to " + MAX_VTEPS);
        }
    }

    Bytes encode() {
        return new RecordWriter()
                .number(VERSION, 1)
                .number(port, 2)
                .addresses(vteps)
                .bytes();
    }

    /** Empty if these bytes are no such record. */
    static Optional<NodeRecord> decode(Bytes bytes) {
        var in = new RecordReader(bytes);
        long version = in.number(1);
        int port = (int) in.number(2);
        List<IpAddress> vteps = in.addresses(MAX_VTEPS);
        boolean endsRightly = version > VERSION || (version == VERSION && in.isAtEnd());
        return in.isWrong() || port == 0 || !endsRightly ? Optional.empty() : Optional.of(new NodeRecord(port, vteps));
    }
}
