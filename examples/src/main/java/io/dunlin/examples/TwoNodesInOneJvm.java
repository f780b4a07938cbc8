package io.dunlin.examples;

import io.dunlin.node.EndpointSpec;
import io.dunlin.node.NetworkSpec;
import io.dunlin.node.NodeConfig;
import io.dunlin.node.OverlayNode;
import io.dunlin.node.RemoteSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * Two nodes in one JVM, joined over loopback, and a packet from an endpoint of one to an endpoint of the other. No device, no privilege:
 *
 * <pre>{@code java -cp examples/target/overlay-node.jar io.dunlin.examples.TwoNodesInOneJvm}</pre>
 */
public final class TwoNodesInOneJvm {
    private TwoNodesInOneJvm() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        var backend = NetworkSpec.named("backend").vni(4096).subnet("10.0.0.0/24");
        // Loopback takes all of 127.0.0.0/8, but no interface has 127.0.0.2, so the nodes cannot look up the underlay's
        // MTU.
        try (var left = OverlayNode.start(
                        NodeConfig.named("left").dataPath("127.0.0.1").underlayMtu(1500));
                var right = OverlayNode.start(
                        NodeConfig.named("right").dataPath("127.0.0.2").underlayMtu(1500))) {
            var leftNet = left.network(backend);
            leftNet.remote(RemoteSpec.named("bob").address("10.0.0.3").vtep("127.0.0.2"));
            var alice = leftNet.attach(
                    EndpointSpec.named("alice").address("10.0.0.2").inMemory());

            var rightNet = right.network(backend);
            rightNet.remote(RemoteSpec.named("alice").address("10.0.0.2").vtep("127.0.0.1"));
            var bob = rightNet.attach(
                    EndpointSpec.named("bob").address("10.0.0.3").inMemory());

            alice.packets().write(Ipv4Udp.packet("10.0.0.2", "10.0.0.3", 7, "Hello, Bob"));
            var received = ByteBuffer.allocate(bob.packets().mtu());
            if (bob.packets().read(received, Duration.ofSeconds(5)) == 0) {
                throw new IOException("nothing arrived: " + right.stats().drops());
            }
            var text = StandardCharsets.UTF_8.decode(received.flip().position(Ipv4Udp.HEADERS));
            System.out.println("bob received \"" + text + "\" over " + right.socketKind());
        }
    }
}
