package io.dunlin.node;

import io.dunlin.gossip.wire.Bytes;
import io.dunlin.ipam.IpamConfig;
import io.dunlin.ipam.IpamState;
import io.dunlin.ipam.MalformedStateException;
import io.dunlin.ipam.Subnet;
import io.dunlin.ipam.Usage;
import io.dunlin.ipam.UsageListener;
import io.dunlin.node.AddressMessage.Attempt;
import io.dunlin.vxlan.wire.Cidr;
import io.dunlin.vxlan.wire.IpAddress;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An {@link AddressProtocol} on a thread of its own, which may wait for a disk, and whoever waits for its answers. */
final class GossipedAddresses implements AddressAuthority {
    private static final Duration TICK = Duration.ofMillis(250);

    /** For a disk to take what is being written when the node is closed. */
    private static final Duration LAST_WRITE = Duration.ofSeconds(5);

    /** Messages that wait to be handled; beyond, they are lost, as on their way. They are said again. */
    private static final int MAX_WAITING = 4096;

    /** An attempt's number begins with the milliseconds of the clock, and has room behind for a million each second. */
    private static final int MILLIS_SHIFT = 10;

    private static final Logger LOG = LoggerFactory.getLogger(OverlayNode.class);

    private final String self;
    private final AddressCluster cluster;
    private final AddressProtocol protocol;
    private final ErrorLog errors;
    /** For an answer: more than whatever is decided on takes, with a disk that works. */
    private final Duration limit;

    private final ScheduledThreadPoolExecutor thread;
    private final Queue<Bytes> inbox = new ArrayBlockingQueue<>(MAX_WAITING);
    private final AtomicBoolean isReading = new AtomicBoolean();
    private final Set<CompletableFuture<?>> waiting = ConcurrentHashMap.newKeySet();

    private GossipedAddresses(
            String self, AddressCluster cluster, AddressProtocol protocol, Duration limit, ErrorLog errors) {
        this.self = self;
        this.cluster = cluster;
        this.protocol = protocol;
        this.limit = limit;
        this.errors = errors;
        this.thread = new ScheduledThreadPoolExecutor(1, task -> {
            var addresses = new Thread(task, "dunlin-addresses-" + self);
            addresses.setDaemon(true);
            return addresses;
        });
    }

    /**
     * Begins, with what was granted before.
     *
     * @throws IllegalArgumentException if the pools cannot be
     * @throws IOException if there is a state file that cannot be used, and why
     */
    @SuppressWarnings("FutureReturnValueIgnored") // ends when the thread does
    static GossipedAddresses start(
            NodeConfig config,
            IpAddress dataPath,
            AddressCluster cluster,
            LongSupplier nanoClock,
            LongSupplier wallClock,
            ErrorLog errors)
            throws IOException {
        var file = config.pools().stateFile();
        LedgerStore store = file == null ? LedgerStore.NONE : new LedgerFile(file);
        AddressLedger ledger;
        try {
            ledger = ledger(config.name(), ranges(config.pools(), dataPath), store, wallClock);
        } catch (IOException e) {
            throw new IOException("state of address pools " + file + ": " + e.getMessage(), e);
        }
        var times = AddressTimes.of(config.pools(), config.gossip(), nanoClock.getAsLong());
        var protocol = new AddressProtocol(
                config.name(),
                ledger,
                store,
                cluster,
                times,
                nanoClock,
                Math.clamp(wallClock.getAsLong() << MILLIS_SHIFT, Attempt.SEEN, Attempt.LAST / 2),
                errors);
        var started = new GossipedAddresses(config.name(), cluster, protocol, times.longest(), errors);
        started.execute(protocol::start);
        started.thread.scheduleWithFixedDelay(
                () -> started.guarded(protocol::tick), TICK.toMillis(), TICK.toMillis(), TimeUnit.MILLISECONDS);
        return started;
    }

    /** The node's own address on the underlay is none of the overlay's. */
    private static IpamConfig ranges(PoolsConfig pools, IpAddress dataPath) {
        return pools.ranges().exclude(Subnet.parse(new Cidr(dataPath, dataPath.bits()).toString()));
    }

    /** As it was kept; in pools of today. */
    static AddressLedger ledger(String self, IpamConfig ranges, LedgerStore store, LongSupplier wallClock)
            throws IOException {
        UsageListener listener = (percent, usage) ->
                LOG.warn("node {}: {} % of {} are granted or in quarantine: {}", self, percent, usage.pool(), usage);
        Optional<byte[]> kept = store.read();
        if (kept.isEmpty()) {
            IpamState pools = IpamState.of(ranges, listener).orElseThrow();
            return new AddressLedger(self, pools, wallClock);
        }
        LedgerFormat.Content content = LedgerFormat.decode(kept.get());
        IpamState before;
        try {
            before = IpamState.read(content.pools().array(), listener);
        } catch (MalformedStateException e) {
            throw new IOException(e.getMessage(), e);
        }
        boolean isSame = before.config().equals(ranges);
        IpamState pools = isSame ? before : IpamState.of(ranges, listener).orElseThrow();
        var ledger = new AddressLedger(self, pools, wallClock);
        ledger.restore(content, isSame);
        return ledger;
    }

    /** A user message came; those that are none of ours are passed over. Any thread. */
    void heard(Bytes message) {
        if (AddressMessage.isOne(message) && inbox.offer(message) && isReading.compareAndSet(false, true)) {
            execute(this::read);
        }
    }

