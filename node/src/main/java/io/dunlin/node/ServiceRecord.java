package io.dunlin.node;

import io.dunlin.gossip.wire.Bytes;
import io.dunlin.lb.FlowTimeouts;
import io.dunlin.lb.Service;
import io.dunlin.lb.ServicePort;
import io.dunlin.lb.Strategy;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.Vni;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a service is: a row of the table {@value #TABLE}, whose {@linkplain RowKey key} has the service's name. Every node that was asked for the
 * service tells it, not its maker alone, so that it outlives the maker's absence.
 *
 * <pre>
 * version (1) │ flags (1): 1 DNS round robin, 2 prefers local │ strategy (1) │ VNI (3) │ since (6) │ maker, service: length (1), name each
 * │ VIPs: count (1), each: 4 or 6 (1), address │ ports: count (1), each: protocol (1), port (2), target (2)
 * │ timeouts in milliseconds (4 each): established, opening, half-closed, closed, UDP, echo
 * │ health check: 0 none, 1 TCP, 2 UDP (1), and unless none: port (2), interval, timeout in milliseconds (4 each), retries (1)
 * </pre>
 *
 * <p>A later version begins with the same fields, so who knows only this one understands it, and skips what follows. A strategy that it does not know is round robin
 * to it, a health check that it does not know is none.
 *
 * @param spec the service, which lacks nothing
 * @param maker the node that made it
 * @param sinceMillis when, by the maker's clock: of two services of one name, or one VIP, the elder stays
 */
record ServiceRecord(Vni vni, ServiceSpec spec, String maker, long sinceMillis) {
    static final String TABLE = "service";

    /** The same at every node. */
    static final Comparator<ServiceRecord> ELDEST_FIRST =
            Comparator.comparingLong(ServiceRecord::sinceMillis).thenComparing(ServiceRecord::maker);

    private static final int VERSION = 1;
    private static final int DNS_ROUND_ROBIN = 1;
    private static final int PREFERS_LOCAL = 2;
    private static final int VNI_BYTES = 3;
    private static final int SINCE_BYTES = 6;
    private static final int PORT_BYTES = 2;
    private static final int MILLIS_BYTES = 4;
    private static final int MAX_VIPS = 2;

    /** Append only: the place is the number on the wire. */
    private static final List<Strategy> STRATEGIES =
            List.of(Strategy.ROUND_ROBIN, Strategy.LEAST_FLOWS, Strategy.CLIENT_HASH);

    /** Append only: the place, counted from one, is the number on the wire. */
    private static final List<HealthCheck.Kind> CHECKS =
            List.of(HealthCheck.Kind.TCP_CONNECT, HealthCheck.Kind.UDP_ECHO);

    /** The row's key. */
    String key() {
        return RowKey.of(vni, spec.name());
    }

    List<IpAddress> vips() {
        return spec.vips();
    }

    boolean isElderThan(ServiceRecord other) {
        return ELDEST_FIRST.compare(this, other) < 0;
    }

    Bytes encode() {
        int flags = (spec.mode() == Service.Mode.DNS_ROUND_ROBIN ? DNS_ROUND_ROBIN : 0)
                | (spec.prefersLocal() ? PREFERS_LOCAL : 0);
        var out = new RecordWriter()
                .number(VERSION, 1)
                .number(flags, 1)
                .number(STRATEGIES.indexOf(spec.strategy()), 1)
                .number(vni.value(), VNI_BYTES)
                .number(sinceMillis, SINCE_BYTES)
                .text(maker)
                .text(spec.name())
                .addresses(spec.vips())
                .number(spec.ports().size(), 1);
        for (ServicePort port : spec.ports()) {
            out.number(port.protocol(), 1).number(port.port(), PORT_BYTES).number(port.target(), PORT_BYTES);
        }
        FlowTimeouts timeouts = spec.timeouts();
        for (Duration timeout : List.of(
                timeouts.established(),
                timeouts.opening(),
                timeouts.halfClosed(),
                timeouts.closed(),
                timeouts.udp(),
                timeouts.echo())) {
            out.number(timeout.toMillis(), MILLIS_BYTES);
        }
        write(spec.health(), out);
        return out.bytes();
    }

    private static void write(@Nullable HealthCheck health, RecordWriter out) {
        if (health == null) {
            out.number(0, 1);
        } else {
            out.number(1 + CHECKS.indexOf(health.kind()), 1)
                    .number(health.port(), PORT_BYTES)
                    .number(health.interval().toMillis(), MILLIS_BYTES)
                    .number(health.timeout().toMillis(), MILLIS_BYTES)
                    .number(health.retries(), 1);
        }
    }

    /** Empty if these bytes are no such record. */
    static Optional<ServiceRecord> decode(Bytes bytes) {
        var in = new RecordReader(bytes);
        try {
            ServiceRecord record = read(in);
            return in.isWrong() ? Optional.empty() : Optional.of(record);
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // what no specification could be
        }
    }

    private static ServiceRecord read(RecordReader in) {
        long version = in.number(1);
        long flags = in.number(1);
        int strategy = (int) in.number(1);
        int vni = (int) in.number(VNI_BYTES);
        long since = in.number(SINCE_BYTES);
        String maker = in.text();
        String name = in.text();
        List<IpAddress> vips = in.addresses(0, MAX_VIPS);
        List<ServicePort> ports = readPorts(in);
        FlowTimeouts timeouts =
                new FlowTimeouts(millis(in), millis(in), millis(in), millis(in), millis(in), millis(in));
        HealthCheck health = readHealth(in, version > VERSION);
        boolean endsRightly = version > VERSION || version == VERSION && in.isAtEnd();
        boolean isOfThisVersion = version != VERSION || (flags & ~(DNS_ROUND_ROBIN | PREFERS_LOCAL)) == 0;
        boolean isStrategy = strategy < STRATEGIES.size();
        if (!endsRightly || vni == 0 || !isOfThisVersion || !isStrategy && version == VERSION) {
            in.refuse();
        }
        Names.check("node", maker);
        boolean isVip = (flags & DNS_ROUND_ROBIN) == 0;
        var spec = new ServiceSpec(
                name,
                isVip ? Service.Mode.VIP : Service.Mode.DNS_ROUND_ROBIN,
                vips,
                ports,
                isStrategy ? STRATEGIES.get(strategy) : Strategy.ROUND_ROBIN,
                (flags & PREFERS_LOCAL) != 0,
                timeouts,
                health);
        if (!spec.isWhole()) {
            in.refuse();
        }
        return new ServiceRecord(new Vni(vni), spec, maker, since);
    }

    private static List<ServicePort> readPorts(RecordReader in) {
        int count = (int) in.number(1);
        if (count > ServiceSpec.MAX_PORTS) {
            in.refuse();
            return List.of();
        }
        var ports = new ArrayList<ServicePort>();
        for (int i = 0; i < count && !in.isWrong(); i++) {
            ports.add(new ServicePort((int) in.number(1), (int) in.number(PORT_BYTES), (int) in.number(PORT_BYTES)));
        }
        return ports;
    }

    private static Duration millis(RecordReader in) {
        return Duration.ofMillis(in.number(MILLIS_BYTES));
    }

    private static @Nullable HealthCheck readHealth(RecordReader in, boolean isLater) {
        int kind = (int) in.number(1);
        if (kind == 0) {
            return null;
        }
        int port = (int) in.number(PORT_BYTES);
        Duration interval = millis(in);
        Duration timeout = millis(in);
        int retries = (int) in.number(1);
        if (kind <= CHECKS.size()) {
            return new HealthCheck(CHECKS.get(kind - 1), port, interval, timeout, retries);
        }
        if (!isLater) {
            in.refuse();
        }
        return null;
    }
}
