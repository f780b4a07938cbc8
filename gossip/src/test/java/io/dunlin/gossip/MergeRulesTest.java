package io.dunlin.gossip;

import static io.dunlin.gossip.MergeRules.Verdict.ALIVE;
import static io.dunlin.gossip.MergeRules.Verdict.CONFIRM;
import static io.dunlin.gossip.MergeRules.Verdict.CONFLICT;
import static io.dunlin.gossip.MergeRules.Verdict.GONE;
import static io.dunlin.gossip.MergeRules.Verdict.IGNORE;
import static io.dunlin.gossip.MergeRules.Verdict.REFUTE;
import static io.dunlin.gossip.MergeRules.Verdict.SUSPECT;
import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.gossip.MergeRules.Verdict;
import io.dunlin.gossip.wire.Bytes;
import io.dunlin.gossip.wire.Message.Alive;
import io.dunlin.gossip.wire.Message.Dead;
import io.dunlin.gossip.wire.Message.NodeState;
import io.dunlin.gossip.wire.Message.State;
import io.dunlin.gossip.wire.Message.Suspect;
import java.net.InetSocketAddress;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Known is incarnation 5; each row has the verdicts on incarnations 4, 5 and 6. */
class MergeRulesTest {
    private static final InetSocketAddress HERE = SimulatedNetwork.address(1);
    private static final InetSocketAddress THERE = SimulatedNetwork.address(2);

    private static NodeState known(State state) {
        return new NodeState("n", HERE, Bytes.EMPTY, 5, state, ProtocolConfig.SPOKEN);
    }

    private static Alive alive(long incarnation, InetSocketAddress address) {
        return new Alive(incarnation, "n", address, Bytes.EMPTY, ProtocolConfig.SPOKEN);
    }

    @Test
    void aliveNeedsAGreaterIncarnationWhateverIsKnown() {
        for (State state : State.values()) {
            assertThat(List.of(4L, 5L, 6L))
                    .extracting(i -> MergeRules.alive(known(state), alive(i, HERE), false, false))
                    .as("%s", state)
                    .containsExactly(IGNORE, IGNORE, ALIVE);
        }
    }

    @Test
    void suspectNeedsTheSameIncarnationAndALiveMember() {
        Map<State, List<Verdict>> table = new EnumMap<>(State.class);
        table.put(State.ALIVE, List.of(IGNORE, SUSPECT, SUSPECT));
        table.put(State.SUSPECT, List.of(IGNORE, CONFIRM, CONFIRM));
        table.put(State.DEAD, List.of(IGNORE, IGNORE, IGNORE));
        table.put(State.LEFT, List.of(IGNORE, IGNORE, IGNORE));
        table.forEach((state, verdicts) -> assertThat(List.of(4L, 5L, 6L))
                .extracting(i -> MergeRules.suspect(known(state), new Suspect(i, "n", "x"), false))
                .as("%s", state)
                .isEqualTo(verdicts));
    }

    @Test
    void deadNeedsTheSameIncarnationAndALiveMember() {
        Map<State, List<Verdict>> table = new EnumMap<>(State.class);
        table.put(State.ALIVE, List.of(IGNORE, GONE, GONE));
        table.put(State.SUSPECT, List.of(IGNORE, GONE, GONE));
        table.put(State.DEAD, List.of(IGNORE, IGNORE, IGNORE));
        table.put(State.LEFT, List.of(IGNORE, IGNORE, IGNORE));
        table.forEach((state, verdicts) -> assertThat(List.of(4L, 5L, 6L))
                .extracting(i -> MergeRules.dead(known(state), new Dead(i, "n", "x"), false))
                .as("%s", state)
                .isEqualTo(verdicts));
    }

    @Test
    void accusationsOfUnknownMembersSayNothing() {
        assertThat(MergeRules.suspect(null, new Suspect(9, "n", "x"), false)).isEqualTo(IGNORE);
        assertThat(MergeRules.dead(null, new Dead(9, "n", "x"), false)).isEqualTo(IGNORE);
        assertThat(MergeRules.alive(null, alive(9, HERE), false, false)).isEqualTo(ALIVE);
        assertThat(MergeRules.alive(null, alive(0, HERE), false, false)).isEqualTo(IGNORE);
    }

    @Test
    void whoIsAccusedItselfAnswers() {
        assertThat(List.of(4L, 5L, 6L))
                .extracting(i -> MergeRules.suspect(known(State.ALIVE), new Suspect(i, "n", "x"), true))
                .containsExactly(IGNORE, REFUTE, REFUTE);
        assertThat(List.of(4L, 5L, 6L))
                .extracting(i -> MergeRules.dead(known(State.ALIVE), new Dead(i, "n", "n"), true))
                .containsExactly(IGNORE, REFUTE, REFUTE);
    }

    @Test
    void anEchoOfOneselfIsNoClaimButOtherMetadataIs() {
        NodeState self = known(State.ALIVE);
        assertThat(List.of(4L, 5L, 6L))
                .extracting(i -> MergeRules.alive(self, alive(i, HERE), true, false))
                .containsExactly(IGNORE, IGNORE, REFUTE);
        var other = new Alive(5, "n", HERE, Bytes.utf8("x"), ProtocolConfig.SPOKEN);
        assertThat(MergeRules.alive(self, other, true, false)).isEqualTo(REFUTE);
    }

    @Test
    void aNameMovesToAnotherAddressOnceItLeftOrHasBeenDeadForLong() {
        assertThat(MergeRules.alive(known(State.LEFT), alive(1, THERE), false, false))
                .isEqualTo(ALIVE);
        assertThat(MergeRules.alive(known(State.DEAD), alive(1, THERE), false, true))
                .isEqualTo(ALIVE);
        assertThat(MergeRules.alive(known(State.DEAD), alive(9, THERE), false, false))
                .isEqualTo(CONFLICT);
        assertThat(MergeRules.alive(known(State.ALIVE), alive(9, THERE), false, true))
                .isEqualTo(CONFLICT);
        assertThat(MergeRules.alive(known(State.SUSPECT), alive(9, THERE), false, true))
                .isEqualTo(CONFLICT);
        assertThat(MergeRules.alive(known(State.ALIVE), alive(9, THERE), true, false))
                .isEqualTo(CONFLICT);
    }
}
