package io.dunlin.lb.dns;

import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.InternetChecksum;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.IpHeader;
import io.dunlin.vxlan.wire.IpProtocol;
import io.dunlin.vxlan.wire.Ipv4Header;
import io.dunlin.vxlan.wire.Ipv6Header;
import io.dunlin.vxlan.wire.Memory;
import io.dunlin.vxlan.wire.TcpHeader;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * DNS over TCP at the gateway address, in the packets' own path: for answers that are too long for UDP there is a TCP here that does this and
 * nothing else (RFC 9293, RFC 7766). Each packet of a workload becomes at most one, in place: the reply, which acknowledges and carries as
 * much of the answer as the peer has room for.
 *
 * <p><b>No timers.</b> Between a workload and its node nothing is lost but where a queue is full, and whoever asks sends again what is not
 * acknowledged: a query is acknowledged by its answer alone, so that a lost answer is asked for again. A connection that nothing is heard of
 * makes room for others.
 *
 * <p>Belongs to one worker, to which a flow keeps. Allocates for each connection and query, which are few: clients come here where UDP said
 * that there is more.
 */
public final class NameStreams {
    /** Connections at once; beyond, the one that was quiet longest ends. */
    public static final int MAX_CONNECTIONS = 128;

    /** Of these, how many for one address: so that one workload leaves the others some. */
    static final int MAX_PER_ADDRESS = 32;

    private static final int RST = 0x04;
    private static final int MSS_OPTION_LENGTH = 4;
    /** Of a TCP header, behind the flags. */
    private static final int WINDOW = 14;

    /** Smaller ones are not believed. */
    private static final int LEAST_SEGMENT = 64;

    private static final int LEAST_MSS_IPV4 = 536;
    private static final int LEAST_MSS_IPV6 = 1220;
    /** What became of a packet. */
    public enum Outcome {
        /** It is the reply now, to be sent where it came from. */
        REPLY,
        /** It is used up, and there is nothing to be said. */
        TAKEN,
        /** As {@link #TAKEN}, and there is a {@link NameStreams#takeQuery query} for others. */
        ASK_UPSTREAM,
        /** It is as before: not one of these connections'. */
        NO_STREAM
    }

    /** A query that others have to answer; {@link NameStreams#answer} takes it back. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Query(Object connection, byte[] message, IpAddress asker) {}

    private final RandomGenerator random;
    private final Memory message = Memory.of(new byte[DnsResponder.MAX_MESSAGE]);
    private final List<StreamConnection> connections = new ArrayList<>();
    private @Nullable Query query;

    /** @param random that nobody can foretell: of numbers that connections begin with (RFC 9293 section 3.4.1) */
    public NameStreams(RandomGenerator random) {
        this.random = random;
    }

    /**
     * Takes a packet of a connection to port 53 of the gateway address. For packets that passed {@code IpCheck}.
     *
     * @param vni the packet's network
     * @param mtu bytes of the network's largest packet
     * @param zone its names
     */
    public Outcome answer(
            PacketBatch batch, int index, int vni, int mtu, DnsResponder responder, Zone zone, long nowNanos) {
        if (!isStream(batch, index) || !batch.hasRoom(index, StreamReply.mostPacket(mtu))) {
            return Outcome.NO_STREAM;
        }
        Memory memory = batch.memory();
        int ip = batch.start(index);
        int tcp = batch.transport(index);
        int flags = TcpHeader.flags(memory, tcp);
        IpAddress peer = IpHeader.source(memory, ip);
        StreamConnection connection = find(vni, peer, memory.u16(tcp + TcpHeader.SOURCE_PORT));
        if (connection == null) {
            if ((flags & (TcpHeader.FLAG_SYN | TcpHeader.FLAG_ACK | TcpHeader.FLAG_FIN | RST)) != TcpHeader.FLAG_SYN) {
                return refuse(batch, index);
            }
            connection = open(memory, ip, tcp, peer, vni, mtu, nowNanos);
            StreamReply.replyWithSyn(batch, index, connection, mtu);
            return Outcome.REPLY;
        }
        connection.lastNanos = nowNanos;
        int sequence = TcpHeader.sequence(memory, tcp);
        if ((flags & RST) != 0) {
            if (sequence == connection.nextReceived()) { // any other may be a guess (RFC 5961 section 3.2)
                connections.remove(connection);
            }
            return Outcome.TAKEN;
        }
        if ((flags & TcpHeader.FLAG_SYN) != 0) {
            if (sequence == connection.firstReceived && !connection.isEstablished()) {
                StreamReply.replyWithSyn(batch, index, connection, mtu);
            } else {
                StreamReply.reply(batch, index, connection, TcpHeader.FLAG_ACK, 0);
            }
            return Outcome.REPLY;
        }
        if ((flags & TcpHeader.FLAG_ACK) == 0) {
            return Outcome.TAKEN;
        }
        if (!connection.acknowledge(memory.i32(tcp + TcpHeader.ACKNOWLEDGMENT))) {
            connections.remove(connection);
            return refuse(batch, index);
        }
        connection.window = memory.u16(tcp + WINDOW);
        boolean wantsReply = receive(batch, index, connection, sequence, flags);
        return proceed(batch, index, connection, wantsReply, responder, zone);
    }

