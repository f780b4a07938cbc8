package io.dunlin.node;

import io.dunlin.gossip.GossipConfig;
import io.dunlin.ipam.IpamConfig;
import io.dunlin.testkit.NamespaceLab;
import io.dunlin.vxlan.wire.IpAddress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A node in a process of its own, to be killed: its network lacks VNI and subnet, its endpoint an address. */
final class GrantedNodeProcess {
    private static final String ADDRESSES = "addresses ";

    private final Process process;
    private final List<IpAddress> addresses;

    private GrantedNodeProcess(Process process, List<IpAddress> addresses) {
        this.process = process;
        this.addresses = addresses;
    }

    /**
     * Runs until it is killed, or its parent is gone.
     *
     * @param arguments name, data-path address, seed, state file, endpoint's namespace
     */
    public static void main(String[] arguments) throws IOException {
        var node = OverlayNode.start(NodeConfig.named(arguments[0])
                .dataPath(arguments[1])
                .pools(PoolsConfig.DEFAULT
                        .ranges(IpamConfig.defaults().pool("fd00::/48", 64))
                        .stateFile(Path.of(arguments[3])))
                .gossip(GossipConfig.named(arguments[0]).listen(arguments[1]).join(arguments[2])));
        var endpoint = node.network(NetworkSpec.named("backend"))
                .attach(EndpointSpec.named("web").namespace(arguments[4]).device("eth0"));
        System.out.println(ADDRESSES
                + endpoint.spec().addresses().stream().map(IpAddress::toString).collect(Collectors.joining(" ")));
        int end = System.in.read(); // nobody writes
        node.close();
        System.exit(end);
    }

    /** Starts one, and returns when it has its endpoint. */
    static GrantedNodeProcess start(
            NamespaceLab lab, String host, String name, String dataPath, String seed, Path state, String workload) {
        Process process = JavaProgram.start(
                lab,
                host,
                GrantedNodeProcess.class,
                name,
                dataPath,
                seed,
                state.toString(),
                lab.path(workload).toString());
        String[] addresses = JavaProgram.await(process.inputReader(), ADDRESSES).split(" ");
        return new GrantedNodeProcess(
                process, Stream.of(addresses).map(IpAddress::parse).toList());
    }

    /** IPv4, IPv6. */
    List<IpAddress> addresses() {
        return addresses;
    }

    /** As kill -9. */
    void kill() {
        process.destroyForcibly().onExit().join();
    }
}
