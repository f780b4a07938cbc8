package io.dunlin.gossip;

import io.dunlin.gossip.wire.Message.Alive;
import io.dunlin.gossip.wire.Message.Dead;
import io.dunlin.gossip.wire.Message.NodeState;
import io.dunlin.gossip.wire.Message.State;
import io.dunlin.gossip.wire.Message.Suspect;
import org.jspecify.annotations.Nullable;

/**
 * SWIM's rules for what is heard of a member, as memberlist has them: an alive message needs a greater incarnation than the one known, an
 * accusation the same or a greater one, and of the same incarnation dead overrules suspect, which overrules alive. Whoever is accused itself
 * answers with a greater incarnation. Pure.
 */
final class MergeRules {
    private MergeRules() {}

    /** What is to be done. */
    enum Verdict {
        /** Nothing: it is old, or known. */
        IGNORE,
        /** The member is alive, with all that the message says of it. */
        ALIVE,
        /** It is suspect from now on. */
        SUSPECT,
        /** It is suspect already, and one more member says so. */
        CONFIRM,
        /** It failed, or left if it says so itself. */
        GONE,
        /** It is this member that is spoken of, wrongly: to be answered. */
        REFUTE,
        /** Another process has a live member's name. */
        CONFLICT
    }

    /**
     * @param known what is known of the member
     * @param self whether it is this one
     * @param reclaimable whether it has been dead for long enough to be believed at another address
     */
    static Verdict alive(@Nullable NodeState known, Alive alive, boolean self, boolean reclaimable) {
        if (known == null) {
            return alive.incarnation() == 0 ? Verdict.IGNORE : Verdict.ALIVE;
        }
        if (!known.address().equals(alive.address())) {
            boolean free = known.state() == State.LEFT || known.state() == State.DEAD && reclaimable;
            return free && !self ? Verdict.ALIVE : Verdict.CONFLICT;
        }
        if (self) {
            boolean old = alive.incarnation() < known.incarnation();
            boolean own = alive.incarnation() == known.incarnation()
                    && alive.meta().equals(known.meta())
                    && alive.versions().equals(known.versions());
            return old || own ? Verdict.IGNORE : Verdict.REFUTE;
        }
        return alive.incarnation() > known.incarnation() ? Verdict.ALIVE : Verdict.IGNORE;
    }

    static Verdict suspect(@Nullable NodeState known, Suspect suspect, boolean self) {
        if (known == null || suspect.incarnation() < known.incarnation()) {
            return Verdict.IGNORE;
        }
        return switch (known.state()) {
            case ALIVE -> self ? Verdict.REFUTE : Verdict.SUSPECT;
            case SUSPECT -> Verdict.CONFIRM;
            case DEAD, LEFT -> Verdict.IGNORE;
        };
    }

    static Verdict dead(@Nullable NodeState known, Dead dead, boolean self) {
        if (known == null || dead.incarnation() < known.incarnation()) {
            return Verdict.IGNORE;
        }
        return switch (known.state()) {
            case ALIVE, SUSPECT -> self ? Verdict.REFUTE : Verdict.GONE;
            case DEAD, LEFT -> Verdict.IGNORE;
        };
    }
}
