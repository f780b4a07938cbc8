package io.dunlin.vxlan.io.linux;

import io.dunlin.vxlan.io.Signal;
import io.dunlin.vxlan.io.UdpBatchSocket;
import io.dunlin.vxlan.packet.DropReason;
import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.IpAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;

/**
 * Kernel UDP sockets, driven by recvmmsg(2) and sendmmsg(2): one receives on the data-path port, several send, each from a port of its
 * own, so that routers and receivers spread flows by the outer source port (RFC 7348 section 5). A flow keeps its socket, so its packets
 * keep their order.
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

    private final CallState state = new CallState();
    private final InetSocketAddress localAddress;
    private final int family;
    private final int[] sending;
    private final MessageArray incoming;
    private final MessageArray outgoing;
    private int receiving;

    // Of the chunk being sent: messages grouped by socket. nextOf[s]: where socket s's next message goes; packetOf[m]:
    // whose message it is.
    private final int[] nextOf;
    private final int[] packetOf = new int[MessageArray.CAPACITY];

    private LinuxUdpSocket(int receiving, int[] sending, InetSocketAddress localAddress, int family) {
        this.receiving = receiving;
        this.sending = sending;
        this.localAddress = localAddress;
        this.family = family;
        this.incoming = new MessageArray(family, 0);
        this.outgoing = new MessageArray(family, localAddress.getPort());
        this.nextOf = new int[sending.length];
    }

    /** As {@link #open(IpAddress, int, int)} with {@value #DEFAULT_SOURCE_PORTS} source ports. */
    public static LinuxUdpSocket open(IpAddress address, int port) throws IOException {
        return open(address, port, DEFAULT_SOURCE_PORTS);
    }

    /**
     * Opens the sockets in the calling thread's network namespace.
     *
     * @param address the data-path address: one of this host's, not link-local
     * @param port UDP port to receive on and to send to, 1 to 65535; 0 lets the kernel pick one
     * @param sourcePorts sending sockets: a power of two, 1 to 64. More spread better over many paths and cores; each costs a
     *     descriptor, and a call per batch that has a packet for it
     * @throws IllegalArgumentException an argument is out of range
     * @throws LinuxException the kernel refused; nothing stays open
     */
    public static LinuxUdpSocket open(IpAddress address, int port, int sourcePorts) throws IOException {
        requireUsable(address);
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("port " + port + " is not between 0 and 65535");
        }
        if (sourcePorts < 1 || sourcePorts > MAX_SOURCE_PORTS || Integer.bitCount(sourcePorts) != 1) {
            throw new IllegalArgumentException(
                    sourcePorts + " source ports: allowed are powers of two from 1 to " + MAX_SOURCE_PORTS);
        }
        var state = new CallState();
        var descriptors = new int[1 + sourcePorts];
        int opened = 0;
        try {
            descriptors[0] = UdpDescriptors.openReceiving(state, address, port);
            opened++; // not before it is open: a failure must not close descriptor 0
            while (opened < descriptors.length) {
                descriptors[opened] = UdpDescriptors.openSending(state, address);
                opened++;
            }
            return new LinuxUdpSocket(
                    descriptors[0],
                    Arrays.copyOfRange(descriptors, 1, descriptors.length),
                    UdpDescriptors.localAddress(state, descriptors[0], address),
                    Sockaddr.family(address));
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

    @Override
    public String kind() {
        return "linux (sendmmsg)";
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
        int total = 0;
        while (!batch.isFull()) {
            int room = Math.min(batch.capacity() - batch.count(), MessageArray.CAPACITY);
            int count = receiveUpTo(room, batch);
            total += count;
            if (count < room) {
                break;
            }
        }
        return total;
    }

    private int receiveUpTo(int room, PacketBatch batch) throws LinuxException {
        long memory = batch.memory().address();
        int first = batch.count();
        for (int i = 0; i < room; i++) {
            incoming.setData(i, memory + batch.slotStart(first + i), batch.room());
            incoming.resetPeer(i);
        }
        int count;
        do {
            count = SocketCalls.recvmmsg(state, receiving, incoming.address(0), room, SocketCalls.MSG_DONTWAIT);
        } while (count == -Errno.EINTR);
        if (count < 0) {
            if (isTransient(-count)) {
                return 0;
            }
            throw new LinuxException("recvmmsg", Sockaddr.text(localAddress), -count);
        }
        for (int i = 0; i < count; i++) {
            int index = batch.append(incoming.received(i));
            batch.setPeer(index, incoming.peerHigh(i), incoming.peerLow(i));
            if (incoming.isTruncated(i)) {
                batch.drop(index, DropReason.DATAGRAM_TRUNCATED);
            }
        }
        return count;
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
        for (int at = from; at < to; at += MessageArray.CAPACITY) {
            sendChunk(batch, at, Math.min(at + MessageArray.CAPACITY, to));
        }
    }

    /** Two passes, a counting sort by sending socket; then a call per socket. */
    private void sendChunk(PacketBatch batch, int from, int to) {
        Arrays.fill(nextOf, 0);
        for (int i = from; i < to; i++) {
            if (batch.isDropped(i)) {
                continue;
            }
            if (IpAddress.isIpv4(batch.peerHigh(i), batch.peerLow(i)) != (family == SocketCalls.AF_INET)) {
                batch.drop(i, DropReason.UNDERLAY_UNREACHABLE);
                continue;
            }
            nextOf[socketOf(batch.flow(i))]++;
        }
        int start = 0;
        for (int s = 0; s < nextOf.length; s++) {
            int count = nextOf[s];
            nextOf[s] = start;
            start += count;
        }
        for (int i = from; i < to; i++) {
            if (!batch.isDropped(i)) {
                int message = nextOf[socketOf(batch.flow(i))]++;
                packetOf[message] = i;
                outgoing.setData(message, batch.address(i), batch.length(i));
                outgoing.setPeer(message, batch.peerHigh(i), batch.peerLow(i));
            }
        }
        start = 0;
        for (int s = 0; s < nextOf.length; s++) {
            int end = nextOf[s];
            sendMessages(batch, sending[s], start, end);
            start = end;
        }
    }

    /** Both halves of the hash: the lower bits alone may already have chosen the worker. */
    private int socketOf(int flow) {
        return (flow ^ flow >>> 16) & sending.length - 1;
    }

    /**
     * The kernel stops at the first message it does not take, and says why only when asked again from there on. A full buffer is tried
     * once more in each group: by then the device may have drained it; beyond that, dropping is what a congested router does.
     */
    private void sendMessages(PacketBatch batch, int socket, int from, int to) {
        boolean triedAgain = false;
        int at = from;
        while (at < to) {
            int sent = SocketCalls.sendmmsg(state, socket, outgoing.address(at), to - at, SocketCalls.MSG_DONTWAIT);
            if (sent > 0) {
                at += sent;
            } else if (isFull(-sent) && !triedAgain) {
                triedAgain = true;
            } else if (sent != -Errno.EINTR) {
                batch.drop(packetOf[at], dropReason(-sent));
                at++;
            }
        }
    }

    private static boolean isFull(int errno) {
        return errno == Errno.EAGAIN || errno == Errno.ENOBUFS;
    }

    private static DropReason dropReason(int errno) {
        return switch (errno) {
            case Errno.EAGAIN, Errno.ENOBUFS -> DropReason.UNDERLAY_FULL;
            case Errno.EMSGSIZE -> DropReason.UNDERLAY_TOO_BIG;
            case Errno.ENETUNREACH, Errno.EHOSTUNREACH, Errno.EADDRNOTAVAIL -> DropReason.UNDERLAY_UNREACHABLE;
            default -> DropReason.UNDERLAY_REFUSED;
        };
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
        incoming.close();
        outgoing.close();
    }

    @Override
    public String toString() {
        return "UDP " + Sockaddr.text(localAddress);
    }
}
