package io.dunlin.cli.config;

import io.dunlin.cli.control.ServiceRequest;
import io.dunlin.cli.outcome.BadInput;
import java.time.Duration;
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
        var request = new ServiceRequest(
                from.required("name", "web", Function.identity()),
                from.each("vips", "10.0.0.80", Function.identity()),
                from.each("ports", "80:8080", Function.identity()),
                from.optional("mode", "vip", Function.identity()).orElse("vip"),
                from.optional("strategy", "round-robin", Function.identity()).orElse("round-robin"),
                from.optional("preferLocal", "true", NodeFile::yesOrNo).orElse(false),
                from.optional("health", "tcp:8080", Function.identity()).orElse(null),
                from.optional("healthInterval", "5s", NodeFile::duration)
                        .map(Duration::toMillis)
                        .orElse(0L),
                from.optional("healthTimeout", "2s", NodeFile::duration)
                        .map(Duration::toMillis)
                        .orElse(0L),
                from.whole("healthRetries", 3, 0));
        try {
            return new NodePlan.Service(from.place(), request.spec());
        } catch (BadInput e) {
            throw new BadInput(from.place() + e.getMessage(), e);
        }
    }
}
