package io.dunlin.node;

import io.dunlin.gossip.wire.Bytes;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.MacAddress;
import io.dunlin.vxlan.wire.Vni;
import java.util.List;
import java.util.Optional;

/**
 * What a node tells all others of an endpoint that it has: a row of the table {@value #TABLE}, whose key is {@link #key}.
 *
 * <pre>
 * version (1) │ VNI (3) │ MAC (6), 0: that which follows from the address │ addresses: count (1), each: 4 or 6 (1), address (4 or 16)
 * </pre>
 *
 * <p>A later version begins with the same fields, so who knows only this one understands it, and skips what follows.
 *
 * @param vni the network it is in
 * @param mac its MAC address if that is not {@link MacAddress#ofEndpoint}, else 0
 * @param addresses its addresses: 1 to {@value #MAX_ADDRESSES}
 */
record EndpointRecord(Vni vni, long mac, List<IpAddress> addresses) {
    static final String TABLE = "endpoint";

    /** The row is then about a kilobyte, and fits the packet that tells the news. */
    static final int MAX_ADDRESSES = 48;

    private static final int VERSION = 1;
    private static final int VNI_BYTES = 3;
    private static final int MAC_BYTES = 6;

    EndpointRecord {
        addresses = List.copyOf(addresses);
        if (addresses.isEmpty() || addresses.size() > MAX_ADDRESSES) {
            throw new IllegalArgumentException(
                    addresses.size() + " addresses of an endpoint to be gossiped: allowed are 1 to " + MAX_ADDRESSES);
        }
    }

    /** The row's key: the VNI, a slash, the endpoint's name. */
    static String key(Vni vni, String endpoint) {
        return vni + "/" + endpoint;
    }

    /** Whether it may stand under that key. */
    boolean belongsUnder(String key) {
        return key.startsWith(vni + "/");
    }

    Bytes encode() {
        return new RecordWriter()
                .number(VERSION, 1)
                .number(vni.value(), VNI_BYTES)
                .number(mac, MAC_BYTES)
                .addresses(addresses)
                .bytes();
    }

    /** Empty if these bytes are no such record. */
    static Optional<EndpointRecord> decode(Bytes bytes) {
        var in = new RecordReader(bytes);
        long version = in.number(1);
        int vni = (int) in.number(VNI_BYTES);
        long mac = in.number(MAC_BYTES);
        List<IpAddress> addresses = in.addresses(MAX_ADDRESSES);
        boolean endsRightly = version > VERSION || (version == VERSION && in.isAtEnd());
        boolean isRecord = !in.isWrong() && vni != 0 && !MacAddress.isGroup(mac) && endsRightly;
        return isRecord ? Optional.of(new EndpointRecord(new Vni(vni), mac, addresses)) : Optional.empty();
    }
}
