package io.dunlin.lb.dns;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.testkit.Ipv4Packet;
import io.dunlin.testkit.Ipv6Packet;
import io.dunlin.testkit.Transport;
import io.dunlin.vxlan.IpCheck;
import io.dunlin.vxlan.packet.PacketBatch;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Type;

class UpstreamQueryTest {
    private static final byte[] QUERY = Asking.query("example.com", Type.A).toWire();

    private final PacketBatch batch = new PacketBatch(4, 65_535);
    private final DnsResponder responder = new DnsResponder();

    @AfterEach
    void free() {
        batch.close();
    }

    @Test
    void answerBecomesAPacketFromTheGatewayOverIpv4() {
        byte[] answer = answer(200);
        assertThat(packet(
                        take(Ipv4Packet.of("10.0.0.2", "10.0.0.1")
                                .carrying(Transport.udp(40_000, 53, QUERY))
                                .bytes()),
                        answer))
                .containsExactly(Ipv4Packet.of("10.0.0.1", "10.0.0.2")
                        .carrying(Transport.udp(53, 40_000, answer))
                        .bytes());
    }

    @Test
    void answerBecomesAPacketFromTheGatewayOverIpv6() {
        byte[] answer = answer(201);
        assertThat(packet(
                        take(Ipv6Packet.of("fd00::2", "fd00::1")
                                .carrying(Transport.udp(40_000, 53, QUERY))
                                .bytes()),
                        answer))
                .isEqualTo(Ipv6Packet.of("fd00::1", "fd00::2")
                        .carrying(Transport.udp(53, 40_000, answer))
                        .bytes());
    }

    @Test
    void queryThatNobodyAnsweredFails() throws Exception {
        UpstreamQuery query = take(Ipv4Packet.of("10.0.0.2", "10.0.0.1")
                .carrying(Transport.udp(40_000, 53, QUERY))
                .bytes());
        batch.clear();
        int i = query.answer(batch, responder, null);
        var message = new Message(batch.memory().toArray(batch.start(i) + 28, batch.length(i) - 28));
        assertThat(message.getRcode()).isEqualTo(Rcode.SERVFAIL);
        assertThat(message.getHeader().getID()).isEqualTo(Asking.ID);
    }

    @Test
    void answerThatDoesNotFitTheNetworkIsCut() throws Exception {
        UpstreamQuery query = take(Ipv4Packet.of("10.0.0.2", "10.0.0.1")
                .carrying(Transport.udp(40_000, 53, QUERY))
                .bytes());
        batch.clear();
        int i = query.answer(batch, responder, answer(1450 - 28 + 1));
        assertThat(batch.length(i)).isLessThan(100);
        var message = new Message(batch.memory().toArray(batch.start(i) + 28, batch.length(i) - 28));
        assertThat(message.getHeader().getFlag(Flags.TC)).isTrue();
        batch.clear();
        assertThat(batch.length(query.answer(batch, responder, answer(1450 - 28))))
                .isEqualTo(1450);
    }

    private UpstreamQuery take(byte[] packet) {
        batch.clear();
        batch.memory().put(batch.nextStart(), packet);
        int i = batch.append(packet.length);
        IpCheck.check(batch, i);
        assertThat(batch.isDropped(i)).isFalse();
        return UpstreamQuery.of(batch, i, 1450);
    }

    /** The packet as it is, but for its identification, which "don't fragment" allows to be any. */
    private byte[] packet(UpstreamQuery query, byte[] answer) {
        batch.clear();
        int i = query.answer(batch, responder, answer);
        IpCheck.check(batch, i);
        assertThat(batch.dropReason(i)).isNull();
        byte[] packet = batch.memory().toArray(batch.start(i), batch.length(i));
        if (packet[0] >>> 4 == 4) {
            byte[] like = Ipv4Packet.of("10.0.0.1", "10.0.0.2")
                    .carrying(Transport.udp(53, 40_000, answer))
                    .bytes();
            System.arraycopy(like, 4, packet, 4, 2);
            System.arraycopy(like, 10, packet, 10, 2);
        }
        return packet;
    }

    private static byte[] answer(int length) {
        byte[] answer = Arrays.copyOf(QUERY, length);
        answer[2] |= (byte) 0x80;
        return answer;
    }
}
