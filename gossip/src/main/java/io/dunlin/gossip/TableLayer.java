package io.dunlin.gossip;

import io.dunlin.gossip.table.RowRange;
import io.dunlin.gossip.table.TableCodec;
import io.dunlin.gossip.table.TableMessage;
import io.dunlin.gossip.table.TableMessage.Buckets;
import io.dunlin.gossip.table.TableMessage.Busy;
import io.dunlin.gossip.table.TableMessage.Digests;
import io.dunlin.gossip.table.TableMessage.Fetch;
import io.dunlin.gossip.table.TableMessage.Rows;
import io.dunlin.gossip.table.TableMessage.Summary;
import io.dunlin.gossip.table.TableMessage.Update;
import io.dunlin.gossip.transport.Clock;
import io.dunlin.gossip.wire.Bytes;
import io.dunlin.gossip.wire.ProtocolException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Tables on membership. What comes in goes to {@link TableStore}; {@link RowGossip} spreads what is new, {@link TableSync} finds what was
 * missed, {@link RowFetch} fetches it and {@link RowServer} answers. Foreign messages and states are none of its business, and do no harm.
 */
final class TableLayer implements Layer {
    private static final Duration PRUNED = Duration.ofSeconds(10);

    /** Forged news of itself makes a member start a new life at most once in this time. */
    private static final Duration LIFE = Duration.ofSeconds(1);

    private final String localName;
    private final Clock clock;
    private final RandomGenerator random;
    private final TableStore store;
    private @Nullable Running running;

    private volatile TableStats stats = new TableStats(0, 0, 0, 0, 0, 0);
    private long malformed;
    private long refused;
    private long contradictions;
    private long superseded;
    private long livesSince;

    /** The parts that speak, from {@link #start} on. */
    private record Running(
            Membership membership,
            TablePeers peers,
            RowGossip gossip,
            RowFetch fetch,
            TableSync sync,
            RowServer server) {}

    TableLayer(String localName, Clock clock, RandomGenerator random, TableLimits limits) {
        int bytes = TableCodec.utf8Length(localName);
        if (bytes < 1 || bytes > TableCodec.MAX_NAME) {
            throw new IllegalArgumentException(
                    "name of " + bytes + " bytes, 1 to " + TableCodec.MAX_NAME + " are possible: " + localName);
        }
        this.localName = localName;
        this.clock = clock;
        this.random = random;
        this.store = new TableStore(localName, Math.max(1, clock.currentTimeMillis()), limits);
    }

    // ------------------------------------------------------------------ from the program, on any thread

    TableView view(String table) {
        return store.view(table);
    }

    TableStats stats() {
        return stats;
    }

    void execute(Runnable task) {
        clock.execute(task);
    }

    CompletableFuture<PutResult> put(String table, String key, Bytes value) {
        var result = new CompletableFuture<PutResult>();
        clock.execute(() -> {
            long version = store.local().version();
            PutResult put = store.put(table, key, value, clock.nanoTime());
            spreadSince(version);
            result.complete(put);
        });
        return result;
    }

    CompletableFuture<Boolean> remove(String table, String key) {
        var result = new CompletableFuture<Boolean>();
        clock.execute(() -> {
            long version = store.local().version();
            boolean removed = store.remove(table, key, clock.nanoTime());
            spreadSince(version);
            result.complete(removed);
        });
        return result;
    }

    private void spreadSince(long version) {
        if (running != null && store.local().version() > version) {
            running.gossip.localChanged();
        }
        publishStats();
    }

    /** Of all rows of members that are there: equal where the same is known; on the protocol's thread. */
    long summary() {
        return store.summary();
    }

    // ------------------------------------------------------------------ from membership

