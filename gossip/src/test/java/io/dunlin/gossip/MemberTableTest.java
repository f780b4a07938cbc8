package io.dunlin.gossip;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.gossip.wire.Bytes;
import io.dunlin.gossip.wire.Message.NodeState;
import io.dunlin.gossip.wire.Message.State;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class MemberTableTest {
    private static final long KEEP = 30;
    private static final List<State> STATES = List.of(State.values());

    private final MemberTable table = new MemberTable(new SplittableRandom(1));

    private static NodeState state(int number, State state) {
        return new NodeState(
                "node-" + number, SimulatedNetwork.address(number), Bytes.EMPTY, 1, state, ProtocolConfig.SPOKEN);
    }

    private String next() {
        return Objects.requireNonNull(table.nextInRound(any -> true)).name();
    }

    @Test
    void eachRoundOfProbesMeetsEachMemberOnce() {
        for (int i = 0; i < 100; i++) {
            table.put(state(i, State.ALIVE), 0);
        }
        for (int i = 0; i < 100; i++) {
            table.nextInRound(any -> true);
        }
        var orders = new ArrayList<List<String>>();
        for (int round = 0; round < 3; round++) {
            var order = new ArrayList<String>();
            for (int i = 0; i < 100; i++) {
                order.add(next());
            }
            assertThat(new HashSet<>(order)).hasSize(100);
            orders.add(order);
        }
        assertThat(orders.get(0)).isNotEqualTo(orders.get(1));
    }

    @Test
    void forgettingSomeInTheMiddleOfARoundSkipsNobodyElse() {
        for (int i = 0; i < 50; i++) {
            table.put(state(i, State.ALIVE), 0);
        }
        for (int i = 0; i < 50; i++) {
            table.nextInRound(any -> true);
        }
        var met = new HashSet<String>();
        for (int i = 0; i < 20; i++) {
            met.add(next());
        }
        for (int i = 0; i < 50; i += 3) {
            table.put(state(i, State.DEAD), 0);
        }
        table.forgetGone(KEEP + 1, KEEP);
        long rest = table.states().stream()
                .filter(state -> !met.contains(state.name()))
                .count();
        for (int i = 0; i < rest; i++) {
            assertThat(met.add(next())).isTrue();
        }
    }

    @Test
    void nobodyWantedIsFoundInNoRound() {
        assertThat(table.nextInRound(any -> true)).isNull();
        table.put(state(1, State.ALIVE), 0);
        assertThat(table.nextInRound(any -> false)).isNull();
        assertThat(table.random(3, any -> false)).isEmpty();
    }

    @Test
    void randomMembersAreDifferentAndTheRareOneIsFound() {
        for (int i = 0; i < 1000; i++) {
            table.put(state(i, i == 567 ? State.SUSPECT : State.ALIVE), 0);
        }
        assertThat(table.random(20, any -> true)).doesNotHaveDuplicates().hasSize(20);
        assertThat(table.random(3, state -> state.state() == State.SUSPECT)).hasSize(1);
    }

    @Test
    void aSnapshotIsMadeOnceForEachChange() {
        table.put(state(1, State.ALIVE), 0);
        table.put(state(2, State.DEAD), 0);
        var snapshot = table.snapshot();
        assertThat(snapshot.all()).hasSize(2);
        assertThat(snapshot.live()).extracting(Member::name).containsExactly("node-1");
        assertThat(table.snapshot()).isSameAs(snapshot);
        table.put(state(2, State.ALIVE), 0);
        assertThat(table.snapshot().live()).hasSize(2);
        assertThat(snapshot.live()).hasSize(1);
    }

    /** Each step is a member and what becomes of it; time passes with each. */
    @Property
    void agreesWithAMap(@ForAll @Size(max = 300) List<@IntRange(max = 399) Integer> steps) {
        var tested = new MemberTable(new SplittableRandom(7));
        Map<String, NodeState> model = new HashMap<>();
        Map<String, Long> gone = new HashMap<>();
        long now = 0;
        for (int step : steps) {
            now++;
            NodeState state = state(step / 4, STATES.get(step % 4));
            tested.put(state, now);
            model.put(state.name(), state);
            if (MemberTable.isLive(state)) {
                gone.remove(state.name());
            } else {
                gone.putIfAbsent(state.name(), now);
            }
            tested.forgetGone(now, KEEP);
            long present = now;
            gone.entrySet().removeIf(entry -> {
                boolean old = present - entry.getValue() > KEEP;
                if (old) {
                    model.remove(entry.getKey());
                }
                return old;
            });
            assertThat(tested.size()).isEqualTo(model.size());
            assertThat(tested.live()).isEqualTo(model.size() - gone.size());
            assertThat(new HashSet<>(tested.states())).isEqualTo(new HashSet<>(model.values()));
            for (int i = 0; i < 100; i++) {
                assertThat(tested.get("node-" + i)).isEqualTo(model.get("node-" + i));
            }
            NodeState next = tested.nextInRound(any -> true);
            assertThat(next == null ? null : model.get(next.name())).isEqualTo(next);
        }
    }
}
