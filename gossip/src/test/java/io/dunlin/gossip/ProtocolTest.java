package io.dunlin.gossip;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dunlin.gossip.wire.Bytes;
import io.dunlin.gossip.wire.Message.Ack;
import io.dunlin.gossip.wire.Message.Alive;
import io.dunlin.gossip.wire.Message.Dead;
import io.dunlin.gossip.wire.Message.IndirectPing;
import io.dunlin.gossip.wire.Message.Nack;
import io.dunlin.gossip.wire.Message.NodeState;
import io.dunlin.gossip.wire.Message.Ping;
import io.dunlin.gossip.wire.Message.PushPull;
import io.dunlin.gossip.wire.Message.Refusal;
import io.dunlin.gossip.wire.Message.Source;
import io.dunlin.gossip.wire.Message.State;
import io.dunlin.gossip.wire.Message.Suspect;
import io.dunlin.gossip.wire.Message.User;
import io.dunlin.gossip.wire.Message.Versions;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** One member, and peers that say what they like. */
class ProtocolTest {
    private static final Duration A_MOMENT = Duration.ofMillis(20);
    private static final Duration A_ROUND_OF_GOSSIP = Duration.ofMillis(500);

    private final Recording layer = new Recording();
    private final SimulatedCluster cluster =
            new SimulatedCluster(1, SimulatedCluster.Options.of(Profile.lan()).withLayer(number -> layer));
    private final SimulatedCluster.Node node = cluster.start(0);
    private final Peer peer = new Peer(cluster, 100).thatAcknowledges();

    ProtocolTest() {
        // What is sent first comes first: which order is meant matters here.
        cluster.network().setFaults(new SimulatedNetwork.Faults(100_000, 100_000, 0, 0, 0));
    }

    /** Keeps the user messages. */
    private static final class Recording extends NoLayer {
        private final List<String> messages = new ArrayList<>();

        @Override
        public void message(byte[] data) {
            messages.add(new String(data, UTF_8));
        }
    }

    private NodeState known(String name) {
        return Objects.requireNonNull(node.protocol.table().get(name), name);
    }

    private long drops(DropReason reason) {
        return node.protocol.drops().getOrDefault(reason.name(), 0L);
    }

    private Alive alive(String name, long incarnation, InetSocketAddress address) {
        return new Alive(incarnation, name, address, Bytes.EMPTY, ProtocolConfig.SPOKEN);
    }

    // ---- pings

    @Test
    void aPingIsAnsweredToWhomeverItNamesAsItsSource() {
        var other = new Peer(cluster, 101);
        peer.send(node, new Ping(7, node.name, Source.UNKNOWN));
        peer.send(node, new Ping(8, node.name, new Source(other.address(), "other")));
        cluster.pass(A_MOMENT);
        assertThat(peer.heard(Ack.class)).extracting(Ack::sequence).containsExactly(7L);
        assertThat(other.heard(Ack.class)).extracting(Ack::sequence).containsExactly(8L);
    }

    @Test
    void aPingForAnotherMemberIsNotAnswered() {
        peer.send(node, new Ping(7, "somebody", Source.UNKNOWN));
        cluster.pass(A_MOMENT);
        assertThat(peer.heard(Ack.class)).isEmpty();
        assertThat(drops(DropReason.PING_FOR_ANOTHER)).isEqualTo(1);
    }

    @Test
    void aPingByStreamIsAnsweredThere() {
        assertThat(peer.call(cluster, node, new Ping(9, node.name, Source.UNKNOWN)))
                .isEqualTo(new Ack(9, Bytes.EMPTY));
        assertThat(peer.call(cluster, node, new Ping(9, "somebody", Source.UNKNOWN)))
                .isNull();
        assertThat(drops(DropReason.PING_FOR_ANOTHER)).isEqualTo(1);
    }

