package io.dunlin.node;

import io.dunlin.gossip.wire.Bytes;
import io.dunlin.vxlan.wire.Cidr;
import io.dunlin.vxlan.wire.Vni;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;

/**
 * What a network is: a row of the table {@value #TABLE}, whose key is the network's name. Every node that takes part tells it, not its owner
 * alone, so that it outlives the owner's absence.
 *
 * <pre>
 * version (1) │ flags (1): 1 encrypted, 2 internal │ VNI (3) │ since (6) │ owner: length (1), name │ subnets: count (1), each: 4 or 6 (1), address, prefix (1)
 * </pre>
 *
 * <p>A later version begins with the same fields, so who knows only this one understands it, and skips what follows.
 *
 * @param subnets one or two
 * @param owner the node that grants its addresses
 * @param sinceMillis when it was made, by the owner's clock: of two networks of one name or VNI the elder stays
 */
record NetworkRecord(
        Vni vni, List<Cidr> subnets, boolean isEncrypted, boolean isInternal, String owner, long sinceMillis) {
    static final String TABLE = "network";

    /** The same at every node. */
    static final Comparator<NetworkRecord> ELDEST_FIRST =
            Comparator.comparingLong(NetworkRecord::sinceMillis).thenComparing(NetworkRecord::owner);

    private static final int VERSION = 1;
    private static final int ENCRYPTED = 1;
    private static final int INTERNAL = 2;
    private static final int VNI_BYTES = 3;
    private static final int TIME_BYTES = 6;
    private static final int MAX_SUBNETS = 2;

    NetworkRecord {
        subnets = List.copyOf(subnets);
    }

    boolean isElderThan(NetworkRecord other) {
        return ELDEST_FIRST.compare(this, other) < 0;
    }

    /** Whether packets of both are one network's. */
    boolean isSameOnTheWire(NetworkRecord other) {
        return vni.equals(other.vni)
                && isEncrypted == other.isEncrypted
                && new HashSet<>(subnets).equals(new HashSet<>(other.subnets));
    }

    boolean overlaps(NetworkRecord other) {
        return subnets.stream().anyMatch(subnet -> other.subnets.stream().anyMatch(subnet::overlaps));
    }

    /** For people. */
    String text() {
        return "VNI " + vni + ", " + subnets + (isEncrypted ? ", encrypted" : "") + (isInternal ? ", internal" : "")
                + ", owner " + owner;
    }

    Bytes encode() {
        return new RecordWriter()
                .number(VERSION, 1)
                .number((isEncrypted ? ENCRYPTED : 0) | (isInternal ? INTERNAL : 0), 1)
                .number(vni.value(), VNI_BYTES)
                .number(sinceMillis, TIME_BYTES)
                .text(owner)
                .subnets(subnets)
                .bytes();
    }

    /** Empty if these bytes are no such record. */
    static Optional<NetworkRecord> decode(Bytes bytes) {
        var in = new RecordReader(bytes);
        long version = in.number(1);
        long flags = in.number(1);
        int vni = (int) in.number(VNI_BYTES);
        long since = in.number(TIME_BYTES);
        String owner = in.text();
        List<Cidr> subnets = in.subnets(MAX_SUBNETS);
        boolean endsRightly = version > VERSION || (version == VERSION && in.isAtEnd());
        if (in.isWrong() || vni == 0 || !endsRightly || !Names.isLegal(owner) || !canBe(vni, subnets)) {
            return Optional.empty();
        }
        return Optional.of(new NetworkRecord(
                new Vni(vni), subnets, (flags & ENCRYPTED) != 0, (flags & INTERNAL) != 0, owner, since));
    }

    /** Whether a node could have such a network. */
    private static boolean canBe(int vni, List<Cidr> subnets) {
        try {
            var _ = new NetworkSpec("any", new Vni(vni), subnets, false, false, 0);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
