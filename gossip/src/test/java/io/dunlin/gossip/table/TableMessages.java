package io.dunlin.gossip.table;

import io.dunlin.gossip.table.TableMessage.Buckets;
import io.dunlin.gossip.table.TableMessage.Busy;
import io.dunlin.gossip.table.TableMessage.Digests;
import io.dunlin.gossip.table.TableMessage.Fetch;
import io.dunlin.gossip.table.TableMessage.Rows;
import io.dunlin.gossip.table.TableMessage.Summary;
import io.dunlin.gossip.table.TableMessage.Update;
import io.dunlin.gossip.table.TableMessage.Want;
import io.dunlin.gossip.wire.Bytes;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** One message of each kind, with what is special about its fields. */
final class TableMessages {
    private TableMessages() {}

    static RowRange range() {
        return new RowRange(
                "node-1",
                1_700_000_000_000L,
                2,
                300,
                301,
                1,
                List.of(
                        new Entry("endpoint", "web.1", 3, Bytes.utf8("10.0.0.7")),
                        new Entry("endpoint", "", 4, Bytes.EMPTY),
                        new Entry("t", "schlüssel 🔑", 299, null)));
    }

    static Stream<TableMessage> all() {
        return Stream.of(
                new Update(range()),
                new Update(new RowRange("n", 1, 0, 0, 0, 0, List.of())),
                new Summary("node-1", -1),
                new Buckets("node-1", LongStream.range(-32, 32).boxed().toList()),
                new Digests(
                        "node-1",
                        5,
                        List.of(new OwnerDigest("a", Long.MAX_VALUE, 0, 0), new OwnerDigest("b", 1, 2, -3))),
                new Fetch("node-1", 9, List.of(new Want("a", 7, 8, 9), new Want("b", 0, 0, 0))),
                new Rows("node-1", 9, List.of(range(), range())),
                new Busy("node-1", Long.MAX_VALUE));
    }
}
