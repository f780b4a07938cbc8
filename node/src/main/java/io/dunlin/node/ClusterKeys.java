package io.dunlin.node;

import io.dunlin.gossip.Row;
import io.dunlin.gossip.wire.Bytes;
import io.dunlin.ipsec.OutboundSa;
import io.dunlin.ipsec.SecurityAssociations;
import io.dunlin.ipsec.rotation.AssociationTable;
import io.dunlin.ipsec.rotation.BootId;
import io.dunlin.ipsec.rotation.GenerationWatch;
import io.dunlin.ipsec.rotation.KeyId;
import io.dunlin.ipsec.rotation.KeyRing;
import io.dunlin.ipsec.rotation.KeyRingFile;
import io.dunlin.ipsec.rotation.LeaderRule;
import io.dunlin.ipsec.rotation.Member;
import io.dunlin.ipsec.rotation.Outlet;
import io.dunlin.ipsec.rotation.Rotation;
import io.dunlin.vxlan.wire.IpAddress;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys of a node's encrypted networks, made and turned with the others of its cluster: carries a {@link Rotation}'s messages by gossip, keeps
 * its ring in a file, and hands what follows to the data path and to gossip itself, whose keys are derived from the same ring. All of that on a thread of its own, which may wait for a disk and for workers.
 *
 * <p>Every node of an encrypted cluster takes part, with encrypted networks or without: who turns keys waits for all that are alive. Members
 * that are no nodes are not asked.
 */
final class ClusterKeys {
    /** What waits to be handled; beyond, messages are lost, as on their way. They are said again. */
    private static final int MAX_WAITING = 4096;

    private static final Duration TICK = Duration.ofMillis(250);

    /** A wall clock that moves so much against the other one was set, or the machine was: to an earlier state of itself, perhaps. */
    private static final Duration CLOCK_STEP = Duration.ofSeconds(5);

    private static final long NO_GENERATION = 0;

    /** What gossip's keys are derived for. */
    static final String GOSSIP = "gossip";

    /** By all members together, by one key of gossip's: nonces are random (NIST SP 800-38D, 8.3). Beyond it keys turn before they are due. */
    private static final long MAX_GOSSIP_SEALED = 1L << 32;

    private static final Logger LOG = LoggerFactory.getLogger(OverlayNode.class);

    /** The node, as far as its keys are concerned. */
    interface Node {
        /** Rows of the nodes that are alive. */
        List<Row> nodes();

        /** Whether a member said goodbye, or is forgotten: it will not be back soon. */
        boolean isGone(String name);

        /** Where a node's endpoints are reached; null if that is not known. */
        @Nullable
        IpAddress vtepOf(String name);

        /** Sends a message to a member, encrypted; it may be lost. */
        void send(String name, Bytes message);

        /** By these keys it gossips from now on with those who have them too. */
        void turnGossipKeys(List<byte[]> newestFirst);

        /** What it sent by the newest of them. */
        long sealedByGossipKey();

        /** By these packets go and come from now on; when it returns no worker holds others. */
        void associate(SecurityAssociations associations) throws IOException;
    }

    private final String name;
    private final Node node;
    private final LongSupplier nanoClock;
    private final LongSupplier wallClock;
    private final RandomGenerator random;
    private final ErrorLog errors;
    private final @Nullable KeyRingFile file;
    private final Rotation rotation;
    private final ScheduledThreadPoolExecutor thread;
    private final BlockingQueue<KeyMessage> waiting = new ArrayBlockingQueue<>(MAX_WAITING);

    // on the thread
    private final Set<String> known = new HashSet<>();
    private List<Member> told = List.of();
    private AssociationTable table = AssociationTable.EMPTY;
    private SecurityAssociations given = SecurityAssociations.NONE;
    private boolean isRingKept = true;
    private final GenerationWatch generation = new GenerationWatch(CLOCK_STEP);

    private volatile KeysStatus status = new KeysStatus(0, Instant.EPOCH, List.of(), 0);

    /**
     * Begins; nothing happens before {@link #start}.
     *
     * @param thread of its own, see {@link #thread}
     * @throws IOException if there is a ring file that cannot be used, and why
     */
    ClusterKeys(
            String name,
            KeysConfig config,
            Node node,
            LongSupplier nanoClock,
            LongSupplier wallClock,
            RandomGenerator random,
            ErrorLog errors,
            ScheduledThreadPoolExecutor thread)
            throws IOException {
        this.name = name;
        this.node = node;
        this.nanoClock = nanoClock;
        this.wallClock = wallClock;
        this.random = random;
        this.errors = errors;
        this.thread = thread;
        this.file = config.ringFile() == null ? null : new KeyRingFile(config.ringFile());
        KeyRing ring = file == null ? KeyRing.EMPTY : file.read().orElse(KeyRing.EMPTY);
        this.rotation = new Rotation(
                name, BootId.random(random), ring, config.rotation(), LeaderRule.LONGEST_LIVED, random, new Outside());
    }

    /** For the keys of the node of that name. */
    static ScheduledThreadPoolExecutor thread(String name) {
        return new ScheduledThreadPoolExecutor(1, task -> {
            var keys = new Thread(task, "dunlin-keys-" + name);
            keys.setDaemon(true);
            return keys;
        });
    }