    /** Takes what the packet carries. Whether it carries something, which has to be acknowledged. */
    private static boolean receive(PacketBatch batch, int index, StreamConnection connection, int sequence, int flags) {
        Memory memory = batch.memory();
        int data = batch.transport(index) + TcpHeader.headerLength(memory, batch.transport(index));
        int bytes = batch.start(index) + batch.length(index) - data;
        boolean isEnd = (flags & TcpHeader.FLAG_FIN) != 0;
        if (bytes == 0 && !isEnd) {
            return false;
        }
        if (sequence != connection.nextReceived()) {
            connection.sendAgain();
            return true;
        }
        boolean takesAll = bytes <= connection.room();
        connection.take(memory, data, bytes);
        if (isEnd && takesAll) {
            connection.takeEnd();
        }
        return true;
    }

    private Outcome proceed(
            PacketBatch batch,
            int index,
            StreamConnection connection,
            boolean wantsReply,
            DnsResponder responder,
            Zone zone) {
        if (connection.isIdle() && !connection.isAsking) {
            int length = connection.queryLength();
            int answer = length > 0 ? ask(connection, responder, zone) : length;
            if (answer == DnsResponder.ASK_UPSTREAM) {
                return Outcome.ASK_UPSTREAM; // the answer will acknowledge it
            }
            if (answer < 0) {
                connections.remove(connection);
                return refuse(batch, index);
            }
            if (answer > 0) {
                connection.answer(message, answer);
            }
        }
        int bytes = connection.sendable(StreamReply.mostBytes(connection));
        boolean isEnd = connection.hasPeerEnded() && connection.isIdle() && !connection.isAsking;
        if (!wantsReply && bytes == 0 && !isEnd) {
            return Outcome.TAKEN;
        }
        if (isEnd) {
            connections.remove(connection);
        }
        StreamReply.reply(batch, index, connection, TcpHeader.FLAG_ACK | (isEnd ? TcpHeader.FLAG_FIN : 0), bytes);
        return Outcome.REPLY;
    }

    /** Bytes of the answer to the connection's next query, or what else {@link DnsResponder#answerStream} says. */
    private int ask(StreamConnection connection, DnsResponder responder, Zone zone) {
        byte[] asked = connection.takeQuery();
        message.put(0, asked);
        int answer = responder.answerStream(message, 0, asked.length, message.size(), zone);
        if (answer == DnsResponder.ASK_UPSTREAM) {
            connection.isAsking = true;
            query = new Query(connection, asked, connection.peer);
        }
        return answer;
    }

    /** The query for others of the packet that was last {@linkplain #answer answered}. */
    public Query takeQuery() {
        Query taken = query;
        if (taken == null) {
            throw new IllegalStateException("no query is waiting to be taken");
        }
        query = null;
        return taken;
    }

    /**
     * Appends the packet with which the answer to a query begins.
     *
     * @param batch that is not full
     * @param answered what others said; null: nobody did, and the workload is told that
     * @return the packet's index; negative if the connection is gone
     */
    @SuppressWarnings("ReferenceEquality") // a connection is an identity
    public int answer(PacketBatch batch, Query query, DnsResponder responder, byte @Nullable [] answered) {
        for (StreamConnection connection : connections) {
            if (connection == query.connection()) {
                byte[] bytes = answered == null ? query.message() : answered;
                message.put(0, bytes);
                connection.isAsking = false;
                connection.answer(message, answered == null ? responder.fail(message, 0, bytes.length) : bytes.length);
                int most = Math.min(StreamReply.mostBytes(connection), batch.room() - StreamReply.MAX_HEADERS);
                return StreamReply.append(batch, connection, connection.sendable(most));
            }
        }
        return -1;
    }

