package io.dunlin.lb;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.IpProtocol;
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

/** A shard with room for a dozen flows, against lists: who is there, who is found, and who has to go. */
class FlowShardPropertyTest {
    private static final int MAX_SETTLED = 8;
    private static final int MAX_OPENING = 4;
    private static final Member MEMBER = Member.create(7, 3, Backend.of("b", "n", IpAddress.parse("10.0.0.11")));

    enum Act {
        OPEN,
        SETTLE,
        CLOSE,
        REMOVE
    }

    record Step(Act act, int client) {}

    /** What the shard should be, by client. */
    private static final class Model {
        final LinkedHashSet<Integer> opening = new LinkedHashSet<>();
        final HashSet<Integer> settled = new HashSet<>();
        final HashSet<Integer> closed = new HashSet<>(); // of those that have settled

        boolean has(int client) {
            return opening.contains(client) || settled.contains(client);
        }
    }

    private final FlowKey key = new FlowKey();
    private int ticks;

    @Property
    void holdsWhatTheListsHold(@ForAll("steps") List<Step> steps) {
        var shard = new FlowShard(1, MAX_SETTLED, MAX_OPENING, false);
        var model = new Model();
        for (Step step : steps) {
            ticks++;
            apply(step, shard, model);
            assertThat(shard.size()).isEqualTo(model.opening.size() + model.settled.size());
            assertThat(shard.settled()).isEqualTo(model.settled.size());
            for (int client = 0; client < 40; client++) {
                int record = find(shard, client);
                assertThat(record != FlowShard.NONE).isEqualTo(model.has(client));
                assertThat(shard.findByBackend(key, 0, backendLow(), 8080, false))
                        .isEqualTo(record);
                if (record != FlowShard.NONE) {
                    assertThat(shard.isOpening(record)).isEqualTo(model.opening.contains(client));
                }
            }
        }
    }

    private void apply(Step step, FlowShard shard, Model model) {
        int client = step.client();
        int record = find(shard, client);
        switch (step.act()) {
            case OPEN -> {
                if (!model.has(client)) {
                    open(shard, model, client);
                }
            }
            case SETTLE -> {
                if (model.opening.contains(client)) {
                    settle(shard, model, client, record);
                }
            }
            case CLOSE -> {
                if (model.settled.contains(client)) {
                    FlowRecord.setState(shard.records(), FlowShard.at(record), FlowState.CLOSED);
                    model.closed.add(client);
                }
            }
            case REMOVE -> {
                if (model.has(client)) {
                    shard.remove(record);
                    forget(model, client);
                }
            }
        }
    }

    private void open(FlowShard shard, Model model, int client) {
        int victim = shard.victimOfInsert();
        if (model.opening.size() + model.settled.size() < MAX_SETTLED + MAX_OPENING) {
            assertThat(victim).isEqualTo(FlowShard.NONE);
        } else {
            int oldest = model.opening.getFirst();
            assertThat(clientOf(shard, victim)).isEqualTo(oldest);
            shard.remove(victim);
            model.opening.remove(oldest);
        }
        int record = shard.insert(set(client), 3, 80, MEMBER, 8080, ticks);
        assertThat(clientOf(shard, record)).isEqualTo(client);
        model.opening.add(client);
    }

    private void settle(FlowShard shard, Model model, int client, int record) {
        int victim = shard.victimOfSettling(ticks);
        if (model.settled.size() < MAX_SETTLED) {
            assertThat(victim).isEqualTo(FlowShard.NONE);
        } else {
            int evicted = clientOf(shard, victim);
            assertThat(model.settled).contains(evicted);
            if (!model.closed.isEmpty()) {
                assertThat(model.closed).contains(evicted); // the sample is all of so small a shard
            }
            shard.remove(victim);
            forget(model, evicted);
        }
        FlowRecord.setState(shard.records(), FlowShard.at(record), FlowState.ESTABLISHED);
        shard.settle(record);
        model.opening.remove(client);
        model.settled.add(client);
    }

    private static void forget(Model model, int client) {
        model.opening.remove(client);
        model.settled.remove(client);
        model.closed.remove(client);
    }

    private static int clientOf(FlowShard shard, int record) {
        return FlowRecord.clientPort(shard.records(), FlowShard.at(record));
    }

    private int find(FlowShard shard, int client) {
        return shard.findByService(set(client), 3, 80);
    }

    private FlowKey set(int client) {
        return key.set(4096, IpProtocol.TCP, 0, IpAddress.IPV4_PREFIX | 0x0a00_0064, client);
    }

    private static long backendLow() {
        return MEMBER.address(true).low();
    }

    @Provide
    Arbitrary<List<Step>> steps() {
        Arbitrary<Act> acts = Arbitraries.frequency(
                Tuple.of(5, Act.OPEN), Tuple.of(4, Act.SETTLE), Tuple.of(1, Act.CLOSE), Tuple.of(1, Act.REMOVE));
        return Combinators.combine(acts, Arbitraries.integers().between(0, 39))
                .as(Step::new)
                .list()
                .ofMaxSize(150);
    }

    /** An index that grows and shrinks, with hashes that collide, against a list. */
    @Property
    void theIndexFindsAllOfAHashAndNoOther(@ForAll("entries") List<Integer> hashes) {
        var index = new FlowIndex();
        for (int record = 0; record < hashes.size(); record++) {
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
