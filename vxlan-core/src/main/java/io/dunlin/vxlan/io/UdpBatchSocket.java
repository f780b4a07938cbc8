package io.dunlin.vxlan.io;

import io.dunlin.vxlan.packet.PacketBatch;
import java.io.IOException;
import java.net.InetSocketAddress;

/**
 * The node's place on the underlay: sends and receives UDP datagrams between VTEPs, all on one destination port. Called by the worker's
 * thread alone; never blocks.
 */
public interface UdpBatchSocket extends Pollable, AutoCloseable {
    /** Address and port it receives on. */
    InetSocketAddress localAddress();

    /** How it does it, for people: {@code "linux (sendmmsg)"}, {@code "netty"}. */
    String kind();

    /**
     * Appends received datagrams to the batch, each with its sender as {@linkplain PacketBatch#peerHigh peer}, until there are no more
     * or the batch is full. A datagram larger than a slot is appended as dropped ({@code DATAGRAM_TRUNCATED}).
     *
     * @return how many were appended
     * @throws IOException the socket is of no use any more
     */
    int receive(PacketBatch batch) throws IOException;

    /**
     * Sends packets {@code from} (inclusive) to {@code to} (exclusive) to their {@linkplain PacketBatch#peerHigh peers}, but for those
     * that are dropped already. Each segment of one that is {@linkplain PacketBatch#isCut cut} is a datagram. The outer source port is chosen by the packet's {@linkplain PacketBatch#flow flow hash} (RFC 7348 section
     * 5). What the socket does not take is marked as dropped ({@code UNDERLAY_FULL}, {@code UNDERLAY_TOO_BIG}, {@code
     * UNDERLAY_UNREACHABLE}, {@code UNDERLAY_REFUSED}).
     */
    void send(PacketBatch batch, int from, int to);

    /** Closes it. The worker must have let go of it. Idempotent. */
    @Override
    void close();
}
