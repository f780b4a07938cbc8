package io.dunlin.lb.dns;

import static io.dunlin.lb.dns.NameAnswer.Outcome.ANSWERED;
import static io.dunlin.lb.dns.NameAnswer.Outcome.ASK_UPSTREAM;
import static io.dunlin.lb.dns.NameAnswer.Outcome.NO_QUERY;
import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.lb.dns.NameAnswer.Outcome;
import io.dunlin.testkit.Ipv4Packet;
import io.dunlin.testkit.Ipv6Packet;
import io.dunlin.testkit.Transport;
import io.dunlin.vxlan.IpCheck;
import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.IpHeader;
import io.dunlin.vxlan.wire.Ipv4Header;
import io.dunlin.vxlan.wire.Ipv6Header;
import io.dunlin.vxlan.wire.UdpHeader;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Message;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

class NameAnswerTest {
    private static final String CLIENT = "10.0.0.2";
    private static final String GATEWAY = "10.0.0.1";
    private static final int PORT = 40_000;
    private static final int MTU = 1450;

    private final PacketBatch batch = new PacketBatch(4, 65_535);
    private final DnsResponder responder = new DnsResponder();

    @AfterEach
    void free() {
        batch.close();
    }

    @Test
    void queryBecomesItsAnswerToWhereItCameFrom() throws Exception {
        int i = packet(ipv4(query("web", Type.A)).ttl(1));
        assertThat(answer(i)).isEqualTo(ANSWERED);
        int ip = batch.start(i);
        assertThat(IpHeader.source(batch.memory(), ip)).hasToString(GATEWAY);
        assertThat(IpHeader.destination(batch.memory(), ip)).hasToString(CLIENT);
        assertThat(Ipv4Header.ttl(batch.memory(), ip)).isEqualTo(64);
        assertThat(UdpHeader.sourcePort(batch.memory(), ip + 20)).isEqualTo(53);
        assertThat(UdpHeader.destinationPort(batch.memory(), ip + 20)).isEqualTo(PORT);
        assertThat(message(i).getSection(Section.ANSWER)).hasSize(1);
        assertThat(batch.memory().toArray(ip, batch.length(i)))
                .as("as another would build it, checksums and all")
                .isEqualTo(Ipv4Packet.of(GATEWAY, CLIENT)
                        .carrying(Transport.udp(53, PORT, messageBytes(i)))
                        .bytes());
    }

    @Test
    void answersOverIpv6() throws Exception {
        byte[] query = query("web", Type.AAAA).toWire();
        int i = append(Ipv6Packet.of("fd00::2", "fd00::1")
                .carrying(Transport.udp(PORT, 53, query))
                .bytes());
        assertThat(answer(i)).isEqualTo(ANSWERED);
        int ip = batch.start(i);
        var answer = new Message(batch.memory().toArray(ip + 48, batch.length(i) - 48));
        assertThat(answer.getSection(Section.ANSWER)).hasSize(1);
        assertThat(batch.memory().toArray(ip, batch.length(i)))
                .isEqualTo(Ipv6Packet.of("fd00::1", "fd00::2")
                        .carrying(Transport.udp(53, PORT, answer.toWire()))
                        .bytes());
        assertThat(Ipv6Header.hopLimit(batch.memory(), ip)).isEqualTo(64);
    }

    @Test
    void unknownNameIsForOthersAndThePacketAsItWas() {
        byte[] packet = ipv4(query("example.com", Type.A)).bytes();
        int i = append(packet);
        assertThat(answer(i)).isEqualTo(ASK_UPSTREAM);
        assertThat(batch.memory().toArray(batch.start(i), batch.length(i))).isEqualTo(packet);
    }

    @Test
    void takesAPartialChecksumAndWritesAWholeOne() throws Exception {
        int i = packet(ipv4(query("web", Type.A)));
        int udp = batch.transport(i);
        UdpHeader.setChecksum(batch.memory(), udp, 0x1111); // whatever the pseudo-header's sum may be
        batch.setChecksumPartial(i, udp, udp + UdpHeader.CHECKSUM);
        assertThat(answer(i)).isEqualTo(ANSWERED);
        assertThat(batch.isChecksumPartial(i)).isFalse();
        assertThat(batch.memory().toArray(batch.start(i), batch.length(i)))
                .isEqualTo(Ipv4Packet.of(GATEWAY, CLIENT)
                        .carrying(Transport.udp(53, PORT, messageBytes(i)))
                        .bytes());
    }

