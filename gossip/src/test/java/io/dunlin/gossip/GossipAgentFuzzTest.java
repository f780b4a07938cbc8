package io.dunlin.gossip;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.dunlin.gossip.transport.Transport;
import io.dunlin.gossip.wire.Bytes;
import io.dunlin.gossip.wire.Message;
import io.dunlin.gossip.wire.Message.Ack;
import io.dunlin.gossip.wire.Message.Alive;
import io.dunlin.gossip.wire.Message.Dead;
import io.dunlin.gossip.wire.Message.IndirectPing;
import io.dunlin.gossip.wire.Message.Nack;
import io.dunlin.gossip.wire.Message.NodeState;
import io.dunlin.gossip.wire.Message.Ping;
import io.dunlin.gossip.wire.Message.PushPull;
import io.dunlin.gossip.wire.Message.Source;
import io.dunlin.gossip.wire.Message.State;
import io.dunlin.gossip.wire.Message.Suspect;
import io.dunlin.gossip.wire.Message.User;
import io.dunlin.gossip.wire.Message.Versions;
import io.dunlin.gossip.wire.MessageCodec;
import io.dunlin.gossip.wire.PacketCodec;
import io.dunlin.gossip.wire.StreamCodec;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * A member, a friend of it, and a stranger that sends the member whatever the input says: bytes as they are, or well-formed messages that lie.
 * No task of the member fails, it holds itself for alive whatever is said of it, it keeps no more than it was told, and it answers afterwards.
 *
 * <p>An input is a sequence of what the stranger does: a byte that says what, two bytes of length, that many bytes it is made of.
 */
class GossipAgentFuzzTest {
    private static final int LENGTH = 0x3fff;
    private static final int TIME_PASSES = 8;
    private static final int REPEATED = 16;
    private static final int BY_STREAM = 32;

    /** As many as one message of the stranger's can speak of, and then some. */
    private static final int MEMBERS_PER_MESSAGE = 1024;

    private static final State[] STATES = State.values();

    private final VirtualTime time = new VirtualTime();
    private final SimulatedNetwork network = new SimulatedNetwork(time, 1);
    private final PacketCodec packets = new PacketCodec("", null, false, new SplittableRandom(2));
    private final StreamCodec streams = new StreamCodec("", null, false, new SplittableRandom(3));
    private final SimulatedHost host = new SimulatedHost(network, 1);
    private final SimulatedHost friendsHost = new SimulatedHost(network, 2);
    private final SimulatedHost stranger = new SimulatedHost(network, 3);
    private final List<Message> toStranger = new ArrayList<>();

    @FuzzTest
    void survivesAnythingAndAnswersAfterwards(byte[] input) throws Exception {
        new GossipAgentFuzzTest().run(ByteBuffer.wrap(input));
    }

    private void run(ByteBuffer input) throws Exception {
        Protocol member = member("member", host);
        Protocol friend = member("friend", friendsHost);
        stranger.start(new Transport.Receiver() {
            @Override
            public void packet(InetSocketAddress from, byte[] packet) {
                packets.decode(packet, (each, _) -> toStranger.add(each));
            }

            @Override
            public byte @Nullable [] call(InetSocketAddress from, byte[] message) {
                return null;
            }

            @Override
            public Transport.Framer newFramer() {
                return (bytes, length) -> Transport.Framer.MALFORMED;
            }
        });
        member.start();
        friend.start();
        member.join(List.of(friendsHost.address()), result -> {});
        time.pass(Duration.ofSeconds(2).toNanos());
        assertThat(member.members()).hasSize(2);

        int messages = 0;
        while (input.remaining() >= 3) {
            int how = input.get();
            var bytes = new byte[Math.min(input.getShort() & LENGTH, input.remaining())];
            input.get(bytes);
            for (int i = 0; i < ((how & REPEATED) != 0 ? 3 : 1); i++) {
                act(how, ByteBuffer.wrap(bytes));
            }
            time.pass(((how & TIME_PASSES) != 0 ? Duration.ofSeconds(2) : Duration.ofMillis(1)).toNanos());
            messages++;
            check(member, messages);
        }

        time.pass(Duration.ofMinutes(1).toNanos());
        check(member, messages);
        toStranger.clear();
        stranger.send(
                host.address(),
                packets.encode(List.of(MessageCodec.encode(new Ping(77, "member", Source.UNKNOWN))), false));
        time.pass(Duration.ofSeconds(1).toNanos());
        assertThat(toStranger).contains(new Ack(77, Bytes.EMPTY));
    }

