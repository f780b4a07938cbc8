package io.dunlin.vxlan.io;

import io.dunlin.vxlan.packet.DropReason;
import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.Memory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.net.BindException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The portable socket: the JDK's own datagram channel, one datagram per call, one source port. For any operating system, and where
 * native access is not enabled; several times slower than the batched one, and it allocates an address for each datagram received.
 */
public final class NioUdpSocket implements UdpBatchSocket {
    private static final int BUFFER_BYTES = 4 << 20;
    private static final int MAX_DATAGRAM = 65_535;
    private static final int KNOWN_PEERS = 1024;

    private final DatagramChannel channel;
    private final InetSocketAddress local;
    private final int port;
    private final boolean ipv4;
    /** One byte more than any datagram, so that what does not fit a slot is seen to be larger. */
    private final ByteBuffer received = ByteBuffer.allocateDirect(MAX_DATAGRAM + 1);
    /** Where a segment that lies in two pieces is put together. */
    private final ByteBuffer gathered = ByteBuffer.allocateDirect(PacketBatch.HEAD_ROOM + 65_535);

    private final Memory gatheredMemory = Memory.of(MemorySegment.ofBuffer(gathered));

    /** Socket addresses of the peers last sent to, so that sending allocates none. */
    private final Map<IpAddress, InetSocketAddress> peers = new LinkedHashMap<>(64, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<IpAddress, InetSocketAddress> eldest) {
            return size() > KNOWN_PEERS;
        }
    };

    private boolean mayHaveMore;

    private NioUdpSocket(DatagramChannel channel, InetSocketAddress local) {
        this.channel = channel;
        this.local = local;
        this.port = local.getPort();
        this.ipv4 = local.getAddress() instanceof Inet4Address;
    }

    /**
     * Opens a socket that receives on {@code local} and sends from it to the same port of others.
     *
     * @throws IOException naming the address, and what to do where it is in use or not this host's
     */
    public static NioUdpSocket open(InetSocketAddress local) throws IOException {
        var family =
                local.getAddress() instanceof Inet4Address ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6;
        var channel = DatagramChannel.open(family);
        try {
            channel.setOption(StandardSocketOptions.SO_RCVBUF, BUFFER_BYTES);
            channel.setOption(StandardSocketOptions.SO_SNDBUF, BUFFER_BYTES);
            channel.configureBlocking(false);
            channel.bind(local);
            return new NioUdpSocket(channel, (InetSocketAddress) channel.getLocalAddress());
        } catch (BindException e) {
            channel.close();
            throw new IOException(
                    "cannot receive on UDP " + local.getAddress().getHostAddress() + " port " + local.getPort() + ": "
                            + e.getMessage() + ": is another node running, or is it not this host's address?",
                    e);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    DatagramChannel channel() {
        return channel;
    }

    @Override
    public InetSocketAddress localAddress() {
        return local;
    }

    @Override
    public String kind() {
        return "portable (one datagram per call)";
    }

    @Override
    public int descriptor() {
        return NO_DESCRIPTOR;
    }

    /** Asked after the selector has looked. A batch that came back full says there may be more, without another look. */
    @Override
    public boolean isReady() {
        return mayHaveMore;
    }

    void markReady() {
        mayHaveMore = true;
    }

    @Override
    public void signalTo(Signal signal) {
        // the selector knows the channel itself
    }

    @Override
    public int receive(PacketBatch batch) throws IOException {
        int count = 0;
        while (!batch.isFull()) {
            received.clear();
            InetSocketAddress sender;
            try {
                sender = (InetSocketAddress) channel.receive(received);
            } catch (PortUnreachableException e) {
                continue; // somebody's ICMP about an earlier datagram, which on some systems arrives here
            }
            if (sender == null) {
                mayHaveMore = false;
                return count;
            }
            take(batch, sender);
            count++;
        }
        mayHaveMore = true;
        return count;
    }

    private void take(PacketBatch batch, InetSocketAddress sender) {
        received.flip();
        int bytes = Math.min(received.remaining(), batch.room());
        batch.memory().put(batch.nextStart(), received, bytes);
        int index = batch.append(bytes);
        if (received.remaining() > bytes) {
            batch.drop(index, DropReason.DATAGRAM_TRUNCATED);
        }
        IpAddress address = IpAddress.of(sender.getAddress());
        batch.setPeer(index, address.high(), address.low());
    }

    @Override
    public void send(PacketBatch batch, int from, int to) {
        for (int i = from; i < to; i++) {
            if (!batch.isDropped(i)) {
                send(batch, i);
            }
        }
    }

    private void send(PacketBatch batch, int i) {
        if (IpAddress.isIpv4(batch.peerHigh(i), batch.peerLow(i)) != ipv4) {
            batch.drop(i, DropReason.UNDERLAY_UNREACHABLE);
            return;
        }
        var address = new IpAddress(batch.peerHigh(i), batch.peerLow(i));
        int to = batch.peerPort(i) == 0 ? port : batch.peerPort(i);
        InetSocketAddress peer =
                peers.computeIfAbsent(address, absent -> new InetSocketAddress(absent.toInetAddress(), port));
        if (peer.getPort() != to) {
            peer = new InetSocketAddress(peer.getAddress(), to);
        }
        try {
            for (int k = 0; k < batch.segments(i); k++) {
                if (channel.send(datagram(batch, i, k), peer) == 0) {
                    batch.drop(i, DropReason.UNDERLAY_FULL);
                    return;
                }
            }
        } catch (NoRouteToHostException e) {
            batch.drop(i, DropReason.UNDERLAY_UNREACHABLE);
        } catch (IOException e) {
            // The JDK has no exception of its own for the other two that occur; their messages come from strerror(3).
            String message = String.valueOf(e.getMessage());
            if (message.contains("too long")) {
                batch.drop(i, DropReason.UNDERLAY_TOO_BIG);
            } else if (message.contains("unreachable")) {
                batch.drop(i, DropReason.UNDERLAY_UNREACHABLE);
            } else {
                batch.drop(i, DropReason.UNDERLAY_REFUSED);
            }
        }
    }

    /** A packet where it lies, or a segment of one that is cut, put together. */
    private ByteBuffer datagram(PacketBatch batch, int i, int k) {
        if (!batch.isCut(i)) {
            return batch.memory()
                    .segment()
                    .asSlice(batch.start(i), batch.length(i))
                    .asByteBuffer();
        }
        if (batch.isSideBySide(i)) {
            return batch.memory()
                    .segment()
                    .asSlice(batch.datagram(i, k), batch.datagramLength(i, k))
                    .asByteBuffer();
        }
        int head = batch.headLength(i);
        int body = batch.bodyLength(i, k);
        batch.memory().copyTo(gatheredMemory, batch.head(i, k), 0, head);
        batch.memory().copyTo(gatheredMemory, batch.body(i, k), head, body);
        return gathered.clear().limit(head + body);
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException("closing " + local, e);
        }
    }
}
