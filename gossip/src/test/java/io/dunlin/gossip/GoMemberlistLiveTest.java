package io.dunlin.gossip;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.gossip.transport.HostPort;
import io.dunlin.gossip.transport.Transport;
import io.dunlin.gossip.wire.Bytes;
import io.dunlin.gossip.wire.KeyRing;
import io.dunlin.gossip.wire.Message.Versions;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
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

    private JavaMember ours(String name, UnaryOperator<GossipConfig> change) throws IOException {
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
        for (JavaMember ours : all) {
            ours.await("message from go");
        }

        // died, one on either side, at the same time
        long killed = System.nanoTime();
        go2.close();
        ours2.close();
        ours1.await("failed go-2", DETECTION);
        ours1.await("failed ours-2", DETECTION);
        go1.await("leave", DETECTION, event -> GoMember.text(event, "name").equals("go-2"));
        go1.await("leave", DETECTION, event -> GoMember.text(event, "name").equals("ours-2"));
        assertThat(Duration.ofNanos(System.nanoTime() - killed)).isLessThan(DETECTION);
        assertThat(ours1.events().all(event -> event.startsWith("failed"))).hasSize(2);

        // left; first theirs, which says so four times to any of the others, and two of those are dead
        go3.command("leave");
        ours1.await("left go-3");
        go1.await("leave", event -> GoMember.text(event, "name").equals("go-3"));
        ours3.gossip().leave(Duration.ofSeconds(5)).get(10, TimeUnit.SECONDS);
        ours3.close();
        ours1.await("left ours-3");
        go1.await("leave", event -> GoMember.text(event, "name").equals("ours-3"));
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
        Arrays.fill(key, (byte) fill);
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

    @Test
    void userStateOfPushPullGoesBothWays() throws Exception {
        var go = go("go", "-state", "state of go");
        var ours = bare("ours", ProtocolConfig.SPOKEN, "state of ours", UnaryOperator.identity());

        assertThat(ours.join(go.address()).answered()).isEqualTo(1);

        ours.await("state state of go");
        go.await("merge", event -> GoMember.text(event, "data").equals("state of ours") && event.contains("true"));
        // and when it is theirs to begin
        go.await("merge", event -> GoMember.text(event, "data").equals("state of ours") && event.contains("false"));
    }

    @Test
    void whoHasAnotherKeyOrNoneIsRefusedAndBothSaySo() throws Exception {
        var keyed = go("keyed", "-keys", base64(key(32, 1)));
        var plain = go("plain");

        var ours = ours("ours", config -> config.encrypted(KeyRing.of(key(32, 2))));
        assertThat(joined(ours, keyed).errors().getFirst())
                .contains(keyed.address())
                .contains("none of our keys opens it");
        keyed.awaitLog("No installed keys could decrypt the message");
        assertThat(joined(ours, plain).errors().getFirst()).contains("not encrypted");
        plain.awaitLog("Remote state is encrypted and encryption is not configured");

        var oursPlain = ours("ours-plain");
        assertThat(joined(oursPlain, keyed).errors().getFirst()).contains("encrypted");
        keyed.awaitLog("Encryption is configured but remote state is not encrypted");

        plain.command("join " + ours.address());
        assertThat(plain.await("joined", event -> true)).contains("\"n\":0");
        keyed.command("join " + oursPlain.address());
        assertThat(keyed.await("joined", event -> true)).contains("\"n\":0", "not encrypted");

        for (JavaMember member : List.of(ours, oursPlain)) {
            assertThat(member.gossip().members()).hasSize(1);
            assertThat(member.gossip().stats().drops()).isNotEmpty();
        }
        assertThat(keyed.all("join")).hasSize(1); // its own
        assertThat(plain.all("join")).hasSize(1);
    }

    private static Gossip.Joined joined(JavaMember ours, GoMember theirs) throws Exception {
        return ours.gossip().join(List.of(HostPort.parse(theirs.address(), 0))).get(30, TimeUnit.SECONDS);
    }

    @Test
    void theKeyOfAMixedClusterIsChangedWhileItRuns() throws Exception {
        byte[] first = key(16, 1);
        byte[] second = key(32, 2);
        var go = go("go", "-keys", base64(first));
        var ring = KeyRing.of(first);
        var ours = ours("ours", config -> config.encrypted(ring).join(go.address()));
        ours.await("joined go");
        go.awaitJoin("ours");

        go.command("keyring add " + base64(second));
        go.command("send ours that the key is there"); // until then a packet by it is lost
        ours.await("message that the key is there");
        assertThat(ring.install(second)).isEqualTo(KeyRing.Outcome.DONE);
        assertThat(ring.use(second)).isEqualTo(KeyRing.Outcome.DONE);
        ours.gossip().send("go", Bytes.utf8("by the new key"));
        go.awaitMessage("by the new key");
        go.command("send ours by the old key");
        ours.await("message by the old key");
        go.command("keyring use " + base64(second));
        go.command("keyring remove " + base64(first));
        assertThat(ring.remove(second)).isEqualTo(KeyRing.Outcome.PRIMARY_KEY);
        assertThat(ring.remove(first)).isEqualTo(KeyRing.Outcome.DONE);
        go.command("send ours after all");
        ours.await("message after all");

        // and a member with the new key alone finds both
        var late = ours("late", config -> config.encrypted(KeyRing.of(second)).join(ours.address()));
        late.await("joined go");
        go.awaitJoin("late");
        assertThat(ours.events().all(event -> event.startsWith("failed"))).isEmpty();
        assertThat(go.all("leave")).isEmpty();
        assertThat(go.all("refused")).isEmpty();
    }

    @Test
    @Timeout(900)
    void twoPercentOfLossOnOurSideMakeNobodyDead() throws Exception {
        var whole = Duration.ofSeconds(Boolean.getBoolean("dunlin.long") ? 600 : 30);
        long seed = System.nanoTime();
        var theirs = new ArrayList<GoMember>();
        var all = new ArrayList<BareMember>();
        for (int i = 0; i < 3; i++) {
            theirs.add(go(
                    "go-" + i,
                    i == 0
                            ? new String[0]
                            : new String[] {"-join", theirs.getFirst().address()}));
            var random = new SplittableRandom(seed + i);
            all.add(bare(
                    "ours-" + i, ProtocolConfig.SPOKEN, "", transport -> new LossyTransport(transport, 0.02, random)));
            assertThat(all.getLast().join(theirs.getFirst().address()).answered())
                    .isEqualTo(1);
        }
        for (BareMember ours : all) {
            for (GoMember go : theirs) {
                ours.await("joined " + go.name());
                go.awaitJoin(ours.name());
            }
        }

        // the tick of a member that tells its members is the clock: no event that would end the wait is to come
        var clock = go("clock", "-quiet=false", "-join", theirs.getFirst().address());
        long until = System.nanoTime() + whole.toNanos();
        clock.await("members", whole.plusSeconds(30), event -> System.nanoTime() >= until);

        for (BareMember ours : all) {
            assertThat(ours.events().all(event -> event.startsWith("DEAD") || event.startsWith("LEFT")))
                    .as("seed %s", seed)
                    .isEmpty();
            assertThat(ours.members()).hasSize(7);
        }
        for (GoMember go : theirs) {
            assertThat(go.all("leave")).as("seed %s", seed).isEmpty();
        }
    }

    @Test
    void serfTakesAMemberThatSaysItsVersionsAndRefusesOneThatDoesNot() throws Exception {
        var serf = SerfMember.start("serf");
        members.push(serf);

        // plain memberlist, as Gossip is
        var plain = bare("plain", ProtocolConfig.SPOKEN, "", UnaryOperator.identity());
        assertThat(plain.join(serf.address()).errors().getFirst()).contains("delegate version 5");
        assertThat(plain.members()).hasSize(1);
        assertThat(serf.ask("members")).doesNotContain("plain");

        // and one that claims to know serf's messages, which it takes for user messages
        var ours = bare("ours", new Versions(1, 5, 2, 2, 5, 5), "", UnaryOperator.identity());
        assertThat(ours.join(serf.address()).answered()).isEqualTo(1);
        ours.await("joined serf");
        serf.awaitLog("EventMemberJoin: ours");
        serf.ask("event", "deploy", "v1");
        assertThat(ours.events()
                        .await(
                                "event of serf",
                                DETECTION,
                                event -> event.startsWith("message ") && event.contains("deploy")))
                .contains("v1");
        assertThat(serf.ask("members")).contains("ours");
    }

    private BareMember bare(String name, Versions versions, String state, UnaryOperator<Transport> between)
            throws Exception {
        var member = new BareMember(name, versions, state, null, between);
        members.push(member);
        return member;
    }
}
