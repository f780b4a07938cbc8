package io.dunlin.gossip;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.dunlin.gossip.table.Entry;
import io.dunlin.gossip.table.OwnerDigest;
import io.dunlin.gossip.table.RowRange;
import io.dunlin.gossip.table.TableCodec;
import io.dunlin.gossip.table.TableMessage.Digests;
import io.dunlin.gossip.table.TableMessage.Update;
import io.dunlin.gossip.wire.Bytes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What members with tables do for each other when something goes wrong. */
class TablesTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final TableCluster cluster = new TableCluster(42);

    private void start(int count) {
        cluster.startAll(IntStream.range(0, count).mapToObj(i -> "n" + i).toList());
        cluster.run(SECOND.multipliedBy(3));
    }

    private void put(String node, String key, String value) {
        var result = cluster.node(node).tables.table("t").put(key, Bytes.utf8(value));
        cluster.run(Duration.ofNanos(1));
        assertThat(result.join()).isInstanceOf(PutResult.Accepted.class);
    }

    private List<String> rows(String node) {
        return cluster.node(node).tables.table("t").rows().stream()
                .map(row -> row.key() + "=" + row.value().text())
                .toList();
    }

    @Test
    void aChangeIsThereARoundTripLater() {
        start(5);
        put("n0", "k", "v");
        cluster.run(Duration.ofMillis(20));
        assertThat(rows("n1")).containsExactly("k=v");
        assertThat(rows("n4")).containsExactly("k=v");
    }

    @Test
    void whatNobodyWasToldIsFoundByComparing() {
        start(5);
        cluster.loss = 1;
        put("n0", "k", "v");
        cluster.run(SECOND.multipliedBy(10));
        assertThat(rows("n1")).isEmpty();
        cluster.loss = 0;
        cluster.run(SECOND.multipliedBy(10));
        assertThat(rows("n1")).containsExactly("k=v");
        assertThat(rows("n4")).containsExactly("k=v");
    }

    @Test
    void membersThatKnowNoTablesDoNoHarmAndNeedNotRelay() {
        cluster.start("n0");
        for (int i = 0; i < 100; i++) {
            cluster.startForeign("f" + i);
        }
        cluster.start("n1");
        cluster.start("n2");
        cluster.run(SECOND.multipliedBy(60));
        put("n0", "k", "v");
        cluster.run(SECOND.multipliedBy(10));
        assertThat(rows("n1")).containsExactly("k=v");
        assertThat(rows("n2")).containsExactly("k=v");
        assertThat(cluster.node("n0").tables.stats().malformed()).isZero();
    }

    @Test
    void largeRowsAndManyAtOnceAreFetched() {
        start(6);
        put("n0", "large", "x".repeat(10_000));
        cluster.run(SECOND);
        assertThat(rows("n5")).containsExactly("large=" + "x".repeat(10_000));
        var table = cluster.node("n0").tables.table("t");
        for (int i = 0; i < 5000; i++) {
            var _ = table.put("k" + i, Bytes.wrap(new byte[200]));
        }
        cluster.run(SECOND.multipliedBy(2));
        for (var node : cluster.up()) {
            assertThat(node.tables.table("t").rows()).hasSize(5001);
        }
    }

    @Test
    void aFreshMemberGetsHundredThousandRows() {
        start(3);
        var table = cluster.node("n0").tables.table("t");
        for (int i = 0; i < 100_000; i++) {
            var _ = table.put("k" + i, Bytes.wrap(new byte[200]));
        }
        cluster.run(SECOND.multipliedBy(10));
        cluster.start("fresh");
        cluster.run(SECOND.multipliedBy(5));
        assertThat(cluster.node("fresh").tables.table("t").rows()).hasSize(100_000);
    }

    @Test
    void aRestartedOwnersOldRowsAreGone() {
        start(4);
        put("n0", "old", "v");
        cluster.run(SECOND);
        cluster.crash("n0");
        cluster.start("n0");
        cluster.run(SECOND.multipliedBy(3));
        assertThat(rows("n3")).isEmpty();
        put("n0", "new", "v");
        cluster.run(SECOND);
        assertThat(rows("n3")).containsExactly("new=v");
    }

    @Test
    void anOwnerWhoseClockWentBackSupersedesItsOldRowsAllTheSame() {
        start(4);
        put("n0", "old", "v");
        put("n0", "older", "v");
        cluster.run(SECOND);
        cluster.crash("n0");
        cluster.start("n0", Duration.ofDays(-1));
        put("n0", "new", "v");
        cluster.run(SECOND.multipliedBy(10));
        assertThat(rows("n3")).containsExactly("new=v");
        assertThat(rows("n0")).containsExactly("new=v");
        assertThat(cluster.node("n0").tables.stats().superseded()).isPositive();
    }

    @Test
    void rowsOfAFailedMemberComeBackWithoutBeingFetched() {
        start(4);
        for (int i = 0; i < 1000; i++) {
            var _ = cluster.node("n0").tables.table("t").put("k" + i, Bytes.wrap(new byte[200]));
        }
        cluster.run(SECOND.multipliedBy(5));
        cluster.partition(Map.of("n0", 1));
        cluster.run(Duration.ofMinutes(5));
        assertThat(rows("n3")).isEmpty();
        assertThat(rows("n0")).hasSize(1000);
        long before = cluster.streamBytes;
        cluster.heal();
        cluster.run(SECOND.multipliedBy(5));
        assertThat(rows("n3")).hasSize(1000);
        assertThat(cluster.streamBytes - before).as("bytes on streams").isLessThan(10_000);
    }

    @Test
    void rowsOfOneThatLeftAreGoneAndStayGone() {
        start(4);
        put("n0", "k", "v");
        cluster.run(SECOND);
        cluster.leave("n0");
        cluster.run(SECOND.multipliedBy(30));
        assertThat(rows("n3")).isEmpty();
        assertThat(cluster.node("n3").tables.stats().rows()).isZero();
    }

    @Test
    void removalsThatWereForgottenDoNotComeBack() {
        cluster.limits = new TableLimits(1000, 4000, 1 << 20, 5, SECOND, Duration.ofHours(1));
        start(4);
        IntStream.range(0, 100).forEach(i -> put("n0", "k" + i, "v"));
        cluster.run(SECOND.multipliedBy(5));
        cluster.partition(Map.of("n3", 1));
        cluster.run(SECOND);
        for (int i = 0; i < 99; i++) {
            var _ = cluster.node("n0").tables.table("t").remove("k" + i);
        }
        cluster.run(Duration.ofMinutes(1));
        cluster.heal();
        cluster.run(SECOND.multipliedBy(20));
        for (var node : cluster.up()) {
            assertThat(rows(node.name)).as(node.name).containsExactly("k99=v");
            assertThat(node.tables.stats().contradictions()).isZero();
        }
    }

    @Test
    void rowsForgedInAnothersNameAreOutlivedByItsNextLife() {
        start(4);
        put("n0", "k", "v");
        cluster.run(SECOND);
        var forged = new RowRange(
                "n0",
                cluster.node("n0").currentTimeMillis() + 1000,
                0,
                1,
                1,
                0,
                List.of(new Entry("t", "k", 1, Bytes.utf8("forged"))));
        cluster.node("n1").layer.message(TableCodec.encode(new Update(forged)));
        assertThat(rows("n1")).containsExactly("k=forged");
        cluster.run(SECOND.multipliedBy(5));
        for (var node : cluster.up()) {
            assertThat(rows(node.name)).containsExactly("k=v");
        }
    }

    @Test
    void anotherValueOfTheSameVersionIsFoundAndPutRight() {
        start(3);
        put("n0", "k", "v");
        cluster.run(SECOND);
        cluster.loss = 1;
        put("n0", "l", "w");
        cluster.run(Duration.ofMillis(10));
        cluster.loss = 0;
        long generation = cluster.node("n0").tables.table("t").rows().first().generation();
        var forged = new RowRange("n0", generation, 1, 2, 2, 0, List.of(new Entry("t", "l", 2, Bytes.utf8("forged"))));
        cluster.node("n1").layer.message(TableCodec.encode(new Update(forged)));
        cluster.run(SECOND.multipliedBy(20));
        for (var node : cluster.up()) {
            assertThat(rows(node.name)).as(node.name).containsExactly("k=v", "l=w");
        }
        assertThat(cluster.up())
                .anySatisfy(
                        node -> assertThat(node.tables.stats().contradictions()).isPositive());
    }

    @Test
    void ownNewsIsNotStarvedByRelayedNews() {
        start(3);
        cluster.run(SECOND.multipliedBy(5));
        var layer = cluster.node("n0").layer;
        long generation = cluster.node("n1").currentTimeMillis() + 1;
        for (int i = 0; i < 2000; i++) {
            var range = new RowRange(
                    "n1",
                    generation,
                    i,
                    i + 1,
                    i + 1,
                    0,
                    List.of(new Entry("other", "k" + i, i + 1, Bytes.wrap(new byte[300]))));
            layer.message(TableCodec.encode(new Update(range)));
        }
        put("n0", "k", "v");
        cluster.run(Duration.ofMillis(5)); // it is collected
        var told = new ArrayList<byte[]>();
        layer.gossip(3, TableCluster.PACKET, told::add);
        assertThat(told)
                .anySatisfy(data -> assertThat(new String(data, ISO_8859_1)).contains("n0"));
        assertThat(told)
                .anySatisfy(data -> assertThat(new String(data, ISO_8859_1)).contains("other"));
    }

    @Test
    void aWatcherBeginsWithWhatIsThereAndIsToldNoMoreOnceClosed() {
        start(2);
        put("n0", "k", "v");
        var told = new ArrayList<RowChange>();
        var watching = cluster.node("n0").tables.table("t").watch(told::add);
        cluster.run(Duration.ofNanos(1));
        assertThat(told).hasSize(1);
        watching.close();
        put("n0", "k", "w");
        assertThat(told).hasSize(1);
    }

    @Test
    void aWatcherThatThrowsHurtsNobody() {
        start(2);
        cluster.node("n0").tables.table("t").watch(change -> {
            throw new IllegalStateException("on purpose");
        });
        put("n0", "k", "v");
        cluster.run(SECOND);
        assertThat(rows("n1")).containsExactly("k=v");
    }

    @Test
    void refusesWhatFitsNoRow() {
        var tables = cluster.start("n0").tables;
        var table = tables.table("t");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> table.put("k", Bytes.wrap(new byte[TableCodec.MAX_VALUE + 1])))
                .withMessage("value of 16385 bytes, at most 16384 fit a row");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> table.put("ö".repeat(129), Bytes.EMPTY))
                .withMessageStartingWith("key of 258 bytes, at most 256 fit a row");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> tables.table(""))
                .withMessageContaining("table name of 0 bytes");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> tables.table("t".repeat(65)))
                .withMessageContaining("table name of 65 bytes, 1 to 64");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> cluster.start("n".repeat(256)))
                .withMessageContaining("name of 256 bytes, 1 to 255");
    }

    @Test
    void digestsOfTenThousandOwnersAreToldInMessagesThatAreAccepted() {
        start(2);
        var node = cluster.node("n0");
        var digests = IntStream.range(0, 10_000)
                .mapToObj(i -> new OwnerDigest("owner-" + i, Long.MAX_VALUE / 2, 1 << 20, -1))
                .toList();
        int size = digests.stream().mapToInt(TableCodec::digestSize).sum();
        assertThat(size).isLessThan(400_000);
        assertThat(node.layer.localState(true)).hasSizeLessThan(600);
        // more than one message takes: refused, not cut
        node.layer.message(TableCodec.encode(new Digests("n1", -1, digests)));
        assertThat(node.tables.stats().malformed()).isEqualTo(1);
    }
}
