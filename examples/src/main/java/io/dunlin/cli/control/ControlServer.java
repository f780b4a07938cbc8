package io.dunlin.cli.control;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.dunlin.cli.outcome.BadInput;
import io.dunlin.node.KeysStatus;
import io.dunlin.node.OverlayNode;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Answers what commands ask of a running node. One connection, one request:
 *
 * <pre>{@code
 * {"ask":"stats"}                 → {"node":…}                                     (StatsReply)
 * {"ask":"trace","packets":10}    → {"line":"…"}, as packets come, then {"end":true} (TraceReply)
 * {"ask":"keys"}                  → {"epoch":…}                                    (KeysReply)
 * {"ask":"rotate"}                → the same, from the moment before the keys turn
 * {"ask":"pools"}                 → {"pools":…}                                    (PoolsReply)
 * {"ask":"reclaim","node":"n2"}   → {"endpoints":3}: so many of that node's had addresses, which are free now
 * {"ask":"services"}              → {"services":[…]}                               (ServicesReply)
 * {"ask":"create-service","service":{…}}, {"ask":"inspect-service","service":"web"}, {"ask":"remove-service","service":"web"},
 * {"ask":"drain","service":"web","backend":"web.1","millis":5000}, or "resume":true for "millis"; each with "network":"backend" where there are
 * several                          → {"services":[…]}, the one                      (ServiceAnswers)
 * {"ask":"reveal"}                → {"lines":["…"]}, if the node was started so that it may
 * anything else                   → {"error":"…"}
 * }</pre>
 *
 * <p>Accepts on one platform thread and serves each connection on a virtual one. Whoever connects can neither hold the node up nor fill its
 * memory: requests are short, connections few, and each step has its time.
 */
public final class ControlServer implements AutoCloseable {
    static final int LONGEST_REQUEST = 4096;
    static final int MOST_CONNECTIONS = 16;

