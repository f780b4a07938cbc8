package io.dunlin.lb;

import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.IcmpHeader;
import io.dunlin.vxlan.wire.IpHeader;
import io.dunlin.vxlan.wire.IpProtocol;
import io.dunlin.vxlan.wire.Ipv4Header;
import io.dunlin.vxlan.wire.Ipv6Extension;
import io.dunlin.vxlan.wire.Ipv6Header;
import io.dunlin.vxlan.wire.Memory;
import io.dunlin.vxlan.wire.UdpHeader;

/**
 * Between whom a packet travels: addresses, protocol and ports. A ping has one port, on the side that asks: its identifier. Reused from
 * packet to packet.
 */
final class Ends {
    /** What a packet is to services. */
    enum Kind {
        /** TCP, UDP or a ping: it has ports. */
        FLOW,
        /** An ICMP error, which quotes a packet that was on its way in the other direction. */
        ERROR,
        /** A fragment behind the first. */
        FRAGMENT,
        /** Something without ports. */
        OTHER
    }

    /** Result of {@link #fragmentOf} for what is none. */
    static final long NO_FRAGMENT = -1;

    /** As many extension headers as IpCheck lets pass. */
    private static final int MAX_EXTENSIONS = 8;
    /** Bytes of a transport header that an ICMP error quotes at the least (RFC 792): its ports, or a ping's identifier. */
    private static final int QUOTED = 8;

    final Addresses addresses = new Addresses();
    int protocol;
    int transport;
    int sourcePort;
    int destinationPort;

    /** Reads a packet that passed IpCheck. */
    Kind read(PacketBatch batch, int index) {
        Memory memory = batch.memory();
        addresses.read(memory, batch.start(index));
        protocol = batch.protocol(index);
        transport = batch.transport(index);
        return transport == PacketBatch.NO_TRANSPORT ? Kind.FRAGMENT : readPorts(memory);
    }

    /**
     * Reads what an ICMP error quotes, of which nothing was proven.
     *
     * @param ip where the quote begins
     * @param end where the error ends
     * @param version of the error's own IP header
     * @return whether there is a packet with ports
     */
    boolean readQuote(Memory memory, int ip, int end, int version) {
        boolean begins = end - ip >= (version == 4 ? Ipv4Header.LENGTH : Ipv6Header.LENGTH)
                && IpHeader.version(memory, ip) == version;
        if (!begins || !(version == 4 ? readQuotedIpv4(memory, ip) : readQuotedIpv6(memory, ip, end))) {
            return false;
        }
        addresses.read(memory, ip);
        return end - transport >= QUOTED && readPorts(memory) == Kind.FLOW;
    }

    private boolean readQuotedIpv4(Memory memory, int ip) {
        int header = Ipv4Header.headerLength(memory, ip);
        protocol = Ipv4Header.protocol(memory, ip);
        transport = ip + header;
        return header >= Ipv4Header.LENGTH && (Ipv4Header.fragment(memory, ip) & Ipv4Header.OFFSET_MASK) == 0;
    }

    private boolean readQuotedIpv6(Memory memory, int ip, int end) {
        protocol = Ipv6Header.nextHeader(memory, ip);
        transport = ip + Ipv6Header.LENGTH;
        for (int extensions = 0; Ipv6Extension.isExtension(protocol); extensions++) {
            if (extensions == MAX_EXTENSIONS || !Ipv6Extension.checkLength(end - transport)) {
                return false;
            }
            if (protocol == Ipv6Extension.FRAGMENT && Ipv6Extension.fragmentOffset(memory, transport) != 0) {
                return false;
            }
            int next = Ipv6Extension.nextHeader(memory, transport);
            transport += Ipv6Extension.headerLength(memory, transport, protocol);
            protocol = next;
        }
        return true;
    }

    private Kind readPorts(Memory memory) {
        return switch (protocol) {
            case IpProtocol.TCP, IpProtocol.UDP -> {
                sourcePort = UdpHeader.sourcePort(memory, transport);
                destinationPort = UdpHeader.destinationPort(memory, transport);
                yield Kind.FLOW;
            }
            case IpProtocol.ICMP ->
                switch (IcmpHeader.type(memory, transport)) {
                    case IcmpHeader.ECHO_REQUEST -> ping(IcmpHeader.identifier(memory, transport), 0);
                    case IcmpHeader.ECHO_REPLY -> ping(0, IcmpHeader.identifier(memory, transport));
                    case IcmpHeader.UNREACHABLE, IcmpHeader.TIME_EXCEEDED, IcmpHeader.PARAMETER_PROBLEM -> Kind.ERROR;
                    default -> Kind.OTHER;
                };
            case IpProtocol.ICMPV6 -> {
                int type = IcmpHeader.type(memory, transport);
                yield switch (type) {
                    case IcmpHeader.V6_ECHO_REQUEST -> ping(IcmpHeader.identifier(memory, transport), 0);
                    case IcmpHeader.V6_ECHO_REPLY -> ping(0, IcmpHeader.identifier(memory, transport));
                    default -> type < IcmpHeader.V6_FIRST_INFORMATIONAL ? Kind.ERROR : Kind.OTHER;
                };
            }
            default -> Kind.OTHER;
        };
    }

    private Kind ping(int source, int destination) {
        sourcePort = source;
        destinationPort = destination;
        return Kind.FLOW;
    }

    /** Becomes the way back of another. */
    void turn(Ends other) {
        addresses.source(other.addresses.destinationHigh, other.addresses.destinationLow);
        addresses.destination(other.addresses.sourceHigh, other.addresses.sourceLow);
        sourcePort = other.destinationPort;
        destinationPort = other.sourcePort;
    }

    /** Becomes what a client's packet has when it goes to the backend of its flow. The shard is locked. */
    void toBackend(Ends fromClient, FlowShard shard, int record) {
        Memory records = shard.records();
        int at = FlowShard.at(record);
        addresses.copy(fromClient.addresses);
        if (FlowRecord.isHairpin(records, at)) {
            addresses.source(fromClient.addresses.destinationHigh, fromClient.addresses.destinationLow);
        }
        addresses.destination(FlowRecord.backendHigh(records, at), FlowRecord.backendLow(records, at));
        sourcePort = fromClient.sourcePort;
        destinationPort = FlowRecord.backendPort(records, at);
    }

    /** What the fragments of one packet have in common, for a packet that passed IpCheck; {@link #NO_FRAGMENT} if it is whole. */
    static long fragmentOf(PacketBatch batch, int index) {
        Memory memory = batch.memory();
        int ip = batch.start(index);
        if (IpHeader.version(memory, ip) == 4) {
            return Ipv4Header.isFragment(memory, ip) ? Ipv4Header.identification(memory, ip) : NO_FRAGMENT;
        }
        int type = Ipv6Header.nextHeader(memory, ip);
        int at = ip + Ipv6Header.LENGTH;
        while (Ipv6Extension.isExtension(type)) {
            if (type == Ipv6Extension.FRAGMENT) {
                return Integer.toUnsignedLong(Ipv6Extension.identification(memory, at));
            }
            int next = Ipv6Extension.nextHeader(memory, at);
            at += Ipv6Extension.headerLength(memory, at, type);
            type = next;
        }
        return NO_FRAGMENT;
    }
}
