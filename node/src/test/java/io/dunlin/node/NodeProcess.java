package io.dunlin.node;

import java.io.IOException;
import java.nio.file.Path;

/** A node in a process of its own, for a test to kill: one network, one endpoint, one remote. */
final class NodeProcess {
    private static final String READY = "ready";

    private NodeProcess() {}

    /**
     * Runs until it is killed.
     *
     * @param arguments data-path address, endpoint's namespace, its address, remote's address, remote's VTEP
     */
    public static void main(String[] arguments) throws IOException {
        var node = OverlayNode.start(NodeConfig.named("killed").dataPath(arguments[0]));
        var network = node.network(
                NetworkSpec.named("backend").vni(4096).subnet("10.0.0.0/24").subnet("fd00::/64"));
        network.remote(RemoteSpec.named("remote").address(arguments[3]).vtep(arguments[4]));
        network.attach(EndpointSpec.named("own")
                .address(arguments[2])
                .namespace(arguments[1])
                .device("eth0"));
        System.out.println(READY);
        int end = System.in.read(); // nobody writes: until the process is killed, or its parent is gone
        node.close();
        System.exit(end);
    }

    /** The command line that runs it; it is ready once {@link #isReady} holds for a line it prints. */
    static String[] command(String dataPath, Path namespace, String address, String remote, String vtep) {
        return JavaProgram.command(NodeProcess.class, dataPath, namespace.toString(), address, remote, vtep);
    }

    static boolean isReady(String line) {
        return line.equals(READY);
    }
}
