package io.dunlin.ipsec.rotation;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A node of a {@link RotationSimulation}: its rotation, its disk, its view of who is alive, and packets to all others. */
final class SimulatedNode implements Outlet {
    private static final byte[] NOTHING = {};

    private final RotationSimulation world;
    final String name;
    final int index;
    final long[] contacts;
    /** When this node held the other for failed, last. */
    final long[] failedAt;

    /** When a partition was between both, last. */
    final long[] cutAt;

    /** In which of its starts it gave out an SPI. */
    final Map<Integer, Long> startOfSpi = new HashMap<>();

    final boolean[] couldSend;
    int side;
    long wallOffsetMillis;
    long since;
    long resumesAt;
    long resumedAt = -RotationSimulation.RECOVERY;
    long begunAt;

    Optional<byte[]> disk = Optional.empty();

    @Nullable
    Rotation rotation;

    Traffic traffic;
    GenerationWatch watch = new GenerationWatch(Duration.ofSeconds(5));
    long boots;
    List<Member> view = List.of();

    SimulatedNode(RotationSimulation world, String name, int index, int size) {
        this.world = world;
        this.name = name;
        this.index = index;
        traffic = new Traffic(world.oracle);
        contacts = new long[size];
        failedAt = new long[size];
        cutAt = new long[size];
        couldSend = new boolean[size];
    }

    boolean isUp() {
        return rotation != null && world.now() >= resumesAt;
    }

    long wallMillis() {
        return 1_700_000_000_000L + world.now() / RotationSimulation.MILLIS + wallOffsetMillis;
    }

    void start() {
        KeyRing ring = KeyRing.EMPTY;
        if (disk.isPresent()) {
            try {
                ring = KeyRingFormat.decode(disk.get());
            } catch (KeyRingException e) {
                world.fault(name + ": " + e.getMessage());
            }
        }
        boots++;
        begunAt = world.now();
        since = wallMillis();
        watch = new GenerationWatch(Duration.ofSeconds(5));
        traffic = new Traffic(world.oracle);
        Arrays.fill(contacts, -RotationSimulation.FAILED);
        Arrays.fill(failedAt, world.now());
        Arrays.fill(couldSend, false);
        view = List.of();
        rotation = new Rotation(
                name,
                BootId.random(world.random),
                ring,
                RotationSimulation.CONFIG,
                LeaderRule.LONGEST_LIVED,
                world.random.split(),
                this);
    }

    void crash(long downtime, boolean losesDisk) {
        if (rotation != null) {
            close();
            disk = losesDisk ? Optional.empty() : disk;
            world.after(downtime, this::start);
        }
    }

    void close() {
        if (rotation != null) {
            world.epochAtEnd = Math.max(world.epochAtEnd, world.epoch());
            rotation.close();
            rotation = null;
            traffic.close();
        }
    }

    void pause(long duration) {
        if (isUp()) {
            resumesAt = world.now() + duration;
            world.at(resumesAt, this::resume);
        }
    }

    private void resume() {
        resumedAt = world.now();
        work(); // before anything is sent
    }

    void askToRotate() {
        if (rotation != null && isUp()) {
            rotation.rotate();
        }
    }

    void tick() {
        work();
        world.after(RotationSimulation.TICK, this::tick);
    }

    private void work() {
        Rotation own = rotation;
        if (own == null || !isUp()) {
            return;
        }
        if (watch.isSetBack(world.now(), wallMillis(), 0)) {
            boots++;
            begunAt = world.now();
            own.beginAnew(BootId.random(world.random), world.now());
        }
        look(own);
        own.settle(world.now());
        if (own.isSetBack()) {
            world.fault(name + " was never set back");
        }
        own.tick(world.now(), wallMillis());
    }

    private void look(Rotation own) {
        var living = new ArrayList<Member>();
        for (SimulatedNode other : world.nodes) {
            if (other == this) {
                living.add(new Member(name, since));
                continue;
            }
            cutAt[other.index] = other.side == side ? cutAt[other.index] : world.now();
            if (other.isUp() && other.side == side) {
                contacts[other.index] = world.now();
            }
            if (world.now() - contacts[other.index] < RotationSimulation.FAILED) {
                living.add(new Member(other.name, other.since));
            } else {
                failedAt[other.index] = world.now();
            }
        }
        if (!living.equals(view)) {
            view = living;
            own.members(living);
        }
    }

    // ---- messages

    @Override
    public void send(String to, byte[] message) {
        SimulatedNode receiver = world.nodes.get(Integer.parseInt(to.substring("node-".length())));
        int copies = world.random.nextDouble() < 0.05 ? 2 : 1;
        for (int i = 0; i < copies; i++) {
            if (world.random.nextDouble() >= (world.now() < world.stormUntil ? RotationSimulation.STORM : world.loss)) {
                world.after(world.random.nextLong(1 + RotationSimulation.MAX_LATENCY), () -> arrive(receiver, message));
            }
        }
    }

