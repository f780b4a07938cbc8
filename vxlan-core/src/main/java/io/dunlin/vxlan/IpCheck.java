package io.dunlin.vxlan;

import io.dunlin.vxlan.packet.DropReason;
import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.IcmpHeader;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.IpHeader;
import io.dunlin.vxlan.wire.IpProtocol;
import io.dunlin.vxlan.wire.Ipv4Header;
import io.dunlin.vxlan.wire.Ipv6Extension;
import io.dunlin.vxlan.wire.Ipv6Header;
import io.dunlin.vxlan.wire.Memory;
import io.dunlin.vxlan.wire.TcpHeader;
import io.dunlin.vxlan.wire.UdpHeader;
import org.jspecify.annotations.Nullable;

/**
 * The stage that decides whether a packet is an IPv4 or IPv6 packet at all, the same for packets of workloads and of the underlay: both
 * are hostile. Later stages rely on what it proved: the headers lie within the packet, lengths agree, addresses are unicast.
 *
 * <p>For each packet that passes it sets the {@linkplain PacketBatch#transport transport header}, the protocol and the {@linkplain
 * PacketBatch#flow flow hash}, and cuts off what follows the IP packet (Ethernet's padding).
 *
 * <p>Legal options, extension headers and fragments pass.
 */
public final class IpCheck {
    private static final int LOOSE_SOURCE_ROUTE = 131;
    private static final int STRICT_SOURCE_ROUTE = 137;
    private static final int OPTION_END = 0;
    private static final int OPTION_NOP = 1;

    /** More than any host sends; what keeps a packet from costing a walk over a thousand empty headers. */
    private static final int MAX_EXTENSIONS = 8;

    private static final int MAX_PACKET = 65_535;

    private IpCheck() {}

    /** Checks a packet that begins with its IP header, and drops it if it is none. */
    public static void check(PacketBatch batch, int index) {
        DropReason fault = fault(batch, index);
        if (fault != null) {
            batch.drop(index, fault);
        }
    }

    private static @Nullable DropReason fault(PacketBatch batch, int i) {
        if (batch.length(i) == 0) {
            return DropReason.IP_TRUNCATED;
        }
        return switch (IpHeader.version(batch.memory(), batch.start(i))) {
            case 4 -> faultOfIpv4(batch, i);
            case 6 -> faultOfIpv6(batch, i);
            default -> DropReason.IP_VERSION;
        };
    }

    private static @Nullable DropReason faultOfIpv4(PacketBatch batch, int i) {
        Memory memory = batch.memory();
        int ip = batch.start(i);
        if (!Ipv4Header.checkLength(batch.length(i))) {
            return DropReason.IP_TRUNCATED;
        }
        int header = Ipv4Header.headerLength(memory, ip);
        if (header < Ipv4Header.LENGTH || header > batch.length(i)) {
            return DropReason.IPV4_HEADER_LENGTH;
        }
        int total = Ipv4Header.totalLength(memory, ip);
        if (total < header || total > batch.length(i)) {
            return DropReason.IP_LENGTH;
        }
        if (!Ipv4Header.isChecksumRight(memory, ip, header)) {
            return DropReason.IPV4_CHECKSUM;
        }
        if (header > Ipv4Header.LENGTH && !areOptionsLegal(memory, ip, header)) {
            return DropReason.IPV4_OPTION;
        }
        int source = Ipv4Header.source(memory, ip);
        int destination = Ipv4Header.destination(memory, ip);
        if (isMulticastIpv4(destination)) {
            return DropReason.MULTICAST;
        }
        if (!isUnicastIpv4(source) || !isUnicastIpv4(destination)) {
            return DropReason.MARTIAN;
        }
        if (Ipv4Header.ttl(memory, ip) == 0) {
            return DropReason.TTL_EXPIRED;
        }
        batch.resize(i, total);

        int protocol = Ipv4Header.protocol(memory, ip);
        int payload = total - header;
        int fragment = Ipv4Header.fragment(memory, ip);
        int offset = (fragment & Ipv4Header.OFFSET_MASK) << 3;
        boolean more = (fragment & Ipv4Header.MORE_FRAGMENTS) != 0;
        if ((more || offset != 0) && !isFragmentLegal(protocol, header, offset, payload, more)) {
            return DropReason.IP_FRAGMENT;
        }
        long addresses = (long) source << 32 | Integer.toUnsignedLong(destination);
        return faultOfTransport(batch, i, addresses, protocol, ip + header, payload, offset, more);
    }