    /** For the request to arrive, and for each line of the answer to be taken. */
    static final Duration PATIENCE = Duration.ofSeconds(5);

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private final OverlayNode node;
    private final ServiceAnswers services;
    private final boolean mayReveal;
    private final ControlSocketFile file;
    private final ServerSocketChannel listener;
    private final Duration patience;
    private final Set<SocketChannel> connections = ConcurrentHashMap.newKeySet();
    private final Semaphore free = new Semaphore(MOST_CONNECTIONS);
    private final ScheduledExecutorService limits = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("control-limits").factory());

    private ControlServer(
            OverlayNode node,
            boolean mayReveal,
            ControlSocketFile file,
            ServerSocketChannel listener,
            Duration patience) {
        this.node = node;
        this.services = new ServiceAnswers(node);
        this.mayReveal = mayReveal;
        this.file = file;
        this.listener = listener;
        this.patience = patience;
    }

    /**
     * Listens at {@code path}; the socket of a node that died there is replaced.
     *
     * @param mayReveal whether whoever has the socket may see keys
     * @throws BadInput a live node listens there, or something that is no socket is in the way
     */
    public static ControlServer start(OverlayNode node, Path path, boolean mayReveal) throws IOException {
        return start(node, path, mayReveal, PATIENCE);
    }

    static ControlServer start(OverlayNode node, Path path, boolean mayReveal, Duration patience) throws IOException {
        var listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            var file = ControlSocketFile.bind(path, temporary -> listener.bind(UnixDomainSocketAddress.of(temporary)));
            var server = new ControlServer(node, mayReveal, file, listener, patience);
            Thread.ofPlatform().daemon().name("control").start(server::accept);
            return server;
        } catch (IOException | RuntimeException e) {
            listener.close();
            throw e;
        }
    }

    private void accept() {
        while (listener.isOpen()) {
            try {
                var connection = listener.accept();
                if (free.tryAcquire()) {
                    connections.add(connection);
                    Thread.ofVirtual().name("control-connection").start(() -> serve(connection));
                } else {
                    connection.close();
                }
            } catch (IOException e) {
                if (listener.isOpen()) {
                    pause(); // out of descriptors, most likely: they come back, and turning at full speed helps nobody
                }
            }
        }
    }

    private static void pause() {
        try {
            Thread.sleep(Duration.ofMillis(100));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void serve(SocketChannel connection) {
        try (var lines = new LineChannel(connection, LONGEST_REQUEST)) {
            Optional<String> request;
            try {
                request = within(connection, lines::read);
            } catch (IOException e) {
                if (connection.isOpen()) {
                    refuse(connection, lines, e.getMessage() == null ? "unreadable request" : e.getMessage());
                }
                return;
            }
            if (request.isPresent()) {
                answer(connection, lines, request.get());
            }
        } catch (IOException e) {
            // The client went away or took too long. Nobody is left to be told, and the node goes on.
        } finally {
            connections.remove(connection);
            free.release();
        }
    }

    private void answer(SocketChannel connection, LineChannel lines, String line) throws IOException {
        JsonNode request;
        try {
            request = JSON.readTree(line);
        } catch (JacksonException e) {
            refuse(connection, lines, "not JSON: " + e.getOriginalMessage());
            return;
        }
        switch (request.path("ask").asText()) {
            case "stats" -> write(connection, lines, JSON.writeValueAsString(StatsReply.of(node)));
            case "trace" -> {
                int packets = request.path("packets").asInt(0);
                if (packets < 1 || packets > TraceReply.MOST_PACKETS) {
                    refuse(
                            connection,
                            lines,
                            "packets " + request.path("packets") + ": allowed are 1 to " + TraceReply.MOST_PACKETS);
                    return;
                }
                TraceReply.send(node, packets, connection, text -> write(connection, lines, text));
            }
            case "keys" -> answerKeys(connection, lines, false);
            case "rotate" -> answerKeys(connection, lines, true);
            case "reveal" -> reveal(connection, lines);
            case "pools" -> write(connection, lines, JSON.writeValueAsString(PoolsReply.of(node.pools())));
            case "services" -> write(connection, lines, JSON.writeValueAsString(services.ls()));
            case "create-service" -> answerService(connection, lines, () -> services.create(request));
            case "inspect-service" -> answerService(connection, lines, () -> services.inspect(request));
            case "remove-service" -> answerService(connection, lines, () -> services.rm(request));
            case "drain" -> answerService(connection, lines, () -> services.drain(request));
            case "reclaim" -> reclaim(connection, lines, request.path("node").asText());
            default ->
                refuse(
                        connection,
                        lines,
                        "a request is {\"ask\":\"stats\"}, {\"ask\":\"trace\",\"packets\":N}, {\"ask\":\"keys\"},"
                                + " {\"ask\":\"rotate\"}, {\"ask\":\"reveal\"}, {\"ask\":\"pools\"}, {\"ask\":\"services\"},"
                                + " {\"ask\":\"create-service\",\"service\":{\"name\":SERVICE}}, {\"ask\":\"inspect-service\",\"service\":SERVICE},"
                                + " {\"ask\":\"remove-service\",\"service\":SERVICE},"
                                + " {\"ask\":\"drain\",\"service\":SERVICE,\"backend\":NAME,\"millis\":N} or"
                                + " {\"ask\":\"reclaim\",\"node\":NAME}");
        }
    }

    private void answerService(SocketChannel connection, LineChannel lines, Step<ServicesReply> step)
            throws IOException {
        ServicesReply reply;
        try {
            reply = step.run();
        } catch (BadInput | IOException e) { // the latter: the network's owner does not answer
            refuse(connection, lines, String.valueOf(e.getMessage()));
            return;
        }
        write(connection, lines, JSON.writeValueAsString(reply));
    }

    private void answerKeys(SocketChannel connection, LineChannel lines, boolean rotate) throws IOException {
        Optional<KeysStatus> keys = node.keys();
        if (keys.isEmpty()) {
            refuse(
                    connection,
                    lines,
                    "node " + node.name() + " has no keys that turn: they are those of nodes that gossip with a keyFile"
                            + " (\"gossip\" in the node's file)");
            return;
        }
        if (rotate) {
            node.rotateKeys();
        }
        write(connection, lines, JSON.writeValueAsString(KeysReply.of(keys.get())));
    }

    private void reveal(SocketChannel connection, LineChannel lines) throws IOException {
        if (!mayReveal) {
            refuse(
                    connection,
                    lines,
                    "node " + node.name() + " shows its keys to nobody: only one started with"
                            + " overlay-node run --unsafe-show-keys does");
            return;
        }
        var answer = JsonNodeFactory.instance.objectNode();
        node.revealAssociations().forEach(answer.putArray("lines")::add);
        write(connection, lines, answer.toString());
    }

    private void reclaim(SocketChannel connection, LineChannel lines, String gone) throws IOException {
        int endpoints;
        try {
            endpoints = node.reclaimAddresses(gone);
        } catch (IllegalStateException e) {
            refuse(connection, lines, String.valueOf(e.getMessage()));
            return;
        }
        write(
                connection,
                lines,
                JsonNodeFactory.instance
                        .objectNode()
                        .put("endpoints", endpoints)
                        .toString());
    }

    private void refuse(SocketChannel connection, LineChannel lines, String reason) throws IOException {
        write(
                connection,
                lines,
                JsonNodeFactory.instance.objectNode().put("error", reason).toString());
    }

    private void write(SocketChannel connection, LineChannel lines, String text) throws IOException {
        within(connection, () -> {
            lines.write(text);
            return true;
        });
    }

    /** Runs a blocking step; a connection that holds it up beyond our patience is closed, which ends the step. */
    private <T> T within(SocketChannel connection, Step<T> step) throws IOException {
        ScheduledFuture<?> limit;
        try {
            limit = limits.schedule(
                    () -> {
                        connection.close();
                        return null;
                    },
                    patience.toMillis(),
                    TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            throw new IOException("the node stops", e);
        }
        try {
            return step.run();
        } finally {
            limit.cancel(false);
        }
    }

    private interface Step<T> {
        T run() throws IOException;
    }

    /** Stops listening, removes the socket if it is still ours, and lets go of whoever is connected. */
    @Override
    public void close() throws IOException {
        file.close();
        listener.close();
        limits.shutdownNow();
        for (var connection : connections) {
            connection.close();
        }
    }
}
