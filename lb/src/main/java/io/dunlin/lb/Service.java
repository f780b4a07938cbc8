package io.dunlin.lb;

import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.Vni;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A name that several endpoints answer to. Immutable; each method returns a changed copy.
 *
 * @param network the network it is offered in
 * @param name unique in the network without regard to case
 * @param mode whether clients reach it by one address or by those of its backends
 * @param vips its own addresses, at most one of each IP version; none in mode {@link Mode#DNS_ROUND_ROBIN}
 * @param ports what it offers at its VIPs; none given: every port, and backends listen on the same
 * @param strategy which backend a new flow goes to
 * @param prefersLocal whether a new flow stays on the client's node where a healthy backend is there
 * @param timeouts when its flows are forgotten
 * @param backends the endpoints that carry its name, whatever their state: up to {@value #MAX_BACKENDS}
 */
public record Service(
        Vni network,
        String name,
        Mode mode,
        List<IpAddress> vips,
        List<ServicePort> ports,
        Strategy strategy,
        boolean prefersLocal,
        FlowTimeouts timeouts,
        List<Backend> backends) {
    public static final int MAX_BACKENDS = 4096;

    /** What is no DNS name could not be asked for. */
    private static final Pattern LEGAL_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]*(\\.[A-Za-z0-9_-]+)*");

    private static final int MAX_NAME = 63;

    /** How clients reach a service. */
    public enum Mode {
        /** By a virtual IP address: the client's node rewrites each flow to a backend. */
        VIP,
        /** By the backends' own addresses, which its name resolves to in rotating order. */
        DNS_ROUND_ROBIN;

        /**
         * As people write it: {@code vip}, {@code dnsrr}.
         *
         * @throws IllegalArgumentException naming what was given and what is allowed
         */
        public static Mode parse(String text) {
            return switch (text) {
                case "vip" -> VIP;
                case "dnsrr" -> DNS_ROUND_ROBIN;
                default -> throw new IllegalArgumentException("mode \"" + text + "\": allowed are vip and dnsrr");
            };
        }

        /** As {@link #parse} reads it. */
        public String text() {
            return switch (this) {
                case VIP -> "vip";
                case DNS_ROUND_ROBIN -> "dnsrr";
            };
        }
    }

    public Service {
        checkName("service", name);
        vips = checkAddresses("service \"" + name + "\"", vips);
        ports = List.copyOf(ports);
        backends = List.copyOf(backends);
        if (mode == Mode.DNS_ROUND_ROBIN && !vips.isEmpty()) {
            throw new IllegalArgumentException("service \"" + name + "\" has VIPs " + vips
                    + " in DNS round robin mode: leave out the one or the other");
        }
        if (backends.size() > MAX_BACKENDS) {
            throw new IllegalArgumentException(
                    "service \"" + name + "\" has " + backends.size() + " backends: allowed are " + MAX_BACKENDS);
        }
        var names = new HashSet<String>();
        for (Backend backend : backends) {
            if (!names.add(backend.name())) {
                throw new IllegalArgumentException(
                        "service \"" + name + "\" has two backends \"" + backend.name() + "\": names are unique");
            }
        }
        var offered = new HashSet<Integer>();
        for (ServicePort port : ports) {
            if (!offered.add(port.protocol() << 16 | port.port())) {
                throw new IllegalArgumentException(
                        "service \"" + name + "\" offers port " + port.port() + " of one protocol twice: give it once");
            }
        }
    }

    /** A service in VIP mode, with all ports and without VIPs and backends yet. */
    public static Service named(Vni network, String name) {
        return new Service(
                network,
                name,
                Mode.VIP,
                List.of(),
                List.of(),
                Strategy.ROUND_ROBIN,
                false,
                FlowTimeouts.DEFAULT,
                List.of());
    }

    /** Adds a virtual IP address. */
    public Service vip(String address) {
        return new Service(
                network,
                name,
                mode,
                with(vips, IpAddress.parse(address)),
                ports,
                strategy,
                prefersLocal,
                timeouts,
                backends);
    }

    /** Without VIPs: names lead to the backends themselves. */
    public Service dnsRoundRobin() {
        return new Service(
                network, name, Mode.DNS_ROUND_ROBIN, List.of(), ports, strategy, prefersLocal, timeouts, backends);
    }

    /** Offers this port, and no longer all. */
    public Service port(ServicePort port) {
        return new Service(network, name, mode, vips, with(ports, port), strategy, prefersLocal, timeouts, backends);
    }

    public Service strategy(Strategy strategy) {
        return new Service(network, name, mode, vips, ports, strategy, prefersLocal, timeouts, backends);
    }

    public Service preferLocal() {
        return new Service(network, name, mode, vips, ports, strategy, true, timeouts, backends);
    }

    public Service timeouts(FlowTimeouts timeouts) {
        return new Service(network, name, mode, vips, ports, strategy, prefersLocal, timeouts, backends);
    }

    public Service backends(List<Backend> backends) {
        return new Service(network, name, mode, vips, ports, strategy, prefersLocal, timeouts, backends);
    }

    /** Adds a backend, or takes it in the place of the one with its name. */
    public Service backend(Backend backend) {
        var all = new ArrayList<>(backends);
        all.replaceAll(other -> other.name().equals(backend.name()) ? backend : other);
        return backends(all.contains(backend) ? all : with(all, backend));
    }

    /** Harmless if there is no backend with that name. */
    public Service withoutBackend(String backend) {
        return backends(backends.stream().filter(b -> !b.name().equals(backend)).toList());
    }

    /** The backend with that name; null if there is none. */
    public @Nullable Backend backend(String backend) {
        for (Backend candidate : backends) {
            if (candidate.name().equals(backend)) {
                return candidate;
            }
        }
        return null;
    }

    /** Its VIP of one IP version; null if it has none. */
    public @Nullable IpAddress vip(boolean ipv4) {
        return ofVersion(vips, ipv4);
    }

    /** Which names are the same: DNS tells upper from lower case nowhere (RFC 4343). */
    static String folded(String name) {
        return name.toLowerCase(Locale.ROOT);
    }

    static void checkName(String what, String name) {
        if (name.length() > MAX_NAME || !LEGAL_NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    what + " name \"" + name
                            + "\": allowed are 1 to 63 letters, digits, dots, underscores and hyphens, a letter or digit first, and something between dots and behind them");
        }
    }

    static List<IpAddress> checkAddresses(String whose, List<IpAddress> addresses) {
        if (addresses.size() > 2
                || addresses.size() == 2
                        && addresses.get(0).isIpv4() == addresses.get(1).isIpv4()) {
            throw new IllegalArgumentException(whose + ": addresses " + addresses + ": at most one of each IP version");
        }
        return List.copyOf(addresses);
    }

    static @Nullable IpAddress ofVersion(List<IpAddress> addresses, boolean ipv4) {
        for (int i = 0; i < addresses.size(); i++) {
            if (addresses.get(i).isIpv4() == ipv4) {
                return addresses.get(i);
            }
        }
        return null;
    }

    private static <T> List<T> with(List<T> list, T added) {
        var all = new ArrayList<>(list);
        all.add(added);
        return all;
    }
}