    @Test
    void anIndirectPingIsRelayedUnderAnotherNumberAndItsAnswerUnderTheFirst() {
        var target = new Peer(cluster, 101).thatAcknowledges();
        peer.send(node, new IndirectPing(7, target.address(), "target", true, Source.UNKNOWN));
        cluster.pass(A_MOMENT);
        assertThat(target.heard(Ping.class)).singleElement().satisfies(ping -> {
            assertThat(ping.node()).isEqualTo("target");
            assertThat(ping.sequence()).isNotEqualTo(7);
        });
        assertThat(peer.heard(Ack.class)).extracting(Ack::sequence).containsExactly(7L);
        cluster.pass(Duration.ofSeconds(1));
        assertThat(peer.heard(Nack.class)).isEmpty();
    }

    @Test
    void anIndirectPingWithoutAnAnswerIsAnsweredWithANackIfOneIsWanted() {
        var silent = new Peer(cluster, 101);
        peer.send(node, new IndirectPing(7, silent.address(), "target", true, Source.UNKNOWN));
        peer.send(node, new IndirectPing(8, silent.address(), "target", false, Source.UNKNOWN));
        cluster.pass(Duration.ofMillis(600));
        assertThat(peer.heard(Nack.class)).extracting(Nack::sequence).containsExactly(7L);
        assertThat(peer.heard(Ack.class)).isEmpty();
    }

    @Test
    void moreIndirectPingsThanAreServedAtATimeAreCounted() {
        for (int i = 0; i < PendingAcks.MAX_PENDING + 5; i++) {
            peer.send(node, new IndirectPing(i, SimulatedNetwork.address(999), "target", false, Source.UNKNOWN));
        }
        cluster.pass(A_MOMENT);
        assertThat(drops(DropReason.TOO_MANY_RELAYS)).isEqualTo(5);
        cluster.pass(Duration.ofSeconds(1));
        peer.send(node, new IndirectPing(1, SimulatedNetwork.address(999), "target", false, Source.UNKNOWN));
        cluster.pass(A_MOMENT);
        assertThat(drops(DropReason.TOO_MANY_RELAYS)).isEqualTo(5);
    }

    @Test
    void answersThatNobodyAskedForAreCounted() {
        peer.send(node, new Ack(1, Bytes.EMPTY), new Nack(2));
        cluster.pass(A_MOMENT);
        assertThat(drops(DropReason.UNASKED_ACK)).isEqualTo(2);
    }

    // ---- what is said of others

    @Test
    void aSuspectIsToldWithThePing() {
        peer.introduce(node, "peer", 5);
        cluster.pass(A_MOMENT);
        peer.send(node, new Suspect(5, "peer", "x"));
        cluster.pass(Duration.ofSeconds(2));
        assertThat(peer.heard(Suspect.class)).contains(new Suspect(5, "peer", node.name));
    }

    @Test
    void aSuspectThatAnswersInTimeIsAlive() {
        peer.introduce(node, "peer", 5);
        peer.send(node, new Suspect(5, "peer", "x"));
        cluster.pass(A_MOMENT);
        assertThat(known("peer").state()).isEqualTo(State.SUSPECT);
        peer.introduce(node, "peer", 6);
        cluster.pass(Duration.ofSeconds(30));
        assertThat(known("peer").state()).isEqualTo(State.ALIVE);
    }

    @Test
    void aMemberThatAnswersNeitherPacketsNorStreamsIsDeclaredDeadAndForgotten() {
        var silent = new Peer(cluster, 101);
        silent.introduce(node, "silent", 5);
        cluster.pass(Duration.ofSeconds(12));
        assertThat(known("silent").state()).isEqualTo(State.DEAD);
        assertThat(node.protocol.members()).extracting(Member::state).contains(Member.State.DEAD);
        cluster.pass(Duration.ofSeconds(35));
        assertThat(node.protocol.table().get("silent")).isNull();
    }

    @Test
    void aDeadMemberInAPushPullIsSuspectOnly() {
        peer.introduce(node, "peer", 5);
        cluster.pass(A_MOMENT);
        var dead = new NodeState("peer", peer.address(), Bytes.EMPTY, 5, State.DEAD, ProtocolConfig.SPOKEN);
        assertThat(peer.call(cluster, node, new PushPull(false, List.of(dead), Bytes.EMPTY)))
                .isInstanceOf(PushPull.class);
        assertThat(known("peer").state()).isEqualTo(State.SUSPECT);
        var left = new NodeState("peer", peer.address(), Bytes.EMPTY, 5, State.LEFT, ProtocolConfig.SPOKEN);
        peer.call(cluster, node, new PushPull(false, List.of(left), Bytes.EMPTY));
        assertThat(known("peer").state()).isEqualTo(State.LEFT);
    }