    private static boolean isStream(PacketBatch batch, int index) {
        Memory memory = batch.memory();
        int ip = batch.start(index);
        int tcp = batch.transport(index);
        if (tcp == PacketBatch.NO_TRANSPORT
                || batch.protocol(index) != IpProtocol.TCP
                || memory.u16(tcp + TcpHeader.DESTINATION_PORT) != NameAnswer.PORT
                || batch.isSuperPacket(index)) {
            return false;
        }
        boolean isIpv4 = IpHeader.version(memory, ip) == 4;
        // no options and no extension headers, so in IPv6 no fragment, too
        boolean isWhole = isIpv4
                ? tcp == ip + Ipv4Header.LENGTH && !Ipv4Header.isFragment(memory, ip)
                : tcp == ip + Ipv6Header.LENGTH;
        int bytes = ip + batch.length(index) - tcp;
        return isWhole
                && (batch.isChecksumPartial(index)
                        || InternetChecksum.isRight(InternetChecksum.pseudoHeader(memory, ip, IpProtocol.TCP, bytes)
                                + InternetChecksum.sum(memory, tcp, bytes)));
    }

    private @Nullable StreamConnection find(int vni, IpAddress peer, int port) {
        for (StreamConnection connection : connections) {
            if (connection.isFor(vni, peer, port)) {
                return connection;
            }
        }
        return null;
    }

    private StreamConnection open(Memory memory, int ip, int tcp, IpAddress peer, int vni, int mtu, long nowNanos) {
        makeRoom(vni, peer);
        int most = mtu - IpHeader.length(peer) - TcpHeader.LENGTH;
        var connection = new StreamConnection(
                peer,
                memory.u16(tcp + TcpHeader.SOURCE_PORT),
                IpHeader.destination(memory, ip),
                vni,
                TcpHeader.sequence(memory, tcp),
                random.nextInt(),
                Math.clamp(announcedSegment(memory, tcp, peer), LEAST_SEGMENT, most));
        connection.lastNanos = nowNanos;
        connections.add(connection);
        return connection;
    }

    /** Ends the connection that was quiet longest, of those of one address if it has its share. */
    private void makeRoom(int vni, IpAddress peer) {
        long ofAddress = connections.stream()
                .filter(connection -> connection.vni == vni && connection.peer.equals(peer))
                .count();
        if (ofAddress < MAX_PER_ADDRESS && connections.size() < MAX_CONNECTIONS) {
            return;
        }
        StreamConnection quietest = null;
        for (StreamConnection connection : connections) {
            boolean counts = ofAddress < MAX_PER_ADDRESS || connection.vni == vni && connection.peer.equals(peer);
            if (counts && (quietest == null || connection.lastNanos - quietest.lastNanos < 0)) {
                quietest = connection;
            }
        }
        connections.remove(quietest);
    }

    private static int announcedSegment(Memory memory, int tcp, IpAddress peer) {
        int end = TcpHeader.headerLength(memory, tcp);
        int at = TcpHeader.LENGTH;
        while (at < end && TcpHeader.optionByte(memory, tcp, at) != TcpHeader.OPTION_END) {
            if (TcpHeader.optionByte(memory, tcp, at) == TcpHeader.OPTION_NOP) {
                at++;
                continue;
            }
            int length = at + 1 < end ? TcpHeader.optionByte(memory, tcp, at + 1) : 0;
            if (length < 2 || at + length > end) {
                break;
            }
            if (TcpHeader.optionByte(memory, tcp, at) == TcpHeader.OPTION_MSS && length == MSS_OPTION_LENGTH) {
                return TcpHeader.optionWord(memory, tcp, at + 2);
            }
            at += length;
        }
        return peer.isIpv4() ? LEAST_MSS_IPV4 : LEAST_MSS_IPV6;
    }

    private static Outcome refuse(PacketBatch batch, int index) {
        return StreamReply.reset(batch, index) ? Outcome.REPLY : Outcome.TAKEN;
    }
}
