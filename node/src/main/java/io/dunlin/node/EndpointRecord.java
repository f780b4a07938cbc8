package io.dunlin.node;

import io.dunlin.gossip.wire.Bytes;
import io.dunlin.lb.Backend.State;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.MacAddress;
import io.dunlin.vxlan.wire.Vni;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a node tells all others of an endpoint that it has: a row of the table {@value #TABLE}, whose {@linkplain RowKey key} has
 * the endpoint's name.
 *
 * <pre>
 * version (1) │ VNI (3) │ MAC (6), 0: that which follows from the address │ addresses: count (1), each: 4 or 6 (1), address (4 or 16)
 * version 2, of an endpoint that stands behind a service, has in addition:
 * service: length (1), 0: it stands behind none, and no more follows; name │ weight (1) │ state (1): 0 healthy, 1 draining, 2 unhealthy │ time to drain in milliseconds (4)
 * </pre>
 *
 * <p>A later version begins with the same fields, so who knows only this one understands it, and skips what follows.
 *
 * @param vni the network it is in
 * @param mac its MAC address if that is not {@link MacAddress#ofEndpoint}, else 0
 * @param addresses its addresses: 1 to {@value #MAX_ADDRESSES}
 * @param role what it is to a service; null: it stands behind none
 */
record EndpointRecord(
        Vni vni,
        long mac,
        List<IpAddress> addresses,
        @Nullable ServiceRole role) {
    static final String TABLE = "endpoint";

    /** The row is then about a kilobyte, and fits the packet that tells the news. */
    static final int MAX_ADDRESSES = 48;

    private static final int WITHOUT_ROLE = 1;
    private static final int WITH_ROLE = 2;
    private static final int VNI_BYTES = 3;
    private static final int MAC_BYTES = 6;
    private static final int DRAIN_BYTES = 4;

    /** Append only: the place is the number on the wire. */
    private static final List<State> STATES = List.of(State.HEALTHY, State.DRAINING, State.UNHEALTHY);

    EndpointRecord {
        addresses = List.copyOf(addresses);
        if (addresses.isEmpty() || addresses.size() > MAX_ADDRESSES) {
            throw new IllegalArgumentException(
                    addresses.size() + " addresses of an endpoint to be gossiped: allowed are 1 to " + MAX_ADDRESSES);
        }
    }

    /** Behind no service. */
    EndpointRecord(Vni vni, long mac, List<IpAddress> addresses) {
        this(vni, mac, addresses, null);
    }

    Bytes encode() {
        var out = new RecordWriter()
                .number(role == null ? WITHOUT_ROLE : WITH_ROLE, 1)
                .number(vni.value(), VNI_BYTES)
                .number(mac, MAC_BYTES)
                .addresses(addresses);
        if (role != null) {
            out.text(role.service())
                    .number(role.weight(), 1)
                    .number(STATES.indexOf(role.state()), 1)
                    .number(role.drain().toMillis(), DRAIN_BYTES);
        }
        return out.bytes();
    }

    /** Empty if these bytes are no such record. */
    static Optional<EndpointRecord> decode(Bytes bytes) {
        var in = new RecordReader(bytes);
        long version = in.number(1);
        int vni = (int) in.number(VNI_BYTES);
        long mac = in.number(MAC_BYTES);
        List<IpAddress> addresses = in.addresses(MAX_ADDRESSES);
        ServiceRole role = version >= WITH_ROLE ? readRole(in, version > WITH_ROLE) : null;
        boolean endsRightly = version > WITH_ROLE || version >= WITHOUT_ROLE && in.isAtEnd();
        boolean isRecord = !in.isWrong() && vni != 0 && !MacAddress.isGroup(mac) && endsRightly;
        return isRecord ? Optional.of(new EndpointRecord(new Vni(vni), mac, addresses, role)) : Optional.empty();
    }

    /** @param isLater of a version in which there may be further states: who is in one gets no flows here */
    private static @Nullable ServiceRole readRole(RecordReader in, boolean isLater) {
        String service = in.text();
        if (service.isEmpty()) {
            return null;
        }
        int weight = (int) in.number(1);
        int state = (int) in.number(1);
        long drain = in.number(DRAIN_BYTES);
        if (isLater && state >= STATES.size()) {
            state = STATES.indexOf(State.UNHEALTHY);
            drain = 0;
        }
        boolean isDraining = state == STATES.indexOf(State.DRAINING);
        if (state >= STATES.size() || !isDraining && drain != 0) {
            in.refuse();
            return null;
        }
        try {
            return new ServiceRole(service, weight, STATES.get(state), Duration.ofMillis(drain));
        } catch (IllegalArgumentException e) {
            in.refuse();
            return null;
        }
    }
}