    private void arrive(SimulatedNode receiver, byte[] message) {
        if (receiver.side != side) {
            return;
        }
        if (world.now() < receiver.resumesAt) {
            world.at(receiver.resumesAt, () -> arrive(receiver, message)); // lies in the socket's buffer
        } else if (receiver.rotation != null) {
            receiver.rotation.receive(name, message, world.now());
            if (world.random.nextInt(4) > 0) { // else another comes before it is done
                receiver.rotation.settle(world.now());
            }
        }
    }

    @Override
    public void store(KeyRing ring) {
        disk = Optional.of(KeyRingFormat.encode(ring));
    }

    @Override
    public void publish(AssociationTable table) {
        traffic.take(table);
        table.inbound().keySet().forEach(spi -> startOfSpi.putIfAbsent(spi.value(), boots));
    }

    // ---- world.packets

    void send() {
        if (isUp()) {
            SimulatedNode to = world.nodes.get(world.random.nextInt(world.nodes.size()));
            if (to != this) {
                send(to);
            }
            if (!world.recorded.isEmpty()) {
                replay(world.recorded.get(world.random.nextInt(world.recorded.size())));
            }
        }
        world.after(RotationSimulation.SEND / 2 + world.random.nextLong(RotationSimulation.SEND), this::send);
    }

    private void send(SimulatedNode to) {
        long number = world.packets++;
        byte[] packet = traffic.seal(to.name, number).orElse(NOTHING);
        if (packet.length == 0) {
            world.held++;
            if (couldSend[to.index] && !isSilenceExcused(to)) {
                world.fault(name + " can no longer send to " + to.name + "\n  " + this + "\n  " + to);
            }
            return;
        }
        couldSend[to.index] = true;
        if (world.recorded.size() < RotationSimulation.RECORDED) {
            world.recorded.add(new RotationSimulation.Recorded(to, ByteBuffer.wrap(packet)));
        } else {
            world.recorded.set(
                    world.random.nextInt(RotationSimulation.RECORDED),
                    new RotationSimulation.Recorded(to, ByteBuffer.wrap(packet)));
        }
        long sent = world.now();
        long ownBoots = boots;
        long latency = world.random.nextLong(
                1 + (world.random.nextInt(20) == 0 ? RotationSimulation.MAX_DELAY : RotationSimulation.MAX_LATENCY));
        world.after(latency, () -> deliver(to, packet, number, sent, ownBoots));
    }

    private void deliver(SimulatedNode to, byte[] packet, long number, long sent, long ownBoots) {
        if (to.side != side || to.rotation == null) {
            return;
        }
        if (!to.isUp()) {
            world.at(to.resumesAt, () -> deliver(to, packet, number, sent, ownBoots));
            return;
        }
        if (to.traffic.open(packet).isPresent()) {
            world.opened++;
            if (!world.accepted.add(number)) {
                world.fault("packet " + number + " was accepted twice by " + to.name);
            }
        } else if (world.accepted.contains(number)) {
            world.replaysRefused++;
        } else if (isLossExcused(to, packet, sent, ownBoots)) {
            world.excused++;
        } else {
            world.fault("packet " + number + " of " + name + " was lost at " + to.name + ", sent at " + sent / 1e9
                    + "\n  " + this + "\n  " + to);
        }
    }

    /**
     * What a rotation need not save: the sender started anew since, or did not know yet that the receiver had, or one world.held the other for
     * failed just then.
     */
    private boolean isLossExcused(SimulatedNode to, byte[] packet, long sent, long ownBoots) {
        Long start = to.startOfSpi.get(ByteBuffer.wrap(packet).getInt());
        return boots != ownBoots
                || start == null
                || start != to.boots
                || sent - failedAt[to.index] < RotationSimulation.NOTICE
                || sent - to.failedAt[index] < RotationSimulation.NOTICE;
    }

    /** What may keep two from telling each other where they stand. */
    private boolean isSilenceExcused(SimulatedNode to) {
        long lately = world.now() - RotationSimulation.RECOVERY;
        return to.rotation == null
                || Math.max(begunAt, to.begunAt) > lately
                || Math.max(failedAt[to.index], to.failedAt[index]) > lately
                || Math.max(cutAt[to.index], resumedAt) > lately
                || world.stormUntil > lately;
    }

    private void replay(RotationSimulation.Recorded old) {
        if (old.to().rotation != null && old.to().isUp()) {
            old.to()
                    .traffic
                    .open(old.packet().array())
                    .ifPresentOrElse(
                            number -> {
                                // it may be that this copy comes first: then the other one is the replay
                                if (!world.accepted.add(number)) {
                                    world.fault("packet " + number + " was accepted again by " + old.to().name);
                                }
                            },
                            () -> world.replaysRefused++);
        }
    }

    @Override
    public String toString() {
        return rotation == null
                ? name + " down"
                : name + " " + rotation.ring() + " waiting for " + rotation.waitingFor();
    }
}
