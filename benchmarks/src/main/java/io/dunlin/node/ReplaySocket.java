package io.dunlin.node;

import io.dunlin.vxlan.io.Signal;
import io.dunlin.vxlan.io.UdpBatchSocket;
import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.IpAddress;
import java.net.InetSocketAddress;

/**
 * A socket that receives the same datagrams over and over, several at once if the kernel is to have joined them, and takes every datagram;
 * otherwise as {@link ReplayDevice}.
 */
final class ReplaySocket implements UdpBatchSocket {
    /** What joining changes: the first datagram's headers. */
    private static final int HEADERS = 128;

    private final byte[] datagrams;
    private final int size;
    private final IpAddress peer;
    private int written;

    /** How often the next call of {@link #receive} finds them. */
    int waiting;

    /** @param size of each but the last */
    ReplaySocket(byte[] datagrams, int size, IpAddress peer) {
        this.datagrams = datagrams;
        this.size = size;
        this.peer = peer;
    }

    @Override
    public InetSocketAddress localAddress() {
        return new InetSocketAddress(4789);
    }

    @Override
    public String kind() {
        return "replay";
    }

    @Override
    public int descriptor() {
        return NO_DESCRIPTOR;
    }

    @Override
    public boolean isReady() {
        return true;
    }

    @Override
    public void signalTo(Signal signal) {}

    @Override
    public int receive(PacketBatch batch) {
        for (int i = 0; i < waiting; i++) {
            int bytes = i < written ? HEADERS : datagrams.length;
            batch.memory().put(batch.nextStart(), datagrams, 0, bytes);
            written = Math.max(written, i + 1);
            batch.append(datagrams.length, size);
        }
        for (int i = 0; i < batch.count(); i++) {
            batch.setPeer(i, peer.high(), peer.low());
        }
        return batch.count();
    }

    @Override
    public void send(PacketBatch batch, int from, int to) {}

    @Override
    public void close() {}
}
