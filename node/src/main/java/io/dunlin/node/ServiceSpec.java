package io.dunlin.node;

import io.dunlin.lb.Backend;
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
import org.jspecify.annotations.Nullable;

/**
 * A service of a network as it is asked for: one name for several endpoints, which say themselves that they stand behind it ({@link
 * EndpointSpec#service}). Immutable; each method returns a changed copy.
 *
 * @param name unique in the network without regard to case
 * @param mode whether clients reach it by a virtual IP or by the addresses of its backends
 * @param vips its virtual IPs, out of the network's subnets, at most one of each IP version. None, in mode VIP: one of each subnet, from its owner.
 *     In whatever order they are given, IPv4 comes first
 * @param ports what it offers, up to {@value #MAX_PORTS}, TCP first, each protocol's in ascending order; none: every port
 * @param strategy which backend a new flow goes to
 * @param prefersLocal whether a new flow stays on the client's node where a healthy backend is there
 * @param timeouts when its flows are forgotten, to the millisecond
 * @param health how its backends are asked whether they serve; null: they do as long as they are attached
 */
public record ServiceSpec(
        String name,
        Service.Mode mode,
        List<IpAddress> vips,
        List<ServicePort> ports,
        Strategy strategy,
        boolean prefersLocal,
        FlowTimeouts timeouts,
        @Nullable HealthCheck health) {
    /** The service's row is then a few hundred bytes, and fits the packet that tells the news. */
    public static final int MAX_PORTS = 64;

    private static final Vni ANY = new Vni(1);

    private static final Comparator<IpAddress> IPV4_FIRST = Comparator.comparing(address -> !address.isIpv4());

    private static final Comparator<ServicePort> BY_PORT = Comparator.comparingInt(ServicePort::protocol)
            .thenComparingInt(ServicePort::port)
            .thenComparingInt(ServicePort::target);

    public ServiceSpec {
        Names.check("service", name);
        vips = vips.stream().sorted(IPV4_FIRST).toList();
        ports = ports.stream().sorted(BY_PORT).toList();
        if (ports.size() > MAX_PORTS) {
            throw new IllegalArgumentException("service \"" + name + "\" offers " + ports.size()
                    + " ports: allowed are " + MAX_PORTS + ", or none for all");
        }
        timeouts = toMillis(timeouts);
        var _ = new Service(
                ANY, name, mode, vips, ports, strategy, prefersLocal, timeouts, List.of()); // checks the rest
    }

    private static FlowTimeouts toMillis(FlowTimeouts all) {
        return new FlowTimeouts(
                toMillis(all.established()),
                toMillis(all.opening()),
                toMillis(all.halfClosed()),
                toMillis(all.closed()),
                toMillis(all.udp()),
                toMillis(all.echo()));
    }

    private static Duration toMillis(Duration time) {
        return Duration.ofMillis(time.toMillis());
    }

    /** In VIP mode, round robin, with all ports. */
    public static ServiceSpec named(String name) {
        return new ServiceSpec(
                name, Service.Mode.VIP, List.of(), List.of(), Strategy.ROUND_ROBIN, false, FlowTimeouts.DEFAULT, null);
    }

    /** Adds a virtual IP. */
    public ServiceSpec vip(String address) {
        var all = new ArrayList<>(vips);
        all.add(IpAddress.parse(address));
        return vips(all);
    }

    ServiceSpec vips(List<IpAddress> granted) {
        return new ServiceSpec(name, mode, granted, ports, strategy, prefersLocal, timeouts, health);
    }

    /** Without virtual IPs: its name leads to the backends themselves. */
    public ServiceSpec dnsRoundRobin() {
        return new ServiceSpec(
                name, Service.Mode.DNS_ROUND_ROBIN, vips, ports, strategy, prefersLocal, timeouts, health);
    }

    /** Offers this TCP port, and no longer all. */
    public ServiceSpec port(int port) {
        return port(ServicePort.tcp(port));
    }

    /** Offers this port, and no longer all. */
    public ServiceSpec port(ServicePort port) {
        var all = new ArrayList<>(ports);
        all.add(port);
        return new ServiceSpec(name, mode, vips, all, strategy, prefersLocal, timeouts, health);
    }

    public ServiceSpec strategy(Strategy strategy) {
        return new ServiceSpec(name, mode, vips, ports, strategy, prefersLocal, timeouts, health);
    }

    public ServiceSpec preferLocal() {
        return new ServiceSpec(name, mode, vips, ports, strategy, true, timeouts, health);
    }

    public ServiceSpec timeouts(FlowTimeouts timeouts) {
        return new ServiceSpec(name, mode, vips, ports, strategy, prefersLocal, timeouts, health);
    }

    /** Its backends get flows as long as they answer; null: as long as they are attached. */
    public ServiceSpec health(@Nullable HealthCheck health) {
        return new ServiceSpec(name, mode, vips, ports, strategy, prefersLocal, timeouts, health);
    }

    /** Whether it lacks no virtual IP. */
    boolean isWhole() {
        return mode == Service.Mode.DNS_ROUND_ROBIN || !vips.isEmpty();
    }

    /** The same but for virtual IPs, which this one may lack, and upper and lower case of the name. */
    boolean isLike(ServiceSpec other) {
        return withoutSpelling().equals(other.withoutSpelling()) && (vips.isEmpty() || vips.equals(other.vips));
    }

    private ServiceSpec withoutSpelling() {
        String folded = NameInNetwork.of(ANY, name).folded();
        return new ServiceSpec(folded, mode, List.of(), ports, strategy, prefersLocal, timeouts, health);
    }

    /** For people, in the words that a service is asked for with: all that two of one name may differ in. */
    String text() {
        var text = new StringBuilder(mode.text());
        vips.forEach(vip -> text.append(' ').append(vip));
        text.append(ports.isEmpty() ? ", all ports" : ", ports");
        ports.forEach(port -> text.append(' ').append(port));
        text.append(", ").append(strategy.text());
        if (prefersLocal) {
            text.append(", prefers local");
        }
        if (!timeouts.equals(FlowTimeouts.DEFAULT)) {
            text.append(", ").append(timeouts);
        }
        return text.append(health == null ? "" : ", health " + health).toString();
    }

    /** As the balancer knows it. */
    Service with(Vni network, List<Backend> backends) {
        return new Service(network, name, mode, vips, ports, strategy, prefersLocal, timeouts, backends);
    }
}
