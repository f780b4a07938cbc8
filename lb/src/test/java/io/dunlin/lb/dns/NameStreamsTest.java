package io.dunlin.lb.dns;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.lb.dns.NameStreams.Outcome;
import io.dunlin.testkit.Ipv4Packet;
import io.dunlin.testkit.Transport;
import io.dunlin.vxlan.IpCheck;
import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.TcpHeader;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Message;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** A peer by hand, which can lose and repeat what a kernel would not. */
class NameStreamsTest {
    private static final int VNI = 4096;
    private static final int MTU = 1450;
    private static final int FIRST = 0xffff_fff0; // so that numbers wrap round
    private static final int RST = 0x04;

    private final PacketBatch batch = new PacketBatch(4, 65_535);
    private final DnsResponder responder = new DnsResponder();
    private final NameStreams streams = new NameStreams(new Random(1));
    private final Zone zone = Zones.backend()
            .with(edit -> edit.putRoundRobin(
                    "many",
                    IntStream.range(0, 4000)
                            .mapToObj(i -> IpAddress.ofIpv4(0x0a000000 + i))
                            .toList()));
    private int port = 40_000;
    private int next = FIRST;
    private int seen;

    /** What came back; payload of a super-packet whole. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Reply(Outcome outcome, int flags, int sequence, int acknowledged, int window, byte[] payload) {}

    @AfterEach
    void free() {
        batch.close();
    }

    @Test
    void answersOneQueryOnAConnection() throws Exception {
        connect();
        Reply reply = send(framed(Asking.query("web", Type.A)));
        assertThat(reply.acknowledged).isEqualTo(next);
        assertThat(message(reply.payload).getSection(Section.ANSWER)).hasSize(1);
        acknowledge(reply);
        Reply end = segment(TcpHeader.FLAG_FIN | TcpHeader.FLAG_ACK, new byte[0]);
        assertThat(end.flags).isEqualTo(TcpHeader.FLAG_FIN | TcpHeader.FLAG_ACK);
        assertThat(end.acknowledged).isEqualTo(next + 1);
    }

    @Test
    void takesAQueryByteByByteAndTwoAtOnce() throws Exception {
        connect();
        byte[] query = framed(Asking.query("web", Type.A));
        for (int i = 0; i < query.length - 1; i++) {
            assertThat(send(new byte[] {query[i]}).payload).isEmpty();
        }
        Reply first = send(new byte[] {query[query.length - 1]});
        assertThat(message(first.payload).getSection(Section.ANSWER)).hasSize(1);
        acknowledge(first);
        byte[] two = Arrays.copyOf(query, 2 * query.length);
        System.arraycopy(query, 0, two, query.length, query.length);
        Reply second = send(two);
        assertThat(message(second.payload).getSection(Section.ANSWER)).hasSize(1);
        Reply third = acknowledge(second);
        assertThat(message(third.payload).getSection(Section.ANSWER)).hasSize(1);
    }

    @Test
    void lostAnswerIsSentAgainWhenTheQueryIs() throws Exception {
        connect();
        byte[] query = framed(Asking.query("web", Type.A));
        Reply lost = send(query);
        next -= query.length;
        Reply again = send(query);
        assertThat(again.payload).isEqualTo(lost.payload);
        assertThat(again.sequence).isEqualTo(lost.sequence);
        assertThat(message(again.payload).getSection(Section.ANSWER)).hasSize(1);
    }

    @Test
    void longAnswerGoesAsFarAsThePeerHasRoom() throws Exception {
        connect();
        var all = new ByteArrayOutputStream();
        Reply reply = send(framed(Asking.query("many", Type.A)));
        while (reply.payload.length > 0) {
            assertThat(reply.sequence).isEqualTo(seen);
            assertThat(reply.payload.length).isLessThanOrEqualTo(16 * 1410);
            all.write(reply.payload);
            reply = acknowledge(reply);
        }
        assertThat(message(all.toByteArray()).getSection(Section.ANSWER)).hasSize(4000);
        assertThat(reply.outcome).isEqualTo(Outcome.TAKEN);
    }

    @Test
    void unknownConnectionIsResetUnlessItSaysNothing() {
        assertThat(segment(TcpHeader.FLAG_ACK, new byte[5]).flags & RST).isNotZero();
        assertThat(segment(TcpHeader.FLAG_FIN, new byte[0]).flags & RST).isNotZero();
        assertThat(segment(TcpHeader.FLAG_ACK, new byte[0]).outcome).isEqualTo(Outcome.TAKEN);
        assertThat(segment(RST, new byte[5]).outcome).isEqualTo(Outcome.TAKEN);
    }

    @Test
    void resetEndsAConnectionOnlyWhereItIsExpected() throws Exception {
        connect();
        next += 5;
        segment(RST, new byte[0]);
        next -= 5;
        assertThat(message(send(framed(Asking.query("web", Type.A))).payload).getRcode())
                .isEqualTo(Rcode.NOERROR);
        segment(RST, new byte[0]);
        assertThat(send(new byte[1]).flags & RST).isNotZero();
    }

    @Test
    void whatIsNoQueryEndsTheConnection() {
        connect();
        assertThat(send(new byte[] {0, 0}).flags & RST).isNotZero();
        assertThat(send(new byte[] {0, 0}).flags & RST)
                .as("there is none any more")
                .isNotZero();
        port++;
        connect();
        assertThat(send(new byte[] {(byte) 0xff, 0}).flags & RST).isNotZero();
        port++;
        connect();
        assertThat(send(new byte[] {0, 3, 1, 2, 3}).flags & RST).isNotZero();
    }

    @Test
    void acknowledgmentOfWhatWasNeverSentEndsTheConnection() {
        connect();
        seen += 1;
        assertThat(send(new byte[1]).flags & RST).isNotZero();
    }

    @Test
    void queryForOthersIsHandedOutAndItsAnswerSent() throws Exception {
        connect();
        byte[] query = framed(Asking.query("example.com", Type.A));
        assertThat(send(query).outcome).isEqualTo(Outcome.ASK_UPSTREAM);
        NameStreams.Query asked = streams.takeQuery();
        assertThat(asked.message()).isEqualTo(Arrays.copyOfRange(query, 2, query.length));
        next -= query.length;
        assertThat(send(query).payload).as("asked again meanwhile").isEmpty();
        byte[] answered = asked.message().clone();
        answered[2] |= (byte) 0x80;
        batch.clear();
        int index = streams.answer(batch, asked, responder, answered);
        assertThat(reply(Outcome.REPLY, index).payload).endsWith(answered);
        acknowledge(reply(Outcome.REPLY, index));
        assertThat(send(query).outcome).isEqualTo(Outcome.ASK_UPSTREAM);
        NameStreams.Query failing = streams.takeQuery();
        batch.clear();
        int failed = streams.answer(batch, failing, responder, null);
        assertThat(message(reply(Outcome.REPLY, failed).payload).getRcode()).isEqualTo(Rcode.SERVFAIL);
        segment(RST, new byte[0]);
        assertThat(streams.answer(batch, failing, responder, answered)).isNegative();
    }

    @Test
    void floodOfConnectionsEndsTheQuietestOfItsOwn() throws Exception {
        connect();
        int kept = port;
        int keptSeen = seen;
        for (int i = 0; i < NameStreams.MAX_PER_ADDRESS - 1; i++) {
            port++;
            connect();
        }
        int newest = port;
        port = kept;
        seen = keptSeen;
        next = FIRST + 1;
        assertThat(send(new byte[] {1}).flags & RST).isZero();
        for (int i = 0; i < 20; i++) {
            port = newest + 1 + i;
            connect();
        }
        port = kept;
        seen = keptSeen;
        next = FIRST + 2;
        assertThat(send(new byte[] {1}).flags & RST).as("was heard of since").isZero();
        port = kept + 1;
        assertThat(send(new byte[1]).flags & RST).as("was not").isNotZero();
    }

    private void connect() {
        next = FIRST;
        Reply reply = segment(TcpHeader.FLAG_SYN, new byte[0]);
        assertThat(reply.flags).isEqualTo(TcpHeader.FLAG_SYN | TcpHeader.FLAG_ACK);
        assertThat(reply.acknowledged).isEqualTo(FIRST + 1);
        Reply again = segment(TcpHeader.FLAG_SYN, new byte[0]);
        assertThat(again.sequence).isEqualTo(reply.sequence);
        next = FIRST + 1;
        seen = reply.sequence + 1;
        assertThat(segment(TcpHeader.FLAG_ACK, new byte[0]).outcome).isEqualTo(Outcome.TAKEN);
    }

    private Reply send(byte[] payload) {
        Reply reply = segment(TcpHeader.FLAG_ACK | TcpHeader.FLAG_PSH, payload);
        next += payload.length;
        return reply;
    }

    private Reply acknowledge(Reply reply) {
        seen = reply.sequence + reply.payload.length;
        return segment(TcpHeader.FLAG_ACK, new byte[0]);
    }

    private long now;

    private Reply segment(int flags, byte[] payload) {
        batch.clear();
        byte[] options = (flags & TcpHeader.FLAG_SYN) != 0 ? new byte[] {1, 2, 4, 0x05, (byte) 0xb4} : new byte[0];
        Transport tcp = Transport.tcp(port, 53, flags, options, payload);
        ByteBuffer.wrap(tcp.bytes()).putInt(4, next).putInt(8, seen);
        byte[] packet = Ipv4Packet.of("10.0.0.2", "10.0.0.1").carrying(tcp).bytes();
        batch.memory().put(batch.nextStart(), packet);
        int index = batch.append(packet.length);
        IpCheck.check(batch, index);
        assertThat(batch.dropReason(index)).isNull();
        return reply(streams.answer(batch, index, VNI, MTU, responder, zone, now++), index);
    }

    private Reply reply(Outcome outcome, int index) {
        if (outcome != Outcome.REPLY) {
            return new Reply(outcome, 0, 0, 0, 0, new byte[0]);
        }
        IpCheck.check(batch, index);
        assertThat(batch.dropReason(index)).isNull();
        int tcp = batch.transport(index);
        int data = tcp + TcpHeader.headerLength(batch.memory(), tcp);
        return new Reply(
                outcome,
                TcpHeader.flags(batch.memory(), tcp) & ~TcpHeader.FLAG_PSH,
                TcpHeader.sequence(batch.memory(), tcp),
                batch.memory().i32(tcp + TcpHeader.ACKNOWLEDGMENT),
                batch.memory().u16(tcp + 14),
                batch.memory().toArray(data, batch.start(index) + batch.length(index) - data));
    }

    private static byte[] framed(Message query) {
        byte[] bytes = query.toWire();
        return ByteBuffer.allocate(2 + bytes.length)
                .putShort((short) bytes.length)
                .put(bytes)
                .array();
    }

    private static Message message(byte[] framed) throws Exception {

        assertThat((framed[0] & 0xff) << 8 | framed[1] & 0xff).isEqualTo(framed.length - 2);
        return new Message(Arrays.copyOfRange(framed, 2, framed.length));
    }
}
