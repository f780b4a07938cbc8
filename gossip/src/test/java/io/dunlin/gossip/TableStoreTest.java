package io.dunlin.gossip;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.gossip.RowChange.Added;
import io.dunlin.gossip.RowChange.Cause;
import io.dunlin.gossip.RowChange.Removed;
import io.dunlin.gossip.RowChange.Updated;
import io.dunlin.gossip.TableStore.Applied;
import io.dunlin.gossip.table.Entry;
import io.dunlin.gossip.table.RowRange;
import io.dunlin.gossip.wire.Bytes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TableStoreTest {
    private static final Duration HOUR = Duration.ofHours(1);
    private static final TableLimits LIMITS = new TableLimits(5, 8, 100, 3, Duration.ofMinutes(1), HOUR);

    private final TableStore store = new TableStore("me", 10, LIMITS);
    private final List<RowChange> changes = new ArrayList<>();

    TableStoreTest() {
        store.view("t").add(new TableView.Watch(changes::add));
    }

    private List<String> watchOwners() {
        var told = new ArrayList<String>();
        store.view("t").add(new TableView.Watch(new TableWatcher() {
            @Override
            public void changed(RowChange change) {
                told.add(change.getClass().getSimpleName());
            }

            @Override
            public void forgot(String owner) {
                told.add("forgot " + owner);
            }
        }));
        return told;
    }

    private Applied tell(String owner, long generation, long from, Entry... entries) {
        long to = entries.length == 0 ? from : entries[entries.length - 1].version();
        return store.apply(new RowRange(owner, generation, from, to, to, 0, List.of(entries)), false, 0);
    }

    private static Entry row(String key, long version, String value) {
        return new Entry("t", key, version, Bytes.utf8(value));
    }

    private static Entry removed(String key, long version) {
        return new Entry("t", key, version, null);
    }

    private List<String> visible() {
        return store.view("t").rows().stream()
                .map(row -> row.key() + "=" + row.value().text() + "@" + row.owner())
                .toList();
    }

    private List<String> told() {
        var told = changes.stream()
                .map(change -> switch (change) {
                    case Added(var row) -> "+" + row.key() + "=" + row.value().text();
                    case Updated(var before, var row) ->
                        before.key() + "=" + before.value().text() + ">"
                                + row.value().text();
                    case Removed(var row, var cause) -> "-" + row.key() + " " + cause;
                })
                .toList();
        changes.clear();
        return told;
    }

    @Test
    void rowsAreSeenOnceTheirOwnerIsThere() {
        assertThat(tell("a", 1, 0, row("k", 1, "v"))).isEqualTo(Applied.NEWS);
        assertThat(visible()).isEmpty();
        store.joined("a");
        assertThat(visible()).containsExactly("k=v@a");
        assertThat(told()).containsExactly("+k=v");
    }

    @Test
    void aFailedOwnersRowsAreForgottenWhenItLeavesOrStaysAway() {
        for (String owner : List.of("a", "b")) {
            tell(owner, 1, 0, row("k", 1, "v"));
            store.joined(owner);
        }
        var told = watchOwners();
        store.failed("a", 0);
        store.failed("b", 1);
        store.left("a");
        assertThat(told).endsWith("Removed", "Removed", "forgot a");
        store.prune(HOUR.toNanos() + 1);
        assertThat(told).endsWith("forgot a");
        store.prune(HOUR.toNanos() + 2);
        assertThat(told).endsWith("forgot a", "forgot b");
    }

    @Test
    void whatAFailedOwnerHadIsForgottenAfterAllItHasWasToldAnew() {
        tell("a", 1, 0, row("k", 1, "v"));
        store.joined("a");
        store.failed("a", 0);
        tell("a", 1, 1, removed("k", 2), row("l", 3, "w"));
        var told = watchOwners();
        store.joined("a");
        assertThat(told).containsExactly("Added", "forgot a");
    }

    @Test
    void rowsOfAFailedOwnerComeBackWithIt() {
        tell("a", 1, 0, row("k", 1, "v"));
        store.joined("a");
        store.failed("a", 0);
        assertThat(visible()).isEmpty();
        tell("a", 1, 1, row("l", 2, "w"));
        store.joined("a");
        assertThat(visible()).containsExactly("k=v@a", "l=w@a");
        assertThat(told()).containsExactly("+k=v", "-k " + Cause.OWNER_FAILED, "+k=v", "+l=w");
    }

    @Test
    void rowsOfAFailedOwnerAreForgottenInTheEnd() {
        tell("a", 1, 0, row("k", 1, "v"));
        store.joined("a");
        store.failed("a", 0);
        store.prune(HOUR.toNanos());
        assertThat(store.rows()).isEqualTo(1);
        store.prune(HOUR.toNanos() + 1);
        assertThat(store.rows()).isZero();
        assertThat(store.bytes()).isZero();
    }

    @Test
    void rowsOfOneThatLeftAreGone() {
        tell("a", 1, 0, row("k", 1, "v"));
        store.joined("a");
        store.left("a");
        store.joined("a");
        assertThat(visible()).isEmpty();
        assertThat(told()).containsExactly("+k=v", "-k " + Cause.OWNER_LEFT);
        assertThat(store.rows()).isZero();
    }

    @Test
    void aNewLifeTakesThePlaceOfTheOldWithoutFlapping() {
        tell("a", 1, 0, row("k", 1, "v"), row("l", 2, "w"), row("m", 3, "x"));
        store.joined("a");
        changes.clear();
        assertThat(tell("a", 2, 0, row("k", 1, "v"), row("l", 2, "other"))).isEqualTo(Applied.NEWS);
        assertThat(visible()).containsExactly("k=v@a", "l=other@a");
        assertThat(told()).containsExactly("k=v>v", "l=w>other", "-m " + Cause.REMOVED);
        assertThat(tell("a", 1, 3, row("n", 4, "late"))).isEqualTo(Applied.KNOWN);
        assertThat(visible()).doesNotContain("n=late@a");
    }

    @Test
    void aNewLifeIsNotSeenUntilItIsKnownWhole() {
        tell("a", 1, 0, row("k", 1, "v"));
        store.joined("a");
        store.apply(new RowRange("a", 2, 0, 1, 2, 0, List.of(row("k", 1, "new"))), false, 0);
        assertThat(visible()).containsExactly("k=v@a");
        tell("a", 2, 1, row("l", 2, "new"));
        assertThat(visible()).containsExactly("k=new@a", "l=new@a");
    }

    @Test
    void newsThatIsAheadWaits() {
        tell("a", 1, 0, row("k", 1, "v"));
        store.joined("a");
        assertThat(tell("a", 1, 2, row("m", 3, "x"))).isEqualTo(Applied.NEWS);
        assertThat(tell("a", 1, 2, row("m", 3, "x"))).isEqualTo(Applied.KNOWN);
        assertThat(visible()).containsExactly("k=v@a");
        tell("a", 1, 1, removed("k", 2));
        assertThat(visible()).containsExactly("m=x@a");
    }

    @Test
    void ofOneKeyTheLongestStandingOwnersRowComesFirst() {
        Function<String, List<String>> owners =
                key -> store.view("t").rows(key).stream().map(Row::owner).toList();
        store.put("t", "k", Bytes.utf8("mine"), 0);
        tell("b", 5, 0, row("k", 1, "v"));
        tell("a", 20, 0, row("k", 1, "v"));
        tell("c", 5, 0, row("k", 1, "v"), row("k2", 2, "v"));
        List.of("a", "b", "c").forEach(store::joined);
        assertThat(owners.apply("k")).containsExactly("b", "c", "me", "a");
        assertThat(owners.apply("k2")).containsExactly("c");
        assertThat(owners.apply("")).isEmpty();
    }

    @Test
    void refusesOwnRowsBeyondItsLimitsAndSaysWhy() {
        IntStream.range(0, 5).forEach(i -> store.put("t", "k" + i, Bytes.utf8("v"), 0));
        assertThat(store.put("t", "k5", Bytes.utf8("v"), 0))
                .isEqualTo(new PutResult.Refused("this member has 5 rows of 5"));
        assertThat(store.put("t", "k1", Bytes.wrap(new byte[90]), 0))
                .isEqualTo(new PutResult.Refused("rows take 15 bytes of 100, and this one 92"));
        assertThat(store.put("t", "k1", Bytes.utf8("w"), 0)).isInstanceOf(PutResult.Accepted.class);
        tell("a", 1, 0, row("a1", 1, ""), row("a2", 2, ""), row("a3", 3, ""));
        store.remove("t", "k0", 0);
        assertThat(store.put("t", "k5", Bytes.utf8("v"), 0)).isInstanceOf(PutResult.Accepted.class);
        assertThat(store.rows()).isEqualTo(8);
    }

    @Test
    void anUnchangedValueIsNoChange() {
        store.put("t", "k", Bytes.utf8("v"), 0);
        long version = store.local().version();
        store.put("t", "k", Bytes.utf8("v"), 0);
        assertThat(store.local().version()).isEqualTo(version);
        assertThat(store.remove("t", "other", 0)).isFalse();
        assertThat(told()).containsExactly("+k=v");
    }

    @Test
    void refusesOthersRowsBeyondItsLimits() {
        assertThat(tell(
                        "a",
                        1,
                        0,
                        IntStream.rangeClosed(1, 6)
                                .mapToObj(i -> row("k" + i, i, ""))
                                .toArray(Entry[]::new)))
                .isEqualTo(Applied.REFUSED);
        assertThat(tell("a", 1, 0, row("k", 1, "v".repeat(100)))).isEqualTo(Applied.REFUSED);
        assertThat(store.rows()).isZero();
    }

    @Test
    void rowsOfAbsentMembersGiveWay() {
        tell("a", 1, 0, row("a1", 1, ""), row("a2", 2, ""), row("a3", 3, ""), row("a4", 4, ""));
        tell("b", 1, 0, row("b1", 1, ""), row("b2", 2, ""), row("b3", 3, ""), row("b4", 4, ""));
        store.joined("b");
        assertThat(tell("b", 1, 4, row("b5", 5, ""))).isEqualTo(Applied.NEWS);
        assertThat(store.replica("a")).isNull();
        assertThat(store.rows()).isEqualTo(5);
        store.put("t", "k1", Bytes.EMPTY, 0);
        store.put("t", "k2", Bytes.EMPTY, 0);
        store.put("t", "k3", Bytes.EMPTY, 0);
        assertThat(tell("c", 1, 0, row("c1", 1, "")))
                .as("all that is left is there")
                .isEqualTo(Applied.REFUSED);
    }

    @Test
    void removalsAreRememberedInBoundedNumberAndTime() {
        for (int i = 0; i < 20; i++) {
            store.put("t", "k", Bytes.utf8("v"), i);
            store.put("t", "x" + i, Bytes.utf8("v"), i);
            store.remove("t", "x" + i, i);
        }
        assertThat(store.local().tombstones()).isEqualTo(3);
        store.prune(Duration.ofMinutes(1).toNanos() + 19);
        assertThat(store.local().tombstones()).isEqualTo(1);
        store.prune(Duration.ofMinutes(1).toNanos() + 20);
        assertThat(store.local().tombstones()).isZero();
    }

    @Test
    void summariesAreEqualWhereTheSameIsKnownOfTheSameMembers() {
        var other = new TableStore("a", 1, LIMITS);
        other.put("t", "k", Bytes.utf8("v"), 0);
        other.apply(new RowRange("me", 10, 0, 0, 0, 0, List.of()), false, 0);
        other.joined("me");
        tell("a", 1, 0, row("k", 1, "other"));
        assertThat(store.summary()).isNotEqualTo(other.summary());
        store.joined("a");
        assertThat(store.summary()).as("other content").isNotEqualTo(other.summary());
        store.left("a");
        tell("a", 1, 0, row("k", 1, "v"));
        store.joined("a");
        assertThat(store.summary()).isEqualTo(other.summary());
        assertThat(store.differing(other.bucketHashes())).isZero();
    }

    @Test
    void aRowTakesSome200BytesOfHeapBeyondItsKeyAndValue() {
        int count = 20_000;
        var large = new TableStore("me", 1, TableLimits.DEFAULT);
        long before = usedHeap();
        for (int i = 0; i < count; i++) {
            large.put("t", "key-" + (100_000 + i), Bytes.wrap(new byte[200]), 0);
        }
        long bytes = (usedHeap() - before - large.bytes()) / count;
        assertThat(bytes).isBetween(100L, 260L);
        assertThat(large.rows()).isEqualTo(count);
    }

    private static long usedHeap() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }
}
