package io.dunlin.node;

import io.dunlin.lb.Backend;
import java.time.Duration;
import java.util.Objects;

/**
 * What an endpoint is to the service that it stands behind, as its node tells it.
 *
 * @param service the service's name, which there need not be
 * @param weight its share of new flows next to the other backends'
 * @param state whether it gets flows
 * @param drain how long its flows are left to it when it is draining, counted by each node from when it hears of it: clocks of nodes need not
 *     agree. Else zero
 */
record ServiceRole(String service, int weight, Backend.State state, Duration drain) {
    static final Duration MAX_DRAIN = Duration.ofDays(1);

    ServiceRole {
        Names.check("service", service);
        Objects.requireNonNull(state);
        if (weight < 1 || weight > Backend.MAX_WEIGHT) {
            throw new IllegalArgumentException("weight " + weight + ": allowed are 1 to " + Backend.MAX_WEIGHT);
        }
        if (drain.isNegative() || drain.compareTo(MAX_DRAIN) > 0) {
            throw new IllegalArgumentException("drain of " + drain + ": allowed are 0 s to " + MAX_DRAIN);
        }
        drain = state == Backend.State.DRAINING ? Duration.ofMillis(drain.toMillis()) : Duration.ZERO;
    }

    static ServiceRole of(String service, int weight) {
        return new ServiceRole(service, weight, Backend.State.HEALTHY, Duration.ZERO);
    }

    ServiceRole state(Backend.State state) {
        return new ServiceRole(service, weight, state, Duration.ZERO);
    }

    ServiceRole draining(Duration time) {
        return new ServiceRole(service, weight, Backend.State.DRAINING, time);
    }
}
