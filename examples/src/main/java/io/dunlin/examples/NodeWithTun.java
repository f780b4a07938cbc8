package io.dunlin.examples;

import io.dunlin.node.EndpointSpec;
import io.dunlin.node.NetworkSpec;
import io.dunlin.node.NodeConfig;
import io.dunlin.node.OverlayNode;
import io.dunlin.node.RemoteSpec;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;

/**
 * A node whose endpoint is a TUN device in this host's own namespace: every program on the host reaches the overlay through it. On two
 * hosts, as root, each with the other's address second:
 *
 * <pre>{@code
 * java -cp overlay-node.jar io.dunlin.examples.NodeWithTun 192.168.39.1 192.168.39.2 10.0.0.2 10.0.0.3
 * java -cp overlay-node.jar io.dunlin.examples.NodeWithTun 192.168.39.2 192.168.39.1 10.0.0.3 10.0.0.2
 * ping 10.0.0.3
 * }</pre>
 */
public final class NodeWithTun {
    private NodeWithTun() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        if (arguments.length != 4) {
            throw new IllegalArgumentException(
                    "four addresses are needed: own host, other host, own endpoint, other endpoint");
        }
        try (var node = OverlayNode.start(NodeConfig.named("example").dataPath(arguments[0]))) {
            var net = node.network(NetworkSpec.named("backend").vni(4096).subnet("10.0.0.0/24"));
            net.remote(RemoteSpec.named("there").address(arguments[3]).vtep(arguments[1]));
            var here =
                    net.attach(EndpointSpec.named("here").address(arguments[2]).device("dunlin0"));
            System.out.println(
                    here.spec().device() + " is up with " + here.spec().addresses() + "; Ctrl-C ends it");
            new CountDownLatch(1).await(); // the device goes with the process
        }
    }
}
