package io.dunlin.gossip.wire;

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
import java.net.UnknownHostException;
import java.util.Arrays;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/** Messages of every kind, with numbers, names and lengths from border to border. */
final class RandomMessages {
    private RandomMessages() {}

    static Arbitrary<Message> inPackets() {
        return Arbitraries.oneOf(pings(), indirectPings(), acks(), nacks(), suspects(), deads(), alives(), users());
    }

    static Arbitrary<Message> onStreams() {
        return Arbitraries.oneOf(pings(), acks(), users(), pushPulls(), refusals());
    }

    private static Arbitrary<Message> pings() {
        return Combinators.combine(numbers(), names(), sources()).as(Ping::new);
    }

    private static Arbitrary<Message> indirectPings() {
        return Combinators.combine(numbers(), addresses(0), names(), Arbitraries.of(true, false), sources())
                .as(IndirectPing::new);
    }

    private static Arbitrary<Message> acks() {
        return Combinators.combine(numbers(), bytes(1_000)).as(Ack::new);
    }

    private static Arbitrary<Message> nacks() {
        return numbers().map(Nack::new);
    }

    private static Arbitrary<Message> suspects() {
        return Combinators.combine(numbers(), names(), names()).as(Suspect::new);
    }

    private static Arbitrary<Message> deads() {
        return Combinators.combine(numbers(), names(), names()).as(Dead::new);
    }

    private static Arbitrary<Message> alives() {
        return Combinators.combine(numbers(), names(), addresses(0), bytes(Message.MAX_META), versions())
                .as(Alive::new);
    }

    private static Arbitrary<Message> users() {
        return bytes(1_000).map(User::new);
    }

    private static Arbitrary<Message> refusals() {
        return Arbitraries.strings()
                .ofMaxLength(300)
                .filter(RandomMessages::isWhole)
                .map(Refusal::new);
    }

    private static Arbitrary<Message> pushPulls() {
        return Combinators.combine(Arbitraries.of(true, false), nodes().list().ofMaxSize(40), bytes(1_000))
                .as(PushPull::new);
    }

    private static Arbitrary<NodeState> nodes() {
        return Combinators.combine(
                        names(),
                        addresses(0),
                        bytes(Message.MAX_META),
                        numbers(),
                        Arbitraries.of(State.class),
                        versions())
                .as(NodeState::new);
    }

    private static Arbitrary<Long> numbers() {
        return Arbitraries.longs().between(0, MessageCodec.MAX_UNSIGNED_32);
    }

    private static Arbitrary<String> names() {
        return Arbitraries.strings()
                .ofMaxLength(MessageCodec.MAX_NAME / 3) // of 3 bytes at most, as UTF-16 units are
                .filter(RandomMessages::isWhole);
    }

    /** Without halves of surrogate pairs, which have no UTF-8. */
    private static boolean isWhole(String text) {
        return text.equals(Bytes.utf8(text).text());
    }

    private static Arbitrary<Source> sources() {
        return Combinators.combine(
                        addresses(1).injectNull(0.5),
                        names().filter(name -> !name.isEmpty()).injectNull(0.5))
                .as(Source::new);
    }

    private static Arbitrary<InetSocketAddress> addresses(int lowestPort) {
        return Combinators.combine(
                        Arbitraries.bytes().array(byte[].class).ofSize(16),
                        Arbitraries.of(4, 16),
                        Arbitraries.integers().between(lowestPort, 0xffff))
                .as((ip, length, port) -> {
                    try {
                        return new InetSocketAddress(InetAddress.getByAddress(Arrays.copyOf(ip, length)), port);
                    } catch (UnknownHostException e) {
                        throw new IllegalStateException(e);
                    }
                });
    }

    private static Arbitrary<Versions> versions() {
        Arbitrary<Integer> version = Arbitraries.integers().between(0, 255);
        return Combinators.combine(version, version, version, version, version, version)
                .as(Versions::new);
    }

    private static Arbitrary<Bytes> bytes(int max) {
        return Arbitraries.bytes().array(byte[].class).ofMaxSize(max).map(Bytes::wrap);
    }
}
