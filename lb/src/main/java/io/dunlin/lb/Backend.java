package io.dunlin.lb;

import io.dunlin.vxlan.wire.IpAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An endpoint that stands behind a service. Immutable; each method returns a changed copy.
 *
 * @param name the endpoint's name, unique among the service's backends
 * @param addresses the endpoint's addresses: at least one, at most one of each IP version
 * @param node the name of the node it lives on
 * @param weight its share of new flows next to the other backends', 1 to {@value #MAX_WEIGHT}
 * @param state whether it gets new flows, and keeps old ones
 * @param drainUntilNanos when a draining backend's last flows are reset, by the clock that the data path is told the time by; without
 *     meaning in other states
 */
public record Backend(
        String name, List<IpAddress> addresses, String node, int weight, State state, long drainUntilNanos) {
    public static final int MAX_WEIGHT = 100;

    /** What a backend is good for. */
    public enum State {
        /** Gets new flows. */
        HEALTHY,
        /** Gets no new flows, but keeps those it has until its deadline. */
        DRAINING,
        /** Gets nothing: its TCP flows are reset, others go to another backend. */
        UNHEALTHY
    }

    public Backend {
        Service.checkName("backend", name);
        Service.checkName("node", node);
        addresses = Service.checkAddresses("backend \"" + name + "\"", addresses);
        if (addresses.isEmpty()) {
            throw new IllegalArgumentException("backend \"" + name + "\" has no address: give it one or two");
        }
        if (weight < 1 || weight > MAX_WEIGHT) {
            throw new IllegalArgumentException(
                    "backend \"" + name + "\": weight " + weight + ": allowed are 1 to " + MAX_WEIGHT);
        }
    }

    /** A healthy backend with weight 1. */
    public static Backend of(String name, String node, IpAddress... addresses) {
        return new Backend(name, List.of(addresses), node, 1, State.HEALTHY, 0);
    }

    public Backend weight(int weight) {
        return new Backend(name, addresses, node, weight, state, drainUntilNanos);
    }

    public Backend healthy() {
        return new Backend(name, addresses, node, weight, State.HEALTHY, 0);
    }

    /** No new flows from now on; those that are left at the deadline are reset. */
    public Backend draining(long deadlineNanos) {
        return new Backend(name, addresses, node, weight, State.DRAINING, deadlineNanos);
    }

    public Backend unhealthy() {
        return new Backend(name, addresses, node, weight, State.UNHEALTHY, 0);
    }

    /** Its address of one IP version; null if it has none. */
    public @Nullable IpAddress address(boolean ipv4) {
        return Service.ofVersion(addresses, ipv4);
    }
}
