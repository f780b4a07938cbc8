package io.dunlin.gossip;

import io.dunlin.gossip.netty.NettyClock;
import io.dunlin.gossip.netty.NettyTransport;
import io.dunlin.gossip.netty.TransportCounters;
import io.dunlin.gossip.transport.HostPort;
import io.dunlin.gossip.transport.Transport;
import io.dunlin.gossip.wire.Bytes;
import io.dunlin.gossip.wire.KeyRing;
import io.dunlin.gossip.wire.Message.Versions;
import io.dunlin.gossip.wire.PacketCodec;
import io.dunlin.gossip.wire.StreamCodec;
import io.dunlin.gossip.wire.TurningKeys;
import io.netty.channel.EventLoop;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A member of ours as {@link Gossip} puts it together, but open to what {@link Gossip} has no need to offer: a transport between, other
 * versions, a layer that has state of its own. Tells "joined NAME", "state TEXT" and so on.
 */
final class BareMember implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final String name;
    private final EventLog events;
    private final GossipThreads threads;
    private final EventLoop loop;
    private final @Nullable TurningKeys keys;
    private final Protocol protocol;
    private final InetSocketAddress address;

    BareMember(String name, Versions versions, String state, @Nullable KeyRing ring, UnaryOperator<Transport> between)
            throws Exception {
        this.name = name;
        this.events = new EventLog(name);
        this.threads = GossipThreads.of(name);
        this.loop = threads.next();
        ProtocolConfig usual = ProtocolConfig.of(name, JavaMember.profile());
        var config = new ProtocolConfig(
                name,
                null,
                Bytes.EMPTY,
                usual.profile(),
                versions,
                usual.maxPacket(),
                usual.reclaimAfter(),
                usual.lifeguard(),
                usual.interner());
        var clock = new NettyClock(loop, System::nanoTime, System::currentTimeMillis);
        var transport = between.apply(new NettyTransport(
                loop,
                new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0),
                usual.profile().streamTimeout(),
                new TransportCounters()));
        var random = new SecureRandom();
        this.keys = ring == null ? null : new TurningKeys(ring);
        var seen = new Seen(state);
        this.protocol = new Protocol(
                config,
                clock,
                transport,
                random,
                new PacketCodec("", keys, true, random),
                new StreamCodec("", keys, true, random),
                keys,
                seen,
                seen);
        this.address = loop.submit(protocol::start).get();
    }

    private final class Seen implements Layer, Observer {
        private final byte[] state;

        Seen(String state) {
            this.state = state.getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public void start(Membership membership) {}

        @Override
        public void message(byte[] data) {
            events.add("message " + Bytes.wrap(data).text());
        }

        @Override
        public void gossip(int overhead, int space, Consumer<byte[]> out) {}

        @Override
        public byte[] localState(boolean join) {
            return state;
        }

        @Override
        public void remoteState(byte[] remote, boolean join, @Nullable InetSocketAddress from) {
            events.add("state " + Bytes.wrap(remote).text());
        }

        @Override
        public void joined(Member member) {
            events.add("joined " + member.name());
        }

        @Override
        public void updated(Member member) {}

        @Override
        public void suspected(Member member) {
            events.add("suspected " + member.name());
        }

        @Override
        public void gone(Member member) {
            events.add(member.state() + " " + member.name());
        }
    }

    /** HOST:PORT. */
    String address() {
        return HostPort.text(address);
    }

    Protocol.JoinResult join(String seed) throws Exception {
        var result = new CompletableFuture<Protocol.JoinResult>();
        loop.execute(() -> protocol.join(List.of(HostPort.parse(seed, 0).address()), result::complete));
        return result.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    /** See {@link Gossip#turnKeys}; it needs a ring. */
    void turnKeys(List<byte[]> newestFirst) {
        Objects.requireNonNull(keys).turn(newestFirst);
        loop.execute(protocol::announceKeys);
    }

    void await(String event) throws InterruptedException {
        events.await("\"" + event + "\"", PATIENCE, event::equals);
    }

    EventLog events() {
        return events;
    }

    List<Member> members() {
        return protocol.members();
    }

    String name() {
        return name;
    }

    @Override
    public void close() {
        loop.submit(protocol::stop).awaitUninterruptibly();
        threads.close();
    }
}
