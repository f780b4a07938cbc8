package io.dunlin.cli.control;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dunlin.cli.config.HealthParts;
import io.dunlin.cli.outcome.BadInput;
import io.dunlin.lb.Service;
import io.dunlin.lb.ServicePort;
import io.dunlin.lb.Strategy;
import io.dunlin.node.HealthCheck;
import io.dunlin.node.ServiceSpec;
import io.dunlin.vxlan.wire.IpAddress;

/**
 * A service that a running node is to make, on its way there. All but the name may be missing:
 *
 * <pre>{@code
 * {"name":"web","vips":["10.0.0.80"],"ports":["80:8080","53/udp"],"mode":"vip","strategy":"least-flows","prefersLocal":true,
 *  "health":"tcp:8080","intervalMillis":5000,"timeoutMillis":2000,"retries":3}
 * }</pre>
 */
final class ServiceRequest {
    private ServiceRequest() {}

    /** @param spec with the usual {@link ServiceSpec#timeouts}, which do not travel */
    static ObjectNode toJson(ServiceSpec spec) {
        var json = JsonNodeFactory.instance.objectNode().put("name", spec.name());
        spec.vips().stream().map(IpAddress::toString).forEach(json.putArray("vips")::add);
        spec.ports().stream().map(ServicePort::toString).forEach(json.putArray("ports")::add);
        json.put("mode", spec.mode().text())
                .put("strategy", spec.strategy().text())
                .put("prefersLocal", spec.prefersLocal());
        HealthCheck health = spec.health();
        return health == null
                ? json
                : json.put("health", health.text())
                        .put("intervalMillis", health.interval().toMillis())
                        .put("timeoutMillis", health.timeout().toMillis())
                        .put("retries", health.retries());
    }

    /** @throws BadInput what it asks for cannot be, and what can */
    static ServiceSpec of(JsonNode json) {
        var fields = new RequestFields(
                json,
                "name",
                "vips",
                "ports",
                "mode",
                "strategy",
                "prefersLocal",
                "health",
                "intervalMillis",
                "timeoutMillis",
                "retries");
        try {
            ServiceSpec spec = ServiceSpec.named(fields.required("name"));
            for (String vip : fields.texts("vips")) {
                spec = spec.vip(vip);
            }
            for (String port : fields.texts("ports")) {
                spec = spec.port(ServicePort.parse(port));
            }
            String mode = fields.text("mode");
            spec = mode == null || Service.Mode.parse(mode) == Service.Mode.VIP ? spec : spec.dnsRoundRobin();
            String strategy = fields.text("strategy");
            spec = strategy == null ? spec : spec.strategy(Strategy.parse(strategy));
            spec = fields.yesOrNo("prefersLocal") ? spec.preferLocal() : spec;
            var health = new HealthParts(
                    fields.text("health"),
                    fields.millis("intervalMillis"),
                    fields.millis("timeoutMillis"),
                    fields.whole("retries"));
            return health.of(spec);
        } catch (IllegalArgumentException e) {
            throw new BadInput(String.valueOf(e.getMessage()), e);
        }
    }
}
