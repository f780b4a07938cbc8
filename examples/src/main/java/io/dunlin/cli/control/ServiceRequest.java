package io.dunlin.cli.control;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dunlin.cli.outcome.BadInput;
import io.dunlin.lb.ServicePort;
import io.dunlin.lb.Strategy;
import io.dunlin.node.HealthCheck;
import io.dunlin.node.ServiceSpec;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A service as a person asks for it: on the command line, in a node's file, and on its way to a running node.
 *
 * @param vips none: from the network's pool
 * @param ports 80, 80:8080, 53/udp; none: all
 * @param mode vip or dnsrr
 * @param strategy round-robin, least-flows or client-hash
 * @param health tcp:PORT or udp:PORT; null: none
 * @param intervalMillis of the health check; 0: what is usual, as with the following two
 */
public record ServiceRequest(
        String name,
        List<String> vips,
        List<String> ports,
        String mode,
        String strategy,
        boolean prefersLocal,
        @Nullable String health,
        long intervalMillis,
        long timeoutMillis,
        int retries) {
    private static final Pattern HEALTH = Pattern.compile("(tcp|udp):(\\d{1,5})");

    public ServiceRequest {
        vips = List.copyOf(vips);
        ports = List.copyOf(ports);
    }

    static String text(Strategy strategy) {
        return strategy.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * What the node is asked for.
     *
     * @throws BadInput what it asks for cannot be, and what can
     */
    public ServiceSpec spec() {
        try {
            ServiceSpec spec = ServiceSpec.named(name).strategy(strategy(strategy));
            for (String vip : vips) {
                spec = spec.vip(vip);
            }
            for (String port : ports) {
                spec = spec.port(ServicePort.parse(port));
            }
            if (!mode.equals("vip") && !mode.equals("dnsrr")) {
                throw new BadInput("mode \"" + mode + "\": allowed are vip and dnsrr");
            }
            spec = mode.equals("dnsrr") ? spec.dnsRoundRobin() : spec;
            spec = prefersLocal ? spec.preferLocal() : spec;
            return health == null ? spec : spec.health(healthCheck(health));
        } catch (IllegalArgumentException e) {
            throw new BadInput(String.valueOf(e.getMessage()), e);
        }
    }

    private static Strategy strategy(String text) {
        for (Strategy strategy : Strategy.values()) {
            if (text(strategy).equals(text)) {
                return strategy;
            }
        }
        throw new BadInput("strategy \"" + text + "\": allowed are round-robin, least-flows and client-hash");
    }

    private HealthCheck healthCheck(String text) {
        Matcher matcher = HEALTH.matcher(text);
        if (!matcher.matches()) {
            throw new BadInput("health check \"" + text + "\": allowed are tcp:PORT and udp:PORT");
        }
        int port = Integer.parseInt(matcher.group(2));
        HealthCheck check = matcher.group(1).equals("tcp") ? HealthCheck.tcp(port) : HealthCheck.udp(port);
        check = intervalMillis == 0 ? check : check.interval(Duration.ofMillis(intervalMillis));
        check = timeoutMillis == 0 ? check : check.timeout(Duration.ofMillis(timeoutMillis));
        return retries == 0 ? check : check.retries(retries);
    }

    ObjectNode toJson() {
        var json = JsonNodeFactory.instance.objectNode().put("name", name);
        vips.forEach(json.putArray("vips")::add);
        ports.forEach(json.putArray("ports")::add);
        return json.put("mode", mode)
                .put("strategy", strategy)
                .put("prefersLocal", prefersLocal)
                .put("health", health)
                .put("intervalMillis", intervalMillis)
                .put("timeoutMillis", timeoutMillis)
                .put("retries", retries);
    }

    static ServiceRequest of(JsonNode json) {
        return new ServiceRequest(
                json.path("name").asText(),
                texts(json.path("vips")),
                texts(json.path("ports")),
                json.path("mode").asText("vip"),
                json.path("strategy").asText("round-robin"),
                json.path("prefersLocal").asBoolean(),
                json.hasNonNull("health") ? json.path("health").asText() : null,
                json.path("intervalMillis").asLong(),
                json.path("timeoutMillis").asLong(),
                json.path("retries").asInt());
    }

    private static List<String> texts(JsonNode array) {
        return array.valueStream().map(JsonNode::asText).toList();
    }
}
