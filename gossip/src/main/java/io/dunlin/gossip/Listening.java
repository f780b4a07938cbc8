package io.dunlin.gossip;

import io.dunlin.gossip.transport.Clock;
import io.dunlin.gossip.transport.HostPort;
import io.dunlin.gossip.wire.Bytes;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells a {@link GossipListener} what the protocol tells, so that no failure of it reaches the protocol; and the log what was dropped. */
final class Listening implements Observer {
    private static final Logger LOG = LoggerFactory.getLogger(Gossip.class);
    private static final long QUIET_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final String name;
    private final GossipListener listener;
    private final Clock clock;
    private long quietUntil;

    Listening(String name, GossipListener listener, Clock clock) {
        this.name = name;
        this.listener = listener;
        this.clock = clock;
        this.quietUntil = clock.nanoTime();
    }

    @Override
    public void joined(Member member) {
        tell(() -> listener.joined(member));
    }

    @Override
    public void updated(Member member) {
        tell(() -> listener.updated(member));
    }

    @Override
    public void gone(Member member) {
        tell(() -> {
            if (member.state() == Member.State.LEFT) {
                listener.left(member);
            } else {
                listener.failed(member);
            }
        });
    }

    void message(Bytes data) {
        tell(() -> listener.message(data));
    }

    private void tell(Runnable call) {
        try {
            call.run();
        } catch (RuntimeException e) {
            long now = clock.nanoTime();
            if (now - quietUntil >= 0) { // what a peer sends may be what it fails on, each time
                quietUntil = now + QUIET_NANOS;
                LOG.error("gossip {}: its listener failed", name, e);
            }
        }
    }

    @Override
    public void dropped(Enum<?> reason, String what, @Nullable InetSocketAddress from) {
        LOG.warn(
                "gossip {}: {}{}{} (counted, and told once a minute)",
                name,
                reason,
                from == null ? "" : " from " + HostPort.text(from),
                what.isEmpty() ? "" : ": " + what);
    }
}
