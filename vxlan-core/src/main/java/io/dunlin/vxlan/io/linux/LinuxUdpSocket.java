package io.dunlin.vxlan.io.linux;

import io.dunlin.vxlan.io.Signal;
import io.dunlin.vxlan.io.UdpBatchSocket;
import io.dunlin.vxlan.packet.DropReason;
import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.IpAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Kernel UDP sockets, driven by recvmmsg(2) and sendmmsg(2): one receives on the data-path port, several send, each from a port of its
 * own, so that routers and receivers spread flows by the outer source port (RFC 7348 section 5). A flow keeps its socket, so its packets
 * keep their order.
 *
 * <p><b>Offloads.</b> Where the kernel can, it joins datagrams of one flow on receipt (UDP_GRO, Linux 5.0) and cuts on sending
 * (UDP_SEGMENT, Linux 4.18): dozens of them then cost little more than one.
 *
 * <p>Rejected: a raw socket, which could write any source port, needs CAP_NET_RAW and a checksum of our own. Unconnected sockets, since
 * peers are many and kernel VXLAN sends from changing ports.
 *
 * <p>Opened by any thread, then used by the worker alone. Nothing is allocated after opening.
 */
public final class LinuxUdpSocket implements UdpBatchSocket {
    /** Sending sockets, unless said otherwise. */
    public static final int DEFAULT_SOURCE_PORTS = 4;

    private static final int MAX_SOURCE_PORTS = 64;

    private static final int MAX_WORKERS = 256;

    /** What one call is planned to bring: about a batch. */
    private static final int PLANNED_BYTES = 64 << 10;

    private final CallState state = new CallState();
    private final InetSocketAddress localAddress;
    private final int family;
    private final int[] sending;
    private final boolean joining;
    private final MessageArray incoming;
    private final DatagramSender sender;
    private int receiving;

    /** Bytes of the largest message of the last call, by which the next one is planned. */
    private int lastLargest = 1;

    /** Of the packets being sent, how many go to each socket. */
    private final int[] packetsOf;

    private LinuxUdpSocket(
            int receiving,
            int[] sending,
            InetSocketAddress localAddress,
            int family,
            boolean joining,
            boolean cutting) {
        this.receiving = receiving;
        this.sending = sending;
        this.localAddress = localAddress;
        this.family = family;
        this.joining = joining;
        this.incoming = new MessageArray(family, 0, MessageArray.CAPACITY);
        this.sender = new DatagramSender(family, localAddress.getPort(), cutting);
        this.packetsOf = new int[sending.length];
    }

    /** As {@link #open(IpAddress, int, int, boolean)} with {@value #DEFAULT_SOURCE_PORTS} source ports and all offloads. */
    public static LinuxUdpSocket open(IpAddress address, int port) throws IOException {
        return open(address, port, DEFAULT_SOURCE_PORTS, true);
    }

    /** As {@link #openSharing} for one worker. */
    public static LinuxUdpSocket open(IpAddress address, int port, int sourcePorts, boolean offloads)
            throws IOException {
        return openSharing(address, port, sourcePorts, offloads, 1).getFirst();
    }

