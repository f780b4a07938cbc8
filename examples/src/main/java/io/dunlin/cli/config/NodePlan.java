package io.dunlin.cli.config;

import io.dunlin.ipsec.SecurityAssociations;
import io.dunlin.node.EndpointSpec;
import io.dunlin.node.NamesConfig;
import io.dunlin.node.NetworkSpec;
import io.dunlin.node.NodeConfig;
import io.dunlin.node.PoolsConfig;
import io.dunlin.node.RemoteSpec;
import io.dunlin.node.ServiceSpec;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What a node's file asks for. Each part carries the place it was read from, to begin a message about it with.
 *
 * @param associations those that are configured by hand; whoever runs the plan wipes their keys at the end
 * @param control path of the control socket, where the file names one
 */
public record NodePlan(
        String place,
        NodeConfig node,
        Optional<Path> control,
        SecurityAssociations associations,
        List<Network> networks) {
    public NodePlan {
        networks = List.copyOf(networks);
    }

    /** With other pools. */
    public NodePlan pools(PoolsConfig pools) {
        return new NodePlan(place, node.pools(pools), control, associations, networks);
    }

    /** With other names. */
    public NodePlan names(NamesConfig names) {
        return new NodePlan(place, node.names(names), control, associations, networks);
    }

    /** A network with what is attached to it here and elsewhere, and the services it is to have. */
    public record Network(
            String place, NetworkSpec spec, List<Endpoint> endpoints, List<Remote> remotes, List<Service> services) {
        public Network {
            services = List.copyOf(services);
            endpoints = List.copyOf(endpoints);
            remotes = List.copyOf(remotes);
        }
    }

    public record Endpoint(String place, EndpointSpec spec) {}

    public record Service(String place, ServiceSpec spec) {}

    public record Remote(String place, RemoteSpec spec) {}
}
