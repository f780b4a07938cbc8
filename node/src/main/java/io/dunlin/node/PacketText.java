package io.dunlin.node;

import io.dunlin.ipsec.Spi;
import io.dunlin.ipsec.wire.EspHeader;
import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.ArpMessage;
import io.dunlin.vxlan.wire.EthernetHeader;
import io.dunlin.vxlan.wire.IcmpHeader;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.IpHeader;
import io.dunlin.vxlan.wire.IpProtocol;
import io.dunlin.vxlan.wire.Ipv4Header;
import io.dunlin.vxlan.wire.Ipv6Header;
import io.dunlin.vxlan.wire.Memory;
import io.dunlin.vxlan.wire.UdpHeader;
import io.dunlin.vxlan.wire.VxlanHeader;

/** Packets in words, for a trace. What it is given may be anything; it says what it can read. */
final class PacketText {
    private PacketText() {}

    /** A datagram of the underlay: VXLAN, Ethernet, and what they carry. */
    static String ofDatagram(PacketBatch batch, int index) {
        Memory memory = batch.memory();
        int at = batch.start(index);
        int bytes = batch.length(index);
        if (EspHeader.checkLength(bytes) && EspHeader.spi(memory, at) < 0) {
            return bytes + " B ESP, SPI " + new Spi(EspHeader.spi(memory, at)) + ", sequence "
                    + Integer.toUnsignedString(EspHeader.sequence(memory, at));
        }
        if (!VxlanHeader.checkLength(bytes) || !EthernetHeader.checkLength(bytes - VxlanHeader.LENGTH)) {
            return bytes + " B too short for VXLAN and Ethernet";
        }
        int ethernet = at + VxlanHeader.LENGTH;
        int payload = ethernet + EthernetHeader.LENGTH;
        int left = bytes - (payload - at);
        int type = EthernetHeader.type(memory, ethernet);
        String inner = switch (type) {
            case EthernetHeader.TYPE_ARP -> ofArp(memory, payload, left);
            case EthernetHeader.TYPE_IPV4, EthernetHeader.TYPE_IPV6 -> ofPacket(memory, payload, left);
            default -> "EtherType 0x%04x".formatted(type);
        };
        return bytes + " B VXLAN, VNI " + VxlanHeader.vni(memory, at) + ", " + inner;
    }

    /** An IP packet. */
    static String ofPacket(PacketBatch batch, int index) {
        return ofPacket(batch.memory(), batch.start(index), batch.length(index));
    }

    private static String ofPacket(Memory memory, int ip, int bytes) {
        if (Ipv4Header.checkLength(bytes) && IpHeader.version(memory, ip) == 4) {
            int header = Ipv4Header.headerLength(memory, ip);
            return bytes + " B "
                    + IpHeader.source(memory, ip) + " → "
                    + IpHeader.destination(memory, ip) + " "
                    + ofTransport(memory, Ipv4Header.protocol(memory, ip), ip + header, bytes - header);
        }
        if (Ipv6Header.checkLength(bytes) && IpHeader.version(memory, ip) == 6) {
            return bytes + " B "
                    + IpHeader.source(memory, ip) + " → "
                    + IpHeader.destination(memory, ip) + " "
                    + ofTransport(
                            memory,
                            Ipv6Header.nextHeader(memory, ip),
                            ip + Ipv6Header.LENGTH,
                            bytes - Ipv6Header.LENGTH);
        }
        return bytes + " B, no IP packet";
    }

    private static String ofTransport(Memory memory, int protocol, int at, int bytes) {
        return switch (protocol) {
            case IpProtocol.TCP -> "TCP" + ports(memory, at, bytes);
            case IpProtocol.UDP -> "UDP" + ports(memory, at, bytes);
            case IpProtocol.ICMP -> "ICMP" + type(memory, at, bytes);
            case IpProtocol.ICMPV6 -> "ICMPv6" + type(memory, at, bytes);
            default -> "protocol " + protocol;
        };
    }

    private static String ports(Memory memory, int at, int bytes) {
        return UdpHeader.checkLength(bytes)
                ? " " + UdpHeader.sourcePort(memory, at) + " → " + UdpHeader.destinationPort(memory, at)
                : "";
    }

    private static String type(Memory memory, int at, int bytes) {
        return IcmpHeader.checkLength(bytes)
                ? " type " + IcmpHeader.type(memory, at) + " code " + IcmpHeader.code(memory, at)
                : "";
    }

    private static String ofArp(Memory memory, int arp, int bytes) {
        if (!ArpMessage.checkLength(bytes)) {
            return "ARP, truncated";
        }
        String target = IpAddress.ofIpv4(ArpMessage.targetIpv4(memory, arp)).toString();
        String sender = IpAddress.ofIpv4(ArpMessage.senderIpv4(memory, arp)).toString();
        return switch (ArpMessage.operation(memory, arp)) {
            case ArpMessage.REQUEST -> "ARP who has " + target + ", tell " + sender;
            case ArpMessage.REPLY -> "ARP reply of " + sender;
            default -> "ARP";
        };
    }
}