    /** All that came meanwhile: they share one writing to the disk. */
    private void read() {
        isReading.set(false);
        for (Bytes message = inbox.poll(); message != null; message = inbox.poll()) {
            protocol.heard(message);
        }
    }

    private void execute(Runnable task) {
        try {
            thread.execute(() -> guarded(task));
        } catch (RejectedExecutionException e) {
            // closed: nobody waits for it
        }
    }

    private void guarded(Runnable task) {
        try {
            task.run();
            protocol.settle();
        } catch (RuntimeException e) {
            errors.record("addresses", e);
        }
    }

    /** Runs on the thread; the answer is what it hands to its consumer. */
    @SuppressWarnings("CollectionUndefinedEquality") // a future equals itself alone, as is meant
    private <T> T ask(String what, Consumer<Consumer<T>> question) {
        var answer = new CompletableFuture<T>();
        waiting.add(answer);
        execute(() -> {
            try {
                question.accept(answer::complete);
            } catch (RuntimeException e) {
                answer.completeExceptionally(e);
            }
        });
        if (thread.isShutdown()) {
            answer.completeExceptionally(closed());
        }
        try {
            return answer.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new IllegalStateException(
                    "node \"" + self + "\" did not decide on " + what + " within " + limit
                            + ": it cannot write its state file (\"failures\" in its stats)",
                    e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException failure ? failure : new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while it waited for " + what, e);
        } finally {
            waiting.remove(answer);
        }
    }

    private IllegalStateException closed() {
        return new IllegalStateException("node \"" + self + "\" is closed");
    }

    @Override
    public NetworkSpec open(NetworkSpec asked) {
        NetworkDefinitions.Outcome outcome;
        try {
            outcome = ask("network \"" + asked.name() + "\"", done -> protocol.open(asked, done));
        } catch (RuntimeException e) {
            close(asked.name()); // nobody waits for it any more
            throw e;
        }
        return switch (outcome) {
            case NetworkDefinitions.Outcome.Opened(var record) -> asked.as(record);
            case NetworkDefinitions.Outcome.Refused(var reason) ->
                throw new IllegalStateException("network \"" + asked.name() + "\" " + reason);
        };
    }

    @Override
    public void close(String network) {
        execute(() -> protocol.close(network));
    }

    @Override
    public List<IpAddress> attach(String network, String endpoint, List<IpAddress> wanted) throws IOException {
        String conflict = protocol.conflicts().get(network);
        if (conflict != null) {
            throw new IllegalStateException("network \"" + network + "\" gets no further endpoint: " + conflict);
        }
        if (!wanted.isEmpty()) {
            execute(() -> protocol.attach(network, endpoint, wanted, false, _ -> {}));
            return wanted;
        }
        AddressRequests.Outcome outcome;
        try {
            outcome = ask(
                    "an address for " + Names.textOfHolder(endpoint),
                    done -> protocol.attach(network, endpoint, wanted, false, done));
        } catch (RuntimeException e) {
            detach(network, endpoint); // nobody waits for it any more
            throw e;
        }
        return switch (outcome) {
            case AddressRequests.Outcome.Has(var addresses) -> addresses;
            case AddressRequests.Outcome.Refused(var reason) ->
                throw new IllegalStateException(Names.textOfHolder(endpoint) + ": " + reason);
            case AddressRequests.Outcome.Unanswered(var reason) ->
                throw new IOException(Names.textOfHolder(endpoint) + " has no address: " + reason);
        };
    }

    @Override
    public void know(String network, String endpoint, List<IpAddress> addresses) {
        execute(() -> protocol.attach(network, endpoint, addresses, true, _ -> {}));
    }

    @Override
    public void detach(String network, String endpoint) {
        execute(() -> protocol.detach(network, endpoint));
    }

    @Override
    public int reclaim(String node) {
        if (node.equals(self) || cluster.isAlive(node)) {
            throw new IllegalStateException("node \"" + node
                    + "\" is there, and has its addresses: only those of a node that is gone can be taken");
        }
        return this.<Integer>ask("node \"" + node + "\"", done -> done.accept(protocol.reclaim(node)));
    }

    @Override
    public PoolsStatus status() {
        return ask("the state of address pools", done -> done.accept(statusOf(protocol.ledger())));
    }

    private static PoolsStatus statusOf(AddressLedger ledger) {
        var networks = new ArrayList<PoolsStatus.Network>();
        ledger.networks().forEach((name, record) -> {
            var usage = new ArrayList<Usage>();
            if (ledger.own(name) != null) {
                record.subnets().forEach(subnet -> ledger.usage(subnet).ifPresent(usage::add));
            }
            networks.add(new PoolsStatus.Network(
                    name,
                    record.vni().value(),
                    record.subnets().stream().map(Cidr::toString).toList(),
                    record.isEncrypted(),
                    record.isInternal(),
                    record.owner(),
                    usage));
        });
        return new PoolsStatus(ledger.usage(), networks);
    }

    /**
     * Ends its thread. What the node had stays granted to it until the networks' owners find that it is gone. Not under the node's lock, for which
     * the thread may wait.
     */
    void stop() {
        thread.shutdown();
        try {
            if (!thread.awaitTermination(LAST_WRITE.toMillis(), TimeUnit.MILLISECONDS)) {
                thread.shutdownNow();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            thread.shutdownNow();
        }
        waiting.forEach(answer -> answer.completeExceptionally(closed()));
    }
}
