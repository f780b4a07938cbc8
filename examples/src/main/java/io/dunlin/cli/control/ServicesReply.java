package io.dunlin.cli.control;

import io.dunlin.node.HealthCheck;
import io.dunlin.node.ServiceStatus;
import io.dunlin.vxlan.wire.IpAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The services that a node knows, as they travel.
 *
 * @param services by network, then by name
 */
public record ServicesReply(List<Service> services) {
    public ServicesReply {
        services = List.copyOf(services);
    }

    /**
     * A service.
     *
     * @param mode vip or dnsrr
     * @param ports as they are given: 80:8080/tcp; none: all
     * @param strategy round-robin, least-flows or client-hash
     * @param health as it is given; null: backends are healthy as long as they are attached
     * @param maker the node that made it
     * @param nodes those that tell of it
     */
    public record Service(
            String network,
            String name,
            String mode,
            List<String> vips,
            List<String> ports,
            String strategy,
            boolean prefersLocal,
            @Nullable Health health,
            String maker,
            List<String> nodes,
            List<Backend> backends) {
        public Service {
            vips = List.copyOf(vips);
            ports = List.copyOf(ports);
            nodes = List.copyOf(nodes);
            backends = List.copyOf(backends);
        }

        static Service of(String network, ServiceStatus status) {
            var spec = status.spec();
            HealthCheck health = spec.health();
            return new Service(
                    network,
                    spec.name(),
                    spec.mode().text(),
                    spec.vips().stream().map(IpAddress::toString).toList(),
                    spec.ports().stream().map(Object::toString).toList(),
                    spec.strategy().text(),
                    spec.prefersLocal(),
                    health == null ? null : Health.of(health),
                    status.maker(),
                    status.nodes(),
                    status.backends().stream().map(Backend::of).toList());
        }

        /** One line for people. */
        public String text() {
            long healthy = backends.stream()
                    .filter(backend -> backend.state().equals("healthy"))
                    .count();
            return network + "/" + name + ": " + (vips.isEmpty() ? mode : String.join(", ", vips)) + ", "
                    + (ports.isEmpty() ? "all ports" : String.join(", ", ports)) + ", " + healthy + " of "
                    + backends.size() + " backends healthy";
        }

        /** Everything, for people. */
        public List<String> lines() {
            var lines = new ArrayList<String>();
            lines.add("service " + name + " of network " + network + ", made by " + maker
                    + (nodes.isEmpty() ? ", whose node is gone" : ", told by " + String.join(", ", nodes)));
            lines.add("  " + (vips.isEmpty() ? mode : "VIP " + String.join(", ", vips)) + ", "
                    + (ports.isEmpty() ? "all ports" : "ports " + String.join(", ", ports)) + ", " + strategy
                    + (prefersLocal ? ", prefers local" : ""));
            if (health != null) {
                lines.add("  health: " + health.text());
            }
            backends.forEach(backend -> lines.add("  " + backend.text()));
            return lines;
        }
    }

    /** How backends are asked. */
    public record Health(String check, long intervalMillis, long timeoutMillis, int retries) {
        static Health of(HealthCheck check) {
            return new Health(
                    check.text(), check.interval().toMillis(), check.timeout().toMillis(), check.retries());
        }

        String text() {
            return HealthCheck.parse(check)
                    .interval(Duration.ofMillis(intervalMillis))
                    .timeout(Duration.ofMillis(timeoutMillis))
                    .retries(retries)
                    .toString();
        }
    }

    /**
     * One that stands behind it.
     *
     * @param state healthy, draining or unhealthy
     * @param flows of clients on the node that was asked
     */
    public record Backend(String name, String node, List<String> addresses, int weight, String state, int flows) {
        public Backend {
            addresses = List.copyOf(addresses);
        }

        static Backend of(ServiceStatus.BackendStatus status) {
            return new Backend(
                    status.name(),
                    status.node(),
                    status.addresses().stream().map(IpAddress::toString).toList(),
                    status.weight(),
                    status.state().name().toLowerCase(Locale.ROOT),
                    status.flows());
        }

        String text() {
            return name + " on " + node + ": " + String.join(", ", addresses) + ", weight " + weight + ", " + state
                    + ", flows from here " + flows;
        }
    }
}
