package io.dunlin.gossip;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A member made of the real memberlist (src/test/go/agent.go), in a process of its own, on a port of 127.0.0.1 that was free. */
@SuppressWarnings("try") // close() may be interrupted
final class GoMember implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int PACKAGES_ABSENT = 3;
    private static @Nullable String unavailable;
    private static @Nullable Path program;

    private final String name;
    private final Process process;
    private final EventLog events;
    private final EventLog log;
    private final String address;

    /** Builds the program, once; a test that needs it is skipped where Debian's packages for it are absent, with that reason. */
    static synchronized Path program() throws IOException, InterruptedException {
        if (program == null && unavailable == null) {
            Path built = Path.of("target", "go", "memberlist-agent").toAbsolutePath();
            var build = new ProcessBuilder("bash", "src/test/go/build.bash", built.toString())
                    .redirectErrorStream(true)
                    .start();
            String said = new String(build.getInputStream().readAllBytes(), UTF_8).strip();
            int code = build.waitFor();
            assertThat(code).as(said).isIn(0, PACKAGES_ABSENT);
            if (code == PACKAGES_ABSENT) {
                unavailable = said;
            } else {
                program = built;
            }
        }
        assumeThat(unavailable).as("%s", unavailable).isNull();
        return Objects.requireNonNull(program);
    }

    /** With the profile for members on one machine and {@link JavaMember#profile}, unless {@code flags} say otherwise. */
    static GoMember start(String name, String... flags) throws IOException, InterruptedException {
        var command = new ArrayList<String>(List.of(program().toString(), "-name", name, "-quiet"));
        command.addAll(
                List.of("-pushpull", JavaMember.REPAIR.toMillis() + "ms", "-retransmit", "" + JavaMember.RETRANSMIT));
        command.addAll(List.of(flags));
        return new GoMember(name, new ProcessBuilder(command).start());
    }

    private GoMember(String name, Process process) throws InterruptedException {
        this.name = name;
        this.process = process;
        this.events = new EventLog(name);
        this.log = new EventLog(name + "'s log");
        follow(process.getInputStream(), events::add);
        follow(process.getErrorStream(), log::add);
        this.address = text(await("ready", event -> true), "addr");
    }

    private static void follow(InputStream lines, Consumer<String> each) {
        Thread.ofPlatform().daemon().start(() -> {
            try (var reader = new BufferedReader(new InputStreamReader(lines, UTF_8))) {
                reader.lines().forEach(each);
            } catch (IOException | UncheckedIOException e) {
                each.accept("its output broke: " + e);
            }
        });
    }

    String name() {
        return name;
    }

    /** HOST:PORT. */
    String address() {
        return address;
    }

    /** Writes a line to its standard input. */
    void command(String line) throws IOException {
        process.getOutputStream().write((line + "\n").getBytes(UTF_8));
        process.getOutputStream().flush();
    }

    String await(String kind, Predicate<String> isSuch) throws InterruptedException {
        return await(kind, PATIENCE, isSuch);
    }

    String await(String kind, Duration patience, Predicate<String> isSuch) throws InterruptedException {
        return events.await("event \"" + kind + "\"", patience, event -> isOf(event, kind) && isSuch.test(event));
    }

    void awaitJoin(String member) throws InterruptedException {
        await("join", event -> text(event, "name").equals(member));
    }

    void awaitMessage(String data) throws InterruptedException {
        await("msg", event -> text(event, "data").equals(data));
    }

    void awaitLog(String part) throws InterruptedException {
        log.await("line with \"" + part + "\"", PATIENCE, line -> line.contains(part));
    }

    /** Events of that kind so far. */
    List<String> all(String kind) {
        return events.all(event -> isOf(event, kind));
    }

    private static boolean isOf(String event, String kind) {
        return event.contains("\"ev\":\"" + kind + "\"");
    }

    /** A field's value, which has no escapes; empty if there is none. */
    static String text(String event, String field) {
        String key = "\"" + field + "\":\"";
        int from = event.indexOf(key);
        return from < 0 ? "" : event.substring(from + key.length(), event.indexOf('"', from + key.length()));
    }

    /** Ends it as kill −9 does, and waits for that: the next one may want its port. */
    @Override
    public void close() throws InterruptedException {
        process.destroyForcibly();
        assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    }
}
