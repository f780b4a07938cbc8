package io.dunlin.gossip;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.gossip.wire.Bytes;
import io.dunlin.gossip.wire.KeyRing;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Clusters of our members and of members made of the real memberlist, on loopback:
 *
 * <pre>
 *   this JVM: ours-1, ours-2, …   127.0.0.1, UDP and TCP   a process each: go-1, go-2, …
 * </pre>
 *
 * Skipped where memberlist cannot be built (see {@link GoMember#program}).
 */
@Timeout(120)
class GoMemberlistLiveTest {
    /**
     * By memberlist's formulas, of the local profile and up to six members: a probe of each takes at most two rounds of the others, and the
     * suspicion at most 6 · 3 s; the news is everywhere within a second.
     */
    private static final Duration DETECTION = Duration.ofSeconds(2 * 5 + 18 + 1);

    private static final String PORT = "7946";
    private static final String REPETITIVE = "compress this, compress this, compress this, compress this";

    private final Deque<AutoCloseable> members = new ArrayDeque<>();

    @AfterEach
    void end() throws Exception {
        while (!members.isEmpty()) {
            members.pop().close();
        }
    }

    private GoMember go(String name, String... flags) throws IOException, InterruptedException {
        var member = GoMember.start(name, flags);
        members.push(member);
        return member;
    }

    private JavaMember ours(String name, GoMember... seeds) throws IOException {
        var member = JavaMember.start(name, seeds);
        members.push(member);
        return member;
    }

    private JavaMember ours(String name, java.util.function.UnaryOperator<GossipConfig> change) throws IOException {
        var member = JavaMember.start(name, change);
        members.push(member);
        return member;
    }

    @Test
    void oursJoinsFourOfTheirs() throws Exception {
        var theirs = new ArrayList<GoMember>();
        for (int i = 1; i <= 4; i++) {
            theirs.add(go(
                    "go-" + i,
                    i == 1
                            ? new String[0]
                            : new String[] {"-join", theirs.getFirst().address()}));
        }

        var ours = ours("ours", theirs.getLast());

        for (GoMember go : theirs) {
            ours.await("joined " + go.name());
            go.awaitJoin("ours");
        }
        assertThat(ours.gossip().members())
                .hasSize(5)
                .allSatisfy(member -> assertThat(member.state()).isEqualTo(Member.State.ALIVE));
        assertThat(theirs.getFirst().await("join", event -> event.contains("\"ours\"")))
                .contains(ours.address(), "[1,5,2,0,0,0]");
    }

    @Test
    void fourOfTheirsJoinOurs() throws Exception {
        var ours = ours("ours");

        var theirs = new ArrayList<GoMember>();
        for (int i = 1; i <= 4; i++) {
            theirs.add(go("go-" + i, "-join", ours.address(), "-meta", "meta of " + i));
        }

        for (GoMember go : theirs) {
            assertThat(go.await("joined", event -> true)).contains("\"n\":1");
            ours.await("joined " + go.name());
            for (GoMember other : theirs) {
                go.awaitJoin(other.name());
            }
        }
        assertThat(ours.gossip().member("go-3").orElseThrow().meta().text()).isEqualTo("meta of 3");
    }

    @Test
    void threeAndThreeTellEachOtherAllAndSeeEachOthersEnds() throws Exception {
        var go1 = go("go-1");
        var go2 = go("go-2", "-join", go1.address());
        var go3 = go("go-3", "-join", go1.address());
        var ours1 = ours("ours-1", go1);
        var ours2 = ours("ours-2", go2);
        var ours3 = ours("ours-3", config -> config.join(ours1.address()));
        var theirs = List.of(go1, go2, go3);
        var all = List.of(ours1, ours2, ours3);
        for (JavaMember ours : all) {
            for (GoMember go : theirs) {
                ours.await("joined " + go.name());
                go.awaitJoin(ours.name());
            }
        }

        // metadata
        ours1.gossip().updateMeta(Bytes.utf8("new of ours"));
        go2.command("meta new of go");
        for (GoMember go : theirs) {
            go.await(
                    "update",
                    event -> GoMember.text(event, "name").equals("ours-1")
                            && GoMember.text(event, "meta").equals("new of ours"));
        }
        for (JavaMember ours : all) {
            ours.await("updated go-2 new of go");
        }

        // user messages
        assertThat(ours1.gossip().broadcast(Bytes.utf8("to all"))).isTrue();
        for (GoMember go : theirs) {
            go.awaitMessage("to all");
        }
        ours2.await("message to all");
        ours1.gossip().send("go-3", Bytes.utf8("to one"));
        go3.awaitMessage("to one");
        Bytes large = Bytes.utf8("x".repeat(100_000));
        assertThat(ours1.gossip().sendReliably("go-3", large).get(10, TimeUnit.SECONDS))
                .isEqualTo(Gossip.Delivery.DELIVERED);
        go3.awaitMessage(large.text());
        go1.command("broadcast from go");
        go1.command("send ours-2 by packet");
        go1.command("reliable ours-3 by stream");
        ours2.await("message by packet");
        ours3.await("message by stream");
        assertThat(all.stream().map(JavaMember::events))
                .anySatisfy(events -> events.await("\"message from go\"", DETECTION, "message from go"::equals));

        // died, one on either side, at the same time
        long killed = System.nanoTime();
        go2.kill();
        ours2.close();
        ours1.await("failed go-2", DETECTION);
        ours1.await("failed ours-2", DETECTION);
        go1.await("leave", DETECTION, event -> GoMember.text(event, "name").equals("go-2"));
        go1.await("leave", DETECTION, event -> GoMember.text(event, "name").equals("ours-2"));
        assertThat(Duration.ofNanos(System.nanoTime() - killed)).isLessThan(DETECTION);
        assertThat(ours1.events().all(event -> event.startsWith("failed"))).hasSize(2);

        // left
        ours3.gossip().leave(Duration.ofSeconds(5)).get(10, TimeUnit.SECONDS);
        ours3.close();
        go3.command("leave");
        ours1.await("left ours-3");
        ours1.await("left go-3");
        go1.await("leave", event -> GoMember.text(event, "name").equals("ours-3"));
        go1.await("leave", event -> GoMember.text(event, "name").equals("go-3"));
    }

    static Stream<Arguments> waysToSpeak() {
        var ways = new ArrayList<Arguments>();
        for (int keyLength : new int[] {0, 16, 24, 32}) {
            for (boolean compression : new boolean[] {true, false}) {
                for (int protocol = 1; protocol <= 5; protocol++) {
                    boolean isUsual = protocol == GossipConfig.DEFAULT_PROTOCOL;
                    if (isUsual || compression && (keyLength == 0 || keyLength == 32)) {
                        ways.add(Arguments.of(keyLength, compression, protocol));
                    }
                }
            }
        }
        return ways.stream();
    }

    private static byte[] key(int length, int fill) {
        var key = new byte[length];
        java.util.Arrays.fill(key, (byte) fill);
        return key;
    }

    private static String base64(byte[] key) {
        return Base64.getEncoder().encodeToString(key);
    }

    /** Addresses of this run alone, all with the same port, as protocol 1 takes for granted: it knows no ports of others. */
    private static String loopback(int host) {
        long pid = ProcessHandle.current().pid();
        return "127." + (1 + pid / 250 % 250) + "." + (1 + pid % 250) + "." + host;
    }

    @ParameterizedTest(name = "keys of {0} bytes, compression {1}, protocol {2}")
    @MethodSource("waysToSpeak")
    void understandEachOther(int keyLength, boolean compression, int protocol) throws Exception {
        byte[] key = key(keyLength, 7);
        String[] flags = {
            "-port",
            PORT,
            "-protocol",
            "" + protocol,
            "-compress=" + compression,
            "-keys",
            base64(key),
            "-meta",
            REPETITIVE
        };
        var go = go("go", with(flags, "-bind", loopback(1)));
        var first = ours(
                "first",
                config -> spoken(config, compression, protocol, key)
                        .listen(loopback(2) + ":" + PORT)
                        .join(go.address()));
        var second = go("second", with(flags, "-bind", loopback(3), "-join", first.address()));

        for (GoMember theirs : List.of(go, second)) {
            first.await("joined " + theirs.name());
            theirs.awaitJoin("first");
        }
        assertThat(first.gossip().member("go").orElseThrow().meta().text()).isEqualTo(REPETITIVE);
        String text = REPETITIVE + "!";
        first.gossip().send("go", Bytes.utf8(text));
        go.awaitMessage(text);
        assertThat(first.gossip().sendReliably("second", Bytes.utf8(text)).get(10, TimeUnit.SECONDS))
                .isEqualTo(Gossip.Delivery.DELIVERED);
        second.awaitMessage(text);
        go.command("send first in a packet: " + text);
        second.command("reliable first by stream: " + text);
        first.await("message in a packet: " + text);
        first.await("message by stream: " + text);
        assertThat(first.gossip().stats().drops())
                .doesNotContainKeys("MALFORMED", "NO_KEY_FITS", "BAD_CRC", "TRUNCATED");
    }

    private static String[] with(String[] flags, String... more) {
        return Stream.of(flags, more).flatMap(Stream::of).toArray(String[]::new);
    }

    private static GossipConfig spoken(GossipConfig config, boolean compression, int protocol, byte[] key) {
        GossipConfig spoken = config.compression(compression).protocol(protocol);
        return key.length == 0 ? spoken : spoken.encrypted(KeyRing.of(key));
    }
}
