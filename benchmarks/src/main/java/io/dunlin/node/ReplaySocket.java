package io.dunlin.node;

import io.dunlin.benchmarks.Batches;
import io.dunlin.vxlan.io.Signal;
import io.dunlin.vxlan.io.UdpBatchSocket;
import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.IpAddress;
import java.net.InetSocketAddress;

/** A socket that receives the same datagram over and over, and takes every datagram; otherwise as {@link ReplayDevice}. */
final class ReplaySocket implements UdpBatchSocket {
    private final byte[] datagram;
    private final IpAddress peer;
    private int written;

    /** How many datagrams the next call of {@link #receive} finds. */
    int waiting;

    ReplaySocket(byte[] datagram, IpAddress peer) {
        this.datagram = datagram;
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
            if (i < written) {
                batch.append(datagram.length);
            } else {
                Batches.add(batch, datagram);
                written++;
            }
            batch.setPeer(i, peer.high(), peer.low());
        }
        return waiting;
    }

    @Override
    public void send(PacketBatch batch, int from, int to) {}

    @Override
    public void close() {}
}