    @Override
    public void start(Membership membership) {
        var peers = new TablePeers(membership, store, random);
        var gossip = new RowGossip(peers, store);
        var fetch = new RowFetch(peers, store, new RowFetch.Tidings() {
            @Override
            public TableStore.Applied apply(RowRange range, boolean reset) {
                return TableLayer.this.apply(range, reset);
            }

            @Override
            public void caughtUp(String owner) {
                gossip.announce(owner);
            }
        });
        var sync = new TableSync(peers, store, fetch, new TableSync.Finds() {
            @Override
            public void apply(RowRange range) {
                TableLayer.this.apply(range, false);
            }

            @Override
            public void outlived(long generation) {
                beginAnew(generation);
            }

            @Override
            public void contradicted(String owner, boolean fromOwner) {
                contradictions++;
                if (fromOwner) {
                    store.distrust(owner);
                }
            }
        });
        running = new Running(membership, peers, gossip, fetch, sync, new RowServer(peers, store));
        livesSince = clock.nanoTime();
        // The others learn that this life began, and that older rows are no more.
        gossip.localChanged();
        prune();
    }

    private Running running() {
        if (running == null) {
            throw new IllegalStateException("not started");
        }
        return running;
    }

    private void prune() {
        store.prune(clock.nanoTime());
        publishStats();
        clock.schedule(PRUNED.toNanos(), this::prune);
    }

    @Override
    public void message(byte[] data) {
        if (!TableCodec.isTableMessage(data)) {
            return;
        }
        try {
            handle(TableCodec.decode(data), data);
        } catch (ProtocolException e) {
            malformed++;
        }
        publishStats();
    }

    private void handle(TableMessage message, byte[] data) {
        Running to = running();
        switch (message) {
            case Update(var range) -> update(range, data);
            case Summary summary -> to.sync.summary(summary);
            case Buckets buckets -> to.sync.buckets(buckets);
            case Digests digests -> to.sync.digests(digests);
            case Fetch fetch -> to.server.fetch(fetch);
            case Rows rows -> to.fetch.rows(rows);
            case Busy busy -> to.fetch.busy(busy);
        }
    }

    private void update(RowRange range, byte[] data) {
        if (range.owner().equals(localName)) {
            OwnerRows own = store.local();
            if (range.generation() > own.generation()
                    || (range.generation() == own.generation() && range.to() > own.version())) {
                beginAnew(range.generation());
            }
            return;
        }
        if (apply(range, false) == TableStore.Applied.NEWS) {
            running().gossip.relay(data);
        }
        running().sync.updated(range);
    }

    private TableStore.Applied apply(RowRange range, boolean reset) {
        var applied = store.apply(range, reset, clock.nanoTime());
        if (applied == TableStore.Applied.REFUSED) {
            refused++;
        } else if (!store.isPresent(range.owner()) && running().peers.isMember(range.owner())) {
            store.joined(range.owner());
        }
        return applied;
    }

    private void beginAnew(long generation) {
        long now = clock.nanoTime();
        if ((superseded > 0 && now - livesSince < LIFE.toNanos()) || generation == Long.MAX_VALUE) {
            return;
        }
        livesSince = now;
        superseded++;
        store.supersede(Math.max(generation + 1, clock.currentTimeMillis()), now);
        running().gossip.localChanged();
    }

    @Override
    public void gossip(int overhead, int space, Consumer<byte[]> out) {
        running().gossip.fill(overhead, space, out);
    }

    @Override
    public byte[] localState(boolean join) {
        return TableCodec.encode(running().sync.buckets());
    }

    @Override
    public void remoteState(byte[] state, boolean join, @Nullable InetSocketAddress from) {
        message(state);
    }

    @Override
    public void joined(Member member) {
        store.joined(member.name());
        running().peers.forget(member.name());
        running().sync.compareSoon();
    }

    @Override
    public void updated(Member member) {}

    @Override
    public void gone(Member member) {
        running().peers.forget(member.name());
        if (member.state() == Member.State.LEFT) {
            store.left(member.name());
        } else {
            store.failed(member.name(), clock.nanoTime());
        }
    }

    private void publishStats() {
        stats = new TableStats(store.rows(), store.bytes(), malformed, refused, contradictions, superseded);
    }
}
