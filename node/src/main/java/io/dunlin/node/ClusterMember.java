package io.dunlin.node;

import io.dunlin.gossip.Gossip;
import io.dunlin.gossip.GossipConfig;
import io.dunlin.gossip.GossipListener;
import io.dunlin.gossip.Member;
import io.dunlin.gossip.PutResult;
import io.dunlin.gossip.Row;
import io.dunlin.gossip.RowChange;
import io.dunlin.gossip.Table;
import io.dunlin.gossip.TableLimits;
import io.dunlin.gossip.TableWatcher;
import io.dunlin.gossip.wire.Bytes;
import io.dunlin.vxlan.wire.Vni;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node's place in its cluster: tells the others of the node and its endpoints, and hands on what they tell.
 *
 * <p>Changes come on the protocol's thread, which must not wait for the node's lock: an endpoint that is being attached holds it while the
 * operating system works. So they are queued, and a thread of our own takes them by the batch, so that a burst costs one new table. The
 * queue holds no more than the tables change meanwhile, and those have their limits.
 */
final class ClusterMember implements AutoCloseable {
    /** For saying goodbye, so that the others need not find out. */
    static final Duration FAREWELL = Duration.ofSeconds(1);

    /** Changes that are taken at once: so many that they cost little each, so few that the lock is held for some milliseconds. */
    static final int MAX_BATCH = 4096;

    private static final Logger LOG = LoggerFactory.getLogger(OverlayNode.class);

    private final Gossip gossip;
    private final Table nodes;
    private final Table endpoints;
    private final Table services;
    private final BlockingQueue<News> news = new LinkedBlockingQueue<>();
    private final Thread courier;

    /** What is heard of the others. */
    sealed interface News {
        record Changed(RowChange change) implements News {}

        record Forgot(String table, String owner) implements News {}
    }

    private ClusterMember(Gossip gossip, Consumer<List<News>> learn) {
        this.gossip = gossip;
        this.nodes = gossip.tables().table(NodeRecord.TABLE);
        this.endpoints = gossip.tables().table(EndpointRecord.TABLE);
        this.services = gossip.tables().table(ServiceRecord.TABLE);
        this.courier = Thread.ofVirtual()
                .name("dunlin-peers-" + gossip.config().name())
                .unstarted(() -> carry(learn));
    }

    /**
     * Starts the member, and tells of the node.
     *
     * @param learn takes what is heard, a batch at a time, on a thread that may wait
     * @param messages takes user messages, on gossip's thread, which must not wait
     * @throws IOException if it cannot listen. That nobody answers is no failure: seeds are tried for ever
     */
    static ClusterMember start(
            GossipConfig config, NodeRecord self, Consumer<List<News>> learn, Consumer<Bytes> messages)
            throws IOException {
        var withTables = config.tables() == null ? config.tables(TableLimits.DEFAULT) : config;
        var listener = new GossipListener() {
            @Override
            public void message(Bytes data) {
                messages.accept(data);
            }
        };
        var member = new ClusterMember(Gossip.start(withTables, listener), learn);
        member.put(member.nodes, config.name(), self.encode());
        member.watch(member.nodes);
        member.watch(member.endpoints);
        member.watch(member.services);
        member.courier.start();
        return member;
    }

    private void watch(Table table) {
        table.watch(new TableWatcher() {
            @Override
            public void changed(RowChange change) {
                news.add(new News.Changed(change));
            }

            @Override
            public void forgot(String owner) {
                news.add(new News.Forgot(table.name(), owner));
            }
        });
    }

    private void carry(Consumer<List<News>> learn) {
        var batch = new ArrayList<News>();
        try {
            while (true) {
                batch.add(news.take());
                news.drainTo(batch, MAX_BATCH - 1);
                learn(batch, learn);
                batch.clear();
            }
        } catch (InterruptedException e) {
            // closed
        }
    }

    /** What one batch does wrong must not end the thread: the node would hear of nothing any more. */
    private void learn(List<News> batch, Consumer<List<News>> learn) {
        try {
            learn.accept(batch);
        } catch (RuntimeException e) {
            LOG.error(
                    "node {}: {} changes of other nodes are lost",
                    gossip.config().name(),
                    batch.size(),
                    e);
        }
    }

