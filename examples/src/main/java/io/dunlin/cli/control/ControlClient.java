package io.dunlin.cli.control;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dunlin.cli.outcome.BadInput;
import io.dunlin.node.ServiceSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.SocketChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Asks a running node through its control socket. What the node refuses is a {@link BadInput}. */
public final class ControlClient implements AutoCloseable {
    /** A node with many networks answers in as much. */
    private static final int LONGEST_ANSWER = 8 << 20;

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** A person who sees nothing for longer begins to wonder. */
    private static final Duration NOTICE = Duration.ofSeconds(2);

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final SocketChannel channel;
    private final LineChannel lines;
    private final Duration notice;
    private final Duration patience;

    private ControlClient(SocketChannel channel, Duration notice, Duration patience) {
        this.channel = channel;
        this.notice = notice;
        this.patience = patience;
        this.lines = new LineChannel(channel, LONGEST_ANSWER);
    }

    /**
     * Connects to the node that listens at {@code path}.
     *
     * @throws BadInput there is none, or it belongs to somebody else
     */
    public static ControlClient connect(Path path) throws IOException {
        return connect(path, NOTICE, PATIENCE);
    }

    static ControlClient connect(Path path, Duration notice, Duration patience) throws IOException {
        if (Files.notExists(path)) {
            throw new BadInput("no node runs here: there is no control socket " + path
                    + " (start one with overlay-node run, or name it with --node or --control)");
        }
        var channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.connect(UnixDomainSocketAddress.of(ControlPath.checked(path)));
            return new ControlClient(channel, notice, patience);
        } catch (IOException e) {
            channel.close();
            if (!Files.isReadable(path) || e instanceof AccessDeniedException) {
                throw new BadInput(
                        "the control socket " + path + " belongs to "
                                + Files.getOwner(path).getName() + ": ask as that user",
                        e);
            }
            throw new BadInput(
                    "no node listens on the control socket " + path
                            + ": it died and left it behind (starting it again replaces it)",
                    e);
        } catch (RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    public StatsReply stats() throws IOException {
        return ask("stats", StatsReply.class);
    }

    /** Where the keys of encrypted networks stand. */
    public KeysReply keys() throws IOException {
        return ask("keys", KeysReply.class);
    }

    /** Has the keys turn as soon as may be; where they stand before that. */
    public KeysReply rotate() throws IOException {
        return ask("rotate", KeysReply.class);
    }

    /** The node's security associations, keys included, as lines for Wireshark. */
    public List<String> reveal() throws IOException {
        return ask("reveal", Revealed.class).lines();
    }

    /** How full pools and networks are. */
    public PoolsReply pools() throws IOException {
        return ask("pools", PoolsReply.class);
    }

    /** Frees the addresses of a node that will not be back; how many endpoints had them. */
    public int reclaim(String node) throws IOException {
        var request =
                JsonNodeFactory.instance.objectNode().put("ask", "reclaim").put("node", node);
        return limited(() -> ask(request)).path("endpoints").asInt();
    }

    /** The services that the node knows. */
    public ServicesReply services() throws IOException {
        return ask("services", ServicesReply.class);
    }

    /**
     * Has the node make a service; the service as it is then. Nobody knows here how long that may take: the node waits for the network's owner
     * for as long as its pools' patience is, and goes on where one gives up waiting.
     *
     * @param network null where there is only one
     * @param onWait run by another thread, once, where it takes a while
     */
    public ServicesReply createService(@Nullable String network, ServiceSpec service, Runnable onWait)
            throws IOException {
        var request = about("create-service", network);
        request.set("service", ServiceRequest.toJson(service));
        return answer(unlessDoneIn(notice, onWait, () -> ask(request)), ServicesReply.class);
    }

    public ServicesReply inspectService(@Nullable String network, String service) throws IOException {
        return ask(about("inspect-service", network).put("service", service), ServicesReply.class);
    }

    /** Has the node tell of a service no more; the service as it was. */
    public ServicesReply removeService(@Nullable String network, String service) throws IOException {
        return ask(about("remove-service", network).put("service", service), ServicesReply.class);
    }

    /**
     * Has the node give one of its backends no new flows; the service as it is then.
     *
     * @param within when those it has are reset, 0 to 24 h
     */
    public ServicesReply drain(@Nullable String network, String service, String backend, Duration within)
            throws IOException {
        return ask(aboutBackend(network, service, backend).put("millis", within.toMillis()), ServicesReply.class);
    }

    /** Has the node give a backend that drains new flows again; the service as it is then. */
    public ServicesReply resume(@Nullable String network, String service, String backend) throws IOException {
        return ask(aboutBackend(network, service, backend).put("resume", true), ServicesReply.class);
    }

    private static ObjectNode aboutBackend(@Nullable String network, String service, String backend) {
        return about("drain", network).put("service", service).put("backend", backend);
    }

    private static ObjectNode about(String what, @Nullable String network) {
        var request = JsonNodeFactory.instance.objectNode().put("ask", what);
        return network == null ? request : request.put("network", network);
    }

    record Revealed(List<String> lines) {
        Revealed {
            lines = List.copyOf(lines);
        }
    }

    private <T> T ask(String what, Class<T> answer) throws IOException {
        return ask(about(what, null), answer);
    }

    private <T> T ask(ObjectNode request, Class<T> answer) throws IOException {
        return answer(limited(() -> ask(request)), answer);
    }

    private static <T> T answer(JsonNode json, Class<T> answer) throws IOException {
        try {
            return JSON.treeToValue(json, answer);
        } catch (JacksonException e) {
            throw new IOException("the node's answer is not that of this version: " + e.getOriginalMessage(), e);
        }
    }

    /** Hands on the lines of the next {@code packets} packets as they come; returns when the last has been. */
    public void trace(int packets, Consumer<String> each) throws IOException {
        var answer =
                ask(JsonNodeFactory.instance.objectNode().put("ask", "trace").put("packets", packets));
        while (!answer.path("end").asBoolean()) {
            each.accept(answer.path("line").asText());
            answer = next();
        }
    }

    private JsonNode ask(JsonNode request) throws IOException {
        lines.write(request.toString());
        return next();
    }

    private JsonNode next() throws IOException {
        Optional<String> line = lines.read();
        if (line.isEmpty()) {
            throw new IOException("the node closed the connection: it stopped, or serves others already (try again)");
        }
        var answer = JSON.readTree(line.get());
        if (answer.has("error")) {
            throw new BadInput("the node refused: " + answer.path("error").asText());
        }
        return answer;
    }

    private <T> T limited(Exchange<T> exchange) throws IOException {
        try {
            return unlessDoneIn(patience, this::giveUp, exchange);
        } catch (AsynchronousCloseException e) {
            throw new IOException("the node did not answer within " + patience.toSeconds() + " s", e);
        }
    }

    private void giveUp() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static <T> T unlessDoneIn(Duration time, Runnable late, Exchange<T> exchange) throws IOException {
        var limit = Thread.ofVirtual().start(() -> {
            try {
                Thread.sleep(time);
            } catch (InterruptedException e) {
                return; // answered in time
            }
            late.run();
        });
        try {
            return exchange.run();
        } finally {
            limit.interrupt();
        }
    }

    private interface Exchange<T> {
        T run() throws IOException;
    }

    @Override
    public void close() throws IOException {
        lines.close();
    }
}
