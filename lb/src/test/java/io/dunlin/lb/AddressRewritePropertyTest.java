package io.dunlin.lb;

import static io.dunlin.lb.Balancer.Verdict.REWRITTEN;
import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.lb.TestPackets.End;
import io.dunlin.vxlan.Segmenter;
import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.InternetChecksum;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.IpProtocol;
import io.dunlin.vxlan.wire.Ipv4Header;
import io.dunlin.vxlan.wire.Memory;
import io.dunlin.vxlan.wire.TcpHeader;
import io.dunlin.vxlan.wire.UdpHeader;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterProperty;

/** Packets with any addresses and ports, rewritten by the balancer or by hand. */
class AddressRewritePropertyTest {
    private final PacketBatch batch = new PacketBatch(4, 65_535);

    @AfterProperty
    void close() {
        batch.close();
    }

    @Property
    void checksumsAreWhatAFullComputationGives(
            @ForAll boolean ipv4,
            @ForAll boolean tcp,
            @ForAll long from,
            @ForAll long to,
            @ForAll long newFrom,
            @ForAll long newTo,
            @ForAll @IntRange(min = 1, max = 65_535) int port,
            @ForAll @IntRange(min = 1, max = 65_535) int newPort,
            @ForAll @IntRange(max = 700) int payload) {
        var source = new End(address(ipv4, from), port);
        var destination = new End(address(ipv4, to), newPort);
        byte[] before = packet(tcp, source, destination, payload);
        var newSource = new End(address(ipv4, newFrom), newPort);
        var newDestination = new End(address(ipv4, newTo), port);

        int index = receive(before);
        rewrite(index, newSource, newDestination);
        assertThat(TestPackets.bytes(batch, index)).isEqualTo(packet(tcp, newSource, newDestination, payload));
        rewrite(index, source, destination);
        assertThat(TestPackets.bytes(batch, index)).isEqualTo(before);
    }

    @Property
    void partialChecksumsStayTheSumOverThePseudoHeader(
            @ForAll boolean ipv4,
            @ForAll boolean tcp,
            @ForAll long from,
            @ForAll long to,
            @ForAll long newTo,
            @ForAll @IntRange(min = 1, max = 65_535) int port,
            @ForAll @IntRange(max = 700) int payload) {
        var source = new End(address(ipv4, from), 9);
        var destination = new End(address(ipv4, to), 80);
        var newDestination = new End(address(ipv4, newTo), port);
        int index = receivePartial(packet(tcp, source, destination, payload));
        byte[] before = TestPackets.bytes(batch, index);

        rewrite(index, source, newDestination);
        assertThat(partial(index)).isEqualTo(partialOf(index));
        rewrite(index, source, destination);
        assertThat(TestPackets.bytes(batch, index)).isEqualTo(before);
        rewrite(index, source, newDestination);
        Segmenter.completeChecksum(batch, index);
        TestPackets.assertChecksumsRight(batch, index);
    }

    @Property(tries = 200)
    void superPacketsAreCutIntoSegmentsWithRightChecksums(
            @ForAll boolean ipv4,
            @ForAll boolean tcp,
            @ForAll long newTo,
            @ForAll @IntRange(min = 2000, max = 60_000) int payload,
            @ForAll @IntRange(min = 500, max = 1400) int size) {
        var source = new End(address(ipv4, 1), 9);
        var destination = new End(address(ipv4, 2), 80);
        var newDestination = new End(address(ipv4, newTo), 8080);
        int index = receivePartial(packet(tcp, source, destination, payload));
        batch.setSegmentSize(index, size);
        rewrite(index, source, newDestination);
        Segmenter.cut(batch, index, 0);
        assertThat(batch.segments(index)).isEqualTo((payload + size - 1) / size);
        for (int k = 0; k < batch.segments(index); k++) {
            Memory segment = segment(index, k);
            int transport = batch.transport(index) - batch.start(index);
            int bytes = segment.size() - transport;
            assertThat(UdpHeader.destinationPort(segment, transport)).isEqualTo(8080);
            long pseudo = InternetChecksum.pseudoHeader(segment, 0, batch.protocol(index), bytes);
            assertThat(InternetChecksum.isRight(pseudo + InternetChecksum.sum(segment, transport, bytes)))
                    .isTrue();
            if (ipv4) {
                assertThat(Ipv4Header.isChecksumRight(segment, 0, Ipv4Header.LENGTH))
                        .isTrue();
                assertThat(Ipv4Header.destination(segment, 0))
                        .isEqualTo(newDestination.address().lowInt());
            }
        }
    }

    @Property
    void aDamagedPacketStaysDamaged(
            @ForAll boolean ipv4,
            @ForAll boolean tcp,
            @ForAll long newTo,
            @ForAll @IntRange(min = 1, max = 255) int flip,
            @ForAll @IntRange(max = 99) int where) {
        var source = new End(address(ipv4, 1), 9);
        byte[] damaged = packet(tcp, source, new End(address(ipv4, 2), 80), 100);
        damaged[damaged.length - 1 - where] ^= (byte) flip;
        int index = receive(damaged);
        rewrite(index, source, new End(address(ipv4, newTo), 8080));
        int transport = batch.transport(index);
        int bytes = batch.start(index) + batch.length(index) - transport;
        long pseudo = InternetChecksum.pseudoHeader(batch.memory(), batch.start(index), batch.protocol(index), bytes);
        assertThat(InternetChecksum.isRight(pseudo + InternetChecksum.sum(batch.memory(), transport, bytes)))
                .isFalse();
    }

