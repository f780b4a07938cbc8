package io.dunlin.gossip;

import io.dunlin.gossip.transport.Clock;
import io.dunlin.gossip.wire.Message.NodeState;
import java.util.List;
import java.util.random.RandomGenerator;

/** Sends news to a few random members each gossip interval, as long as there is any. */
final class Gossiper {
    private final Profile profile;
    private final Clock clock;
    private final RandomGenerator random;
    private final MemberTable table;
    private final Roster roster;
    private final PacketSender sender;

    Gossiper(
            Profile profile,
            Clock clock,
            RandomGenerator random,
            MemberTable table,
            Roster roster,
            PacketSender sender) {
        this.profile = profile;
        this.clock = clock;
        this.random = random;
        this.table = table;
        this.roster = roster;
        this.sender = sender;
    }

    void start() {
        clock.schedule(random.nextLong(profile.gossipInterval().toNanos()), this::tick);
    }

    private void tick() {
        clock.schedule(profile.gossipInterval().toNanos(), this::tick);
        long now = clock.nanoTime();
        table.forgetGone(now, profile.gossipToTheDead().toNanos());
        if (table.size() == 1) {
            return;
        }
        List<NodeState> targets = table.random(profile.gossipNodes(), this::hears);
        for (NodeState target : targets) {
            if (!sender.sendNews(target)) {
                return;
            }
        }
    }

    /**
     * Those who failed hear for a while that they did, until they are forgotten: they may know better. Not of a member that leaves, which speaks a few
     * times only: where others have just failed, nobody alive might hear it.
     */
    private boolean hears(NodeState state) {
        if (roster.isSelf(state.name())) {
            return false;
        }
        return switch (state.state()) {
            case ALIVE, SUSPECT -> true;
            case DEAD -> !roster.isLeaving();
            case LEFT -> false;
        };
    }
}
