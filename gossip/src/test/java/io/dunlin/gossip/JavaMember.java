package io.dunlin.gossip;

import io.dunlin.gossip.transport.HostPort;
import io.dunlin.gossip.wire.Bytes;
import java.io.IOException;
import java.time.Duration;
import java.util.function.UnaryOperator;

/** A member of ours on a port of 127.0.0.1 that was free, and what it told its listener: "joined NAME", "message TEXT" and so on. */
final class JavaMember implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** Between push/pulls: news that gossip missed is not to be waited for as long as the profiles have it. */
    static final Duration REPAIR = Duration.ofSeconds(1);

    /** As in the LAN profile: with the local one a member's last two packets may both go to members that died just before. */
    static final int RETRANSMIT = 4;

    private final Gossip gossip;
    private final EventLog events;

    /** With the {@link #profile}, unless {@code change} says otherwise. */
    static JavaMember start(String name, UnaryOperator<GossipConfig> change) throws IOException {
        return new JavaMember(
                change.apply(GossipConfig.named(name).listen("127.0.0.1:0").profile(profile())));
    }

    static JavaMember start(String name, GoMember... seeds) throws IOException {
        return start(name, config -> {
            for (GoMember seed : seeds) {
                config = config.join(seed.address());
            }
            return config;
        });
    }

    /** The profile for members on one machine, but that news comes to all sooner. */
    static Profile profile() {
        Profile local = Profile.local();
        return new Profile(
                local.probeInterval(),
                local.probeTimeout(),
                local.indirectChecks(),
                local.suspicionMult(),
                local.suspicionMaxTimeoutMult(),
                local.awarenessMax(),
                local.gossipInterval(),
                local.gossipNodes(),
                local.gossipToTheDead(),
                REPAIR,
                local.streamTimeout(),
                RETRANSMIT);
    }

    private JavaMember(GossipConfig config) throws IOException {
        this.events = new EventLog(config.name());
        this.gossip = Gossip.start(config, new GossipListener() {
            @Override
            public void joined(Member member) {
                events.add("joined " + member.name());
            }

            @Override
            public void updated(Member member) {
                events.add("updated " + member.name() + " " + member.meta().text());
            }

            @Override
            public void left(Member member) {
                events.add("left " + member.name());
            }

            @Override
            public void failed(Member member) {
                events.add("failed " + member.name());
            }

            @Override
            public void message(Bytes data) {
                events.add("message " + data.text());
            }
        });
    }

    Gossip gossip() {
        return gossip;
    }

    String name() {
        return gossip.config().name();
    }

    /** HOST:PORT. */
    String address() {
        return HostPort.text(gossip.local().address());
    }

    void await(String event) throws InterruptedException {
        await(event, PATIENCE);
    }

    void await(String event, Duration patience) throws InterruptedException {
        events.await("\"" + event + "\"", patience, event::equals);
    }

    EventLog events() {
        return events;
    }

    @Override
    public void close() {
        gossip.close();
    }
}
