package io.dunlin.gossip;

import io.dunlin.gossip.transport.Clock;
import io.dunlin.gossip.transport.Transport;
import io.dunlin.gossip.wire.Bytes;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A host with one process: its clock and its transport. Two things can befall it for a while:
 *
 * <ul>
 *   <li>The process stands still, as one does that is stopped, swapped out or collects garbage: packets wait in a buffer of the size that
 *       Linux gives a socket, and timers are late. When it goes on, all timers that are due run first and only then are packets read, which
 *       is the worst order for a failure detector.
 *   <li>What it sends and what is sent to it stands still, as in Lifeguard's experiments, while its timers run: it hears nobody, and what it
 *       makes of that goes out all at once.
 * </ul>
 */
final class SimulatedHost implements Clock, Transport {
    /** Linux' default (net.core.rmem_default), and what it charges for a small packet. */
    private static final int BUFFER = 212_992;

    private static final int PACKET_COST = 768;
    /** The wall clock when virtual time begins: 1 January 2026. */
    private static final long WALL_AT_START = 1_767_225_600_000L;

    private final SimulatedNetwork network;
    private final VirtualTime time;
    private final InetSocketAddress address;
    private final int number;
    private final List<Runnable> lateTasks = new ArrayList<>();
    private final Queue<Runnable> buffer = new ArrayDeque<>();
    private final Queue<Runnable> outgoing = new ArrayDeque<>();
    private @Nullable Receiver receiver;
    private boolean down;
    private boolean paused;
    private boolean blocked;
    private long sent;

    SimulatedHost(SimulatedNetwork network, int number) {
        this.network = network;
        this.time = network.time();
        this.number = number;
        this.address = SimulatedNetwork.address(number);
    }

    int number() {
        return number;
    }

    InetSocketAddress address() {
        return address;
    }

    /** Bytes that it sent, headers included. */
    long sent() {
        return sent;
    }

    void countSent(long bytes) {
        sent += bytes;
    }

    boolean isDown() {
        return down;
    }

    /** The host vanishes: nothing runs, nothing is answered. */
    void crash() {
        down = true;
        network.detach(this);
    }

    /** The process stands still. */
    void pause() {
        paused = true;
    }

    /** The process goes on. */
    void resume() {
        paused = false;
        var tasks = List.copyOf(lateTasks);
        lateTasks.clear();
        tasks.forEach(this::run);
        drain(buffer);
    }

    /** Its packets and streams stand still. */
    void block() {
        blocked = true;
    }

    /** Its packets and streams go on. */
    void unblock() {
        blocked = false;
        drain(outgoing);
        drain(buffer);
    }

    private void drain(Queue<Runnable> waiting) {
        while (!waiting.isEmpty()) {
            run(waiting.remove());
        }
    }

    private static void hold(Queue<Runnable> waiting, Runnable task) {
        if (waiting.size() < BUFFER / PACKET_COST) {
            waiting.add(task);
        }
    }

    // ---- the clock

    @Override
    public long nanoTime() {
        return time.now();
    }

    @Override
    public long currentTimeMillis() {
        return WALL_AT_START + time.now() / 1_000_000;
    }

    @Override
    public void execute(Runnable task) {
        time.at(time.now(), () -> run(task));
    }

    @Override
    public Timer schedule(long delayNanos, Runnable task) {
        var timer = new SimulatedTimer(task);
        time.at(time.now() + delayNanos, timer);
        return timer;
    }

    private final class SimulatedTimer implements Timer, Runnable {
        private @Nullable Runnable task;

        SimulatedTimer(Runnable task) {
            this.task = task;
        }

        @Override
        public void cancel() {
            task = null;
        }

        @Override
        public void run() {
            if (task == null || down) {
                return;
            }
            if (paused) {
                lateTasks.add(this);
            } else {
                task.run();
            }
        }
    }

    private void run(Runnable task) {
        if (down) {
            return;
        }
        if (paused) {
            lateTasks.add(task);
        } else {
            task.run();
        }
    }

    // ---- the transport

    @Override
    public InetSocketAddress start(Receiver receiver) {
        this.receiver = receiver;
        network.attach(this);
        return address;
    }

    @Override
    public void send(InetSocketAddress to, byte[] packet) {
        if (blocked) {
            hold(outgoing, () -> network.send(this, to, packet));
        } else {
            network.send(this, to, packet);
        }
    }

    void packet(InetSocketAddress from, byte[] packet) {
        Receiver to = receiver;
        if (down || to == null) {
            return;
        }
        if (paused || blocked) {
            hold(buffer, () -> to.packet(from, packet));
        } else {
            to.packet(from, packet);
        }
    }

    @Override
    public void call(
            InetSocketAddress to, byte[] request, boolean wantsReply, long timeoutNanos, Consumer<CallResult> done) {
        var once = new Once(done);
        schedule(timeoutNanos, () -> once.accept(new CallResult.Failed("no answer in time")));
        stream(to, request, true, peer -> {
            if (!wantsReply) {
                execute(() -> once.accept(new CallResult.Sent()));
            }
            peer.accept(() -> {
                Receiver receiving = peer.receiver;
                byte[] reply = receiving == null ? null : receiving.call(address, request);
                if (reply != null && wantsReply) {
                    peer.stream(
                            address,
                            reply,
                            false,
                            self -> self.accept(() -> once.accept(new CallResult.Reply(Bytes.wrap(reply)))));
                }
            });
        });
    }

    private void stream(InetSocketAddress to, byte[] bytes, boolean opens, SimulatedNetwork.Arrival arrival) {
        if (blocked) {
            outgoing.add(() -> network.stream(this, to, bytes, opens, arrival));
        } else {
            network.stream(this, to, bytes, opens, arrival);
        }
    }

    /** Something came on a stream. */
    private void accept(Runnable task) {
        if (blocked) {
            buffer.add(task);
        } else {
            run(task);
        }
    }

    /** A call's end, which is told once. */
    private static final class Once {
        private @Nullable Consumer<CallResult> done;

        Once(Consumer<CallResult> done) {
            this.done = done;
        }

        void accept(CallResult result) {
            Consumer<CallResult> to = done;
            done = null;
            if (to != null) {
                to.accept(result);
            }
        }
    }

    @Override
    public void close() {
        receiver = null;
        network.detach(this);
    }
}
