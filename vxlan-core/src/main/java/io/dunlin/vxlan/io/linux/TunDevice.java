package io.dunlin.vxlan.io.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.dunlin.vxlan.io.PacketDevice;
import io.dunlin.vxlan.io.Signal;
import io.dunlin.vxlan.packet.DropReason;
import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.IpHeader;
import io.dunlin.vxlan.wire.IpProtocol;
import io.dunlin.vxlan.wire.Memory;
import io.dunlin.vxlan.wire.TcpHeader;
import io.dunlin.vxlan.wire.UdpHeader;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * A TUN device of the Linux kernel: what a workload in the device's network namespace sends is received here, and the other way round.
 * The device lives as long as this object is open.
 *
 * <p>It is created in the caller's namespace, under a name the kernel picks, and moved to its own: an open descriptor keeps the namespace
 * alive that it was opened in, and a workload's must be free to end (docs/adr/0006). When it does, the kernel destroys the device, and
 * {@link #receive} fails.
 *
 * <p><b>Offloads.</b> Where the kernel can ({@link Offloads}), it hands over TCP and UDP super-packets and leaves checksums to the reader, and
 * takes the same. Super-packets and partial checksums are only there where the device says that it {@linkplain #takesSuperPackets
 * takes} them.
 *
 * <p>Built by any thread ({@link #named}), then used by the worker alone. Nothing is allocated after opening.
 */
public final class TunDevice implements PacketDevice {
    static final String CLONE_DEVICE = "/dev/net/tun";

    // linux/if_tun.h
    private static final long TUNSETIFF = 0x400454ca; // _IOW('T', 202, int), the same number on x86-64 and aarch64
    private static final short IFF_TUN = 0x0001;
    /** Several descriptors, each of which gets the flows it sends packets of. */
    private static final short IFF_MULTI_QUEUE = 0x0100;

    private static final short IFF_NO_PI = 0x1000;
    private static final short IFF_VNET_HDR = 0x4000;
    /** Refuse a name that exists: TUNSETIFF would attach to a persistent device of that name without a word. */
    private static final short IFF_TUN_EXCL = (short) 0x8000;

    private static final long TUNGETFEATURES = 0x800454cfL; // _IOR('T', 207, unsigned int)
    private static final long TUNSETOFFLOAD = 0x400454d0; // _IOW('T', 208, unsigned int), its argument not a pointer
    private static final int TUN_F_CSUM = 0x01;
    private static final int TUN_F_TSO4 = 0x02;
    private static final int TUN_F_TSO6 = 0x04;
    private static final int TUN_F_TSO_ECN = 0x08;
    /** Since Linux 6.2; the kernel takes both or none. */
    private static final int TUN_F_USO4_USO6 = 0x20 | 0x40;

    private static final int TSO = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN;

    // struct ifreq, 64-bit: name (16), flags (2), up to 40
    private static final int IFREQ_SIZE = 40;
    private static final int IFREQ_FLAGS = 16;

    /** What a device leaves to its reader, and takes from it. */
    public enum Offloads {
        /** The kernel cuts and sums everything itself. */
        NONE("none"),
        /** TCP super-packets and partial checksums. */
        TCP("checksums, TCP segmentation"),
        /** UDP super-packets too; Linux 6.2. */
        TCP_AND_UDP("checksums, TCP and UDP segmentation");

        private final String description;

        Offloads(String description) {
            this.description = description;
        }

        /** For people. */
        public String description() {
            return description;
        }
    }

    private final CallState state = new CallState();
    private final String createdAs;
    private final String name;
    private final NetworkNamespace namespace;
    /** Whether each packet has a {@link VirtioNetHeader} before it. */
    private final boolean headers;

    private final Offloads offloads;
    private final Arena arena = Arena.ofShared(); // built by one thread, used by the worker
    /** What a write gathers. */
    private final IovecArray pieces = new IovecArray(PacketBatch.MAX_SEGMENTS + 2);

    /** The header of a packet that is gathered from pieces with none before them. */
    private final MemorySegment plainHeader = arena.allocate(VirtioNetHeader.LENGTH);

    private int descriptor;

    /** Of the first queue: all of them. */
    private TunDevice[] queues = {this};

    private TunDevice(
            int descriptor,
            String createdAs,
            String name,
            NetworkNamespace namespace,
            boolean headers,
            Offloads offloads) {
        this.descriptor = descriptor;
        this.createdAs = createdAs;
        this.name = name;
        this.namespace = namespace;
        this.headers = headers;
        this.offloads = offloads;
    }

    /**
     * Begins to describe a device.
     *
     * @param name 1 to 15 printable ASCII characters, no {@code /}, {@code :} or {@code %}
     * @throws IllegalArgumentException it is not such a name
     */
    public static TunBuilder named(String name) {
        return new TunBuilder(name);
    }

    /**
     * Creates the device in the calling thread's namespace, without any configuration, down. Undone by {@link #close}.
     *
     * @param createAs its name there; {@code %d} in it is a number the kernel picks
     * @param name the one it will have
     * @param namespace the one it will be in
     * @param wanted the offloads to ask for; what the kernel lacks is left out
     * @param queues how many; the device that is returned owns them
     */
    static TunDevice create(String createAs, String name, NetworkNamespace namespace, Offloads wanted, int queues)
            throws LinuxException {
        int kind = IFF_TUN | IFF_NO_PI | (queues > 1 ? IFF_MULTI_QUEUE : 0);
        var all = new ArrayList<TunDevice>(queues);
        try {
            all.add(openQueue(createAs, kind | IFF_TUN_EXCL, name, namespace, wanted));
            while (all.size() < queues) {
                all.add(openQueue(all.getFirst().createdAs, kind, name, namespace, wanted));
            }
        } catch (Throwable t) {
            all.forEach(TunDevice::closeDescriptor);
            throw t;
        }
        all.getFirst().queues = all.toArray(TunDevice[]::new);
        return all.getFirst();
    }

    private static TunDevice openQueue(
            String createAs, int kind, String name, NetworkNamespace namespace, Offloads wanted) throws LinuxException {
        var state = new CallState();
        int flags = FileCalls.O_RDWR | FileCalls.O_NONBLOCK | FileCalls.O_CLOEXEC;
        int descriptor = LinuxException.check(FileCalls.open(state, CLONE_DEVICE, flags), "open", CLONE_DEVICE);
        try (var arena = Arena.ofConfined()) {
            boolean headers = wanted != Offloads.NONE && hasVnetHeaders(state, descriptor);
            var request = arena.allocate(IFREQ_SIZE, 8);
            request.setString(0, createAs);
            request.set(JAVA_SHORT, IFREQ_FLAGS, (short) (kind | (headers ? IFF_VNET_HDR : 0)));
            LinuxException.check(FileCalls.ioctl(state, descriptor, TUNSETIFF, request), "TUNSETIFF", createAs);
            Offloads got = headers ? turnOn(state, descriptor, wanted) : Offloads.NONE;
            return new TunDevice(descriptor, request.getString(0), name, namespace, headers, got);
        } catch (Throwable t) {
            FileCalls.close(descriptor);
            throw t;
        }
    }

    /**
     * Two devices with all offloads and no interfaces: what one sends, the other receives. They need no privilege, and take the same way
     * through this class as those of the kernel do.
     */
    public static List<TunDevice> cable() throws LinuxException {
        var sockets = new int[2];
        int type = SocketCalls.SOCK_DGRAM | SocketCalls.SOCK_NONBLOCK | SocketCalls.SOCK_CLOEXEC;
        LinuxException.check(
                SocketCalls.socketpair(new CallState(), SocketCalls.AF_UNIX, type, sockets), "socketpair", "cable");
        NetworkNamespace here = NetworkNamespace.current();
        return List.of(
                new TunDevice(sockets[0], "cable0", "cable0", here, true, Offloads.TCP_AND_UDP),
                new TunDevice(sockets[1], "cable1", "cable1", here, true, Offloads.TCP_AND_UDP));
    }

    private static boolean hasVnetHeaders(CallState state, int descriptor) {
        try (var arena = Arena.ofConfined()) {
            var features = arena.allocate(JAVA_INT);
            return FileCalls.ioctl(state, descriptor, TUNGETFEATURES, features) == 0
                    && (features.get(JAVA_INT, 0) & IFF_VNET_HDR) != 0;
        }
    }

    private static Offloads turnOn(CallState state, int descriptor, Offloads wanted) {
        if (wanted == Offloads.TCP_AND_UDP && setOffload(state, descriptor, TSO | TUN_F_USO4_USO6)) {
            return Offloads.TCP_AND_UDP;
        }
        return setOffload(state, descriptor, TSO) ? Offloads.TCP : Offloads.NONE;
    }

    private static boolean setOffload(CallState state, int descriptor, int features) {
        return FileCalls.ioctl(state, descriptor, TUNSETOFFLOAD, MemorySegment.ofAddress(features)) == 0;
    }

    @Override
    public String name() {
        return name;
    }

    /** The name it got when it was created. */
    String createdAs() {
        return createdAs;
    }

    /** What the kernel granted. */
    public Offloads offloads() {
        return offloads;
    }

    @Override
    public int queues() {
        return queues.length;
    }

    @Override
    public PacketDevice queue(int number) {
        return queues.length == 1 ? this : queues[number];
    }

    @Override
    public boolean takesSuperPackets(int protocol) {
        return switch (protocol) {
            case IpProtocol.TCP -> offloads != Offloads.NONE;
            case IpProtocol.UDP -> offloads == Offloads.TCP_AND_UDP;
            default -> false;
        };
    }

    @Override
    public boolean takesPartialChecksums() {
        return offloads != Offloads.NONE;
    }

    /** Where the device is. */
    public NetworkNamespace namespace() {
        return namespace;
    }

    @Override
    public int descriptor() {
        return descriptor;
    }

    /** Never asked: the descriptor tells. */
    @Override
    public boolean isReady() {
        return true;
    }

    /** Not needed: the descriptor tells. */
    @Override
    public void signalTo(Signal signal) {}

    /**
     * {@inheritDoc}
     *
     * <p>The batch's {@linkplain PacketBatch#room room} is to be the device's MTU at least: the kernel cuts what does not fit without
     * saying so, and the packet's own length field is what tells later.
     *
     * @throws LinuxException EBADFD: the device is gone, as when the workload deletes it
     */
    @Override
    public int receive(PacketBatch batch) throws IOException {
        int before = headers ? VirtioNetHeader.LENGTH : 0;
        int count = 0;
        while (!batch.isFull()) {
            long address = batch.memory().address() + batch.nextStart() - before;
            int bytes = FileCalls.readUnchecked(descriptor, address, before + batch.room());
            if (bytes < 0) {
                if (count > 0) {
                    break; // most often there is nothing more; the next call finds out
                }
                bytes = FileCalls.read(state, descriptor, address, before + batch.room());
            }
            if (bytes >= before) {
                int index = batch.append(bytes - before);
                if (headers) {
                    readHeader(batch, index);
                }
                count++;
            } else if (bytes == -Errno.EAGAIN) {
                break;
            } else if (bytes != -Errno.EINTR) {
                throw new LinuxException("read", this.toString(), -bytes);
            }
        }
        return count;
    }

    private static void readHeader(PacketBatch batch, int index) {
        Memory memory = batch.memory();
        int packet = batch.start(index);
        int at = packet - VirtioNetHeader.LENGTH;
        if ((VirtioNetHeader.flags(memory, at) & VirtioNetHeader.NEEDS_CHECKSUM) != 0) {
            int from = packet + VirtioNetHeader.checksumStart(memory, at);
            batch.setChecksumPartial(index, from, from + VirtioNetHeader.checksumOffset(memory, at));
        }
        switch (VirtioNetHeader.gsoType(memory, at) & ~VirtioNetHeader.GSO_ECN) {
            case VirtioNetHeader.GSO_NONE -> {}
            case VirtioNetHeader.GSO_TCPV4, VirtioNetHeader.GSO_TCPV6, VirtioNetHeader.GSO_UDP -> {
                int size = VirtioNetHeader.gsoSize(memory, at);
                if (size == 0) {
                    batch.drop(index, DropReason.OFFLOAD);
                } else {
                    batch.setSegmentSize(index, size);
                }
            }
            default -> batch.drop(index, DropReason.OFFLOAD);
        }
    }

    @Override
    public void send(PacketBatch batch, int from, int to) {
        for (int i = from; i < to; i++) {
            if (!batch.isDropped(i) && !batch.isPart(i)) {
                if (batch.isCut(i)) {
                    sendSegments(batch, i);
                } else {
                    send(batch, i);
                }
            }
        }
    }

    private void send(PacketBatch batch, int i) {
        if (headers) {
            writeHeader(batch, i, batch.prepend(i, VirtioNetHeader.LENGTH));
        }
        int result;
        if (batch.next(i) == PacketBatch.NO_PACKET) {
            do {
                result = FileCalls.write(state, descriptor, batch.address(i), batch.length(i));
            } while (result == -Errno.EINTR);
        } else {
            pieces.clear();
            for (int part = i; part != PacketBatch.NO_PACKET; part = batch.next(part)) {
                pieces.add(batch.address(part), batch.length(part));
            }
            result = writePieces();
        }
        if (headers) {
            batch.strip(i, VirtioNetHeader.LENGTH);
        }
        if (result < 0) {
            batch.drop(i, dropReason(-result));
        }
    }

    private static void writeHeader(PacketBatch batch, int i, int at) {
        Memory memory = batch.memory();
        VirtioNetHeader.writePlain(memory, at);
        int packet = at + VirtioNetHeader.LENGTH;
        if (batch.isChecksumPartial(i)) {
            int from = batch.checksumFrom(i);
            VirtioNetHeader.writeChecksum(memory, at, from - packet, batch.checksumAt(i) - from);
        }
        if (batch.isSuperPacket(i)) {
            int transport = batch.transport(i);
            if (batch.protocol(i) == IpProtocol.UDP) {
                int length = transport - packet + UdpHeader.LENGTH;
                VirtioNetHeader.writeGso(memory, at, VirtioNetHeader.GSO_UDP, length, batch.segmentSize(i));
            } else {
                boolean ipv4 = IpHeader.version(memory, packet) == 4;
                boolean reduced = (TcpHeader.flags(memory, transport) & TcpHeader.FLAG_CWR) != 0;
                int type = (ipv4 ? VirtioNetHeader.GSO_TCPV4 : VirtioNetHeader.GSO_TCPV6)
                        | (reduced ? VirtioNetHeader.GSO_ECN : 0);
                int length = transport - packet + TcpHeader.headerLength(memory, transport);
                VirtioNetHeader.writeGso(memory, at, type, length, batch.segmentSize(i));
            }
        }
    }

    /** A super-packet that was cut because the device takes none. */
    private void sendSegments(PacketBatch batch, int i) {
        long memory = batch.memory().address();
        for (int k = 0; k < batch.segments(i); k++) {
            pieces.clear();
            if (headers) {
                pieces.add(plainHeader.address(), VirtioNetHeader.LENGTH);
            }
            pieces.add(memory + batch.head(i, k), batch.headLength(i));
            pieces.add(memory + batch.body(i, k), batch.bodyLength(i, k));
            int result = writePieces();
            if (result < 0) {
                batch.drop(i, dropReason(-result));
                return;
            }
        }
    }

    private int writePieces() {
        int result;
        do {
            result = FileCalls.writev(state, descriptor, pieces.address(0), pieces.count());
        } while (result == -Errno.EINTR);
        return result;
    }

    private static DropReason dropReason(int errno) {
        return switch (errno) {
            case Errno.EAGAIN, Errno.ENOBUFS, Errno.ENOMEM -> DropReason.DEVICE_FULL;
            case Errno.EIO, Errno.EBADFD, Errno.EBADF, Errno.ENODEV, Errno.ENETDOWN -> DropReason.DEVICE_DOWN;
            default -> DropReason.DEVICE_REFUSED;
        };
    }

    @Override
    public void close() {
        for (TunDevice queue : queues) {
            queue.closeDescriptor();
        }
    }

    private synchronized void closeDescriptor() {
        if (descriptor != NO_DESCRIPTOR) {
            FileCalls.close(descriptor);
            descriptor = NO_DESCRIPTOR;
            arena.close();
        }
    }

    @Override
    public String toString() {
        return "TUN " + name + " in " + namespace;
    }
}
