package io.dunlin.gossip;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.dunlin.gossip.SimulatedCluster.Options;
import io.dunlin.gossip.wire.Bytes;
import io.dunlin.gossip.wire.Message.Ack;
import io.dunlin.gossip.wire.Message.Ping;
import io.dunlin.gossip.wire.Message.PushPull;
import io.dunlin.gossip.wire.Message.Source;
import io.dunlin.gossip.wire.Message.State;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;

/**
 * Any packets and streams in any order, from a member and in its name: no exception, nothing that grows without bound, and afterwards the
 * member is who it was, answers pings and can tell what it knows.
 *
 * <p>An input is a sequence of arrivals: a byte that says how it comes (1: by stream; the rest: how much time passes then), two bytes of
 * length, its bytes.
 */
class ProtocolFuzzTest {
    private static final int PASSING_MILLIS = 50;

    @FuzzTest
    void aMemberOutlivesWhateverArrives(byte[] input) {
        var cluster = new SimulatedCluster(1, Options.of(Profile.lan()));
        var node = cluster.start(0);
        var peer = new Peer(cluster, 100).thatAcknowledges();
        peer.introduce(node, "peer", 5);
        cluster.pass(Duration.ofMillis(PASSING_MILLIS));
        var in = ByteBuffer.wrap(input);
        while (in.remaining() >= 3) {
            int how = in.get() & 0xff;
            var bytes = new byte[Math.min(in.getShort() & 0xffff, in.remaining())];
            in.get(bytes);
            if ((how & 1) != 0) {
                peer.call(cluster, node, bytes);
            } else {
                peer.sendBytes(node, bytes);
            }
            cluster.pass(Duration.ofMillis((long) PASSING_MILLIS * (how >> 1)));
        }
        cluster.pass(Duration.ofSeconds(1));
        assertThat(node.protocol.drops()).doesNotContainKey(DropReason.FAILED.name());
        assertThat(node.self().state()).isEqualTo(State.ALIVE);
        assertThat(node.self().address()).isEqualTo(node.host.address());
        assertThat(node.protocol.members()).hasSize(node.protocol.table().size());
        assertThat(peer.call(cluster, node, new Ping(7, node.name, Source.UNKNOWN)))
                .isEqualTo(new Ack(7, Bytes.EMPTY));
        assertThat(peer.call(cluster, node, new PushPull(false, List.of(), Bytes.EMPTY)))
                .isInstanceOf(PushPull.class);
    }
}
