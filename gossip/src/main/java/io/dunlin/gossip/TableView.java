package io.dunlin.gossip;

import io.dunlin.gossip.RowChange.Added;
import io.dunlin.gossip.RowChange.Cause;
import io.dunlin.gossip.RowChange.Removed;
import io.dunlin.gossip.RowChange.Updated;
import java.util.List;
import java.util.SortedSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.pcollections.TreePSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is to be seen of one table: the rows of members that are there. Changed on the protocol's thread, read on any.
 *
 * <p>The rows are a persistent set: a change copies the 17 nodes on the way to a row among 100,000, and whoever holds the set of before
 * keeps it as it was.
 */
final class TableView {
    private static final Logger LOG = LoggerFactory.getLogger(TableView.class);

    private final String name;
    private final List<Watch> watches = new CopyOnWriteArrayList<>();
    private volatile TreePSet<Row> rows = TreePSet.empty(Row.ORDER);

    TableView(String name) {
        this.name = name;
    }

    /** As of now; never changes. */
    SortedSet<Row> rows() {
        return rows;
    }

    SortedSet<Row> rows(String key) {
        return rows.subSet(Row.before(name, key), Row.after(name, key));
    }

    void change(@Nullable Row before, @Nullable Row after, Cause cause) {
        var changed = before == null ? rows : rows.minus(before);
        rows = after == null ? changed : changed.plus(after);
        if (watches.isEmpty()) {
            return;
        }
        if (after == null) {
            if (before != null) {
                tell(new Removed(before, cause));
            }
        } else {
            tell(before == null ? new Added(after) : new Updated(before, after));
        }
    }

    private void tell(RowChange change) {
        for (Watch watch : watches) {
            tell(watch, change);
        }
    }

    private static void tell(Watch watch, RowChange change) {
        watch.tell(change, watcher -> watcher.changed(change));
    }

    /** As in {@link TableWatcher#forgot}. */
    void forgot(String owner) {
        for (Watch watch : watches) {
            watch.tell(owner, watcher -> watcher.forgot(owner));
        }
    }

    /** Tells {@code watch} of all rows that are there, and from then on of each change. */
    void add(Watch watch) {
        rows.forEach(row -> tell(watch, new Added(row)));
        watches.add(watch);
    }

    void remove(Watch watch) {
        watches.remove(watch);
    }

    /** A watcher, from the moment it is wanted until it is closed. */
    static final class Watch {
        private final TableWatcher watcher;
        private volatile boolean closed;

        Watch(TableWatcher watcher) {
            this.watcher = watcher;
        }

        void close() {
            closed = true;
        }

        @SuppressWarnings(
                "CatchingUnchecked") // foreign code: what it throws is its own affair, and the others are told all the
        // same
        private void tell(Object what, Consumer<TableWatcher> telling) {
            if (closed) {
                return;
            }
            try {
                telling.accept(watcher);
            } catch (RuntimeException e) {
                LOG.warn("a watcher failed at {}", what, e);
            }
        }
    }
}
