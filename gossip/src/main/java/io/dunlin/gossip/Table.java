package io.dunlin.gossip;

import io.dunlin.gossip.table.TableCodec;
import io.dunlin.gossip.wire.Bytes;
import java.util.SortedSet;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Rows that all members see, each owned by the member that wrote it. Several members may own a row of the same key: none takes the place
 * of another's. Rows of a member that failed are not to be seen until it is back; those of one that left are gone.
 *
 * <p>What is read is what this member knows; the others know the same a little earlier or later. All methods are for any thread. A change
 * by {@link #put} or {@link #remove} is to be seen here once its future is done.
 */
public final class Table {
    private final String name;
    private final TableView view;
    private final TableLayer layer;

    Table(String name, TableView view, TableLayer layer) {
        this.name = name;
        this.view = view;
        this.layer = layer;
    }

    public String name() {
        return name;
    }

    /**
     * Writes this member's row of that key. Writing the value that is there changes nothing, and costs nothing.
     *
     * @param key up to {@value TableCodec#MAX_KEY} bytes of UTF-8
     * @param value up to {@value TableCodec#MAX_VALUE} bytes. Up to about a kilobyte goes straight to all in packets, and more is fetched by
     *     each from another, which takes a little longer
     * @return done on the protocol's thread; never, if the member is closed before
     * @throws IllegalArgumentException if key or value is too long
     */
    public CompletableFuture<PutResult> put(String key, Bytes value) {
        checkKey(key);
        if (value.length() > TableCodec.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "value of " + value.length() + " bytes, at most " + TableCodec.MAX_VALUE + " fit a row");
        }
        return layer.put(name, key, value);
    }

    /**
     * Removes this member's row of that key.
     *
     * @return whether there was one; done on the protocol's thread, never if the member is closed before
     */
    public CompletableFuture<Boolean> remove(String key) {
        checkKey(key);
        return layer.remove(name, key);
    }

    /** The row of that key; where several own one, that of the member that has been up the longest: the same for all. Null for none. */
    public @Nullable Row get(String key) {
        SortedSet<Row> rows = view.rows(key);
        return rows.isEmpty() ? null : rows.first();
    }

    /** All rows of that key, that of the longest-standing owner first; a snapshot. */
    public SortedSet<Row> rows(String key) {
        return view.rows(key);
    }

    /** All rows, ordered by key and, where several own one, by how long they have been up; a snapshot that costs nothing to take. */
    public SortedSet<Row> rows() {
        return view.rows();
    }

    /**
     * Tells of each row that is there, as {@link RowChange.Added}, and from then on of each change once, in their order. Between a call of
     * the watcher and the next {@link #rows} may be ahead of it, never behind.
     *
     * @return to be closed when no more is to be told; what is being told at that moment on another thread is still told
     */
    public Watching watch(TableWatcher watcher) {
        var watch = new TableView.Watch(watcher);
        layer.execute(() -> view.add(watch));
        return () -> {
            watch.close();
            layer.execute(() -> view.remove(watch));
        };
    }

    /** A watcher at work. */
    @FunctionalInterface
    public interface Watching extends AutoCloseable {
        @Override
        void close();
    }

    private static void checkKey(String key) {
        int bytes = TableCodec.utf8Length(key);
        if (bytes > TableCodec.MAX_KEY) {
            throw new IllegalArgumentException(
                    "key of " + bytes + " bytes, at most " + TableCodec.MAX_KEY + " fit a row: " + key);
        }
    }
}