    private static @Nullable DropReason faultOfIpv6(PacketBatch batch, int i) {
        Memory memory = batch.memory();
        int ip = batch.start(i);
        if (!Ipv6Header.checkLength(batch.length(i))) {
            return DropReason.IP_TRUNCATED;
        }
        int total = Ipv6Header.LENGTH + Ipv6Header.payloadLength(memory, ip);
        if (total > batch.length(i)) {
            return DropReason.IP_LENGTH;
        }
        long sourceHigh = Ipv6Header.sourceHigh(memory, ip);
        long sourceLow = Ipv6Header.sourceLow(memory, ip);
        long destinationHigh = Ipv6Header.destinationHigh(memory, ip);
        long destinationLow = Ipv6Header.destinationLow(memory, ip);
        if (isMulticastIpv6(destinationHigh)) {
            return DropReason.MULTICAST;
        }
        if (!isUnicastIpv6(sourceHigh, sourceLow) || !isUnicastIpv6(destinationHigh, destinationLow)) {
            return DropReason.MARTIAN;
        }
        if (Ipv6Header.hopLimit(memory, ip) == 0) {
            return DropReason.TTL_EXPIRED;
        }
        batch.resize(i, total);

        int next = Ipv6Header.nextHeader(memory, ip);
        int at = ip + Ipv6Header.LENGTH;
        int left = total - Ipv6Header.LENGTH;
        int offset = 0;
        boolean more = false;
        boolean seenFragment = false;
        int inFront = 0; // bytes of the extension headers that each fragment repeats
        int fragmentBytes = 0; // what follows the fragment header, further extension headers included
        for (int extensions = 0; Ipv6Extension.isExtension(next); extensions++) {
            // Hop-by-hop options stand first or not at all (RFC 8200 section 4.1).
            boolean misplaced = next == Ipv6Extension.HOP_BY_HOP && extensions > 0;
            if (misplaced || extensions == MAX_EXTENSIONS || !Ipv6Extension.checkLength(left)) {
                return DropReason.IPV6_EXTENSION;
            }
            int length = Ipv6Extension.headerLength(memory, at, next);
            if (length > left) {
                return DropReason.IPV6_EXTENSION;
            }
            if (next == Ipv6Extension.ROUTING && Ipv6Extension.routingType(memory, at) == 0) {
                return DropReason.IPV6_EXTENSION; // RFC 5095
            }
            if (next == Ipv6Extension.FRAGMENT) {
                if (seenFragment) {
                    return DropReason.IPV6_EXTENSION;
                }
                seenFragment = true;
                inFront = at - ip - Ipv6Header.LENGTH;
                fragmentBytes = left - length;
                offset = Ipv6Extension.fragmentOffset(memory, at);
                more = Ipv6Extension.moreFragments(memory, at);
            }
            next = Ipv6Extension.nextHeader(memory, at);
            at += length;
            left -= length;
            if (offset != 0) {
                break; // what follows is the middle of something
            }
        }
        if ((more || offset != 0) && !isFragmentLegal(next, inFront, offset, fragmentBytes, more)) {
            return DropReason.IP_FRAGMENT;
        }
        long addresses = mix(sourceHigh, sourceLow) ^ mix(destinationLow, destinationHigh);
        return faultOfTransport(batch, i, addresses, next, at, left, offset, more);
    }

    /**
     * A fragment's place is possible (RFC 791, RFC 8200 section 4.5), and does not overwrite TCP's flags (RFC 1858).
     *
     * @param counted bytes of headers that the whole packet's length field counts: IPv4's own header, IPv6's extensions
     */
    private static boolean isFragmentLegal(int protocol, int counted, int offset, int payload, boolean more) {
        return payload > 0
                && (!more || (payload & 7) == 0)
                && counted + offset + payload <= MAX_PACKET
                && !(protocol == IpProtocol.TCP && offset == 8);
    }

