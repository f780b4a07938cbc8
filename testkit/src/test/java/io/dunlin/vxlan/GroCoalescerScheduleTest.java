package io.dunlin.vxlan;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.vxlan.Traffic.Arrival;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * {@link GroCoalescer} under whatever may arrive ({@link Traffic}): {@link Deliveries} judges that nothing is joined wrongly, lost, added or
 * overtaken.
 */
class GroCoalescerScheduleTest {
    private static final int SLOTS = 256;
    private static final int ROOM = 4096;
    private static final int STRIPPED = 22;

    @Property
    void joinsNothingWrongly(@ForAll long seed) {
        var random = new Random(seed);
        run(Traffic.of(random), random);
    }

    /** So that the property above is known to be about something. */
    @Example
    void joinsManyAndLeavesMany() {
        int joined = 0;
        int alone = 0;
        for (int seed = 0; seed < 50; seed++) {
            var random = new Random(seed);
            for (List<Integer> delivery : run(Traffic.of(random), random)) {
                joined += delivery.size() > 1 ? delivery.size() : 0;
                alone += delivery.size() == 1 ? 1 : 0;
            }
        }
        assertThat(joined).isGreaterThan(1000);
        assertThat(alone).isGreaterThan(1000);
    }

    private static List<List<Integer>> run(List<Arrival> arrivals, Random random) {
        try (var deliveries = new Deliveries(SLOTS, ROOM)) {
            boolean together = random.nextBoolean();
            for (int from = 0; from < arrivals.size(); ) {
                int to = together ? endOfReceive(arrivals, from) : from + 1;
                deliveries.receive(
                        arrivals.subList(from, to).stream().map(Arrival::packet).toList());
                from = to;
            }
            int hashes = random.nextInt(3);
            for (Arrival arrival : arrivals) {
                deliveries.add(arrival.vni(), hashes);
            }
            return deliveries.deliver();
        }
    }

    /** As UDP_GRO does it: datagrams of one length, the last of which may be shorter. */
    private static int endOfReceive(List<Arrival> arrivals, int from) {
        int length = arrivals.get(from).packet().length;
        int bytes = 0;
        int to = from;
        while (to < arrivals.size()
                && to - from < 128
                && arrivals.get(to).packet().length == length
                && bytes + STRIPPED + length <= ROOM) {
            bytes += STRIPPED + length;
            to++;
        }
        boolean tail = to < arrivals.size()
                && to - from < 128
                && arrivals.get(to).packet().length < length
                && bytes + STRIPPED + length <= ROOM;
        return tail ? to + 1 : to;
    }
}