    @Test
    void whatIsNoWholeQueryStaysAsItWas() {
        byte[] query = query("web", Type.A).toWire();
        byte[] response = query.clone();
        response[2] |= (byte) 0x80;
        Transport right = Transport.udp(PORT, 53, query);
        byte[] wrong = query.clone();
        List<byte[]> packets = List.of(
                ipv4(Transport.udp(PORT, 54, query)).bytes(),
                ipv4(Transport.udp(0, 53, query)).bytes(),
                ipv4(Transport.udp(PORT, 53, response)).bytes(),
                ipv4(Transport.udp(PORT, 53, new byte[0])).bytes(),
                ipv4(Transport.tcp(PORT, 53, Transport.SYN, new byte[0], query)).bytes(),
                ipv4(right).flagsAndOffset(0x2000).bytes(),
                ipv4(right).flagsAndOffset(0x0010).bytes(),
                ipv4(right).options(1, 1, 1, 0).bytes(),
                ipv4(Transport.udp(PORT, 53, wrong).with(7, 1).unchecked()).bytes(),
                Ipv6Packet.of("fd00::2", "fd00::1")
                        .carrying(Transport.udp(PORT, 53, query).unchecked())
                        .bytes());
        for (int n = 0; n < packets.size(); n++) {
            batch.clear();
            byte[] packet = packets.get(n);
            int i = append(packet);
            if (batch.isDropped(i)) {
                continue; // a fragment that is none
            }
            assertThat(answer(i)).as("packet %d", n).isEqualTo(NO_QUERY);
            assertThat(batch.memory().toArray(batch.start(i), batch.length(i))).isEqualTo(packet);
        }
    }

    @Test
    void superPacketIsNoQuery() {
        int i = packet(ipv4(query("web", Type.A)));
        batch.setSegmentSize(i, 8);
        assertThat(answer(i)).isEqualTo(NO_QUERY);
    }

    @Test
    void answerFitsTheNetwork() throws Exception {
        Zone many = Zones.backend()
                .with(edit -> edit.putRoundRobin(
                        "many",
                        IntStream.range(0, 100)
                                .mapToObj(n -> IpAddress.ofIpv4(0x0a000000 + n))
                                .toList()));
        for (int mtu : new int[] {576, 1000, 1450}) {
            batch.clear();
            int i = packet(ipv4(Asking.edns(query("many", Type.A), 0, 4096, 0)));
            assertThat(NameAnswer.answer(batch, i, mtu, responder, many)).isEqualTo(ANSWERED);
            assertThat(batch.length(i)).isLessThanOrEqualTo(mtu).isGreaterThan(Math.min(mtu, 1260) - 32);
            assertThat(message(i).getSection(Section.ANSWER)).isNotEmpty();
        }
    }

    private Outcome answer(int index) {
        return NameAnswer.answer(batch, index, MTU, responder, Zones.backend());
    }

    private int packet(Ipv4Packet packet) {
        int i = append(packet.bytes());
        assertThat(batch.dropReason(i)).isNull();
        return i;
    }

    private int append(byte[] packet) {
        batch.memory().put(batch.nextStart(), packet);
        int i = batch.append(packet.length);
        IpCheck.check(batch, i);
        return i;
    }

    private Message message(int i) throws Exception {
        return new Message(messageBytes(i));
    }

    private byte[] messageBytes(int i) {
        return batch.memory().toArray(batch.start(i) + 28, batch.length(i) - 28);
    }

    private static Message query(String name, int type) {
        return Asking.query(name, type);
    }

    private static Ipv4Packet ipv4(Message query) {
        return ipv4(Transport.udp(PORT, 53, query.toWire()));
    }

    private static Ipv4Packet ipv4(Transport transport) {
        return Ipv4Packet.of(CLIENT, GATEWAY).carrying(transport);
    }
}
