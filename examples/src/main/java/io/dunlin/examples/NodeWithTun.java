package io.dunlin.examples;

import io.dunlin.gossip.GossipConfig;
import io.dunlin.node.EndpointSpec;
import io.dunlin.node.NetworkSpec;
import io.dunlin.node.NodeConfig;
import io.dunlin.node.OverlayNode;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;

/**
 * A node whose endpoint is a TUN device in this host's own namespace: every program on the host reaches the overlay through it. On two
 * or more hosts, as root, all but the first with the first one's address at the end:
 *
 * <pre>{@code
 * java -cp overlay-node.jar io.dunlin.examples.NodeWithTun 192.168.39.1 10.0.0.2
 * java -cp overlay-node.jar io.dunlin.examples.NodeWithTun 192.168.39.2 10.0.0.3 192.168.39.1
 * ping 10.0.0.2
 * }</pre>
 */
public final class NodeWithTun {
    private NodeWithTun() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        if (arguments.length < 2 || arguments.length > 3) {
            throw new IllegalArgumentException(
                    "two or three addresses are needed: this host's, its endpoint's, that of a host to join");
        }
        String name = arguments[0].replace(':', '-');
        var gossip = GossipConfig.named(name).listen(arguments[0]);
        if (arguments.length == 3) {
            gossip = gossip.join(arguments[2]);
        }
        try (var node =
                OverlayNode.start(NodeConfig.named(name).dataPath(arguments[0]).gossip(gossip))) {
            var net = node.network(NetworkSpec.named("backend").vni(4096).subnet("10.0.0.0/24"));
            var here = net.attach(EndpointSpec.named(name).address(arguments[1]).device("dunlin0"));
            System.out.println(
                    here.spec().device() + " is up with " + here.spec().addresses() + "; Ctrl-C ends it");
            new CountDownLatch(1).await(); // the device goes with the process
        }
    }
}