    /**
     * Opens sockets for several workers in the calling thread's network namespace. They share the port: the kernel spreads what arrives
     * over them by a hash of addresses and ports, so that a flow keeps to one (SO_REUSEPORT).
     *
     * @param address the data-path address: one of this host's, not link-local
     * @param port UDP port to receive on and to send to, 1 to 65535; 0 lets the kernel pick one
     * @param sourcePorts sending sockets of each: a power of two, 1 to 64. More spread better over many paths and cores; each costs a
     *     descriptor, and a call per batch that has a packet for it
     * @param offloads whether to use the offloads the kernel has
     * @param workers how many to open, 1 to 256
     * @throws IllegalArgumentException an argument is out of range
     * @throws LinuxException the kernel refused, as when the port is in use; nothing stays open
     */
    public static List<LinuxUdpSocket> openSharing(
            IpAddress address, int port, int sourcePorts, boolean offloads, int workers) throws IOException {
        requireUsable(address);
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("port " + port + " is not between 0 and 65535");
        }
        if (sourcePorts < 1 || sourcePorts > MAX_SOURCE_PORTS || Integer.bitCount(sourcePorts) != 1) {
            throw new IllegalArgumentException(
                    sourcePorts + " source ports: allowed are powers of two from 1 to " + MAX_SOURCE_PORTS);
        }
        if (workers < 1 || workers > MAX_WORKERS) {
            throw new IllegalArgumentException(workers + " workers: allowed are 1 to " + MAX_WORKERS);
        }
        var sockets = new ArrayList<LinuxUdpSocket>(workers);
        try {
            sockets.add(openOne(address, port, sourcePorts, offloads, false));
            if (workers > 1) {
                LinuxUdpSocket first = sockets.getFirst();
                UdpDescriptors.share(first.state, first.receiving, first.toString());
                while (sockets.size() < workers) {
                    sockets.add(openOne(address, first.localAddress.getPort(), sourcePorts, offloads, true));
                }
            }
            return List.copyOf(sockets);
        } catch (Throwable t) {
            sockets.forEach(LinuxUdpSocket::close);
            throw t;
        }
    }

    private static LinuxUdpSocket openOne(
            IpAddress address, int port, int sourcePorts, boolean offloads, boolean joining) throws LinuxException {
        var state = new CallState();
        var descriptors = new int[1 + sourcePorts];
        int opened = 0;
        try {
            descriptors[0] = UdpDescriptors.openReceiving(state, address, port, joining);
            opened++; // not before it is open: a failure must not close descriptor 0
            while (opened < descriptors.length) {
                descriptors[opened] = UdpDescriptors.openSending(state, address);
                opened++;
            }
            return new LinuxUdpSocket(
                    descriptors[0],
                    Arrays.copyOfRange(descriptors, 1, descriptors.length),
                    UdpDescriptors.localAddress(state, descriptors[0], address),
                    Sockaddr.family(address),
                    offloads && UdpDescriptors.joinReceived(state, descriptors[0]),
                    offloads && UdpDescriptors.canCut(state, descriptors[1]));
        } catch (Throwable t) {
            for (int i = 0; i < opened; i++) {
                FileCalls.close(descriptors[i]);
            }
            throw t;
        }
    }

    private static void requireUsable(IpAddress address) {
        InetAddress inet = address.toInetAddress();
        if (inet.isAnyLocalAddress()) {
            throw new IllegalArgumentException(
                    "data-path address " + address + " stands for all addresses: give the one that peers send to");
        }
        if (inet.isMulticastAddress()) {
            throw new IllegalArgumentException(
                    "data-path address " + address + " is multicast: give one of this host's");
        }
        if (!address.isIpv4() && inet.isLinkLocalAddress()) {
            throw new IllegalArgumentException("data-path address " + address
                    + " is link-local, and means nothing without its interface: give a routable one");
        }
    }

    @Override
    public InetSocketAddress localAddress() {
        return localAddress;
    }

    /** With what the kernel lacks: {@code "linux (sendmmsg; no UDP_SEGMENT)"}. */
    @Override
    public String kind() {
        if (joining && sender.isSegmenting()) {
            return "linux (UDP_SEGMENT, UDP_GRO)";
        }
        String segmenting = sender.isSegmenting() ? "" : " no UDP_SEGMENT";
        String gro = joining ? "" : " no UDP_GRO";
        String comma = segmenting.isEmpty() || gro.isEmpty() ? "" : ",";
        return "linux (sendmmsg;" + segmenting + comma + gro + ")";
    }

    @Override
    public int descriptor() {
        return receiving;
    }

    /** Never asked: the descriptor tells. */
    @Override
    public boolean isReady() {
        return true;
    }

    /** Not needed: the descriptor tells. */
    @Override
    public void signalTo(Signal signal) {}

    @Override
    public int receive(PacketBatch batch) throws IOException {
        int before = batch.count();
        while (!batch.isFull()) {
            int message =
                    batch.slotsUsed() % MessageArray.CAPACITY; // so that each receives into the same slot each time
            int asked = Math.min(Math.min(batch.receivesLeft(), planned()), MessageArray.CAPACITY - message);
            if (receiveUpTo(message, asked, batch) < asked) {
                break;
            }
        }
        return batch.count() - before;
    }

    /** Messages to ask for: few if the kernel has joined many datagrams to each, for a batch is full with one of 64 KiB. */
    private int planned() {
        return Math.clamp(PLANNED_BYTES / lastLargest, 1, MessageArray.CAPACITY);
    }

    private int receiveUpTo(int first, int asked, PacketBatch batch) throws LinuxException {
        incoming.setReceiving(batch, batch.slotsUsed() - first, first + asked);
        int count;
        do {
            count = SocketCalls.recvmmsg(state, receiving, incoming.address(first), asked, SocketCalls.MSG_DONTWAIT);
        } while (count == -Errno.EINTR);
        if (count < 0) {
            if (isTransient(-count)) {
                return 0;
            }
            throw new LinuxException("recvmmsg", Sockaddr.text(localAddress), -count);
        }
        int largest = 1;
        for (int i = 0; i < count; i++) {
            largest = Math.max(largest, incoming.received(first + i));
            take(first + i, batch);
        }
        lastLargest = largest;
        return count;
    }

    private void take(int message, PacketBatch batch) {
        int first = batch.append(incoming.received(message), incoming.receivedSegmentSize(message));
        int end = batch.count();
        for (int i = first; i < end; i++) {
            batch.setPeer(i, incoming.peerHigh(message), incoming.peerLow(message));
        }
        if (incoming.isTruncated(message)) {
            batch.drop(end - 1, DropReason.DATAGRAM_TRUNCATED);
        }
        incoming.setReceivingAgain(message);
    }

    /** Nothing there; no memory just now; or an ICMP error about an earlier datagram, which the call took off the socket by telling it. */
    private static boolean isTransient(int errno) {
        return switch (errno) {
            case Errno.EAGAIN,
                    Errno.ENOMEM,
                    Errno.ENOBUFS,
                    Errno.ECONNREFUSED,
                    Errno.EHOSTUNREACH,
                    Errno.ENETUNREACH,
                    Errno.EMSGSIZE -> true;
            default -> false;
        };
    }

    @Override
    public void send(PacketBatch batch, int from, int to) {
        Arrays.fill(packetsOf, 0);
        for (int i = from; i < to; i++) {
            if (batch.isDropped(i)) {
                continue;
            }
            if (IpAddress.isIpv4(batch.peerHigh(i), batch.peerLow(i)) != (family == SocketCalls.AF_INET)) {
                batch.drop(i, DropReason.UNDERLAY_UNREACHABLE);
                continue;
            }
            packetsOf[socketOf(batch.flow(i))]++;
        }
        for (int s = 0; s < sending.length; s++) {
            if (packetsOf[s] > 0) {
                sender.begin(sending[s]);
                for (int i = from; i < to; i++) {
                    if (!batch.isDropped(i) && socketOf(batch.flow(i)) == s) {
                        sender.add(batch, i);
                    }
                }
                sender.flush(batch);
            }
        }
    }

    /** Both halves of the hash: the lower bits alone may already have chosen the worker. */
    private int socketOf(int flow) {
        return (flow ^ flow >>> 16) & sending.length - 1;
    }

    @Override
    public synchronized void close() {
        if (receiving < 0) {
            return;
        }
        FileCalls.close(receiving);
        receiving = NO_DESCRIPTOR;
        for (int i = 0; i < sending.length; i++) {
            FileCalls.close(sending[i]);
            sending[i] = NO_DESCRIPTOR;
        }
    }

    @Override
    public String toString() {
        return "UDP " + Sockaddr.text(localAddress);
    }
}