    @Test
    void whoSaysItselfThatItIsDeadLeft() {
        peer.introduce(node, "peer", 5);
        peer.send(node, new Dead(5, "peer", "peer"));
        cluster.pass(A_MOMENT);
        assertThat(known("peer").state()).isEqualTo(State.LEFT);
    }

    @Test
    void aNameThatLeftMovesAtOnceAndADeadOneAfterAWhile() {
        var other = new Peer(cluster, 101).thatAcknowledges();
        peer.introduce(node, "peer", 5);
        peer.send(node, new Dead(5, "peer", "peer"));
        cluster.pass(A_MOMENT);
        other.introduce(node, "peer", 1);
        cluster.pass(A_MOMENT);
        assertThat(known("peer").address()).isEqualTo(other.address());

        peer.send(node, new Dead(1, "peer", "x"));
        cluster.pass(A_MOMENT);
        peer.introduce(node, "peer", 9);
        cluster.pass(A_MOMENT);
        assertThat(known("peer").state()).isEqualTo(State.DEAD);
        assertThat(drops(DropReason.NAME_CONFLICT)).isEqualTo(1);
        cluster.pass(Duration.ofSeconds(31));
        peer.introduce(node, "peer", 1);
        cluster.pass(A_MOMENT);
        assertThat(known("peer").address()).isEqualTo(peer.address());
    }

    @Test
    void aLiveNameAtAnotherAddressIsRefused() {
        var other = new Peer(cluster, 101);
        peer.introduce(node, "peer", 5);
        cluster.pass(A_MOMENT);
        other.introduce(node, "peer", 500);
        cluster.pass(A_MOMENT);
        assertThat(known("peer").address()).isEqualTo(peer.address());
        assertThat(drops(DropReason.NAME_CONFLICT)).isEqualTo(1);
    }

    @Test
    void membersThatNobodyCanReachOrThatSpeakNothingAreRefused() throws Exception {
        var wildcard = new InetSocketAddress(InetAddress.getByName("0.0.0.0"), 7946);
        var multicast = new InetSocketAddress(InetAddress.getByName("224.0.0.1"), 7946);
        peer.send(node, alive("a", 1, wildcard), alive("b", 1, multicast));
        peer.send(node, alive("c", 1, new InetSocketAddress(peer.address().getAddress(), 0)));
        peer.send(node, new Alive(1, "d", peer.address(), Bytes.EMPTY, new Versions(0, 0, 0, 0, 0, 0)));
        peer.send(node, new Alive(1, "e", peer.address(), Bytes.EMPTY, new Versions(3, 2, 2, 0, 0, 0)));
        peer.send(node, alive("", 1, peer.address()));
        cluster.pass(A_MOMENT);
        assertThat(node.protocol.members()).hasSize(1);
        assertThat(drops(DropReason.ADDRESS)).isEqualTo(3);
        assertThat(drops(DropReason.VERSIONS)).isEqualTo(2);
        assertThat(drops(DropReason.NAME)).isEqualTo(1);
    }

    // ---- what is said of this member

    @Test
    void anAccusationIsAnsweredWithAGreaterIncarnation() {
        peer.introduce(node, "peer", 5);
        cluster.pass(A_ROUND_OF_GOSSIP);
        long before = known(node.name).incarnation();
        peer.send(node, new Suspect(before + 10, node.name, "peer"));
        cluster.pass(A_ROUND_OF_GOSSIP);
        assertThat(known(node.name).incarnation()).isEqualTo(before + 11);
        assertThat(known(node.name).state()).isEqualTo(State.ALIVE);
        assertThat(peer.heard(Alive.class)).extracting(Alive::incarnation).contains(before + 11);
        assertThat(node.protocol.health()).isEqualTo(1);
    }

