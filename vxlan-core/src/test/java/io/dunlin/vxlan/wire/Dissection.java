package io.dunlin.vxlan.wire;

import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Reads a whole packet with the accessors, layer by layer as far as it parses, the way a careful stage does: the length check, then the
 * accessors. What it read stands under the names and in the notation of tshark's fields, so that the two can be compared.
 */
final class Dissection {
    private static final int VXLAN_PORT = 4789;
    /** How tshark says that a checksum is wrong, right, or not to be checked as bytes are missing. */
    private static final String WRONG = "0";

    private static final String RIGHT = "1";
    private static final String UNVERIFIED = "2";

    private final Memory memory;
    private final Map<String, String> fields = new LinkedHashMap<>();

    private Dissection(Memory memory) {
        this.memory = memory;
    }

    /** The fields of an Ethernet frame that fills {@code memory}. */
    static Map<String, String> ofFrame(Memory memory) {
        var dissection = new Dissection(memory);
        dissection.ethernet(0, memory.size());
        return dissection.fields;
    }

    private void ethernet(int at, int available) {
        if (!EthernetHeader.checkLength(available)) {
            return;
        }
        put("eth.dst", mac(EthernetHeader.destination(memory, at)));
        put("eth.src", mac(EthernetHeader.source(memory, at)));
        int type = EthernetHeader.type(memory, at);
        put("eth.type", "0x%04x".formatted(type));
        int inner = at + EthernetHeader.LENGTH;
        int left = available - EthernetHeader.LENGTH;
        switch (type) {
            case EthernetHeader.TYPE_IPV4 -> ipv4(inner, left);
            case EthernetHeader.TYPE_IPV6 -> ipv6(inner, left);
            case EthernetHeader.TYPE_ARP -> arp(inner, left);
            default -> {}
        }
    }

    private void arp(int at, int available) {
        if (!ArpMessage.checkLength(available) || !ArpMessage.isIpv4OverEthernet(memory, at)) {
            return;
        }
        put("arp.opcode", ArpMessage.operation(memory, at));
        put("arp.src.hw_mac", mac(ArpMessage.senderMac(memory, at)));
        put("arp.src.proto_ipv4", ipv4Text(ArpMessage.senderIpv4(memory, at)));
        put("arp.dst.proto_ipv4", ipv4Text(ArpMessage.targetIpv4(memory, at)));
    }

    private void ipv4(int at, int available) {
        if (!Ipv4Header.checkLength(available) || IpHeader.version(memory, at) != 4) {
            return;
        }
        int headerLength = Ipv4Header.headerLength(memory, at);
        int totalLength = Ipv4Header.totalLength(memory, at);
        if (headerLength < Ipv4Header.LENGTH || headerLength > Math.min(available, totalLength)) {
            return;
        }
        int fragment = Ipv4Header.fragment(memory, at);
        int offset = fragment & Ipv4Header.OFFSET_MASK;
        boolean more = (fragment & Ipv4Header.MORE_FRAGMENTS) != 0;
        put("ip.version", IpHeader.version(memory, at));
        put("ip.hdr_len", headerLength);
        put("ip.len", totalLength);
        put("ip.flags.df", (fragment & Ipv4Header.DONT_FRAGMENT) != 0);
        put("ip.flags.mf", more);
        put("ip.frag_offset", offset);
        put("ip.ttl", Ipv4Header.ttl(memory, at));
        put("ip.proto", Ipv4Header.protocol(memory, at));
        put("ip.checksum.status", Ipv4Header.isChecksumRight(memory, at, headerLength) ? RIGHT : WRONG);
        put("ip.src", ipv4Text(Ipv4Header.source(memory, at)));
        put("ip.dst", ipv4Text(Ipv4Header.destination(memory, at)));
        for (int option = Ipv4Header.LENGTH; option < headerLength; ) {
            int type = Ipv4Header.optionByte(memory, at, option);
            put("ip.opt.type", type);
            if (type == 0 || option + 1 >= headerLength) {
                break;
            }
            option += type == 1 ? 1 : Math.max(2, Ipv4Header.optionByte(memory, at, option + 1));
        }
        if (offset == 0) {
            var whole = new Payload(
                    at,
                    at + headerLength,
                    totalLength - headerLength,
                    Math.min(available, totalLength) - headerLength,
                    !more);
            switch (Ipv4Header.protocol(memory, at)) {
                case IpProtocol.UDP -> udp(whole, 4);
                case IpProtocol.TCP -> tcp(whole, 4);
                case IpProtocol.ICMP -> icmp(whole);
                default -> {}
            }
        }
    }

