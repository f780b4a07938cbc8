package io.dunlin.lb;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.IpProtocol;
import io.dunlin.vxlan.wire.Memory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.arbitraries.ListArbitrary;

/**
 * A shard against lists: who is there, who is found, and who has to go. One has room for a dozen flows; one grows, and its flows are of three
 * clients, so that most find their group full.
 */
class FlowShardPropertyTest {
    /** Of the larger one, as many as its first groups have no room for. */
    private static final int LARGE = 60;

    private static final Member MEMBER = Member.create(7, 3, Backend.of("b", "n", IpAddress.parse("10.0.0.11")));

    enum Act {
        OPEN,
        SETTLE,
        CLOSE,
        REMOVE
    }

    record Step(Act act, int flow) {}

    /** What the shard should be, by flow. */
    private static final class Model {
        final LinkedHashSet<Integer> opening = new LinkedHashSet<>();
        final HashSet<Integer> settled = new HashSet<>();
        final HashSet<Integer> closed = new HashSet<>(); // of those that have settled

        boolean has(int client) {
            return opening.contains(client) || settled.contains(client);
        }
    }

    private final FlowKey key = new FlowKey(1);
    private int clients;
    private int maxSettled;
    private int maxOpening;
    private int ticks;

    @Property
    void holdsWhatTheListsHold(@ForAll("steps") List<Step> steps) {
        clients = 40;
        maxSettled = 8;
        maxOpening = 4;
        assertHeld(steps, 40);
    }

    @Property(tries = 200)
    void holdsWhatTheListsHoldWhenItGrowsAndClientsAreFew(@ForAll("manySteps") List<Step> steps) {
        clients = 3;
        maxSettled = LARGE;
        maxOpening = 12;
        assertHeld(steps, 2 * LARGE);
    }

    /** One that is asked to hold as many, and is refused the memory for more than its first places: 64, of which 48 are for what settles. */
    @Property(tries = 200)
    void holdsWhatItHasRoomForWhereItCannotGrow(@ForAll("manySteps") List<Step> steps) {
        clients = 3;
        maxSettled = 48;
        maxOpening = 4;
        var memory = new FlowMemory(
                bytes -> {
                    if (bytes > 64 * FlowRecord.BYTES) {
                        throw new OutOfMemoryError("Cannot reserve " + bytes + " bytes of direct buffer memory");
                    }
                    return Memory.allocate(bytes);
                },
                long[]::new);
        assertHeld(steps, 2 * LARGE, new FlowShard(1, LARGE, 12, memory));
    }

    private void assertHeld(List<Step> steps, int flows) {
        assertHeld(
                steps, flows, new FlowShard(1, maxSettled, maxOpening, new FlowMemory(Memory::allocate, long[]::new)));
    }

    private void assertHeld(List<Step> steps, int flows, FlowShard shard) {
        var model = new Model();
        for (Step step : steps) {
            ticks++;
            apply(step, shard, model);
            assertThat(shard.size()).isEqualTo(model.opening.size() + model.settled.size());
            assertThat(shard.settled()).isEqualTo(model.settled.size());
            for (int flow = 0; flow < flows; flow++) {
                int record = find(shard, flow);
                boolean isRight = (record != FlowShard.NONE) == model.has(flow)
                        && shard.findByBackend(key, 0, backendLow(), backendPort(flow), false) == record
                        && (record == FlowShard.NONE || shard.isOpening(record) == model.opening.contains(flow));
                if (!isRight) {
                    throw new AssertionError("flow " + flow + " after " + step);
                }
            }
        }
    }

    private void apply(Step step, FlowShard shard, Model model) {
        int flow = step.flow();
        int record = find(shard, flow);
        switch (step.act()) {
            case OPEN -> {
                if (!model.has(flow)) {
                    open(shard, model, flow);
                }
            }
            case SETTLE -> {
                if (model.opening.contains(flow)) {
                    settle(shard, model, flow, record);
                }
            }
            case CLOSE -> {
                if (model.settled.contains(flow)) {
                    FlowRecord.setState(shard.records(), FlowShard.at(record), FlowState.CLOSED);
                    model.closed.add(flow);
                }
            }
            case REMOVE -> {
                if (model.has(flow)) {
                    shard.remove(record);
                    forget(model, flow);
                }
            }
        }
    }