    @Test
    void deathAndForeignMetadataAreDeniedToo() {
        long before = known(node.name).incarnation();
        peer.send(node, new Dead(before, node.name, node.name));
        cluster.pass(A_MOMENT);
        assertThat(known(node.name).state()).isEqualTo(State.ALIVE);
        assertThat(known(node.name).incarnation()).isEqualTo(before + 1);
        peer.send(
                node, new Alive(before + 5, node.name, node.host.address(), Bytes.utf8("lie"), ProtocolConfig.SPOKEN));
        cluster.pass(A_MOMENT);
        assertThat(known(node.name).incarnation()).isEqualTo(before + 6);
        assertThat(known(node.name).meta().text()).isEqualTo("meta of " + node.name);
    }

    @Test
    void aForgedIncarnationNearTheEndIsIgnoredByVictimAndOthersAlike() {
        peer.introduce(node, "peer", 5);
        cluster.pass(A_MOMENT);
        long before = known(node.name).incarnation();
        for (long forged : new long[] {0xFFFF_FFFFL, 0xFFFF_FFFEL, 0x8000_0000L}) {
            peer.send(node, new Suspect(forged, node.name, "x"), new Dead(forged, node.name, "x"));
            peer.send(node, alive(node.name, forged, node.host.address()));
            peer.send(node, new Suspect(forged, "peer", "x"), new Dead(forged, "peer", "x"));
            peer.send(node, alive("peer", forged, peer.address()), alive("new", forged, peer.address()));
        }
        cluster.pass(A_MOMENT);
        assertThat(known(node.name).incarnation()).isEqualTo(before);
        assertThat(known("peer").incarnation()).isEqualTo(5);
        assertThat(known("peer").state()).isEqualTo(State.ALIVE);
        assertThat(node.protocol.table().get("new")).isNull();
        assertThat(drops(DropReason.INCARNATION)).isEqualTo(21);
    }

    @Test
    void aProcessThatTakesOurNameIsRefusedAndReportedOnceAMinute() {
        var reports = new ArrayList<String>();
        var counters = new DropCounters(node.host, new Observer() {
            @Override
            public void dropped(Enum<?> reason, String what, @Nullable InetSocketAddress from) {
                reports.add(reason.name());
            }
        });
        for (int i = 0; i < 100; i++) {
            peer.introduce(node, node.name, 1_000_000_000L + i);
            counters.count(DropReason.NAME_CONFLICT, node.name, peer.address());
            cluster.pass(Duration.ofSeconds(1));
        }
        assertThat(known(node.name).address()).isEqualTo(node.host.address());
        assertThat(drops(DropReason.NAME_CONFLICT)).isEqualTo(100);
        assertThat(reports).containsExactly("NAME_CONFLICT", "NAME_CONFLICT");
        assertThat(counters.snapshot()).containsEntry("NAME_CONFLICT", 100L);
    }

    // ---- streams

    @Test
    void aPushPullIsAnsweredWithAllThatIsKnown() {
        peer.introduce(node, "peer", 5);
        cluster.pass(A_MOMENT);
        assertThat(peer.call(cluster, node, new PushPull(true, List.of(), Bytes.EMPTY)))
                .isInstanceOfSatisfying(PushPull.class, state -> {
                    assertThat(state.join()).isTrue();
                    assertThat(state.nodes()).extracting(NodeState::name).containsExactlyInAnyOrder(node.name, "peer");
                });
    }

    @Test
    void aPeerWhoseVersionsDoNotFitGetsAnAnswerButIsNotBelieved() {
        var serf = new NodeState("serf", peer.address(), Bytes.EMPTY, 1, State.ALIVE, new Versions(1, 5, 2, 2, 5, 5));
        assertThat(peer.call(cluster, node, new PushPull(true, List.of(serf), Bytes.EMPTY)))
                .isInstanceOf(PushPull.class);
        assertThat(node.protocol.members()).hasSize(1);
        assertThat(drops(DropReason.VERSIONS)).isEqualTo(1);
    }