    private static @Nullable DropReason faultOfTransport(
            PacketBatch batch, int i, long addresses, int protocol, int at, int bytes, int offset, boolean more) {
        if (offset != 0) {
            batch.setTransport(i, protocol, PacketBatch.NO_TRANSPORT);
            batch.setFlow(i, flow(addresses, 0));
            return null;
        }
        Memory memory = batch.memory();
        boolean fits = switch (protocol) {
            case IpProtocol.TCP -> {
                int header = TcpHeader.checkLength(bytes) ? TcpHeader.headerLength(memory, at) : 0;
                yield header >= TcpHeader.LENGTH && header <= bytes;
            }
            case IpProtocol.UDP -> {
                int length = UdpHeader.checkLength(bytes) ? UdpHeader.datagramLength(memory, at) : 0;
                yield length >= UdpHeader.LENGTH && (more || length <= bytes);
            }
            case IpProtocol.ICMP, IpProtocol.ICMPV6 -> IcmpHeader.checkLength(bytes);
            default -> true;
        };
        if (!fits) {
            return DropReason.TRANSPORT_TRUNCATED;
        }
        if (protocol == IpProtocol.ICMPV6 && isNeighbourDiscovery(IcmpHeader.type(memory, at))) {
            return DropReason.ND_UNANSWERED; // it is of one link, and never forwarded (RFC 4861)
        }
        batch.setTransport(i, protocol, at);
        boolean hasPorts = (protocol == IpProtocol.TCP || protocol == IpProtocol.UDP) && !more;
        // All fragments of a packet must take one way. Only the first has ports, and in IPv6 the others may name an
        // extension header where the first one shows the protocol: so none of them counts either.
        long ports = hasPorts ? (long) UdpHeader.ports(memory, at) << 8 : 0;
        batch.setFlow(i, flow(addresses, more ? 0 : ports | protocol));
        return null;
    }

    static boolean isNeighbourDiscovery(int icmpv6Type) {
        return icmpv6Type >= IcmpHeader.V6_ROUTER_SOLICITATION && icmpv6Type <= IcmpHeader.V6_REDIRECT;
    }

    private static boolean areOptionsLegal(Memory memory, int ip, int header) {
        int at = Ipv4Header.LENGTH;
        while (at < header) {
            int kind = Ipv4Header.optionByte(memory, ip, at);
            if (kind == OPTION_END) {
                return true;
            }
            if (kind == OPTION_NOP) {
                at++;
                continue;
            }
            // Source routes lead a packet past the forwarding table (RFC 7126 section 4.3).
            if (kind == LOOSE_SOURCE_ROUTE || kind == STRICT_SOURCE_ROUTE || at + 1 >= header) {
                return false;
            }
            int length = Ipv4Header.optionByte(memory, ip, at + 1);
            if (length < 2 || at + length > header) {
                return false;
            }
            at += length;
        }
        return true;
    }

    /** 224.0.0.0/4 and 255.255.255.255. */
    private static boolean isMulticastIpv4(int address) {
        return address >>> 28 == 0xe || address == -1;
    }

    /** Neither 0.0.0.0/8, 127.0.0.0/8, 224.0.0.0/4 nor 240.0.0.0/4 (RFC 6890). */
    private static boolean isUnicastIpv4(int address) {
        int network = address >>> 24;
        return network != 0 && network != 127 && network < 224;
    }

    private static boolean isMulticastIpv6(long high) {
        return high >>> 56 == 0xff;
    }

    /** Neither multicast, unspecified, loopback, IPv4-compatible nor IPv4-mapped (RFC 6890); the last would find an IPv4 route. */
    private static boolean isUnicastIpv6(long high, long low) {
        return !isMulticastIpv6(high) && !(high == 0 && (low >>> 32 == 0 || IpAddress.isIpv4(high, low)));
    }

    private static int flow(long addresses, long portsAndProtocol) {
        long hash = mix(addresses, portsAndProtocol);
        return (int) (hash ^ hash >>> 32);
    }

    private static long mix(long a, long b) {
        long hash = (a ^ Long.rotateLeft(b, 29)) * 0x9E37_79B9_7F4A_7C15L;
        return (hash ^ hash >>> 32) * 0xD6E8_FEB8_6659_FD93L;
    }
}
