package io.dunlin.lb.dns;

import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.InternetChecksum;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.IpHeader;
import io.dunlin.vxlan.wire.IpProtocol;
import io.dunlin.vxlan.wire.Ipv6Header;
import io.dunlin.vxlan.wire.Memory;
import io.dunlin.vxlan.wire.TcpHeader;

/**
 * What {@link NameStreams} says: segments of a connection, in the place of the packet that they reply to. A long one is a super-packet, which the
 * device takes whole or is given cut.
 */
final class StreamReply {
    private static final int RST = 0x04;
    private static final int MSS_OPTION_LENGTH = 4;
    /** Segments in a reply: a batch has room for so many of each of its packets. */
    private static final int MAX_SEGMENTS = 16;

    private static final int MAX_PACKET = 65_535;
    /** Bytes before the payload, of a segment that carries some. */
    static final int MAX_HEADERS = Ipv6Header.LENGTH + TcpHeader.LENGTH;

    private static final int TTL = 64;

    private StreamReply() {}

    /** Bytes of the longest reply on a network. */
    static int mostPacket(int mtu) {
        return Math.min(MAX_SEGMENTS * mtu, MAX_PACKET);
    }

    /** Bytes of the answer that one reply can carry. */
    static int mostBytes(StreamConnection connection) {
        return Math.min(MAX_SEGMENTS * connection.maxSegment, MAX_PACKET - MAX_HEADERS);
    }

    static void replyWithSyn(PacketBatch batch, int index, StreamConnection connection, int mtu) {
        int segment = mtu - IpHeader.length(connection.peer) - TcpHeader.LENGTH;
        reply(batch, index, connection, TcpHeader.FLAG_SYN | TcpHeader.FLAG_ACK, 0, segment);
    }

    /** A segment with {@code bytes} of what is to be sent. */
    static void reply(PacketBatch batch, int index, StreamConnection connection, int flags, int bytes) {
        reply(batch, index, connection, flags, bytes, 0);
    }

    private static void reply(
            PacketBatch batch, int index, StreamConnection connection, int flags, int bytes, int segment) {
        int ip = batch.start(index);
        int length = write(batch.memory(), ip, connection, flags, bytes, segment);
        batch.resize(index, length);
        batch.setRewritten(index);
        complete(batch, index, ip + IpHeader.length(connection.peer), connection, bytes);
    }

    /**
     * Appends a segment to a batch that is not full.
     *
     * @return its index
     */
    static int append(PacketBatch batch, StreamConnection connection, int bytes) {
        int ip = batch.nextStart();
        int index = batch.append(write(batch.memory(), ip, connection, TcpHeader.FLAG_ACK, bytes, 0));
        complete(batch, index, ip + IpHeader.length(connection.peer), connection, bytes);
        return index;
    }

    /**
     * Writes a whole packet but for its checksum.
     *
     * @param segment the largest that we take, in a SYN; else 0
     * @return its bytes
     */
    private static int write(Memory memory, int ip, StreamConnection connection, int flags, int bytes, int segment) {
        int tcp = ip + IpHeader.length(connection.peer);
        int header = TcpHeader.LENGTH + (segment == 0 ? 0 : MSS_OPTION_LENGTH);
        // the SYN has a number of its own, the one before what is sent next
        int sequence = connection.nextSent() - ((flags & TcpHeader.FLAG_SYN) != 0 ? 1 : 0);
        connection.send(memory, tcp + header, bytes);
        writeTcp(
                memory,
                tcp,
                connection.port,
                sequence,
                connection.nextReceived(),
                flags | (bytes > 0 ? TcpHeader.FLAG_PSH : 0),
                header,
                connection.room());
        if (segment != 0) {
            memory.i32(tcp + TcpHeader.LENGTH, TcpHeader.OPTION_MSS << 24 | MSS_OPTION_LENGTH << 16 | segment);
        }
        IpHeader.write(memory, ip, header + bytes, TTL, IpProtocol.TCP, connection.gateway, connection.peer);
        return tcp + header + bytes - ip;
    }

    private static void complete(PacketBatch batch, int index, int tcp, StreamConnection connection, int bytes) {
        Memory memory = batch.memory();
        int ip = batch.start(index);
        int tcpBytes = ip + batch.length(index) - tcp;
        batch.setTransport(index, IpProtocol.TCP, tcp);
        if (bytes > connection.maxSegment) {
            batch.setSegmentSize(index, connection.maxSegment);
            TcpHeader.setChecksum(
                    memory,
                    tcp,
                    InternetChecksum.partial(InternetChecksum.pseudoHeader(memory, ip, IpProtocol.TCP, tcpBytes)));
            batch.setChecksumPartial(index, tcp, tcp + TcpHeader.CHECKSUM);
        } else {
            setChecksum(memory, ip, tcp, tcpBytes);
        }
    }

    /** A packet of no connection is answered with a reset, if it carries anything (RFC 9293 section 3.10.7.1): a bare acknowledgment may be the last. */
    static boolean reset(PacketBatch batch, int index) {
        Memory memory = batch.memory();
        int ip = batch.start(index);
        int tcp = batch.transport(index);
        int flags = TcpHeader.flags(memory, tcp);
        int carried = ip
                + batch.length(index)
                - tcp
                - TcpHeader.headerLength(memory, tcp)
                + ((flags & TcpHeader.FLAG_SYN) != 0 ? 1 : 0)
                + ((flags & TcpHeader.FLAG_FIN) != 0 ? 1 : 0);
        if ((flags & RST) != 0 || carried == 0) {
            return false;
        }
        boolean hasAcknowledgment = (flags & TcpHeader.FLAG_ACK) != 0;
        int sequence = hasAcknowledgment ? memory.i32(tcp + TcpHeader.ACKNOWLEDGMENT) : 0;
        int next = TcpHeader.sequence(memory, tcp) + carried;
        int port = memory.u16(tcp + TcpHeader.SOURCE_PORT);
        writeTcp(memory, tcp, port, sequence, next, RST | TcpHeader.FLAG_ACK, TcpHeader.LENGTH, 0);
        IpAddress gateway = IpHeader.destination(memory, ip);
        IpAddress peer = IpHeader.source(memory, ip);
        IpHeader.write(memory, ip, TcpHeader.LENGTH, TTL, IpProtocol.TCP, gateway, peer);
        batch.resize(index, tcp + TcpHeader.LENGTH - ip);
        batch.setRewritten(index);
        setChecksum(memory, ip, tcp, TcpHeader.LENGTH);
        return true;
    }

    private static void writeTcp(
            Memory memory, int tcp, int port, int sequence, int next, int flags, int header, int window) {
        memory.u16(tcp + TcpHeader.SOURCE_PORT, NameAnswer.PORT);
        memory.u16(tcp + TcpHeader.DESTINATION_PORT, port);
        memory.i32(tcp + TcpHeader.SEQUENCE, sequence);
        memory.i32(tcp + TcpHeader.ACKNOWLEDGMENT, next);
        memory.i32(tcp + TcpHeader.DATA_OFFSET, header << 26 | flags << 16 | window);
        memory.i32(tcp + TcpHeader.CHECKSUM, 0);
    }

    private static void setChecksum(Memory memory, int ip, int tcp, int bytes) {
        TcpHeader.setChecksum(
                memory,
                tcp,
                InternetChecksum.finish(InternetChecksum.pseudoHeader(memory, ip, IpProtocol.TCP, bytes)
                        + InternetChecksum.sum(memory, tcp, bytes)));
    }
}
