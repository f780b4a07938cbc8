package io.dunlin.node;

import io.dunlin.lb.Backend;
import io.dunlin.vxlan.wire.IpAddress;
import java.util.List;

/**
 * A service as a node sees it. A snapshot.
 *
 * @param spec with the virtual IPs that it has
 * @param maker the node that made it
 * @param nodes those that tell of it and are there
 * @param backends the endpoints that carry its name, by theirs
 */
public record ServiceStatus(ServiceSpec spec, String maker, List<String> nodes, List<BackendStatus> backends) {
    public ServiceStatus {
        nodes = List.copyOf(nodes);
        backends = List.copyOf(backends);
    }

    /**
     * One that stands behind it.
     *
     * @param name the endpoint's
     * @param node the one it lives on
     * @param addresses the endpoint's: at most one of each IP version
     * @param weight its share of new flows
     * @param state whether it gets new flows, and keeps old ones
     * @param flows that it has of clients on the node that was asked
     */
    public record BackendStatus(
            String name, String node, List<IpAddress> addresses, int weight, Backend.State state, int flows) {
        public BackendStatus {
            addresses = List.copyOf(addresses);
        }
    }
}
