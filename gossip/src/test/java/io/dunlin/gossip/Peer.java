package io.dunlin.gossip;

import io.dunlin.gossip.transport.Transport;
import io.dunlin.gossip.wire.Bytes;
import io.dunlin.gossip.wire.Message;
import io.dunlin.gossip.wire.Message.Alive;
import io.dunlin.gossip.wire.MessageCodec;
import io.dunlin.gossip.wire.PacketCodec;
import io.dunlin.gossip.wire.ProtocolException;
import io.dunlin.gossip.wire.StreamCodec;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** A host in the simulated network that says what the test tells it to, and keeps what it hears. */
final class Peer implements Transport.Receiver {
    private final SimulatedHost host;
    private final PacketCodec packets = new PacketCodec("", null, false, new SplittableRandom(1));
    private final StreamCodec streams = new StreamCodec("", null, false, new SplittableRandom(1));
    private final List<Message> heard = new ArrayList<>();
    private boolean acknowledges;

    Peer(SimulatedCluster cluster, int number) {
        host = new SimulatedHost(cluster.network(), number);
        host.start(this);
    }

    InetSocketAddress address() {
        return host.address();
    }

    /** From now on it answers pings. */
    Peer thatAcknowledges() {
        acknowledges = true;
        return this;
    }

    void send(SimulatedCluster.Node to, Message... messages) {
        var parts = new ArrayList<byte[]>();
        for (Message message : messages) {
            parts.add(MessageCodec.encode(message));
        }
        sendBytes(to, packets.encode(parts, false));
    }

    void sendBytes(SimulatedCluster.Node to, byte[] packet) {
        host.send(to.host.address(), packet);
    }

    /** What a call is answered with; null for nothing. Time passes until it is. */
    @Nullable
    Message call(SimulatedCluster cluster, SimulatedCluster.Node to, byte[] request) {
        var answers = new ArrayList<Message>();
        host.call(to.host.address(), request, true, Duration.ofSeconds(1).toNanos(), result -> {
            if (result instanceof Transport.CallResult.Reply reply) {
                try {
                    answers.add(streams.decodeReply(reply.message().array()));
                } catch (ProtocolException e) {
                    throw new AssertionError(e);
                }
            }
        });
        cluster.pass(Duration.ofMillis(100));
        return answers.isEmpty() ? null : answers.getFirst();
    }

    @Nullable
    Message call(SimulatedCluster cluster, SimulatedCluster.Node to, Message request) {
        return call(cluster, to, streams.encode(request));
    }

    /** Makes itself a member in the eyes of {@code to}. */
    void introduce(SimulatedCluster.Node to, String name, long incarnation) {
        send(to, new Alive(incarnation, name, address(), Bytes.EMPTY, ProtocolConfig.SPOKEN));
    }

    /** All of that kind that came by packet since it was last asked. */
    <M extends Message> List<M> heard(Class<M> kind) {
        var found = heard.stream().filter(kind::isInstance).map(kind::cast).toList();
        heard.removeIf(kind::isInstance);
        return found;
    }

    @Override
    public void packet(InetSocketAddress from, byte[] packet) {
        packets.decode(packet, (message, _) -> {
            heard.add(message);
            if (acknowledges && message instanceof Message.Ping ping) {
                var ack = MessageCodec.encode(new Message.Ack(ping.sequence(), Bytes.EMPTY));
                host.send(from, packets.encode(List.of(ack), false));
            }
        });
    }

    @Override
    public byte @Nullable [] call(InetSocketAddress from, byte[] message) {
        return null;
    }

    @Override
    public Transport.Framer newFramer() {
        return (bytes, length) -> Transport.Framer.MALFORMED;
    }
}
