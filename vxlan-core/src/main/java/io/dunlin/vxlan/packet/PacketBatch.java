package io.dunlin.vxlan.packet;

import io.dunlin.vxlan.wire.Memory;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Packets in one block of off-heap memory, so that headers are prepended and stripped where a packet lies. A packet is never copied
 * between the device and the socket, and never becomes an object: stages name it by its index.
 *
 * <p><b>Slots.</b> What one receive brings goes into a slot, which has {@link #HEADROOM} bytes before it. That is one packet; or, where the
 * kernel has joined datagrams of one flow (UDP_GRO), several that lie side by side.
 *
 * <p><b>Super-packets.</b> A TCP or UDP packet of up to 64 KiB may stand for many, each with {@link #segmentSize} bytes of its payload. It
 * takes four forms:
 *
 * <pre>
 *   as a device hands it over     [headers|payload...................]
 *   {@linkplain #cut cut}, for the underlay       [head][head][head] apart, |payload|payload|payl| where it is
 *   {@linkplain #laySideBySide sealed}       [..................][..................][...............] elsewhere, in one piece
 *   {@linkplain #join joined}, for a device        [headers|payload] → [payload] → [payl], packets that arrived one by one
 * </pre>
 *
 * So payload is never copied: encryption writes it elsewhere as it goes, and system calls gather the rest.
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

    /** Packets that one slot can hold, and segments a super-packet can be cut into: as many as Linux joins or cuts (UDP_MAX_SEGMENTS). */
    public static final int MAX_SEGMENTS = 128;

    /**
     * Bytes of a segment's head: what goes before it on the wire (46 with ESP), and its own IP and TCP headers. That is more than the
     * longest of IPv4 (60 + 60), and leaves IPv6 some extension headers.
     */
    public static final int HEAD_ROOM = 192;

    /** Value of {@link #transport} where no transport header is in the packet, or nobody has looked yet. */
    public static final int NO_TRANSPORT = -1;

    /** Value of {@link #next} behind the last packet of a super-packet. */
    public static final int NO_PACKET = -1;

    /**
     * A batch is full with that many bytes, though it has slots left: the second half of a longer one would push the first out of the
     * core's L2 cache before it is sent.
     */
    private static final int ENOUGH_BYTES = 64 << 10;

    /** Bytes that a segment to be sealed has beside its head and its payload: what is prepended and what encryption appends. */
    private static final int SEALED_ROOM = 64;

    private static final int NONE = -1;

    /** Of a closed batch. */
    private static final Memory NO_MEMORY = Memory.of(new byte[0]);

    private Memory memory;
    private final int slots;
    private final int slotSize;
    private final int room;
    private final int capacity;

    private int slotsUsed;
    private int count;
    private int segments;
    private int headsUsed;
    private int sideBySideUsed;
    private int bytes;

    private final int[] start;
    private final int[] length;
    private final int[] floor;
    private final int[] ceiling;
    private final int[] flow;
    private final int[] transport;
    private final byte[] protocol;
    private final long[] peerHigh;
    private final long[] peerLow;
    private final int[] peerPort;
    private final boolean[] opened;
    private final @Nullable DropReason[] dropped;

    private final int[] segmentSize;
    private final int[] checksumFrom;
    private final int[] checksumAt;
    private final int[] heads;
    private final int[] cutInto;
    private final int[] headLength;
    private final int[] body;
    private final int[] cutPayload;
    /** Where the first of the datagrams is that lie side by side; {@link #NONE}: there are none. */
    private final int[] sideBySide;

    private final int[] fullDatagram;
    private final int[] lastDatagram;
    private final int[] next;
    private final int[] first;

    /**
     * As {@link #PacketBatch(int, int, int)}, for one packet or one super-packet per slot.
     */
    public PacketBatch(int slots, int room) {
        this(slots, room, slots + MAX_SEGMENTS);
    }

    /**
     * @param slots receives it takes, 1 to 1024
     * @param room bytes of the largest receive, 576 to 65,535
     * @param capacity packets, and segments of super-packets, that it holds in all: slots + {@link #MAX_SEGMENTS} to 16,384. It is full
     *     before that is too little for another slot.
     */
    public PacketBatch(int slots, int room, int capacity) {
        if (slots < 1 || slots > 1024) {
            throw new IllegalArgumentException("batch of " + slots + " slots: allowed are 1 to 1024");
        }
        if (room < 576 || room > 65_535) {
            throw new IllegalArgumentException("batch for packets of " + room + " bytes: allowed are 576 to 65535");
        }
        if (capacity < slots + MAX_SEGMENTS || capacity > 16_384) {
            throw new IllegalArgumentException("batch of " + slots + " slots for " + capacity + " packets: allowed are "
                    + (slots + MAX_SEGMENTS) + " to 16384");
        }
        this.slots = slots;
        this.room = room;
        this.capacity = capacity;
        this.slotSize = (HEADROOM + room + TAILROOM + 63) & ~63;
        this.memory = Memory.allocate(sideBySideStart() + sideBySideRoom());
        this.start = new int[capacity];
        this.length = new int[capacity];
        this.floor = new int[capacity];
        this.ceiling = new int[capacity];
        this.flow = new int[capacity];
        this.transport = new int[capacity];
        this.protocol = new byte[capacity];
        this.peerHigh = new long[capacity];
        this.peerLow = new long[capacity];
        this.peerPort = new int[capacity];
        this.opened = new boolean[capacity];
        this.dropped = new DropReason[capacity];
        this.segmentSize = new int[capacity];
        this.checksumFrom = new int[capacity];
        this.checksumAt = new int[capacity];
        this.heads = new int[capacity];
        this.cutInto = new int[capacity];
        this.headLength = new int[capacity];
        this.body = new int[capacity];
        this.cutPayload = new int[capacity];
        this.sideBySide = new int[capacity];
        this.fullDatagram = new int[capacity];
        this.lastDatagram = new int[capacity];
        this.next = new int[capacity];
        this.first = new int[capacity];
    }

    /** Behind the slots and the heads of what is cut apart. */
    private int sideBySideStart() {
        return slots * slotSize + capacity * HEAD_ROOM;
    }

    /** All payload that a batch can hold, with what each of its segments may have around it. */
    private int sideBySideRoom() {
        return ENOUGH_BYTES + room + capacity * (HEAD_ROOM + SEALED_ROOM);
    }

    /** The memory that {@link #start} counts in. */
    public Memory memory() {
        return memory;
    }

    /** Receives it takes. */
    public int slots() {
        return slots;
    }

    /** Slots that something was received into. */
    public int slotsUsed() {
        return slotsUsed;
    }

    /** Packets it can hold: indices are below. */
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

    /** Bytes that were received into it, dropped packets included. */
    public int bytes() {
        return bytes;
    }

    /** Whether it takes no more: all slots are used, or it has as much as is good to handle at once. */
    public boolean isFull() {
        return slotsUsed == slots || bytes >= ENOUGH_BYTES || segments > capacity - MAX_SEGMENTS;
    }

    /** Receives it has room for, even if each brings {@link #MAX_SEGMENTS} packets; at least one unless it is full. */
    public int receivesLeft() {
        return Math.min(slots - slotsUsed, (capacity - segments) / MAX_SEGMENTS);
    }

    /** Forgets all packets. */
    public void clear() {
        slotsUsed = 0;
        count = 0;
        segments = 0;
        headsUsed = 0;
        sideBySideUsed = 0;
        bytes = 0;
    }

    /** Where the next receive is to go: an offset into {@link #memory()} with {@link #room()} bytes behind it. */
    public int nextStart() {
        return slotStart(slotsUsed);
    }

    /** Where the receive that takes slot number {@code slot} is to go; for several at once. */
    public int slotStart(int slot) {
        return Objects.checkIndex(slot, slots) * slotSize + HEADROOM;
    }

    /**
     * Takes the {@code bytes} that were received at {@link #nextStart()} as the next packet.
     *
     * @return its index
     */
    public int append(int bytes) {
        int slot = takeSlot(bytes);
        return add(slot + HEADROOM, bytes, slot, slot + slotSize);
    }

    /**
     * Takes the {@code bytes} that were received at {@link #nextStart()} as packets of {@code size} bytes each, the last of which may be
     * shorter. Beyond {@link #MAX_SEGMENTS} they are one, and dropped.
     *
     * @return the first one's index
     */
    public int append(int bytes, int size) {
        if (size <= 0 || size >= bytes) {
            return append(bytes);
        }
        int slot = takeSlot(bytes);
        int index = count;
        int at = slot + HEADROOM;
        int end = at + bytes;
        int lowest = slot; // before the first one there is headroom; before the others, another packet
        for (int i = 1; i < MAX_SEGMENTS && end - at > size; i++) {
            add(at, size, lowest, at + size);
            at += size;
            lowest = at;
        }
        int last = add(at, end - at, lowest, slot + slotSize);
        if (end - at > size) {
            drop(last, DropReason.DATAGRAM_TRUNCATED);
        }
        return index;
    }

    private int takeSlot(int taken) {
        if (slotsUsed == slots || segments > capacity - MAX_SEGMENTS) {
            throw new IllegalStateException("batch of " + slots + " slots is full");
        }
        if (taken < 0 || taken > room) {
            throw new IllegalArgumentException("packet of " + taken + " bytes in a slot of " + room);
        }
        bytes += taken;
        return slotsUsed++ * slotSize;
    }

    private int add(int at, int bytes, int lowest, int highest) {
        int index = count;
        count = index + 1;
        segments++;
        start[index] = at;
        length[index] = bytes;
        floor[index] = lowest;
        ceiling[index] = highest;
        flow[index] = 0;
        transport[index] = NO_TRANSPORT;
        protocol[index] = 0;
        peerHigh[index] = 0;
        peerLow[index] = 0;
        peerPort[index] = 0;
        opened[index] = false;
        dropped[index] = null;
        segmentSize[index] = 0;
        checksumFrom[index] = NONE;
        heads[index] = NONE;
        sideBySide[index] = NONE;
        next[index] = NO_PACKET;
        first[index] = index;
        return index;
    }

    /** Offset of the packet's first byte in {@link #memory()}. */
    public int start(int index) {
        return start[index];
    }

    /** Bytes of the packet; of a joined super-packet, of its first part. */
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
        if (bytes < 0 || from < floor[index]) {
            throw new IllegalArgumentException("no headroom for " + bytes + " bytes");
        }
        start[index] = from;
        length[index] += bytes;
        return from;
    }

    /**
     * Sees to it that {@code bytes} can be prepended. Where another packet lies before this one, it is moved back, so that the {@link
     * #transport} moves with it. There must be as much room in what the packet has lost of its length.
     */
    public void ensureHeadroom(int index, int bytes) {
        int missing = floor[index] + bytes - start[index];
        if (missing <= 0) {
            return;
        }
        if (start[index] + length[index] + missing > ceiling[index]) {
            throw new IllegalArgumentException("no room to move a packet by " + missing + " bytes");
        }
        memory.copy(start[index], start[index] + missing, length[index]);
        start[index] += missing;
        if (transport[index] != NO_TRANSPORT) {
            transport[index] += missing;
        }
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

    /** Whether the packet can have {@code bytes} where it begins now: behind it may lie another. */
    public boolean hasRoom(int index, int bytes) {
        return bytes <= ceiling[index] - start[index];
    }

    /** Cuts or grows the packet at its end, so that it has {@code bytes}. */
    public void resize(int index, int bytes) {
        if (bytes < 0 || !hasRoom(index, bytes)) {
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

    /** UDP port of that address that the packet goes to; 0 for the socket's own, which is all peers' but where one has another. */
    public int peerPort(int index) {
        return peerPort[index];
    }

    public void setPeerPort(int index, int port) {
        peerPort[index] = port;
    }

    /** Whether the packet came sealed, and was opened: its peer is proven to have sent it. */
    public boolean isOpened(int index) {
        return opened[index];
    }

    public void setOpened(int index) {
        opened[index] = true;
    }

    /** Bytes of payload in each segment that the packet stands for, the last of which may have fewer; 0: it is an ordinary packet. */
    public int segmentSize(int index) {
        return segmentSize[index];
    }

    public boolean isSuperPacket(int index) {
        return segmentSize[index] != 0;
    }

    /** Makes it a super-packet, with {@code bytes} of payload in each segment, 1 to 65,535. */
    public void setSegmentSize(int index, int bytes) {
        segmentSize[index] = bytes;
        segments += Math.min(segmentsOf(length[index], bytes), MAX_SEGMENTS) - 1;
    }

    /** Makes it an ordinary packet again. */
    public void setOrdinary(int index) {
        segmentSize[index] = 0;
    }

    /**
     * Whether the transport checksum covers the pseudo-header only, and somebody has yet to complete it: over all bytes from {@link
     * #checksumFrom} to the packet's end, stored at {@link #checksumAt}.
     */
    public boolean isChecksumPartial(int index) {
        return checksumFrom[index] != NONE;
    }

    /** Offset in {@link #memory()} of the first byte that a partial checksum has to be completed with. */
    public int checksumFrom(int index) {
        return checksumFrom[index];
    }

    /** Offset in {@link #memory()} of that checksum. */
    public int checksumAt(int index) {
        return checksumAt[index];
    }

    /** Says that the checksum at {@code at} is partial. Both offsets must lie within the packet. */
    public void setChecksumPartial(int index, int from, int at) {
        checksumFrom[index] = from;
        checksumAt[index] = at;
    }

    public void setChecksumComplete(int index) {
        checksumFrom[index] = NONE;
    }

    /** Says that the packet is not what was received, but an ordinary one that was built in its place. */
    public void setRewritten(int index) {
        segmentSize[index] = 0;
        checksumFrom[index] = NONE;
    }

    /**
     * Cuts a super-packet: from now on it is its {@link #segments}, each a {@link #head}, whose content is undefined, and a {@link
     * #body}, which is its share of the payload.
     *
     * @param headers bytes of the packet before its payload
     * @param headBytes of each head, up to {@link #HEAD_ROOM}
     * @throws IllegalArgumentException if there are more than {@link #MAX_SEGMENTS}
     */
    public void cut(int index, int headers, int headBytes) {
        int count = segmentsOf(length[index] - headers, segmentSize[index]);
        if (count > MAX_SEGMENTS || headBytes > HEAD_ROOM || headsUsed + count > capacity) {
            throw new IllegalArgumentException(
                    "cannot cut into " + count + " segments with heads of " + headBytes + " bytes");
        }
        heads[index] = slots * slotSize + headsUsed * HEAD_ROOM;
        headsUsed += count;
        cutInto[index] = count;
        headLength[index] = headBytes;
        body[index] = start[index] + headers;
        cutPayload[index] = length[index] - headers;
    }

    /**
     * Says that what is sent of a packet that is cut are other bytes than its heads and bodies: {@link #datagram}s side by side, all of one
     * length but the last. Their content is undefined; heads and bodies stay what they are.
     *
     * @param full bytes of each datagram but the last
     * @param last bytes of the last one
     * @throws IllegalArgumentException if they are longer than encryption makes them
     */
    public void laySideBySide(int index, int full, int last) {
        int count = cutInto[index];
        int bytes = (count - 1) * full + last;
        if (full - headLength[index] - segmentSize[index] > SEALED_ROOM || sideBySideUsed + bytes > sideBySideRoom()) {
            throw new IllegalArgumentException("cannot lay " + count + " segments of " + full + " bytes side by side");
        }
        sideBySide[index] = sideBySideStart() + sideBySideUsed;
        sideBySideUsed += bytes;
        fullDatagram[index] = full;
        lastDatagram[index] = last;
    }

    /**
     * Brings segment {@code k} of a packet that is cut into one piece where its payload is: its head goes before that, over payload of the
     * segments before it, which are done with. So one goes from the first to the last.
     *
     * @param before bytes to be prepended to the head
     * @return offset of the first of these
     * @throws IllegalArgumentException if there is no headroom for them
     */
    public int gather(int index, int k, int before) {
        int at = body(index, k) - headLength[index];
        if (at - before < floor[index]) {
            throw new IllegalArgumentException("no headroom for " + before + " bytes before a head");
        }
        memory.copy(head(index, k), at, headLength[index]);
        return at - before;
    }

    /** Segments of {@code size} bytes, the last of which may be shorter, that make up a payload. */
    public static int segmentsOf(int payload, int size) {
        return (payload + size - 1) / size;
    }

    public boolean isCut(int index) {
        return heads[index] != NONE;
    }

    /** Packets that leave for the underlay: 1 unless it is cut. */
    public int segments(int index) {
        return isCut(index) ? cutInto[index] : 1;
    }

    /** Offset of segment {@code k}'s head in {@link #memory()}. */
    public int head(int index, int k) {
        return heads[index] + k * HEAD_ROOM;
    }

    /** Bytes of each head. */
    public int headLength(int index) {
        return headLength[index];
    }

    /** Offset of segment {@code k}'s payload in {@link #memory()}. */
    public int body(int index, int k) {
        return body[index] + k * segmentSize[index];
    }

    /** Bytes of segment {@code k}'s payload. */
    public int bodyLength(int index, int k) {
        return Math.min(segmentSize[index], cutPayload[index] - k * segmentSize[index]);
    }

    /** Whether it is cut, and what is sent of it lies side by side. */
    public boolean isSideBySide(int index) {
        return sideBySide[index] != NONE;
    }

    /** Offset of what is sent of segment {@code k}, where segments lie side by side. */
    public int datagram(int index, int k) {
        return sideBySide[index] + k * fullDatagram[index];
    }

    /** Its bytes. */
    public int datagramLength(int index, int k) {
        return k == cutInto[index] - 1 ? lastDatagram[index] : fullDatagram[index];
    }

    /** Bytes of all that the packet stands for, with headers: its segments if it is cut, its parts if it is joined. */
    public int totalLength(int index) {
        if (isSideBySide(index)) {
            return (cutInto[index] - 1) * fullDatagram[index] + lastDatagram[index];
        }
        if (isCut(index)) {
            return cutInto[index] * headLength[index] + cutPayload[index];
        }
        int total = 0;
        for (int part = index; part != NO_PACKET; part = next[part]) {
            total += length[part];
        }
        return total;
    }

    /**
     * Makes {@code part}, stripped to its payload, the next part of the super-packet that begins with packet {@code index}. It is no
     * packet of its own any more.
     *
     * @param last the super-packet's last part so far: {@code index} itself, or what was joined before
     */
    public void join(int index, int last, int part) {
        next[last] = part;
        first[part] = index;
    }

    /** The part that follows this one in a super-packet that was joined, {@link #NO_PACKET} behind the last. */
    public int next(int index) {
        return next[index];
    }

    /** Whether it was joined to another: not to be sent by itself. */
    public boolean isPart(int index) {
        return first[index] != index;
    }

    /** Takes the packet out of what later stages see, with all that was joined to it. The first reason stays. */
    public void drop(int index, DropReason reason) {
        for (int part = index; part != NO_PACKET; part = next[part]) {
            if (dropped[part] == null) {
                dropped[part] = reason;
            }
        }
    }

    public boolean isDropped(int index) {
        return dropped[index] != null;
    }

    /** Why the packet was dropped; null while it lives. */
    public @Nullable DropReason dropReason(int index) {
        return dropped[index];
    }

    /** Lets go of the memory: a packet that is looked at from now on is out of bounds. */
    @Override
    public void close() {
        memory = NO_MEMORY;
    }
}
