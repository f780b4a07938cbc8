package io.dunlin.gossip;

import io.dunlin.gossip.wire.Bytes;
import io.dunlin.gossip.wire.PacketCodec;
import io.dunlin.gossip.wire.StreamCodec;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * One member of a cluster: puts the parts of SWIM together. Lives on the thread of its {@link Clock}: all methods are called there, but for
 * those that say otherwise.
 */
final class Protocol {
    Protocol(
            ProtocolConfig config,
            Clock clock,
            Transport transport,
            RandomGenerator random,
            PacketCodec packets,
            StreamCodec streams,
            Layer layer,
            Observer observer) {
        throw new UnsupportedOperationException();
    }

    /**
     * Binds, and is a cluster of one from now on.
     *
     * @return the address that others are told
     * @throws IOException if it cannot be bound
     */
    InetSocketAddress start() throws IOException {
        throw new UnsupportedOperationException();
    }

    /** How a join ended: how many of the seeds answered, and why the others did not. */
    record JoinResult(int answered, List<String> errors) {}

    /**
     * Exchanges state with each of {@code seeds}, and remembers them in place of earlier ones: those that are no live members are tried again
     * for ever. An unresolved address is the transport's to resolve.
     */
    void join(List<InetSocketAddress> seeds, Consumer<JoinResult> done) {
        throw new UnsupportedOperationException();
    }

    /** Tells all that it leaves; {@code done} runs once that was told often enough, or after {@code timeout}. {@link #stop} is to follow. */
    void leave(Duration timeout, Runnable done) {
        throw new UnsupportedOperationException();
    }

    /** Tells all of new metadata, up to 512 bytes. */
    void updateMeta(Bytes meta) {
        throw new UnsupportedOperationException();
    }

    /** Falls silent, and closes the transport. */
    void stop() {
        throw new UnsupportedOperationException();
    }

    /** All members that are known, this one among them, in no order; an immutable snapshot. From any thread. */
    List<Member> members() {
        throw new UnsupportedOperationException();
    }

    /** How much was refused or dropped, by the name of the {@link DropReason} or {@link io.dunlin.gossip.wire.Refused}; without zeros. From any thread. */
    Map<String, Long> drops() {
        throw new UnsupportedOperationException();
    }

    /** The local health score: 0 is best, the profile's awarenessMax − 1 worst. From any thread. */
    int health() {
        throw new UnsupportedOperationException();
    }

    /** Through which user messages are sent; the same that the layer got. */
    Layer.Membership membership() {
        throw new UnsupportedOperationException();
    }
}