    private Protocol member(String name, SimulatedHost host) {
        var random = new SplittableRandom(host.number());
        return new Protocol(
                ProtocolConfig.of(name, Profile.local()),
                host,
                host,
                random,
                new PacketCodec("", null, true, random),
                new StreamCodec("", null, true, random),
                null,
                new NoLayer(),
                new Observer() {});
    }

    private void check(Protocol member, int messages) {
        assertThat(member.drops()).doesNotContainKey(DropReason.FAILED.name());
        assertThat(member.members())
                .hasSizeLessThanOrEqualTo(2 + messages * MEMBERS_PER_MESSAGE)
                .anySatisfy(self -> {
                    assertThat(self.name()).isEqualTo("member");
                    assertThat(self.state()).isEqualTo(Member.State.ALIVE);
                    assertThat(self.address()).isEqualTo(host.address());
                });
    }

    private void act(int how, ByteBuffer bytes) {
        boolean byStream = (how & BY_STREAM) != 0;
        switch (how & 7) {
            case 0 -> carry(rest(bytes), byStream);
            case 1 ->
                packet(new Alive(incarnation(bytes), name(bytes), address(bytes), metadata(bytes), versions(bytes)));
            case 2 -> packet(new Suspect(incarnation(bytes), name(bytes), name(bytes)));
            case 3 -> packet(new Dead(incarnation(bytes), name(bytes), name(bytes)));
            case 4 -> packet(new Ping(number(bytes), name(bytes), new Source(address(bytes), name(bytes))));
            case 5 ->
                packet(new IndirectPing(
                        number(bytes),
                        address(bytes),
                        name(bytes),
                        (number(bytes) & 1) != 0,
                        new Source(address(bytes), name(bytes))));
            case 6 -> {
                packet(new Ack(number(bytes), metadata(bytes)));
                packet(new Nack(number(bytes)));
                packet(new User(metadata(bytes)));
            }
            default -> carry(streams.encode(state(bytes)), true);
        }
    }

    private PushPull state(ByteBuffer bytes) {
        var nodes = new ArrayList<NodeState>();
        boolean join = (number(bytes) & 1) != 0;
        while (bytes.hasRemaining() && nodes.size() < MEMBERS_PER_MESSAGE) {
            nodes.add(new NodeState(
                    name(bytes),
                    address(bytes),
                    metadata(bytes),
                    incarnation(bytes),
                    STATES[number(bytes) & 3],
                    versions(bytes)));
        }
        return new PushPull(join, nodes, Bytes.EMPTY);
    }

    private void packet(Message message) {
        byte[] encoded = MessageCodec.encode(message);
        carry(packets.encode(List.of(encoded), false), false);
    }

    private void carry(byte[] bytes, boolean byStream) {
        if (byStream) {
            stranger.call(host.address(), bytes, true, Duration.ofSeconds(1).toNanos(), result -> {});
        } else {
            host.packet(stranger.address(), bytes);
        }
    }

    // ---- what the stranger's messages are made of

    private static int number(ByteBuffer bytes) {
        return bytes.hasRemaining() ? bytes.get() & 0xff : 0;
    }

    private long incarnation(ByteBuffer bytes) {
        long now = host.currentTimeMillis() / 1000;
        int choice = number(bytes);
        return switch (choice & 7) {
            case 0 -> choice >>> 3;
            case 1 -> 0xffff_ffffL - (choice >>> 3);
            default -> (now + choice - 128) & 0xffff_ffffL;
        };
    }

    private static String name(ByteBuffer bytes) {
        int choice = number(bytes);
        return switch (choice & 3) {
            case 0 -> "member";
            case 1 -> "friend";
            case 2 -> "stranger" + (choice >>> 2);
            default -> new String(take(bytes, choice >>> 2), StandardCharsets.ISO_8859_1);
        };
    }

    private static InetSocketAddress address(ByteBuffer bytes) {
        return SimulatedNetwork.address(number(bytes) & 7);
    }

    private static Bytes metadata(ByteBuffer bytes) {
        return Bytes.wrap(take(bytes, number(bytes)));
    }

    private static Versions versions(ByteBuffer bytes) {
        int choice = number(bytes);
        return choice < 128
                ? ProtocolConfig.SPOKEN
                : new Versions(
                        number(bytes), number(bytes), number(bytes), number(bytes), number(bytes), number(bytes));
    }

    private static byte[] take(ByteBuffer bytes, int length) {
        var taken = new byte[Math.min(length, bytes.remaining())];
        bytes.get(taken);
        return taken;
    }

    private static byte[] rest(ByteBuffer bytes) {
        return take(bytes, bytes.remaining());
    }
}
