package io.dunlin.gossip;

import io.dunlin.gossip.transport.Clock;
import io.dunlin.gossip.wire.Bytes;
import io.dunlin.gossip.wire.Message.Alive;
import io.dunlin.gossip.wire.Message.Dead;
import io.dunlin.gossip.wire.Message.NodeState;
import io.dunlin.gossip.wire.Message.Source;
import io.dunlin.gossip.wire.Message.State;
import io.dunlin.gossip.wire.Message.Suspect;
import io.dunlin.gossip.wire.Message.Versions;
import io.dunlin.gossip.wire.MessageCodec;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Who is in the cluster as far as this member knows, and what it says of itself. What is heard, by gossip or by push/pull, comes in here; what
 * {@link MergeRules} make of it is applied, passed on and told to the observer.
 */
final class Roster {
    private final ProtocolConfig config;
    private final Clock clock;
    private final MemberTable table;
    private final BroadcastQueue broadcasts;
    private final LocalHealth health;
    private final Suspicions suspicions;
    private final DropCounters drops;
    private final Observer observer;

    private Source source = Source.UNKNOWN;
    private long incarnation;
    private boolean leaving;
    private long changes;

    Roster(
            ProtocolConfig config,
            Clock clock,
            MemberTable table,
            BroadcastQueue broadcasts,
            LocalHealth health,
            PauseWatch pauses,
            DropCounters drops,
            Observer observer) {
        this.config = config;
        this.clock = clock;
        this.table = table;
        this.broadcasts = broadcasts;
        this.health = health;
        this.suspicions = new Suspicions(clock, config.profile(), pauses, this::expired);
        this.drops = drops;
        this.observer = observer;
    }

    /** Begins as a cluster of one that is reached at {@code address}. */
    void begin(InetSocketAddress address) {
        source = new Source(address, config.name());
        incarnation = Incarnations.atStart(clock.currentTimeMillis());
        NodeState self = config.interner()
                .apply(new NodeState(
                        config.name(), address, config.meta(), incarnation, State.ALIVE, config.versions()));
        table.put(self, clock.nanoTime());
        sayAlive(self);
        observer.joined(MemberTable.member(self));
    }

    boolean isSelf(String name) {
        return name.equals(config.name());
    }

    /** This member as its pings tell of it, so that answers find their way. */
    Source source() {
        return source;
    }

    /** How many times a member came, went, changed what it says of itself, or denied that it is dead. */
    long changes() {
        return changes;
    }

    /** How many times each piece of news is sent. */
    int retransmitLimit() {
        return (int) (config.profile().retransmitMult() * Math.ceil(StrictMath.log10(table.live() + 1)));
    }

    // ---- what is heard

    void alive(Alive alive, @Nullable InetSocketAddress from) {
        String name = alive.node();
        NodeState known = table.get(name);
        if (isSelf(name) && leaving || !acceptable(alive, known, from)) {
            return;
        }
        switch (MergeRules.alive(known, alive, isSelf(name), reclaimable(known))) {
            case ALIVE -> {
                suspicions.end(name);
                var state = new NodeState(
                        name, alive.address(), alive.meta(), alive.incarnation(), State.ALIVE, alive.versions());
                become(state);
                broadcasts(name, MessageCodec.encode(alive));
                tellAlive(known, state);
            }
            case REFUTE -> refute(alive.incarnation());
            case CONFLICT -> drops.count(DropReason.NAME_CONFLICT, name + " at " + alive.address(), from);
            case IGNORE, SUSPECT, CONFIRM, GONE -> {}
        }
    }

    void suspect(Suspect suspect, @Nullable InetSocketAddress from) {
        String name = suspect.node();
        NodeState known = table.get(name);
        if (!acceptableAccusation(name, suspect.incarnation(), known, from)) {
            return;
        }
        switch (MergeRules.suspect(known, suspect, isSelf(name))) {
            case SUSPECT -> {
                NodeState state = with(known, suspect.incarnation(), State.SUSPECT);
                become(state);
                suspicions.begin(name, suspect.from(), table.live());
                broadcasts(name, MessageCodec.encode(suspect));
                observer.suspected(MemberTable.member(state));
            }
            case CONFIRM -> {
                if (suspicions.confirm(name, suspect.from())) {
                    broadcasts(name, MessageCodec.encode(suspect));
                }
            }
            case REFUTE -> refute(suspect.incarnation());
            case IGNORE, ALIVE, GONE, CONFLICT -> {}
        }
    }

    void dead(Dead dead, @Nullable InetSocketAddress from) {
        String name = dead.node();
        NodeState known = table.get(name);
        if (isSelf(name) && leaving || !acceptableAccusation(name, dead.incarnation(), known, from)) {
            return;
        }
        switch (MergeRules.dead(known, dead, isSelf(name))) {
            case GONE -> {
                suspicions.end(name);
                boolean left = dead.from().equals(name);
                NodeState state = with(known, dead.incarnation(), left ? State.LEFT : State.DEAD);
                become(state);
                changes++;
                broadcasts(name, MessageCodec.encode(dead));
                observer.gone(MemberTable.member(state));
            }
            case REFUTE -> refute(dead.incarnation());
            case IGNORE, ALIVE, SUSPECT, CONFIRM, CONFLICT -> {}
        }
    }

    /** What a push/pull tells of a member. A dead one is suspected only: it may have told others of us by now that it lives. */
    void merge(NodeState remote, @Nullable InetSocketAddress from) {
        NodeState known = table.get(remote.name());
        if (known != null && isNoNews(remote, known)) {
            return;
        }
        switch (remote.state()) {
            case ALIVE ->
                alive(
                        new Alive(
                                remote.incarnation(),
                                remote.name(),
                                remote.address(),
                                remote.meta(),
                                remote.versions()),
                        from);
            case SUSPECT, DEAD -> suspect(new Suspect(remote.incarnation(), remote.name(), config.name()), from);
            case LEFT -> dead(new Dead(remote.incarnation(), remote.name(), remote.name()), from);
        }
    }