    private void open(FlowShard shard, Model model, int flow) {
        int victim = shard.victimOfInsert();
        if (model.opening.size() + model.settled.size() < maxSettled + maxOpening) {
            assertThat(victim).isEqualTo(FlowShard.NONE);
        } else {
            int oldest = model.opening.getFirst();
            assertThat(flowOf(shard, victim)).isEqualTo(oldest);
            shard.remove(victim);
            model.opening.remove(oldest);
        }
        int record = shard.insert(set(flow), 3, vipPort(flow), MEMBER, backendPort(flow), ticks);
        assertThat(flowOf(shard, record)).isEqualTo(flow);
        model.opening.add(flow);
    }

    private void settle(FlowShard shard, Model model, int flow, int record) {
        int victim = shard.victimOfSettling(ticks);
        if (model.settled.size() < maxSettled) {
            assertThat(victim).isEqualTo(FlowShard.NONE);
        } else {
            int evicted = flowOf(shard, victim);
            assertThat(model.settled).contains(evicted);
            if (!model.closed.isEmpty() && maxSettled < 32) {
                assertThat(model.closed).contains(evicted); // the sample is all of so small a shard
            }
            shard.remove(victim);
            forget(model, evicted);
        }
        FlowRecord.setState(shard.records(), FlowShard.at(record), FlowState.ESTABLISHED);
        shard.settle(record);
        model.opening.remove(flow);
        model.settled.add(flow);
    }

    private static void forget(Model model, int flow) {
        model.opening.remove(flow);
        model.settled.remove(flow);
        model.closed.remove(flow);
    }

    private static int flowOf(FlowShard shard, int record) {
        return FlowRecord.vipPort(shard.records(), FlowShard.at(record));
    }

    private int find(FlowShard shard, int flow) {
        return shard.findByService(set(flow), 3, vipPort(flow));
    }

    private FlowKey set(int flow) {
        return key.set(4096, IpProtocol.TCP, 0, IpAddress.IPV4_PREFIX | 0x0a00_0064, flow % clients);
    }

    /** So that a client's flows differ for it and for the backend. */
    private static int vipPort(int flow) {
        return flow;
    }

    private static int backendPort(int flow) {
        return 8080 + flow;
    }

    private static long backendLow() {
        return MEMBER.address(true).low();
    }

    @Provide
    Arbitrary<List<Step>> steps() {
        return steps(39).ofMaxSize(150);
    }

    @Provide
    Arbitrary<List<Step>> manySteps() {
        return steps(2 * LARGE - 1).ofMinSize(100).ofMaxSize(500);
    }

    private static ListArbitrary<Step> steps(int lastFlow) {
        Arbitrary<Act> acts = Arbitraries.frequency(
                Tuple.of(5, Act.OPEN), Tuple.of(4, Act.SETTLE), Tuple.of(1, Act.CLOSE), Tuple.of(1, Act.REMOVE));
        return Combinators.combine(acts, Arbitraries.integers().between(0, lastFlow))
                .as(Step::new)
                .list();
    }

    /** An index that grows and shrinks, with hashes that collide, against a list. */
    @Property
    void theIndexFindsAllOfAHashAndNoOther(@ForAll("entries") List<Integer> hashes) {
        var index = new FlowIndex(new FlowMemory(Memory::allocate, long[]::new));
        for (int record = 0; record < hashes.size(); record++) {
            index.makeRoom();
            index.add(hashes.get(record), record);
        }
        var there = new boolean[hashes.size()];
        Arrays.fill(there, true);
        for (int record = 0; record < hashes.size(); record += 2) {
            index.remove(hashes.get(record), record);
            there[record] = false;
        }
        for (int hash : new HashSet<>(hashes)) {
            var found = new ArrayList<Integer>();
            for (int slot = index.find(hash, hash); slot != FlowIndex.NONE; slot = index.find(hash, slot + 1)) {
                found.add(index.record(slot));
            }
            var expected = new ArrayList<Integer>();
            for (int record = 0; record < hashes.size(); record++) {
                if (there[record] && hashes.get(record) == hash) {
                    expected.add(record);
                }
            }
            assertThat(found).containsExactlyInAnyOrderElementsOf(expected);
        }
    }

    @Provide
    Arbitrary<List<Integer>> entries() {
        return Arbitraries.oneOf(Arbitraries.integers().between(-3, 300), Arbitraries.integers())
                .list()
                .ofMaxSize(700);
    }
}
