package io.dunlin.gossip;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.gossip.table.RowRange;
import io.dunlin.gossip.table.TableMessage.Want;
import io.dunlin.gossip.wire.Bytes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;

/**
 * One owner and some that follow it, who tell each other ranges in any order, late, twice and in small pieces, and remember few removals.
 * The model is the owner's rows as of each version.
 */
class ReplicaPropertyTest {
    private static final OwnerRows.Changes UNHEARD = (before, after) -> {};

    private final List<Map<String, Long>> asOf = new ArrayList<>();

    @Property(tries = 3000)
    void whoKnowsAVersionKnowsTheRowsOfThen(@ForAll long seed) {
        var random = new SplittableRandom(seed);
        var limits = new TableLimits(
                1000, 1000, 1 << 20, random.nextInt(4), Duration.ofNanos(1 + random.nextInt(40)), Duration.ofHours(1));
        asOf.clear();
        asOf.add(Map.of());
        var owner = new OwnerRows("owner", 7, limits);
        var all = new ArrayList<Replica>();
        all.add(new Replica(owner, limits));
        for (int i = 0; i < 3; i++) {
            all.add(new Replica(new OwnerRows("owner", 7, limits), limits));
        }
        var seen = new ArrayList<Map<String, Row>>();
        all.forEach(_ -> seen.add(new TreeMap<>()));
        var news = new ArrayList<RowRange>();
        for (int now = 1; now < 300; now++) {
            int which = 1 + random.nextInt(3);
            Replica replica = all.get(which);
            OwnerRows.Changes watcher = (before, after) -> change(seen.get(which), before, after);
            switch (random.nextInt(6)) {
                case 0, 1 -> {
                    long told = owner.version();
                    for (int i = random.nextInt(4); i >= 0; i--) {
                        change(owner, random, now);
                    }
                    RowRange range = owner.range(new Want("owner", 7, told, told), 1000);
                    // With so few removals remembered, even the newest news may have to be told from the beginning.
                    if (range != null && range.from() == told) {
                        news.add(range);
                    }
                }
                case 2, 3 -> {
                    if (!news.isEmpty()) {
                        // any news, however old
                        replica.apply(news.get(random.nextInt(news.size())), false, now, watcher);
                    }
                }
                case 4 -> fetch(replica, all.get(random.nextInt(4)), random, now, watcher);
                default -> all.get(random.nextInt(4)).prune(now);
            }
            check(replica, seen.get(which), seed);
        }
        for (int i = 1; i < all.size(); i++) {
            Replica replica = all.get(i);
            var rows = seen.get(i);
            for (int tries = 0; replica.lacks(7, owner.version()); tries++) {
                assertThat(tries).isLessThan(1000);
                fetch(replica, all.getFirst(), random, 300, (before, after) -> change(rows, before, after));
                check(replica, rows, seed);
            }
            assertThat(replica.digest()).as("seed %d", seed).isEqualTo(owner.digest());
        }
    }

    private void change(OwnerRows owner, SplittableRandom random, long now) {
        String key = "k" + random.nextInt(8);
        boolean remove = owner.get("t", key) != null && random.nextInt(2) == 0;
        Bytes value = remove ? null : Bytes.utf8("v" + owner.version());
        owner.write("t", key, value, now, UNHEARD);
        asOf.add(content(owner));
    }

    private static void change(Map<String, Row> seen, @Nullable Row before, @Nullable Row after) {
        if (after == null) {
            assertThat(seen.remove(before == null ? "" : before.key()))
                    .isNotNull()
                    .isEqualTo(before);
        } else {
            assertThat(seen.put(after.key(), after)).isEqualTo(before);
        }
    }

    private static void fetch(Replica to, Replica from, SplittableRandom random, long now, OwnerRows.Changes watcher) {
        Want want = to.want();
        RowRange range = from.rows().range(want, random.nextInt(60));
        if (range != null) {
            boolean reset = range.from() == 0 && want.since() > 0;
            to.apply(range, reset, now, watcher);
        }
    }

    /** Settled rows are those of their version; in between there are only rows that were or will be. */
    private void check(Replica replica, Map<String, Row> seen, long seed) {
        OwnerRows rows = replica.rows();
        var content = content(rows);
        if (rows.isSettled()) {
            assertThat(content).as("version %d, seed %d", rows.version(), seed).isEqualTo(asOf.get((int)
                    rows.version()));
        }
        int sum = rows.rows().stream()
                .mapToInt(row -> row.key().length() + row.value().length())
                .sum();
        assertThat(rows.bytes()).isEqualTo(sum);
        assertThat(seen.values()).containsExactlyInAnyOrderElementsOf(rows.rows());
    }

    private static Map<String, Long> content(OwnerRows rows) {
        var content = new TreeMap<String, Long>();
        long last = 0;
        for (Row row : rows.rows()) {
            assertThat(row.version()).isGreaterThan(last);
            last = row.version();
            assertThat(rows.get("t", row.key())).isSameAs(row);
            content.put(row.key(), row.version());
        }
        return content;
    }
}
