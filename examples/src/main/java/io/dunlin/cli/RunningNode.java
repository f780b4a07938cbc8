package io.dunlin.cli;

import io.dunlin.cli.config.NodePlan;
import io.dunlin.cli.control.ControlServer;
import io.dunlin.cli.outcome.BadInput;
import io.dunlin.ipsec.SecurityAssociations;
import io.dunlin.node.EndpointSpec;
import io.dunlin.node.OverlayNetwork;
import io.dunlin.node.OverlayNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * A node put up piece by piece as a {@link NodePlan} says. What has been put up is taken down in reverse order, at the end or where a later
 * piece fails.
 */
final class RunningNode implements AutoCloseable {
    private final Deque<Piece> pieces = new ArrayDeque<>();

    private final OverlayNode node;

    private RunningNode(OverlayNode node, SecurityAssociations associations) {
        this.node = node;
        pieces.push(associations::wipe);
        pieces.push(node::close);
    }

    private interface Piece {
        void close() throws IOException;
    }

    /**
     * @param mayReveal whether whoever has the control socket may see keys
     * @param steps gets one line for each piece, and "node NAME is ready" at the end
     * @throws BadInput this system does not go with the plan: an address that is not its own, a port in use, a missing privilege
     */
    static RunningNode start(NodePlan plan, Path control, boolean mayReveal, Consumer<String> steps) {
        checkNamespaces(plan);
        var running = new RunningNode(at(plan.place(), () -> OverlayNode.start(plan.node())), plan.associations());
        try {
            running.putUp(plan, control, mayReveal, steps);
            return running;
        } catch (RuntimeException e) {
            try {
                running.close();
            } catch (IOException | RuntimeException second) {
                e.addSuppressed(second);
            }
            throw e;
        }
    }

    /** As {@link OverlayNode#warmUp}. */
    boolean warmUp() throws IOException {
        return node.warmUp();
    }

    private void putUp(NodePlan plan, Path control, boolean mayReveal, Consumer<String> steps) {
        steps.accept(
                "data path " + plan.node().dataPath() + " port " + plan.node().port() + ": " + node.socketKind());
        var gossip = plan.node().gossip();
        if (gossip != null) {
            steps.accept("gossip on " + gossip.listen()
                    + (gossip.seeds().isEmpty() ? ", waiting to be joined" : ", joining " + gossip.seeds()));
        }
        if (!plan.associations().equals(SecurityAssociations.NONE)) {
            at(plan.place(), () -> {
                node.associate(plan.associations());
                return node;
            });
            steps.accept("security associations with "
                    + plan.associations().outbound().stream()
                            .map(each -> each.vtep().toString())
                            .collect(Collectors.joining(", ")));
        }
        for (var described : plan.networks()) {
            var network = at(described.place(), () -> node.network(described.spec()));
            pieces.push(network::close);
            var spec = network.spec();
            steps.accept("network " + spec.name() + ": VNI " + spec.vni() + ", " + spec.subnets() + ", MTU "
                    + network.mtu() + (spec.isEncrypted() ? ", encrypted" : "")
                    + (spec.isInternal() ? ", internal" : ""));
            attach(network, described, steps);
            offer(network, described, steps);
        }
        var server = at("", () -> ControlServer.start(node, control, mayReveal));
        pieces.push(server::close);
        steps.accept("control socket " + control + (mayReveal ? ", UNSAFE: it shows keys" : ""));
        steps.accept("node " + node.name() + " is ready");
    }

    private void attach(OverlayNetwork network, NodePlan.Network described, Consumer<String> steps) {
        // Remotes first: a workload's first packet finds its way.
        for (var remote : described.remotes()) {
            pieces.push(at(remote.place(), () -> network.remote(remote.spec()))::close);
            steps.accept("remote " + remote.spec().name() + ": " + remote.spec().addresses() + " behind "
                    + remote.spec().vtep());
        }
        for (var endpoint : described.endpoints()) {
            var attached = at(endpoint.place(), () -> network.attach(endpoint.spec()));
            pieces.push(attached::close);
            steps.accept("endpoint " + endpoint.spec().name() + ": "
                    + attached.spec().addresses() + " on " + endpoint.spec().device()
                    + where(endpoint.spec().place()));
        }
    }

    /** After endpoints: those that have addresses by hand have claimed them by then. */
    private void offer(OverlayNetwork network, NodePlan.Network described, Consumer<String> steps) {
        for (var service : described.services()) {
            var made = at(service.place(), () -> network.service(service.spec()));
            pieces.push(made::close);
            steps.accept("service " + made.name() + ": "
                    + (made.vips().isEmpty()
                            ? "without virtual IP"
                            : made.vips().toString()));
        }
    }

    private interface Step<T> {
        T run() throws IOException;
    }

    /** What the library or the system refuses when a piece is put up is the fault of what was asked for there. */
    private static <T> T at(String place, Step<T> step) {
        try {
            return step.run();
        } catch (IOException | IllegalArgumentException | IllegalStateException e) {
            throw new BadInput(place + e.getMessage(), e);
        }
    }

    private static String where(EndpointSpec.Place place) {
        return switch (place) {
            case EndpointSpec.Place.NamespacePath(var path) -> " in " + path;
            case EndpointSpec.Place.NamespacePid(long pid) -> " in the namespace of process " + pid;
            case EndpointSpec.Place.OwnNamespace() -> "";
            case EndpointSpec.Place.InMemory() -> " in memory";
        };
    }

    private static void checkNamespaces(NodePlan plan) {
        for (var network : plan.networks()) {
            for (var endpoint : network.endpoints()) {
                switch (endpoint.spec().place()) {
                    case EndpointSpec.Place.NamespacePath(var path)
                    when Files.notExists(path) ->
                        throw new BadInput(endpoint.place() + "namespace " + path + " does not exist: ip netns add "
                                + path.getFileName() + " makes one");
                    case EndpointSpec.Place.NamespacePid(long pid)
                    when ProcessHandle.of(pid).isEmpty() ->
                        throw new BadInput(endpoint.place() + "there is no process " + pid
                                + ": \"pid\" names a running process in the workload's namespace");
                    default -> {}
                }
            }
        }
    }

    /** Takes everything down, also where some of it fails; the first failure is thrown at the end. */
    @Override
    public void close() throws IOException {
        IOException first = null;
        while (!pieces.isEmpty()) {
            try {
                pieces.pop().close();
            } catch (IOException e) {
                if (first == null) {
                    first = e;
                } else {
                    first.addSuppressed(e);
                }
            }
        }
        if (first != null) {
            throw first;
        }
    }
}
