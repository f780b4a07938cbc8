package io.dunlin.node;

import io.dunlin.gossip.GossipConfig;
import io.dunlin.gossip.Profile;
import io.dunlin.testkit.NamespaceLab;
import java.io.IOException;

/** A node in a process of its own, to be killed: one endpoint, which stands behind the service web. */
final class ServedNodeProcess {
    private static final String READY = "ready";

    private ServedNodeProcess() {}

    /**
     * Runs until it is killed, or its parent is gone.
     *
     * @param arguments name, data-path address, seed, endpoint's name, its address, its namespace
     */
    public static void main(String[] arguments) throws IOException {
        var node = OverlayNode.start(NodeConfig.named(arguments[0])
                .dataPath(arguments[1])
                .gossip(GossipConfig.named(arguments[0])
                        .listen(arguments[1])
                        .profile(Profile.local())
                        .join(arguments[2])));
        node.network(NetworkSpec.named("backend").vni(4096).subnet("10.0.0.0/24"))
                .attach(EndpointSpec.named(arguments[3])
                        .service("web")
                        .address(arguments[4])
                        .namespace(arguments[5])
                        .device("eth0"));
        System.out.println(READY);
        int end = System.in.read(); // nobody writes
        node.close();
        System.exit(end);
    }

    /** Starts one, and returns when it has its endpoint. */
    static Process start(
            NamespaceLab lab, String host, String name, String dataPath, String seed, String workload, String address) {
        Process process = JavaProgram.start(
                lab,
                host,
                ServedNodeProcess.class,
                name,
                dataPath,
                seed,
                workload,
                address,
                lab.path(workload).toString());
        JavaProgram.await(process.inputReader(), READY);
        return process;
    }
}