    /** Tells all of an endpoint. */
    void announce(String name, EndpointRecord endpoint) {
        put(endpoints, RowKey.of(endpoint.vni(), name), endpoint.encode());
    }

    /** Tells all that an endpoint is no more. */
    @SuppressWarnings("FutureReturnValueIgnored") // whether they were told of it before does not matter
    void withdraw(Vni vni, String name) {
        endpoints.remove(RowKey.of(vni, name));
    }

    /** Tells all of a service. */
    void announce(ServiceRecord service) {
        put(services, service.key(), service.encode());
    }

    /** Tells no more of it. */
    @SuppressWarnings("FutureReturnValueIgnored") // whether they were told of it before does not matter
    void withdrawService(String key) {
        services.remove(key);
    }

    @SuppressWarnings("FutureReturnValueIgnored") // a refusal is said, and the node goes on without
    private void put(Table table, String key, Bytes value) {
        table.put(key, value).thenAccept(answer -> {
            if (answer instanceof PutResult.Refused(var reason)) {
                LOG.warn(
                        "node {}: the others are not told of {}: {}",
                        gossip.config().name(),
                        key,
                        reason);
            }
        });
    }

    /** A table whose changes this does not hand on. */
    Table table(String name) {
        return gossip.tables().table(name);
    }

    /** Tells all of a network that the node takes part in. */
    void announce(String network, NetworkRecord record) {
        put(table(NetworkRecord.TABLE), network, record.encode());
    }

    /** Whether everything between members is encrypted. */
    boolean isEncrypted() {
        return gossip.keyRing().isPresent();
    }

    /** Rows of the nodes that are alive. */
    List<Row> nodes() {
        return List.copyOf(nodes.rows());
    }

    /** Whether a member left, or is forgotten. */
    boolean isGone(String name) {
        return gossip.member(name)
                .map(member -> member.state() == Member.State.LEFT)
                .orElse(true);
    }

    /** Sends a user message, best effort; lost if there is no such member any more. */
    void send(String name, Bytes message) {
        try {
            gossip.send(name, message);
        } catch (IllegalStateException e) {
            LOG.debug("node {}: nothing is sent any more: {}", gossip.config().name(), e.getMessage());
        }
    }

    /** Gossips by these keys with those who have them too. */
    void turnKeys(List<byte[]> newestFirst) {
        try {
            gossip.turnKeys(newestFirst);
        } catch (IllegalStateException e) {
            LOG.debug("node {}: its gossip has ended: {}", gossip.config().name(), e.getMessage());
        }
    }

    /** What went by the newest of them. */
    long sealedByNewestKey() {
        return gossip.sealedByNewestKey();
    }

    /** Sends a user message by a stream; lost if the member cannot be reached. */
    @SuppressWarnings("FutureReturnValueIgnored") // whether it arrived its answer tells
    void sendReliably(String name, Bytes message) {
        try {
            gossip.sendReliably(name, message);
        } catch (IllegalStateException e) {
            LOG.debug("node {}: nothing is sent any more: {}", gossip.config().name(), e.getMessage());
        }
    }

    /** Whether a member said goodbye, and is not forgotten yet. */
    boolean hasLeft(String name) {
        return gossip.member(name)
                .filter(member -> member.state() == Member.State.LEFT)
                .isPresent();
    }

    /** How many are there, this one among them. */
    int members() {
        return (int) gossip.members().stream()
                .filter(member -> member.state() == Member.State.ALIVE || member.state() == Member.State.SUSPECT)
                .count();
    }

    /** Where the others reach it. */
    InetSocketAddress address() {
        return gossip.local().address();
    }

    /** Ends it without a word, as a crash does: for tests. */
    void fallSilent() {
        gossip.close();
    }

    /** Leaves, which takes {@link #FAREWELL} at most, and ends. */
    @Override
    public void close() {
        try {
            gossip.leave(FAREWELL).get(2 * FAREWELL.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException | IllegalStateException e) {
            LOG.debug("node {}: left without a word", gossip.config().name(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        gossip.close();
        courier.interrupt();
    }
}
