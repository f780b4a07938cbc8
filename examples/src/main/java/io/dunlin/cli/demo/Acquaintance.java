package io.dunlin.cli.demo;

import io.dunlin.cli.control.ControlClient;
import io.dunlin.node.ClusterStats;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/** Asks a running node whom it knows by now. */
final class Acquaintance {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final Duration BETWEEN = Duration.ofMillis(20);

    private final Path control;

    /** @param control the node's control socket */
    Acquaintance(Path control) {
        this.control = control;
    }

    /** @throws IOException it does not know so many within half a minute; the message has whom it knows */
    void await(int nodes, int endpoints) throws IOException {
        long began = System.nanoTime();
        while (true) {
            ClusterStats known = ask();
            if (known.nodes() >= nodes && known.endpoints() >= endpoints) {
                return;
            }
            if (System.nanoTime() - began > LIMIT.toNanos()) {
                throw new IOException("after " + LIMIT.toSeconds() + " s the node at " + control + " knows "
                        + known.nodes() + " of " + nodes + " nodes and " + known.endpoints() + " of " + endpoints
                        + " endpoints");
            }
            pause(BETWEEN);
        }
    }

    private ClusterStats ask() throws IOException {
        try (var client = ControlClient.connect(control)) {
            ClusterStats cluster = client.stats().cluster();
            if (cluster == null) {
                throw new IOException("the node at " + control + " does not gossip");
            }
            return cluster;
        }
    }

    static void pause(Duration time) throws IOException {
        try {
            Thread.sleep(time);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }
}
