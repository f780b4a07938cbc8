package io.dunlin.node;

import io.dunlin.gossip.GossipConfig;
import io.dunlin.gossip.Profile;
import io.dunlin.testkit.NamespaceLab;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * A node in a process of its own, whose host has a resolv.conf of its own, to be killed. Its workload is in two networks: {@code backend}, and
 * {@code closed}, which is internal.
 */
final class NamedNodeProcess {
    private static final String READY = "ready";

    private final Process process;

    private NamedNodeProcess(Process process) {
        this.process = process;
    }

    /**
     * Runs until it is killed, or its input ends.
     *
     * @param arguments the node's number, its data-path address, a seed, the endpoint's name, its namespace
     */
    public static void main(String[] arguments) throws IOException {
        String name = "n" + arguments[0];
        String host = String.valueOf(Integer.parseInt(arguments[0]) + 1);
        var node = OverlayNode.start(NodeConfig.named(name)
                .dataPath(arguments[1])
                .gossip(GossipConfig.named(name)
                        .listen(arguments[1])
                        .profile(Profile.local())
                        .join(arguments[2])));
        node.network(NetworkSpec.named("backend").vni(4096).subnet("10.0.0.0/24"))
                .attach(endpoint(arguments).address("10.0.0." + host).device("eth0"));
        node.network(NetworkSpec.named("closed").vni(4097).subnet("10.1.0.0/24").internal())
                .attach(endpoint(arguments).address("10.1.0." + host).device("eth1"));
        System.out.println(READY);
        int end = System.in.read(); // nobody writes
        node.close();
        System.exit(end + 1);
    }

    private static EndpointSpec endpoint(String[] arguments) {
        return EndpointSpec.named(arguments[3]).namespace(arguments[4]);
    }

    /** Starts number {@code n} on host {@code hn}, with a workload in {@code wn} called so, and returns when that is attached. */
    static NamedNodeProcess start(NamespaceLab lab, int number, String dataPath, String seed) {
        String workload = "w" + number;
        Process process = JavaProgram.start(
                lab,
                "h" + number,
                NamedNodeProcess.class,
                String.valueOf(number),
                dataPath,
                seed,
                workload,
                lab.path(workload).toString());
        JavaProgram.await(process.inputReader(), READY);
        return new NamedNodeProcess(process);
    }

    /** As kill -9. */
    void kill() {
        process.destroyForcibly().onExit().join();
    }

    /** Closes the node, and returns when the process has ended. */
    void end() {
        try {
            process.getOutputStream().close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        process.onExit().join();
    }
}