    private void ipv6(int at, int available) {
        if (!Ipv6Header.checkLength(available) || IpHeader.version(memory, at) != 6) {
            return;
        }
        int payloadLength = Ipv6Header.payloadLength(memory, at);
        int end = at + Math.min(available, Ipv6Header.LENGTH + payloadLength);
        put("ip.version", IpHeader.version(memory, at));
        put("ipv6.plen", payloadLength);
        put("ipv6.nxt", Ipv6Header.nextHeader(memory, at));
        put("ipv6.hlim", Ipv6Header.hopLimit(memory, at));
        put("ipv6.src", ipv6Text(Ipv6Header.sourceHigh(memory, at), Ipv6Header.sourceLow(memory, at)));
        put("ipv6.dst", ipv6Text(Ipv6Header.destinationHigh(memory, at), Ipv6Header.destinationLow(memory, at)));
        int type = Ipv6Header.nextHeader(memory, at);
        int next = at + Ipv6Header.LENGTH;
        boolean unfragmented = true;
        while (Ipv6Extension.isExtension(type)) {
            if (!Ipv6Extension.checkLength(end - next) || Ipv6Extension.headerLength(memory, next, type) > end - next) {
                return;
            }
            int following = Ipv6Extension.nextHeader(memory, next);
            int length = Ipv6Extension.headerLength(memory, next, type);
            if (type == Ipv6Extension.HOP_BY_HOP) {
                put("ipv6.hopopts.nxt", following);
                put("ipv6.hopopts.len_oct", length);
            } else if (type == Ipv6Extension.FRAGMENT) {
                put("ipv6.fraghdr.nxt", following);
                put("ipv6.fraghdr.offset", Ipv6Extension.fragmentOffset(memory, next) / 8);
                put("ipv6.fraghdr.more", Ipv6Extension.moreFragments(memory, next));
                unfragmented = false;
                if (Ipv6Extension.fragmentOffset(memory, next) != 0) {
                    return;
                }
            }
            next += length;
            type = following;
        }
        int declared = payloadLength - (next - at - Ipv6Header.LENGTH);
        var whole = new Payload(at, next, declared, end - next, unfragmented);
        switch (type) {
            case IpProtocol.UDP -> udp(whole, 6);
            case IpProtocol.TCP -> tcp(whole, 6);
            case IpProtocol.ICMPV6 -> icmpv6(whole);
            default -> {}
        }
    }

    private void udp(Payload payload, int version) {
        int at = payload.at;
        if (!UdpHeader.checkLength(payload.available)) {
            return;
        }
        put("udp.srcport", UdpHeader.sourcePort(memory, at));
        put("udp.dstport", UdpHeader.destinationPort(memory, at));
        put("udp.length", UdpHeader.datagramLength(memory, at));
        put("udp.checksum.status", status(payload, version, IpProtocol.UDP));
        int inner = at + UdpHeader.LENGTH;
        int left = payload.available - UdpHeader.LENGTH;
        if (UdpHeader.destinationPort(memory, at) == VXLAN_PORT && VxlanHeader.checkLength(left)) {
            put("vxlan.flags", "0x%04x".formatted(VxlanHeader.flags(memory, inner) << 8));
            put("vxlan.vni", VxlanHeader.vni(memory, inner));
            ethernet(inner + VxlanHeader.LENGTH, left - VxlanHeader.LENGTH);
        }
    }

    private void tcp(Payload payload, int version) {
        int at = payload.at;
        if (!TcpHeader.checkLength(payload.available)) {
            return;
        }
        int headerLength = TcpHeader.headerLength(memory, at);
        put("tcp.srcport", UdpHeader.sourcePort(memory, at));
        put("tcp.dstport", UdpHeader.destinationPort(memory, at));
        put("tcp.hdr_len", headerLength);
        put("tcp.flags", "0x%04x".formatted(TcpHeader.flags(memory, at)));
        put("tcp.checksum.status", status(payload, version, IpProtocol.TCP));
        var options = new StringBuilder();
        for (int option = TcpHeader.LENGTH; option < Math.min(headerLength, payload.available); option++) {
            options.append(HexFormat.of().toHexDigits((byte) TcpHeader.optionByte(memory, at, option)));
        }
        if (!options.isEmpty()) {
            put("tcp.options", options.toString());
        }
        for (int option = TcpHeader.LENGTH; option + 1 < Math.min(headerLength, payload.available); ) {
            int kind = TcpHeader.optionByte(memory, at, option);
            if (kind == TcpHeader.OPTION_END) {
                break;
            }
            int length = kind == TcpHeader.OPTION_NOP ? 1 : Math.max(2, TcpHeader.optionByte(memory, at, option + 1));
            if (kind == TcpHeader.OPTION_MSS
                    && length == 4
                    && option + 4 <= Math.min(headerLength, payload.available)) {
                put("tcp.options.mss_val", TcpHeader.optionWord(memory, at, option + 2));
            }
            option += length;
        }
    }