    /** What nearly all of a push/pull is; {@link MergeRules} would ignore it, at some cost. */
    private boolean isNoNews(NodeState remote, NodeState known) {
        return remote.state() == State.ALIVE
                && remote.incarnation() <= known.incarnation()
                && remote.address().equals(known.address())
                && !isSelf(remote.name());
    }

    // ---- what this member says

    /** Says what a probe of this member's own found out. */
    void accuse(NodeState member) {
        suspect(new Suspect(member.incarnation(), member.name(), config.name()), null);
    }

    /** Who leaves says nothing more. */
    void updateMeta(Bytes meta) {
        if (leaving) {
            return;
        }
        incarnation = Incarnations.after(incarnation);
        NodeState before = self();
        var state =
                new NodeState(before.name(), before.address(), meta, incarnation, before.state(), before.versions());
        become(state);
        sayAlive(state);
        Member member = MemberTable.member(state);
        if (!MemberTable.member(before).equals(member)) {
            observer.updated(member);
        }
    }

    boolean isLeaving() {
        return leaving;
    }

    /** Says that it leaves; {@code told} runs once that was sent often enough. */
    void leave(Runnable told) {
        leaving = true;
        NodeState state = with(self(), incarnation, State.LEFT);
        become(state);
        broadcasts.addOwn(
                config.name(), MessageCodec.encode(new Dead(incarnation, config.name(), config.name())), told);
        observer.gone(MemberTable.member(state));
    }

    /** Somebody is wrong about this member: it overrules them, and trusts itself a little less. */
    private void refute(long said) {
        health.worse(1);
        incarnation = Incarnations.after(Math.max(incarnation, said));
        NodeState state = with(self(), incarnation, State.ALIVE);
        become(state);
        sayAlive(state);
    }

    private void sayAlive(NodeState self) {
        var alive = new Alive(self.incarnation(), self.name(), self.address(), self.meta(), self.versions());
        broadcasts.addOwn(self.name(), MessageCodec.encode(alive), null);
    }

    private void expired(String name) {
        NodeState known = table.get(name);
        if (known != null && known.state() == State.SUSPECT) {
            dead(new Dead(known.incarnation(), name, config.name()), null);
        }
    }

    // ---- what is believed

    private boolean acceptable(Alive alive, @Nullable NodeState known, @Nullable InetSocketAddress from) {
        long before = known == null ? 0 : known.incarnation();
        if (alive.node().isEmpty()) {
            drops.count(DropReason.NAME, "", from);
        } else if (known == null && table.isFull()) {
            drops.count(DropReason.TABLE_FULL, alive.node(), from);
        } else if (!isReachable(alive.address())) {
            drops.count(DropReason.ADDRESS, alive.node() + " at " + alive.address(), from);
        } else if (!isSpoken(alive.versions())) {
            drops.count(DropReason.VERSIONS, alive.node() + " speaks " + alive.versions(), from);
        } else if (!Incarnations.plausibleAlive(alive.incarnation(), before, clock.currentTimeMillis())) {
            drops.count(DropReason.INCARNATION, alive.node() + " alive with " + alive.incarnation(), from);
        } else {
            return true;
        }
        return false;
    }

    private boolean acceptableAccusation(
            String name, long accused, @Nullable NodeState known, @Nullable InetSocketAddress from) {
        if (known == null) {
            return false;
        }
        if (!Incarnations.plausibleAccusation(accused, known.incarnation(), clock.currentTimeMillis())) {
            drops.count(DropReason.INCARNATION, name + " accused with " + accused, from);
            return false;
        }
        return true;
    }

    private static boolean isReachable(InetSocketAddress address) {
        return address.getPort() != 0
                && !address.isUnresolved()
                && !address.getAddress().isAnyLocalAddress()
                && !address.getAddress().isMulticastAddress();
    }

    private static boolean isSpoken(Versions versions) {
        return versions.protocolMin() > 0 && versions.protocolMin() <= versions.protocolMax();
    }

    private boolean reclaimable(@Nullable NodeState known) {
        long now = clock.nanoTime();
        return known != null
                && now - table.goneSince(known.name(), now)
                        > config.reclaimAfter().toNanos();
    }

    // ---- what changes

    private NodeState self() {
        NodeState self = table.get(config.name());
        if (self == null) {
            throw new IllegalStateException("not begun");
        }
        return self;
    }

    private static NodeState with(@Nullable NodeState known, long incarnation, State state) {
        if (known == null) {
            throw new IllegalStateException("nothing is said of a member that is unknown");
        }
        return new NodeState(known.name(), known.address(), known.meta(), incarnation, state, known.versions());
    }

    private void become(NodeState state) {
        table.put(config.interner().apply(state), clock.nanoTime());
    }

    private void broadcasts(String name, byte[] message) {
        if (!broadcasts.add(name, message)) {
            drops.count(DropReason.BROADCASTS_FULL, name, null);
        }
    }

    private void tellAlive(@Nullable NodeState before, NodeState now) {
        if (before == null || !MemberTable.isLive(before)) {
            changes++;
            observer.joined(MemberTable.member(now));
            return;
        }
        boolean isNew = !before.meta().equals(now.meta()) || !before.versions().equals(now.versions());
        if (isNew || before.state() == State.SUSPECT) {
            changes++;
        }
        Member member = MemberTable.member(now);
        if (isNew && !MemberTable.member(before).equals(member)) { // another key is nobody's business
            observer.updated(member);
        }
    }
}
