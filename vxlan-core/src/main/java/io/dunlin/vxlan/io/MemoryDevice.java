package io.dunlin.vxlan.io;

import io.dunlin.vxlan.packet.DropReason;
import io.dunlin.vxlan.packet.PacketBatch;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A device without a device: the program that embeds the node writes IP packets into the overlay and reads those that arrive. It needs
 * no privilege and runs on any operating system.
 *
 * <p>{@link #write} and {@link #read} are for the program, on any threads; {@link #receive} and {@link #send} for the worker. Between
 * them lie two bounded queues: one that is full loses packets, as a network does.
 */
public final class MemoryDevice implements PacketDevice {
    /** Bytes that wait each way, some hundreds of packets of 1,450 bytes. */
    private static final int QUEUE_BYTES = 512 << 10;

    private final String name;
    private final int mtu;
    private final PacketRing outbound;
    private final PacketRing inbound;
    private final Object writing = new Object();
    /** Among workers that share the device. */
    private final Object sending = new Object();

    private final Object reading = new Object();
    private volatile Signal worker = () -> {};
    private final ReentrantLock waiting = new ReentrantLock();
    private final Condition arrived = waiting.newCondition();
    /** Readers that wait, or are about to. Written under {@link #waiting}. */
    private volatile int waitingReaders;

    private volatile boolean closed;

    /**
     * @param name for people
     * @param mtu the network's inner MTU, in bytes, which {@link #mtu} tells the program; a larger packet is answered with ICMP
     */
    public MemoryDevice(String name, int mtu) {
        this.name = name;
        this.mtu = mtu;
        this.outbound = new PacketRing(QUEUE_BYTES);
        this.inbound = new PacketRing(QUEUE_BYTES);
    }

    /**
     * Sends an IPv4 or IPv6 packet, the buffer's remaining bytes, into the overlay. Whether it is forwarded, the node's counters tell.
     *
     * @return false if the queue is full and the packet was not taken
     * @throws IllegalArgumentException if it is larger than an IP packet can be, 65,535 bytes
     * @throws IllegalStateException if the endpoint is closed
     */
    public boolean write(ByteBuffer packet) {
        int bytes = packet.remaining();
        boolean taken;
        synchronized (writing) {
            requireOpen();
            taken = outbound.offer(MemorySegment.ofBuffer(packet), 0, bytes);
        }
        if (taken) {
            packet.position(packet.limit());
            worker.raise();
        }
        return taken;
    }

    /**
     * Takes the next packet that arrived.
     *
     * @param into where it goes, from the buffer's position on, which moves behind it
     * @return its bytes; 0 if none is there
     * @throws IllegalArgumentException if the buffer is too small; the packet stays
     * @throws IllegalStateException if the endpoint is closed
     */
    public int read(ByteBuffer into) {
        synchronized (reading) {
            requireOpen();
            int bytes = inbound.nextLength();
            if (bytes < 0) {
                return 0;
            }
            if (bytes > into.remaining()) {
                throw new IllegalArgumentException("device \"" + name + "\": packet of " + bytes + " bytes, room for "
                        + into.remaining() + ": a buffer of " + mtu + " holds any");
            }
            inbound.take(MemorySegment.ofBuffer(into), 0);
            into.position(into.position() + bytes);
            return bytes;
        }
    }

    /**
     * The same, waiting for a packet. Several threads may wait; each packet goes to one of them.
     *
     * @return its bytes; 0 if none came within the time
     */
    public int read(ByteBuffer into, Duration timeout) throws InterruptedException {
        waiting.lock();
        try {
            long left = timeout.toNanos();
            // Volatile write before the look, as send() publishes before it reads: one of the two sees the other.
            addWaitingReaders(1);
            int bytes = read(into);
            while (bytes == 0 && left > 0) {
                left = arrived.awaitNanos(left);
                bytes = read(into);
            }
            return bytes;
        } finally {
            addWaitingReaders(-1);
            waiting.unlock();
        }
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // under the lock; the worker only looks
    private void addWaitingReaders(int change) {
        waitingReaders = waitingReaders + change;
    }

    @Override
    public String name() {
        return name;
    }

    /** The network's inner MTU, in bytes. */
    public int mtu() {
        return mtu;
    }

    @Override
    public int descriptor() {
        return NO_DESCRIPTOR;
    }

    @Override
    public boolean isReady() {
        return !closed && !outbound.isEmpty();
    }

    @Override
    public void signalTo(Signal signal) {
        worker = signal;
    }

    @Override
    public int receive(PacketBatch batch) {
        int received = 0;
        while (!batch.isFull()) {
            int bytes = outbound.nextLength();
            if (bytes < 0) {
                break;
            }
            if (bytes > batch.room()) {
                throw new IllegalStateException("device \"" + name + "\": packet of " + bytes + " bytes, batch for "
                        + batch.room() + ": a batch for 65535 holds any");
            }
            outbound.take(batch.memory().segment(), batch.nextStart());
            batch.append(bytes);
            received++;
        }
        return received;
    }

    /** The program is given what would be on a wire: no packet larger than the MTU, all checksums complete. */
    @Override
    public boolean takesSuperPackets(int protocol) {
        return false;
    }

    @Override
    public boolean takesPartialChecksums() {
        return false;
    }

    @Override
    public void send(PacketBatch batch, int from, int to) {
        synchronized (sending) {
            for (int i = from; i < to; i++) {
                if (!batch.isDropped(i) && !offer(batch, i)) {
                    batch.drop(i, DropReason.DEVICE_FULL);
                }
            }
        }
        VarHandle.fullFence(); // what was put is seen before the reader is looked for
        wakeReader();
    }

    private boolean offer(PacketBatch batch, int i) {
        if (!batch.isCut(i)) {
            return inbound.offer(batch.memory().segment(), batch.start(i), batch.length(i));
        }
        MemorySegment memory = batch.memory().segment();
        for (int k = 0; k < batch.segments(i); k++) {
            int head = batch.head(i, k);
            if (!inbound.offer(memory, head, batch.headLength(i), batch.body(i, k), batch.bodyLength(i, k))) {
                return false;
            }
        }
        return true;
    }

    private void wakeReader() {
        if (waitingReaders > 0) {
            waiting.lock();
            try {
                arrived.signalAll();
            } finally {
                waiting.unlock();
            }
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("device \"" + name + "\" is closed");
        }
    }

    @Override
    public void close() {
        synchronized (writing) {
            synchronized (reading) {
                if (closed) {
                    return;
                }
                closed = true;
                outbound.close();
                inbound.close();
            }
        }
        wakeReader();
    }
}
