package io.dunlin.vxlan.packet;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Up to {@link #capacity()} packets in one block of off-heap memory, each in a slot of its own with {@link #HEADROOM} bytes before it,
 * so that headers are prepended and stripped where the packet lies. A packet is never copied between the device and the socket, and
 * never becomes an object: stages name it by its index.
 *
 * <p>Life of a batch: {@link #clear}, a device or socket {@linkplain #append appends}, stages rewrite or {@linkplain #drop drop}, a
 * device or socket sends. The batch belongs to the thread that runs the worker; devices and sockets borrow it for the time of a call
 * and keep nothing of it.
 *
 * <p>Accesses are not synchronized. Nothing is allocated after construction.
 */
public final class PacketBatch implements AutoCloseable {
    /**
     * Free bytes before a packet as it is received. Enough for an ICMPv6 error (48) around it, then Ethernet (14), VXLAN (8) and the ESP
     * and UDP headers (24) of an encrypted network; a multiple of 64 so that packets start on a cache line.
     */
    public static final int HEADROOM = 128;

    /** Free bytes after the largest packet: what encryption appends (padding 3 + 2, integrity check value 16), rounded up. */
    public static final int TAILROOM = 64;

    /** Value of {@link #transport} where no transport header is in the packet, or nobody has looked yet. */
    public static final int NO_TRANSPORT = -1;

    private final Arena arena;
    private final MemorySegment memory;
    private final int capacity;
    private final int slotSize;
    private final int room;
    private int count;

    private final int[] start;
    private final int[] length;
    private final int[] flow;
    private final int[] transport;
    private final byte[] protocol;
    private final long[] peerHigh;
    private final long[] peerLow;
    private final @Nullable DropReason[] dropped;

    /**
     * @param capacity packets, 1 to 1024
     * @param room bytes of the largest packet it takes, 576 to 65,535
     */
    public PacketBatch(int capacity, int room) {
        if (capacity < 1 || capacity > 1024) {
            throw new IllegalArgumentException("batch of " + capacity + " packets: allowed are 1 to 1024");
        }
        if (room < 576 || room > 65_535) {
            throw new IllegalArgumentException("batch for packets of " + room + " bytes: allowed are 576 to 65535");
        }
        this.capacity = capacity;
        this.room = room;
        this.slotSize = (HEADROOM + room + TAILROOM + 63) & ~63;
        // Shared: built by the thread that starts the node, used by the worker, closed by whoever closes the node.
        this.arena = Arena.ofShared();
        this.memory = arena.allocate((long) capacity * slotSize, 64);
        this.start = new int[capacity];
        this.length = new int[capacity];
        this.flow = new int[capacity];
        this.transport = new int[capacity];
        this.protocol = new byte[capacity];
        this.peerHigh = new long[capacity];
        this.peerLow = new long[capacity];
        this.dropped = new DropReason[capacity];
    }

    /** The memory that {@link #start} counts in. */
    public MemorySegment memory() {
        return memory;
    }

    /** Packets it can hold. */
    public int capacity() {
        return capacity;
    }

    /** Bytes of the largest packet that can be received into a slot. */
    public int room() {
        return room;
    }

    /** Packets it holds, dropped ones included. */
    public int count() {
        return count;
    }

    /** Bytes of all packets it holds, dropped ones included. */
    public long bytes() {
        long bytes = 0;
        for (int i = 0; i < count; i++) {
            bytes += length[i];
        }
        return bytes;
    }

    public boolean isFull() {
        return count == capacity;
    }

    /** Forgets all packets. */
    public void clear() {
        count = 0;
    }

    /** Where the next packet is to be received: an offset into {@link #memory()} with {@link #room()} bytes behind it. */
    public int nextStart() {
        return slotStart(count);
    }

    /** Where the packet that becomes number {@code index} is to be received; for receiving several at once. */
    public int slotStart(int index) {
        return Objects.checkIndex(index, capacity) * slotSize + HEADROOM;
    }

    /**
     * Takes the {@code bytes} that were received at {@link #nextStart()} as the next packet.
     *
     * @return its index
     */
    public int append(int bytes) {
        int index = count;
        if (index == capacity) {
            throw new IllegalStateException("batch of " + capacity + " packets is full");
        }
        if (bytes < 0 || bytes > room) {
            throw new IllegalArgumentException("packet of " + bytes + " bytes in a slot of " + room);
        }
        start[index] = slotStart(index);
        length[index] = bytes;
        flow[index] = 0;
        transport[index] = NO_TRANSPORT;
        protocol[index] = 0;
        peerHigh[index] = 0;
        peerLow[index] = 0;
        dropped[index] = null;
        count = index + 1;
        return index;
    }

    /** Offset of the packet's first byte in {@link #memory()}. */
    public int start(int index) {
        return start[index];
    }

    /** Bytes of the packet. */
    public int length(int index) {
        return length[index];
    }

    /** Address of the packet's first byte, for a system call. */
    public long address(int index) {
        return memory.address() + start[index];
    }

    /**
     * Grows the packet at its front by {@code bytes}, whose content is undefined.
     *
     * @return the new {@link #start}
     */
    public int prepend(int index, int bytes) {
        int from = start[index] - bytes;
        if (bytes < 0 || from < index * slotSize) {
            throw new IllegalArgumentException("no headroom for " + bytes + " bytes");
        }
        start[index] = from;
        length[index] += bytes;
        return from;
    }

    /**
     * Shrinks the packet at its front by {@code bytes}.
     *
     * @return the new {@link #start}
     */
    public int strip(int index, int bytes) {
        if (bytes < 0 || bytes > length[index]) {
            throw new IllegalArgumentException("cannot strip " + bytes + " of " + length[index] + " bytes");
        }
        start[index] += bytes;
        length[index] -= bytes;
        return start[index];
    }

    /** Cuts or grows the packet at its end, so that it has {@code bytes}. */
    public void resize(int index, int bytes) {
        if (bytes < 0 || bytes > (index + 1) * slotSize - start[index]) {
            throw new IllegalArgumentException("no room for a packet of " + bytes + " bytes");
        }
        length[index] = bytes;
    }

    /** Hash of the inner flow (addresses, protocol, ports): packets of one flow have the same. */
    public int flow(int index) {
        return flow[index];
    }

    public void setFlow(int index, int hash) {
        flow[index] = hash;
    }

    /**
     * Offset of the transport header in {@link #memory()}, {@link #NO_TRANSPORT} in a fragment that has none. It does not move when
     * headers are prepended or stripped.
     */
    public int transport(int index) {
        return transport[index];
    }

    /** Number of the protocol the inner packet carries, behind all extension headers (see {@code IpProtocol}). */
    public int protocol(int index) {
        return protocol[index] & 0xff;
    }

    public void setTransport(int index, int protocol, int at) {
        this.protocol[index] = (byte) protocol;
        transport[index] = at;
    }

    /**
     * Upper 64 bits of the underlay address the packet came from or goes to, as in {@link io.dunlin.vxlan.wire.IpAddress#high()}.
     */
    public long peerHigh(int index) {
        return peerHigh[index];
    }

    /** Lower 64 bits of that address. */
    public long peerLow(int index) {
        return peerLow[index];
    }

    public void setPeer(int index, long high, long low) {
        peerHigh[index] = high;
        peerLow[index] = low;
    }

    /** Takes the packet out of what later stages see. The first reason stays. */
    public void drop(int index, DropReason reason) {
        if (dropped[index] == null) {
            dropped[index] = reason;
        }
    }

    public boolean isDropped(int index) {
        return dropped[index] != null;
    }

    /** Why the packet was dropped; null while it lives. */
    public @Nullable DropReason dropReason(int index) {
        return dropped[index];
    }

    /** Frees the memory. No thread may use the batch any more. */
    @Override
    public void close() {
        arena.close();
    }
}
