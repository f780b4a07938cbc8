package io.dunlin.cli.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dunlin.node.ServiceSpec;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The control socket's other end, beside a node that takes its time: a network's owner is away, and the node waits for it. */
@Timeout(30)
class ControlClientTest {
    private static final Duration AT_ONCE = Duration.ofMillis(1);
    private static final Duration SHORT = Duration.ofMillis(50);

    @TempDir
    Path directory;

    @Test
    void aServiceIsWaitedForAsLongAsTheNodeTakesAndThatIsSaid() throws Exception {
        Path path = directory.resolve("n.sock");
        var isWaited = new CountDownLatch(1);
        try (var listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            listener.bind(UnixDomainSocketAddress.of(path));
            var creating = ControlClient.connect(path, AT_ONCE, SHORT);
            var answer = new CompletableFuture<ServicesReply>();
            Thread.ofVirtual().start(() -> {
                try {
                    answer.complete(creating.createService(null, ServiceSpec.named("web"), isWaited::countDown));
                } catch (IOException | RuntimeException e) {
                    answer.completeExceptionally(e);
                }
            });
            isWaited.await();
            try (var node = listener.accept();
                    var asking = ControlClient.connect(path, AT_ONCE, SHORT)) {
                // Any other question is given up; one that began later, so the first has waited for longer than that.
                assertThatThrownBy(asking::services)
                        .isInstanceOf(IOException.class)
                        .hasMessageStartingWith("the node did not answer within");
                assertThat(answer).isNotDone();
                node.write(ByteBuffer.wrap("{\"services\":[]}\n".getBytes(StandardCharsets.UTF_8)));
                assertThat(answer.get().services()).isEmpty();
            }
            creating.close();
        }
    }
}