    @Test
    void nonsenseOnAStreamIsAnsweredWithARefusalAndCounted() {
        assertThat(peer.call(cluster, node, new byte[] {99, 1, 2, 3})).isInstanceOf(Refusal.class);
        assertThat(node.protocol.drops()).containsEntry("UNKNOWN_TYPE", 1L);
    }

    @Test
    void nonsenseInAPacketIsCounted() {
        peer.sendBytes(node, new byte[] {99, 1, 2, 3});
        cluster.pass(A_MOMENT);
        assertThat(node.protocol.drops()).containsEntry("UNKNOWN_TYPE", 1L);
    }

    @Test
    void userMessagesReachTheLayerByPacketAndByStream() {
        peer.send(node, new User(Bytes.utf8("by packet")));
        peer.call(cluster, node, new User(Bytes.utf8("by stream")));
        assertThat(layer.messages).containsExactly("by packet", "by stream");
    }

    // ---- this member's own doings

    @Test
    void leavingIsToldAndThenOver() {
        peer.introduce(node, "peer", 5);
        cluster.pass(A_MOMENT);
        var done = new ArrayList<String>();
        node.protocol.leave(Duration.ofSeconds(30), () -> done.add("told"));
        assertThat(done).isEmpty();
        cluster.pass(Duration.ofSeconds(5));
        assertThat(done).containsExactly("told");
        assertThat(peer.heard(Dead.class))
                .isNotEmpty()
                .allSatisfy(dead -> assertThat(dead.from()).isEqualTo(node.name));
        node.protocol.stop();
        peer.heard(Ping.class);
        cluster.pass(Duration.ofSeconds(30));
        assertThat(peer.heard(Ping.class)).isEmpty();
    }

    /** It says so a few times only: said to those who failed a moment ago, it could be heard by nobody. */
    @Test
    void leavingIsToldToNoneOfThoseWhoFailed() {
        peer.introduce(node, "peer", 5);
        var failed = new ArrayList<Peer>();
        for (int i = 0; i < 8; i++) {
            var other = new Peer(cluster, 101 + i);
            other.introduce(node, "failed-" + i, 5);
            peer.send(node, new Dead(5, "failed-" + i, "peer"));
            failed.add(other);
        }
        cluster.pass(Duration.ofSeconds(5));
        assertThat(failed.stream().flatMap(other -> other.heard(Dead.class).stream()))
                .as("what they may contradict")
                .isNotEmpty();

        node.protocol.leave(Duration.ofSeconds(30), () -> {});
        cluster.pass(Duration.ofSeconds(5));
        assertThat(peer.heard(Dead.class)).extracting(Dead::node).contains(node.name);
        assertThat(failed.stream().flatMap(other -> other.heard(Dead.class).stream()))
                .isEmpty();
    }

    @Test
    void whoLeavesAndIsAloneIsDoneAtOnce() {
        var done = new ArrayList<String>();
        node.protocol.leave(Duration.ofSeconds(30), () -> done.add("told"));
        assertThat(done).containsExactly("told");
    }

    @Test
    void newMetadataIsToldWithAGreaterIncarnation() {
        peer.introduce(node, "peer", 5);
        cluster.pass(A_MOMENT);
        long before = known(node.name).incarnation();
        node.protocol.updateMeta(Bytes.utf8("new"));
        cluster.pass(A_ROUND_OF_GOSSIP);
        assertThat(peer.heard(Alive.class))
                .contains(new Alive(
                        before + 1, node.name, node.host.address(), Bytes.utf8("new"), ProtocolConfig.SPOKEN));
    }

    @Test
    void metadataThatIsTooLongIsTheCallersMistake() {
        assertThatThrownBy(() -> node.protocol.updateMeta(Bytes.wrap(new byte[513])))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("513");
    }

    @Test
    void joiningNobodySaysWhy() {
        var results = new ArrayList<Protocol.JoinResult>();
        node.protocol.join(List.of(SimulatedNetwork.address(999)), results::add);
        cluster.pass(Duration.ofSeconds(11));
        assertThat(results).singleElement().satisfies(result -> {
            assertThat(result.answered()).isZero();
            assertThat(result.errors()).singleElement().asString().contains("no answer in time");
        });
    }
}
