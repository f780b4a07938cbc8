package io.dunlin.lb;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.vxlan.IpCheck;
import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.IcmpHeader;
import io.dunlin.vxlan.wire.InternetChecksum;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.IpHeader;
import io.dunlin.vxlan.wire.IpProtocol;
import io.dunlin.vxlan.wire.Ipv4Header;
import io.dunlin.vxlan.wire.Memory;
import io.dunlin.vxlan.wire.TcpHeader;
import io.dunlin.vxlan.wire.UdpHeader;

/** IP packets as workloads send them, with right checksums, and what one can see of them. */
final class TestPackets {
    static final int SYN = TcpHeader.FLAG_SYN;
    static final int ACK = TcpHeader.FLAG_ACK;
    static final int FIN = TcpHeader.FLAG_FIN;
    static final int RST = TcpHeader.FLAG_RST;

    private TestPackets() {}

    /** An address and a port, or a ping's identifier. */
    record End(IpAddress address, int port) {
        static End of(String address, int port) {
            return new End(IpAddress.parse(address), port);
        }
    }

    static byte[] tcp(End from, End to, int flags, int sequence, int acknowledgment, int payload) {
        var body = Memory.of(new byte[TcpHeader.LENGTH + payload]);
        TcpHeader.write(body, 0, from.port(), to.port(), sequence, acknowledgment, flags);
        fill(body, TcpHeader.LENGTH);
        return packet(from, to, IpProtocol.TCP, body, TcpHeader.CHECKSUM);
    }

    static byte[] tcp(End from, End to, int flags) {
        return tcp(from, to, flags, 1000, 2000, 0);
    }

    static byte[] udp(End from, End to, int payload) {
        var body = Memory.of(new byte[UdpHeader.LENGTH + payload]);
        UdpHeader.writeUnsummed(body, 0, from.port(), to.port(), UdpHeader.LENGTH + payload);
        fill(body, UdpHeader.LENGTH);
        return packet(from, to, IpProtocol.UDP, body, UdpHeader.CHECKSUM);
    }

    static byte[] ping(End from, End to, boolean reply, int identifier) {
        var body = Memory.of(new byte[IcmpHeader.LENGTH + 16]);
        boolean ipv4 = from.address().isIpv4();
        int type = ipv4
                ? (reply ? IcmpHeader.ECHO_REPLY : IcmpHeader.ECHO_REQUEST)
                : reply ? IcmpHeader.V6_ECHO_REPLY : IcmpHeader.V6_ECHO_REQUEST;
        IcmpHeader.write(body, 0, type, 0, identifier << 16 | 7);
        fill(body, IcmpHeader.LENGTH);
        return packet(from, to, ipv4 ? IpProtocol.ICMP : IpProtocol.ICMPV6, body, IcmpHeader.CHECKSUM);
    }

    /** "Fragmentation needed" or "packet too big". */
    static byte[] tooBig(IpAddress from, IpAddress to, byte[] quoted, int mtu) {
        return icmpError(
                from,
                to,
                from.isIpv4() ? IcmpHeader.UNREACHABLE : IcmpHeader.V6_TOO_BIG,
                from.isIpv4() ? IcmpHeader.FRAGMENTATION_NEEDED : 0,
                mtu,
                quoted);
    }

    static byte[] icmpError(IpAddress from, IpAddress to, int type, int code, int rest, byte[] quoted) {
        var body = Memory.of(new byte[IcmpHeader.LENGTH + quoted.length]);
        IcmpHeader.write(body, 0, type, code, rest);
        body.put(IcmpHeader.LENGTH, quoted);
        int protocol = from.isIpv4() ? IpProtocol.ICMP : IpProtocol.ICMPV6;
        return packet(new End(from, 0), new End(to, 0), protocol, body, IcmpHeader.CHECKSUM);
    }

    private static void fill(Memory body, int from) {
        for (int i = from; i < body.size(); i++) {
            body.u8(i, i * 37 + 11);
        }
    }

    private static byte[] packet(End from, End to, int protocol, Memory body, int checksumAt) {
        Memory packet = ip(from.address(), to.address(), protocol, body.toArray());
        int transport = packet.size() - body.size();
        long sum = InternetChecksum.sum(packet, transport, body.size());
        if (protocol != IpProtocol.ICMP) {
            sum += InternetChecksum.pseudoHeader(packet, 0, protocol, body.size());
        }
        int checksum = InternetChecksum.finish(sum);
        packet.u16(transport + checksumAt, protocol == IpProtocol.UDP && checksum == 0 ? 0xffff : checksum);
        return packet.toArray();
    }

    static Memory ip(IpAddress from, IpAddress to, int protocol, byte[] body) {
        var packet = Memory.of(new byte[IpHeader.length(from) + body.length]);
        int header = IpHeader.write(packet, 0, body.length, 64, protocol, from, to);
        packet.put(header, body);
        return packet;
    }

    /** Puts a packet into a batch as a device does, and checks it as the path does. */
    static int receive(PacketBatch batch, byte[] packet) {
        batch.memory().put(batch.nextStart(), packet);
        int index = batch.append(packet.length);
        IpCheck.check(batch, index);
        assertThat(batch.dropReason(index)).isNull();
        return index;
    }

    static byte[] bytes(PacketBatch batch, int index) {
        return batch.memory().toArray(batch.start(index), batch.length(index));
    }

    static End source(PacketBatch batch, int index) {
        var ends = ends(batch, index);
        return new End(new IpAddress(ends.addresses.sourceHigh, ends.addresses.sourceLow), ends.sourcePort);
    }

    static End destination(PacketBatch batch, int index) {
        var ends = ends(batch, index);
        return new End(
                new IpAddress(ends.addresses.destinationHigh, ends.addresses.destinationLow), ends.destinationPort);
    }

    private static Ends ends(PacketBatch batch, int index) {
        var ends = new Ends();
        ends.read(batch, index);
        return ends;
    }

    /** Computes all checksums of a whole packet anew, and compares. */
    static void assertChecksumsRight(PacketBatch batch, int index) {
        Memory memory = batch.memory();
        int ip = batch.start(index);
        int transport = batch.transport(index);
        int bytes = ip + batch.length(index) - transport;
        boolean ipv4 = IpHeader.version(memory, ip) == 4;
        if (ipv4) {
            assertThat(Ipv4Header.isChecksumRight(memory, ip, Ipv4Header.headerLength(memory, ip)))
                    .isTrue();
        }
        int protocol = batch.protocol(index);
        long pseudo = protocol == IpProtocol.ICMP ? 0 : InternetChecksum.pseudoHeader(memory, ip, protocol, bytes);
        assertThat(InternetChecksum.isRight(pseudo + InternetChecksum.sum(memory, transport, bytes)))
                .isTrue();
    }
}
