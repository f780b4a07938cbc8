package io.dunlin.node;

import io.dunlin.gossip.GossipConfig;
import io.dunlin.ipam.IpamConfig;
import io.dunlin.testkit.NamespaceLab;
import io.dunlin.vxlan.wire.IpAddress;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
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
        Process process = lab.start(
                host,
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-Xmx128m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                GrantedNodeProcess.class.getName(),
                name,
                dataPath,
                seed,
                state.toString(),
                lab.path(workload).toString());
        try {
            BufferedReader lines = process.inputReader();
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith(ADDRESSES)) {
                    String[] addresses = line.substring(ADDRESSES.length()).split(" ");
                    return new GrantedNodeProcess(
                            process, Stream.of(addresses).map(IpAddress::parse).toList());
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        throw new AssertionError("node " + name + " ended before it had addresses");
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
