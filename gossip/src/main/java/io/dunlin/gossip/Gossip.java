package io.dunlin.gossip;

import io.dunlin.gossip.netty.NettyClock;
import io.dunlin.gossip.netty.NettyTransport;
import io.dunlin.gossip.netty.TransportCounters;
import io.dunlin.gossip.transport.HostPort;
import io.dunlin.gossip.wire.Bytes;
import io.dunlin.gossip.wire.KeyRing;
import io.dunlin.gossip.wire.Message;
import io.dunlin.gossip.wire.PacketCodec;
import io.dunlin.gossip.wire.StreamCodec;
import io.dunlin.gossip.wire.TurningKeys;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A member of a cluster, to embed:
 *
 * <pre>{@code
 * try (var gossip = Gossip.start(GossipConfig.named("node-01").listen("192.168.39.1").join("192.168.39.2"))) {
 *     gossip.members().forEach(member -> System.out.println(member.name() + " at " + member.address()));
 *     gossip.broadcast(Bytes.utf8("hello"));
 *     gossip.leave(Duration.ofSeconds(5)).join();
 * }
 * }</pre>
 *
 * <p>It lives on a daemon thread of its own, {@code dunlin-gossip-<name>}, or on one of {@link GossipThreads}, where its {@link
 * GossipListener} is called. All methods may be called from any thread, and none waits but {@link #start}, which binds, and {@link #close}.
 * What a {@link CompletableFuture} brings comes on other threads. Several members live in one JVM side by side.
 */
public final class Gossip implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Gossip.class);

    /** Nonces of encryption need it; for all else it is the seed of something faster. */
    private static final Supplier<SecureRandom> ENTROPY = SecureRandom::new;

    private static final String FAST_RANDOM = "L64X128MixRandom";

    private final GossipConfig config;
    private final GossipThreads threads;
    private final boolean ownsThreads;
    private final EventLoop loop;
    private final TransportCounters counters = new TransportCounters();
    private final UserMessages messages;
    private final @Nullable Tables tables;
    private final @Nullable TurningKeys keys;
    private final Protocol protocol;
    private final Set<CompletableFuture<?>> awaited = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean closed = new AtomicBoolean();

    /** How a join ended. */
    public record Joined(int answered, List<String> errors) {
        /**
         * How a join ended.
         *
         * @param answered how many members answered
         * @param errors why the others did not
         */
        public Joined {
            errors = List.copyOf(errors);
        }
    }

    /** What became of a message that was sent reliably. */
    public enum Delivery {
        /** The member's system has it. */
        DELIVERED,
        /** There is no member of that name that is alive. */
        NO_SUCH_MEMBER,
        /** It could not be reached, or not in time. */
        FAILED
    }

    /** As {@link #start(GossipConfig, GossipListener)}, without a listener. */
    public static Gossip start(GossipConfig config) throws IOException {
        return start(config, GossipListener.NONE);
    }

    /**
     * Starts a member on a thread of its own: it listens when this returns, and begins to join its seeds.
     *
     * @throws IllegalArgumentException if the configuration does not say where others reach it
     * @throws IOException if it cannot listen there: the address is not this host's, or the port is in use
     */
    public static Gossip start(GossipConfig config, GossipListener listener) throws IOException {
        return start(config, listener, null);
    }

    /** The same on a thread shared with other members; {@code threads} stay the caller's, to be closed after this. */
    public static Gossip start(GossipConfig config, GossipListener listener, @Nullable GossipThreads threads)
            throws IOException {
        InetSocketAddress listen = resolve("listen", config.listen());
        HostPort advertised = config.advertise();
        if (advertised == null && listen.getAddress().isAnyLocalAddress()) {
            throw new IllegalArgumentException("member \"" + config.name() + "\" listens on all addresses ("
                    + config.listen() + "): give the one that others reach it by, to listen on or to advertise");
        }
        InetSocketAddress advertise = advertised == null ? null : resolve("advertised", advertised);
        var gossip = new Gossip(config, listen, advertise, listener, threads);
        try {
            gossip.onLoop(gossip.protocol::start);
        } catch (IOException | RuntimeException e) {
            gossip.close();
            throw e;
        }
        if (!config.seeds().isEmpty()) {
            gossip.loop.execute(() -> gossip.protocol.join(addresses(config.seeds()), gossip::tellFailedSeeds));
        }
        return gossip;
    }

    private Gossip(
            GossipConfig config,
            InetSocketAddress listen,
            @Nullable InetSocketAddress advertise,
            GossipListener listener,
            @Nullable GossipThreads shared) {
        this.config = config;
        this.ownsThreads = shared == null;
        this.threads = shared == null ? GossipThreads.of(config.name()) : shared;
        this.loop = threads.next();
        var clock = new NettyClock(loop, System::nanoTime, System::currentTimeMillis);
        var transport = new NettyTransport(loop, listen, config.profile().streamTimeout(), counters);
        var told = new Listening(config.name(), listener, clock);
        this.messages = new UserMessages(told::message);
        SecureRandom entropy = ENTROPY.get();
        RandomGenerator random = RandomGeneratorFactory.of(FAST_RANDOM).create(entropy.nextLong());
        this.tables = config.tables() == null ? null : new Tables(config.name(), clock, random, config.tables());
        this.keys = config.keyRing() == null ? null : new TurningKeys(config.keyRing());
        this.protocol = new Protocol(
                protocolConfig(config, advertise),
                clock,
                transport,
                random,
                new PacketCodec(config.label(), keys, config.compression(), entropy).withProtocol(config.protocol()),
                new StreamCodec(config.label(), keys, config.compression(), entropy).withProtocol(config.protocol()),
                keys,
                tables == null ? messages : new LayerPair(tables.layer(), messages),
                told);
    }

    private static ProtocolConfig protocolConfig(GossipConfig config, @Nullable InetSocketAddress advertise) {
        ProtocolConfig usual = ProtocolConfig.of(config.name(), config.profile());
        Message.Versions spoken = ProtocolConfig.SPOKEN;
        return new ProtocolConfig(
                config.name(),
                advertise,
                config.meta(),
                config.profile(),
                new Message.Versions(spoken.protocolMin(), spoken.protocolMax(), config.protocol(), 0, 0, 0),
                usual.maxPacket(),
                usual.reclaimAfter(),
                usual.lifeguard(),
                usual.interner());
    }

    private static InetSocketAddress resolve(String what, HostPort where) throws IOException {
        var address = new InetSocketAddress(where.host(), where.port());
        if (address.isUnresolved()) {
            throw new IOException(
                    "unknown host in the " + what + " address " + where + ": give an address, or a known name");
        }
        return address;
    }

    /** Names are looked up when they are called, each time. */
    private static List<InetSocketAddress> addresses(List<HostPort> seeds) {
        return seeds.stream().map(HostPort::address).toList();
    }

    private void tellFailedSeeds(Protocol.JoinResult result) {
        if (result.answered() == 0 && !closed.get()) {
            LOG.warn("gossip {}: no seed answers yet: {}", config.name(), result.errors());
        }
    }

    public GossipConfig config() {
        return config;
    }

    /** All members that are known, this one among them, in no order; also the failed and those that left, until they are forgotten. */
    public List<Member> members() {
        return protocol.members();
    }

    /** The member of that name. */
    public Optional<Member> member(String name) {
        return members().stream().filter(member -> member.name().equals(name)).findAny();
    }

    /** This member as the others see it. */
    public Member local() {
        return member(config.name()).orElseThrow();
    }

    /** The keys as given in the configuration, to be changed while in use; empty if nothing is encrypted. */
    public Optional<KeyRing> keyRing() {
        return Optional.ofNullable(config.keyRing());
    }

    /**
     * The tables that this member shares with the others.
     *
     * @throws IllegalStateException if the configuration has none
     */
    public Tables tables() {
        if (tables == null) {
            throw new IllegalStateException(
                    "gossip \"" + config.name() + "\" has no tables: give their limits with GossipConfig.tables");
        }
        return tables;
    }

    public GossipStats stats() {
        return new GossipStats(counters.snapshot(), protocol.drops(), protocol.health());
    }

    /** Exchanges all state with each of these, and takes them for seeds in place of the earlier ones. */
    public CompletableFuture<Joined> join(List<HostPort> members) {
        if (members.isEmpty() || members.size() > GossipConfig.MAX_SEEDS) {
            throw new IllegalArgumentException(
                    members.size() + " members to join: allowed are 1 to " + GossipConfig.MAX_SEEDS);
        }
        return ask(answer -> protocol.join(
                addresses(members), result -> answer.accept(new Joined(result.answered(), result.errors()))));
    }

    /**
     * Tells all that this member leaves, so that nobody holds it for failed. The answer comes when that was told often enough, or after
     * {@code timeout}; {@link #close} is to follow.
     */
    public CompletableFuture<Void> leave(Duration timeout) {
        return this.<Boolean>ask(answer -> protocol.leave(timeout, () -> answer.accept(true)))
                .thenApply(left -> null);
    }

    /** Tells all of new metadata. */
    public void updateMeta(Bytes meta) {
        config.checkMeta(meta);
        run(() -> protocol.updateMeta(meta));
    }

    /**
     * Has these keys from now on, in place of the last that were given here, and tells the others which they are, by fingerprints. To a member that
     * says it has one of them as well it speaks by the newest such key; to all others, and to whoever it does not know, by the key ring's primary.
     * Members need not be given a key at the same time; but one that is taken away should have been followed by another at all for longer than
     * gossip takes to reach them.
     *
     * @param newestFirst 16, 24 or 32 bytes each, copied: the same at all members, but for the time in which they are given them
     * @throws IllegalStateException if the configuration has no key ring
     */
    public void turnKeys(List<byte[]> newestFirst) {
        if (keys == null) {
            throw new IllegalStateException("gossip \"" + config.name() + "\" is not encrypted: give it a key ring");
        }
        requireOpen();
        keys.turn(newestFirst); // before any other hears of them
        run(protocol::announceKeys);
    }

    /** What was encrypted here with the newest of the keys that turn: packets and streams; 0 without such a key. */
    public long sealedByNewestKey() {
        return keys == null ? 0 : keys.sealedByNewest();
    }

    /**
     * Sends a user message to all other members, best effort: by a packet to each.
     *
     * @return false if so many are on their way already that this one was dropped
     * @throws IllegalArgumentException if it is longer than fits a packet
     */
    public boolean broadcast(Bytes data) {
        checkFits(data);
        if (!messages.reserveBroadcast()) {
            return false;
        }
        run(() -> messages.broadcast(data));
        return true;
    }

    /**
     * Sends a user message to a member, best effort: in a packet. Lost if there is no such member.
     *
     * @throws IllegalArgumentException if it is longer than fits a packet
     */
    public void send(String name, Bytes data) {
        checkFits(data);
        run(() -> {
            Member member = protocol.membership().member(name);
            if (member != null) {
                protocol.membership().send(member, data.array());
            }
        });
    }

    private void checkFits(Bytes data) {
        int longest = protocol.membership().maxPacketMessage();
        if (data.length() > longest) {
            throw new IllegalArgumentException("user message of " + data.length()
                    + " bytes: allowed in a packet are up to " + longest + "; send it reliably");
        }
    }

    /** Sends a user message to a member by a stream. */
    public CompletableFuture<Delivery> sendReliably(String name, Bytes data) {
        if (data.length() > StreamCodec.MAX_USER_MESSAGE) {
            throw new IllegalArgumentException(
                    "user message of " + data.length() + " bytes: allowed are up to " + StreamCodec.MAX_USER_MESSAGE);
        }
        return ask(answer -> {
            Member member = protocol.membership().member(name);
            if (member == null) {
                answer.accept(Delivery.NO_SUCH_MEMBER);
            } else {
                protocol.membership()
                        .sendReliably(
                                member,
                                data.array(),
                                isDelivered -> answer.accept(isDelivered ? Delivery.DELIVERED : Delivery.FAILED));
            }
        });
    }

    private void run(Runnable task) {
        requireOpen();
        try {
            loop.execute(() -> {
                if (!closed.get()) {
                    task.run();
                }
            });
        } catch (RejectedExecutionException e) {
            throw closed();
        }
    }

    /** Asks on the loop. The answer completes the future on another thread, for what hangs on it may take its time. */
    @SuppressWarnings("CollectionUndefinedEquality") // a future equals itself alone, as is meant
    private <T> CompletableFuture<T> ask(Consumer<Consumer<T>> question) {
        var future = new CompletableFuture<T>();
        awaited.add(future);
        run(() -> question.accept(answer -> {
            awaited.remove(future);
            future.completeAsync(() -> answer);
        }));
        return future;
    }

    /** Runs a task on the loop and waits for it; on the loop, at once. */
    private <T> T onLoop(Callable<T> task) throws IOException {
        try {
            return loop.inEventLoop() ? task.call() : loop.submit(task).get();
        } catch (ExecutionException e) {
            throw rethrow(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while gossip " + config.name() + " was starting", e);
        } catch (Exception e) {
            throw rethrow(e);
        }
    }

    private static IOException rethrow(@Nullable Throwable failure) {
        if (failure instanceof RuntimeException unchecked) {
            throw unchecked;
        }
        if (failure instanceof Error error) {
            throw error;
        }
        return failure instanceof IOException io ? io : new IOException(failure);
    }

    private void requireOpen() {
        if (closed.get()) {
            throw closed();
        }
    }

    private IllegalStateException closed() {
        return new IllegalStateException("gossip \"" + config.name() + "\" is closed");
    }

    /**
     * Ends it at once, without a word: the others will see it fail, unless it {@link #leave left} before. Idempotent. Waits until its sockets
     * are closed and its own thread has ended; but not on the loop's own thread, where a listener may call it.
     */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        Runnable end = () -> {
            protocol.stop();
            if (keys != null) {
                keys.close();
            }
            for (CompletableFuture<?> future : awaited) {
                future.completeExceptionally(closed());
            }
        };
        if (loop.inEventLoop()) {
            end.run();
            if (ownsThreads) {
                threads.end();
            }
        } else {
            loop.submit(end).awaitUninterruptibly();
            if (ownsThreads) {
                threads.close();
            }
        }
    }
}