    @Property
    void udpWithoutAChecksumStaysWithout(@ForAll long newTo) {
        var source = new End(address(true, 1), 9);
        byte[] unsummed = packet(false, source, new End(address(true, 2), 80), 100);
        Memory.of(unsummed).u16(Ipv4Header.LENGTH + UdpHeader.CHECKSUM, 0);
        int index = receive(unsummed);
        rewrite(index, source, new End(address(true, newTo), 8080));
        assertThat(UdpHeader.checksum(batch.memory(), batch.transport(index))).isZero();
    }

    @Property
    void udpsZeroIsWrittenAsAllOnes(@ForAll long from, @ForAll long newTo) {
        var source = new End(address(true, from), 9);
        var destination = new End(address(true, newTo), 8080);
        // a payload that makes the sum over the rewritten packet all ones
        byte[] goal = packet(false, source, destination, 2);
        Memory view = Memory.of(goal);
        int payload = Ipv4Header.LENGTH + UdpHeader.LENGTH;
        int checksum = UdpHeader.checksum(view, Ipv4Header.LENGTH);
        int word = view.u16(payload) + checksum;
        view.u16(payload, (word & 0xffff) + (word >>> 16));
        view.u16(Ipv4Header.LENGTH + UdpHeader.CHECKSUM, 0xffff);

        int index = receive(goal);
        TestPackets.assertChecksumsRight(batch, index);
        rewrite(index, source, new End(address(true, 77), 53));
        TestPackets.assertChecksumsRight(batch, index);
        rewrite(index, source, destination);
        assertThat(UdpHeader.checksum(batch.memory(), batch.transport(index))).isEqualTo(0xffff);
    }

    @Property(tries = 200)
    void whatGoesToAServiceAndComesBackIsAsItWas(
            @ForAll boolean tcp, @ForAll boolean ipv4, @ForAll @IntRange(max = 500) int payload, @ForAll int host) {
        var bench = new Bench(1024);
        var client = new End(ipv4 ? IpAddress.ofIpv4(0x0a10_0000 | host & 0xffff) : new IpAddress(7, host), 5);
        var vip = new End((ipv4 ? Bench.VIP : Bench.VIP6).address(), tcp ? 80 : 53);
        assertThat(bench.out(tcp ? TestPackets.tcp(client, vip, TestPackets.SYN) : TestPackets.udp(client, vip, 1)))
                .isEqualTo(REWRITTEN);
        End backend = bench.destination();
        byte[] answer = packet(tcp, backend, client, payload);
        assertThat(bench.in(answer)).isEqualTo(REWRITTEN);
        assertThat(bench.bytes()).isEqualTo(packet(tcp, vip, client, payload));
    }

    private int receive(byte[] packet) {
        batch.clear();
        return TestPackets.receive(batch, packet);
    }

    private int receivePartial(byte[] packet) {
        int index = receive(packet);
        int transport = batch.transport(index);
        int at = transport + (batch.protocol(index) == IpProtocol.TCP ? TcpHeader.CHECKSUM : UdpHeader.CHECKSUM);
        batch.memory().u16(at, partialOf(index));
        batch.setChecksumPartial(index, transport, at);
        return index;
    }

    private int partial(int index) {
        return batch.memory().u16(batch.checksumAt(index));
    }

    private int partialOf(int index) {
        int bytes = batch.start(index) + batch.length(index) - batch.transport(index);
        return InternetChecksum.partial(
                InternetChecksum.pseudoHeader(batch.memory(), batch.start(index), batch.protocol(index), bytes));
    }

    private void rewrite(int index, End from, End to) {
        var packet = new Ends();
        packet.read(batch, index);
        var rewritten = new Ends();
        rewritten.addresses.source(from.address().high(), from.address().low());
        rewritten.addresses.destination(to.address().high(), to.address().low());
        rewritten.sourcePort = from.port();
        rewritten.destinationPort = to.port();
        AddressRewrite.rewrite(batch, index, packet, rewritten);
        assertThat(batch.isDropped(index)).isFalse();
    }

    private Memory segment(int index, int k) {
        var bytes = new byte[batch.headLength(index) + batch.bodyLength(index, k)];
        batch.memory().get(batch.head(index, k), bytes, 0, batch.headLength(index));
        batch.memory().get(batch.body(index, k), bytes, batch.headLength(index), batch.bodyLength(index, k));
        return Memory.of(bytes);
    }

    private static byte[] packet(boolean tcp, End from, End to, int payload) {
        return tcp ? TestPackets.tcp(from, to, TestPackets.ACK, 1, 2, payload) : TestPackets.udp(from, to, payload);
    }

    /** Some unicast address. */
    private static IpAddress address(boolean ipv4, long bits) {
        return ipv4
                ? IpAddress.ofIpv4(0x0a00_0000 | (int) bits & 0xff_ffff)
                : new IpAddress(0x2000_0000_0000_0000L | bits >>> 4, bits);
    }
}