    private void icmp(Payload payload) {
        int at = payload.at;
        if (!IcmpHeader.checkLength(payload.available)) {
            return;
        }
        put("icmp.type", IcmpHeader.type(memory, at));
        put("icmp.code", IcmpHeader.code(memory, at));
        put(
                "icmp.checksum.status",
                !payload.isWhole()
                        ? UNVERIFIED
                        : IcmpHeader.isChecksumRightIpv4(memory, at, payload.declared) ? RIGHT : WRONG);
        switch (IcmpHeader.type(memory, at)) {
            case IcmpHeader.UNREACHABLE, IcmpHeader.TIME_EXCEEDED, IcmpHeader.PARAMETER_PROBLEM ->
                ipv4(at + IcmpHeader.LENGTH, payload.available - IcmpHeader.LENGTH);
            default -> {}
        }
    }

    private void icmpv6(Payload payload) {
        int at = payload.at;
        if (!IcmpHeader.checkLength(payload.available)) {
            return;
        }
        int type = IcmpHeader.type(memory, at);
        put("icmpv6.type", type);
        put("icmpv6.code", IcmpHeader.code(memory, at));
        put(
                "icmpv6.checksum.status",
                !payload.isWhole()
                        ? UNVERIFIED
                        : IcmpHeader.isChecksumRightIpv6(memory, payload.ip, at, payload.declared) ? RIGHT : WRONG);
        boolean advertisement = type == IcmpHeader.V6_NEIGHBOUR_ADVERTISEMENT;
        if (type < IcmpHeader.V6_FIRST_INFORMATIONAL) {
            ipv6(at + IcmpHeader.LENGTH, payload.available - IcmpHeader.LENGTH);
        } else if (type == IcmpHeader.V6_ROUTER_SOLICITATION) {
            linkAddress(at + IcmpHeader.LENGTH, payload.available - IcmpHeader.LENGTH);
        } else if ((advertisement || type == IcmpHeader.V6_NEIGHBOUR_SOLICITATION)
                && NeighbourMessage.checkLength(payload.available)
                && NeighbourMessage.areOptionsRight(memory, at, payload.available)) {
            put(
                    advertisement ? "icmpv6.nd.na.target_address" : "icmpv6.nd.ns.target_address",
                    ipv6Text(NeighbourMessage.targetHigh(memory, at), NeighbourMessage.targetLow(memory, at)));
            if (advertisement) {
                int flags = memory.i32(at + IcmpHeader.REST);
                put("icmpv6.nd.na.flag.s", (flags & NeighbourMessage.FLAG_SOLICITED) != 0);
                put("icmpv6.nd.na.flag.o", (flags & NeighbourMessage.FLAG_OVERRIDE) != 0);
            }
            linkAddress(at + NeighbourMessage.OPTIONS, payload.available - NeighbourMessage.OPTIONS);
        }
    }

    /** The first option, if it is a link-layer address: Linux sends no other in these messages. */
    private void linkAddress(int at, int available) {
        if (available >= 8 && memory.u8(at) <= NeighbourMessage.OPTION_TARGET_MAC) {
            put("icmpv6.opt.linkaddr", mac(memory.u48(at + 2)));
        }
    }

    private String status(Payload payload, int version, int protocol) {
        if (!payload.isWhole()) {
            return UNVERIFIED;
        }
        long pseudo = version == 4
                ? InternetChecksum.pseudoHeaderIpv4(memory, payload.ip, protocol, payload.declared)
                : InternetChecksum.pseudoHeaderIpv6(memory, payload.ip, protocol, payload.declared);
        boolean right = InternetChecksum.isRight(pseudo + InternetChecksum.sum(memory, payload.at, payload.declared));
        return right ? RIGHT : WRONG;
    }

    private void put(String field, String value) {
        fields.merge(field, value, (before, added) -> before + "," + added);
    }

    private void put(String field, int value) {
        put(field, Integer.toString(value));
    }

    private void put(String field, boolean value) {
        put(field, value ? "1" : "0");
    }

    private static String mac(long bits) {
        return new MacAddress(bits).toString();
    }

    private static String ipv4Text(int bits) {
        return IpAddress.ofIpv4(bits).toString();
    }

    private static String ipv6Text(long high, long low) {
        return new IpAddress(high, low).toString();
    }

    /**
     * What an IP packet carries.
     *
     * @param ip where the IP header is
     * @param declared bytes by the IP header
     * @param available bytes that are there
     * @param unfragmented whether it is all of what was sent
     */
    private record Payload(int ip, int at, int declared, int available, boolean unfragmented) {
        boolean isWhole() {
            return unfragmented && available >= declared;
        }
    }
}
