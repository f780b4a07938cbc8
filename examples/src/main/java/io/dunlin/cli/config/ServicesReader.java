package io.dunlin.cli.config;

import io.dunlin.lb.Service;
import io.dunlin.lb.ServicePort;
import io.dunlin.lb.Strategy;
import io.dunlin.node.ServiceSpec;
import java.util.List;
import java.util.function.Function;

/** Reads the services of a network in a node's file. */
final class ServicesReader {
    private ServicesReader() {}

    static List<NodePlan.Service> read(MappingReader network) {
        return network
                .mappings(
                        "services",
                        "{name: web, ports: [80]}",
                        "name",
                        "ports",
                        "vips",
                        "mode",
                        "strategy",
                        "preferLocal",
                        "health",
                        "healthInterval",
                        "healthTimeout",
                        "healthRetries")
                .stream()
                .map(ServicesReader::service)
                .toList();
    }

    private static NodePlan.Service service(MappingReader from) {
        return NodeFile.valid(from.place(), () -> {
            ServiceSpec spec = ServiceSpec.named(from.required("name", "web", Function.identity()));
            for (String vip : from.each("vips", "10.0.0.80", Function.identity())) {
                spec = spec.vip(vip);
            }
            for (ServicePort port : from.each("ports", "80:8080", ServicePort::parse)) {
                spec = spec.port(port);
            }
            spec = from.optional("mode", "vip", Service.Mode::parse).orElse(Service.Mode.VIP) == Service.Mode.VIP
                    ? spec
                    : spec.dnsRoundRobin();
            spec = from.optional("strategy", "round-robin", Strategy::parse)
                    .map(spec::strategy)
                    .orElse(spec);
            boolean prefersLocal =
                    from.optional("preferLocal", "true", NodeFile::yesOrNo).orElse(false);
            return new NodePlan.Service(from.place(), health(from).of(prefersLocal ? spec.preferLocal() : spec));
        });
    }

    private static HealthParts health(MappingReader from) {
        return new HealthParts(
                from.optional("health", "tcp:8080", Function.identity()).orElse(null),
                from.optional("healthInterval", "5s", NodeFile::duration).orElse(null),
                from.optional("healthTimeout", "2s", NodeFile::duration).orElse(null),
                from.has("healthRetries") ? (Integer) from.whole("healthRetries", 3, 0) : null);
    }
}