    @SuppressWarnings("FutureReturnValueIgnored") // ends when the thread does
    void start() {
        turnGossipKeys(rotation.ring()); // what the file had
        thread.scheduleWithFixedDelay(this::tick, 0, TICK.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** A user message came; those that are none of ours are passed over. Any thread. */
    void heard(Bytes message) {
        KeyMessage parsed = KeyMessage.decode(message);
        if (parsed != null && parsed.to().equals(name) && waiting.offer(parsed)) {
            execute(this::takeWaiting);
        }
    }

    /** All that have come, and then what follows from them together. */
    private void takeWaiting() {
        KeyMessage next = waiting.poll();
        while (next != null) {
            rotation.receive(next.from(), next.content().array(), nanoClock.getAsLong());
            next = waiting.poll();
        }
        rotation.settle(nanoClock.getAsLong());
    }

    /** Turns the key as soon as may be. Any thread. */
    void rotate() {
        execute(rotation::rotate);
    }

    KeysStatus status() {
        return status;
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
        } catch (RuntimeException e) {
            errors.record("keys", e);
        }
    }

    private void tick() {
        guarded(() -> {
            watchForSetBack();
            tellMembers();
            if (node.sealedByGossipKey() >= MAX_GOSSIP_SEALED / Math.max(1, told.size())) {
                rotation.rotate();
            }
            rotation.tick(nanoClock.getAsLong(), wallClock.getAsLong());
            give();
            if (!isRingKept) {
                keep(rotation.ring());
            }
            KeyRing ring = rotation.ring();
            KeyId newest = ring.newest();
            status = new KeysStatus(
                    newest == null ? 0 : newest.epoch(),
                    Instant.ofEpochMilli(ring.dueMillis()),
                    rotation.waitingFor(),
                    table.outbound().size());
        });
    }

    /** What a hypervisor tells of a machine that was set back is not read: the clocks tell, or its peers, who remember what it forgot. */
    private void watchForSetBack() {
        long now = nanoClock.getAsLong();
        if (generation.isSetBack(now, wallClock.getAsLong(), NO_GENERATION) || rotation.isSetBack()) {
            LOG.info("node {}: the clock was set, or the machine set back: new associations", name);
            rotation.beginAnew(BootId.random(random), now);
        }
    }

    private void tellMembers() {
        var living = new ArrayList<Member>();
        for (Row row : node.nodes()) {
            if (row.key().equals(row.owner())) {
                living.add(new Member(row.owner(), row.generation()));
            }
        }
        living.sort(Comparator.comparing(Member::name));
        if (!living.equals(told)) {
            told = List.copyOf(living);
            rotation.members(told);
            told.forEach(member -> known.add(member.name()));
        }
        var alive = new HashSet<String>();
        told.forEach(member -> alive.add(member.name()));
        known.removeIf(member -> {
            boolean isGone = !alive.contains(member) && node.isGone(member);
            if (isGone) {
                rotation.forget(member);
            }
            return isGone;
        });
    }

    /** What the table says of names, for VTEPs: as far as those are known by now. */
    private void give() {
        Map<IpAddress, SecurityAssociations.Outbound> outbound = new LinkedHashMap<>();
        for (Map.Entry<String, OutboundSa> each : sorted(table.outbound())) {
            IpAddress vtep = node.vtepOf(each.getKey());
            if (vtep != null) {
                outbound.putIfAbsent(vtep, new SecurityAssociations.Outbound(vtep, 0, each.getValue()));
            }
        }
        var inbound = new ArrayList<SecurityAssociations.Inbound>();
        table.inbound().values().stream()
                .sorted(Comparator.comparingInt(each -> each.sa().spi().value()))
                .forEach(each -> {
                    IpAddress vtep = node.vtepOf(each.peer());
                    if (vtep != null) {
                        inbound.add(new SecurityAssociations.Inbound(vtep, each.sa()));
                    }
                });
        var next = new SecurityAssociations(List.copyOf(outbound.values()), inbound);
        if (!next.equals(given)) {
            try {
                node.associate(next);
                given = next;
            } catch (IOException | IllegalStateException e) {
                errors.record("the data path did not take new associations", e); // tried again at the next tick
            }
        }
    }

    /** Puts the ring into the file; if that fails it is tried again at the next tick, as the file has keys that are retired. */
    private void keep(KeyRing ring) {
        if (file != null) {
            try {
                file.write(ring);
                isRingKept = true;
            } catch (IOException e) {
                isRingKept = false;
                errors.record("the key ring is not kept for the next start", e);
            }
        }
    }

    private void turnGossipKeys(KeyRing ring) {
        List<byte[]> keys = ring.derived(GOSSIP);
        node.turnGossipKeys(keys);
        keys.forEach(key -> Arrays.fill(key, (byte) 0));
    }

    private static List<Map.Entry<String, OutboundSa>> sorted(Map<String, OutboundSa> associations) {
        return associations.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .toList();
    }

    /** Where the rotation acts. */
    private final class Outside implements Outlet {
        @Override
        public void send(String to, byte[] message) {
            node.send(to, new KeyMessage(name, to, Bytes.wrap(message)).encode());
        }

        @Override
        public void store(KeyRing ring) {
            turnGossipKeys(ring);
            keep(ring);
        }

        @Override
        public void publish(AssociationTable next) {
            table = next;
            give();
        }
    }

    /** Ends its thread; the data path keeps what it has. Not under the node's lock, for which that thread may wait. */
    void stop() {
        thread.shutdownNow();
        boolean isInterrupted = false;
        while (!thread.isTerminated()) {
            try {
                thread.awaitTermination(1, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                isInterrupted = true; // later: what it works with is about to be wiped
            }
        }
        if (isInterrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Wipes all keys, when no worker uses them any more. */
    void wipe() {
        rotation.close();
    }
}
