package io.dunlin.cli.config;

import io.dunlin.node.HealthCheck;
import io.dunlin.node.ServiceSpec;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a service's backends are asked, as people give it: in parts, on the command line, in a node's file or on the control socket. What is
 * null was not given.
 *
 * @param check tcp:PORT or udp:PORT; null: none
 * @param interval of the check; null: what is usual, as with the following two
 */
public record HealthParts(
        @Nullable String check,
        @Nullable Duration interval,
        @Nullable Duration timeout,
        @Nullable Integer retries) {
    /**
     * The service with this check, if there is one.
     *
     * @throws IllegalArgumentException naming what was given and what is allowed
     */
    public ServiceSpec of(ServiceSpec service) {
        if (check == null) {
            if (interval != null || timeout != null || retries != null) {
                throw new IllegalArgumentException(
                        "a health check's interval, timeout or retries without the check: add the check, tcp:PORT or udp:PORT");
            }
            return service;
        }
        HealthCheck whole = HealthCheck.parse(check);
        whole = interval == null ? whole : whole.interval(interval);
        whole = timeout == null ? whole : whole.timeout(timeout);
        return service.health(retries == null ? whole : whole.retries(retries));
    }
}
