package io.dunlin.gossip;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.gossip.SimulatedCluster.Event;
import io.dunlin.gossip.SimulatedCluster.Options;
import io.dunlin.gossip.wire.Bytes;
import io.dunlin.gossip.wire.Message.Suspect;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SimulatedClusterTest {
    private static final Duration STEP = Duration.ofMillis(100);

    private static SimulatedCluster joined(long seed, int members) {
        var cluster = new SimulatedCluster(seed, Options.of(Profile.lan()));
        for (int i = 0; i < members; i++) {
            cluster.start(i).protocol.join(List.of(SimulatedNetwork.address(0)), result -> {});
        }
        return cluster;
    }

    private static long trace(long seed) {
        var cluster = joined(seed, 20);
        cluster.network().setLoss((from, to) -> 0.1);
        cluster.network().setFaults(new SimulatedNetwork.Faults(100_000, 5_000_000, 0.05, 0.05, 300_000_000));
        cluster.pass(Duration.ofSeconds(20));
        cluster.node(7).host.crash();
        cluster.pass(Duration.ofSeconds(40));
        return cluster.network().trace();
    }

    @Test
    void theSameSeedGivesTheSameHistory() {
        assertThat(trace(1)).isEqualTo(trace(1));
        assertThat(trace(1)).isNotEqualTo(trace(2));
    }

    @Test
    void allFindEachOtherFromOneSeed() {
        assertThat(joined(1, 50).passUntilAgreed(STEP, Duration.ofSeconds(10))).isPositive();
    }

    /** Says a lot to whoever comes, as a layer does that tells a newcomer what there is. */
    private static final class Talkative extends NoLayer {
        private @Nullable Membership membership;

        @Override
        public void start(Membership membership) {
            this.membership = membership;
        }

        @Override
        public void joined(Member member) {
            for (int i = 0; i < 10; i++) {
                Objects.requireNonNull(membership).send(member, new byte[100]);
            }
        }
    }

    /** News is sent a few times only: what is said to the newcomer alone must not use up the news that it came. */
    @Test
    void allHearOfANewcomerAtOnceHoweverMuchIsSaidToIt() {
        for (long seed = 0; seed < 100; seed++) {
            var cluster = new SimulatedCluster(seed, Options.of(Profile.lan()).withLayer(_ -> new Talkative()));
            cluster.startFormed(2);
            cluster.pass(Duration.ofSeconds(3));
            cluster.start(2).protocol.join(List.of(SimulatedNetwork.address(0)), result -> {});
            assertThat(cluster.passUntilAgreed(STEP, Duration.ofSeconds(2)))
                    .as("%s", cluster)
                    .isPositive();
        }
    }

    @Test
    void whoLeavesIsSeenToLeaveByAllAndDeclaredDeadByNobody() {
        var cluster = joined(1, 20);
        cluster.pass(Duration.ofSeconds(10));
        var seen = new HashSet<Integer>();
        cluster.watch((by, what, member) -> {
            assertThat(what == Event.GONE ? member.state() : Member.State.LEFT).isEqualTo(Member.State.LEFT);
            if (what == Event.GONE) {
                seen.add(by.number);
            }
        });
        var leaving = cluster.node(5);
        leaving.protocol.leave(Duration.ofSeconds(5), () -> {
            leaving.protocol.stop();
            leaving.host.crash();
        });
        cluster.pass(Duration.ofSeconds(20));
        assertThat(seen).hasSize(20);
    }

    @Test
    void newMetadataReachesAll() {
        var cluster = joined(1, 20);
        cluster.pass(Duration.ofSeconds(10));
        cluster.node(3).protocol.updateMeta(Bytes.utf8("changed"));
        cluster.pass(Duration.ofSeconds(3));
        for (var node : cluster.nodes()) {
            assertThat(Objects.requireNonNull(node.protocol.table().get("node-00003"))
                            .meta()
                            .text())
                    .isEqualTo("changed");
        }
    }

    @Test
    void whoRestartsWithAnOlderClockIsBelievedAllTheSame() {
        var cluster = joined(1, 10);
        cluster.pass(Duration.ofSeconds(10));
        // Refutations have carried its incarnation beyond what its clock will begin with.
        var peer = new Peer(cluster, 100);
        long said = cluster.node(4).self().incarnation() + 500;
        peer.send(cluster.node(4), new Suspect(said, "node-00004", "x"));
        cluster.pass(Duration.ofSeconds(5));
        cluster.node(4).host.crash();
        cluster.pass(Duration.ofSeconds(1));
        var again = cluster.start(4);
        assertThat(again.self().incarnation()).isLessThan(said);
        again.protocol.join(List.of(SimulatedNetwork.address(0)), result -> {});
        assertThat(cluster.passUntilAgreed(STEP, Duration.ofSeconds(10))).isPositive();
        cluster.pass(Duration.ofSeconds(30));
        assertThat(cluster.agrees(cluster.nodes())).isTrue();
        assertThat(again.self().incarnation()).isGreaterThan(said);
    }

    /** Three days apart: neither half knows that the other was ever there, but all know the seeds. */
    @Test
    void halvesThatForgotEachOtherMeetAtTheSeeds() {
        var slow = new Profile(
                Duration.ofMinutes(5),
                Duration.ofMinutes(1),
                3,
                4,
                6,
                8,
                Duration.ofMinutes(1),
                3,
                Duration.ofMinutes(30),
                Duration.ofMinutes(30),
                Duration.ofSeconds(10),
                4);
        var cluster = new SimulatedCluster(1, Options.of(slow));
        cluster.startFormed(6);
        List<InetSocketAddress> seeds = List.of(SimulatedNetwork.address(0), SimulatedNetwork.address(5));
        cluster.nodes().forEach(node -> node.protocol.join(seeds, result -> {}));
        cluster.network().setLoss((from, to) -> from.number() < 3 == to.number() < 3 ? 0 : 1);
        cluster.pass(Rejoin.REMEMBERED_FOR.plusHours(3));
        for (var node : cluster.nodes()) {
            assertThat(node.protocol.members()).hasSize(3);
            assertThat(node.protocol.rejoin().remembered()).isZero();
        }
        cluster.network().setLoss((from, to) -> 0);
        assertThat(cluster.passUntilAgreed(Duration.ofMinutes(1), Duration.ofHours(2)))
                .isPositive();
    }

    /** Whatever befalls packets for a while, all agree in the end. A failure prints its seed. */
    @Property(tries = 15, shrinking = ShrinkingMode.OFF)
    void allAgreeOnceTheNetworkIsGoodAgain(@ForAll long seed) {
        var random = new SplittableRandom(seed);
        int members = random.nextInt(2, 20);
        var cluster = new SimulatedCluster(seed, Options.of(Profile.lan()));
        cluster.startFormed(members);
        cluster.network().setFaults(new SimulatedNetwork.Faults(100_000, 50_000_000, 0.2, 0.2, 2_000_000_000));
        for (int i = 0; i < 10; i++) {
            double loss = random.nextDouble(0.6);
            int border = random.nextInt(members);
            boolean oneWay = random.nextBoolean();
            cluster.network().setLoss((from, to) -> {
                boolean crosses = from.number() < border && (to.number() >= border || !oneWay);
                return crosses ? 1 : loss;
            });
            var victim = cluster.node(random.nextInt(members)).host;
            victim.pause();
            cluster.pass(Duration.ofMillis(random.nextInt(10_000)));
            victim.resume();
            cluster.pass(Duration.ofMillis(random.nextInt(10_000)));
        }
        cluster.network().setLoss((from, to) -> 0);
        cluster.network().setFaults(SimulatedNetwork.Faults.NONE);
        assertThat(cluster.passUntilAgreed(STEP, Duration.ofMinutes(3)))
                .as("%s", cluster)
                .isPositive();
        cluster.pass(Duration.ofSeconds(30));
        assertThat(cluster.agrees(cluster.nodes())).as("%s", cluster).isTrue();
    }

    /** No bytes, and no order of messages, do more than to be counted: a member under fire still has its thread. */
    @Property(tries = 20, shrinking = ShrinkingMode.OFF)
    void randomBytesHarmNobody(@ForAll long seed) {
        var cluster = joined(seed, 3);
        var random = new SplittableRandom(seed);
        var peer = new Peer(cluster, 100);
        cluster.pass(Duration.ofSeconds(1));
        for (int i = 0; i < 500; i++) {
            var bytes = new byte[random.nextInt(200)];
            random.nextBytes(bytes);
            if (bytes.length > 0) {
                bytes[0] = (byte) random.nextInt(14);
            }
            if (i % 10 == 0) {
                peer.call(cluster, cluster.node(0), bytes);
            } else {
                peer.sendBytes(cluster.node(0), bytes);
            }
        }
        cluster.pass(Duration.ofSeconds(1));
        assertThat(cluster.node(0).protocol.drops()).isNotEmpty().doesNotContainKey("FAILED");
        assertThat(cluster.agrees(cluster.nodes())).as("%s", cluster).isTrue();
    }
}
