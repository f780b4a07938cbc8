package io.dunlin.vxlan;

import io.dunlin.testkit.Checksum;
import io.dunlin.testkit.Ipv4Packet;
import io.dunlin.testkit.Ipv6Packet;
import io.dunlin.testkit.Transport;
import io.dunlin.vxlan.packet.PacketBatch;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/**
 * A super-packet of any kind, as a kernel hands it to a device.
 *
 * @param size bytes of payload in each segment
 * @param partial whether its checksum covers the pseudo-header only
 */
@SuppressWarnings("ArrayRecordComponent") // a carrier of bytes inside tests; never compared
record SuperPacket(byte[] bytes, int size, boolean partial) {
    private static final int ROOM = 65_535;
    private static final int ACK = 0x10;
    private static final int ECE = 0x40;

    /** Whatever {@link Segmenter} cuts: IPv4 options, IPv6 extension headers, any TCP options and flags, UDP without a checksum. */
    static Arbitrary<SuperPacket> any() {
        return built(SuperPacket::any);
    }

    /** What {@link GroCoalescer} gives: at least two segments, no options of IP, no flags but ACK, ECE, PSH and FIN. */
    static Arbitrary<SuperPacket> joined() {
        return built(SuperPacket::joined);
    }

    private interface Build {
        SuperPacket of(Random random, int payload, int segments);
    }

    private static Arbitrary<SuperPacket> built(Build build) {
        // What makes a packet long or short is jqwik's to shrink; the rest follows from the seed.
        Arbitrary<Integer> payload = Arbitraries.oneOf(
                Arbitraries.integers().between(1, 300), Arbitraries.integers().between(1, ROOM));
        return Combinators.combine(
                        Arbitraries.longs().withoutEdgeCases(),
                        payload,
                        Arbitraries.integers().between(1, 128))
                .as((seed, bytes, segments) -> build.of(new Random(seed), bytes, segments));
    }

    private static SuperPacket any(Random random, int payload, int segments) {
        boolean ipv6 = random.nextBoolean();
        boolean tcp = random.nextInt(3) > 0;
        int transport = tcp ? 20 + random.nextInt(11) * 4 : 8;
        int ip = ipv6 ? 40 + 8 * random.nextInt(6) : 20 + random.nextInt(11) * 4;
        byte[] packet = packet(random, ipv6, ip, tcp, transport, Math.min(payload, ROOM - ip - transport));
        if (tcp) {
            SlowPacket.put8(packet, SlowPacket.flags(packet), random.nextInt(256));
            SlowPacket.put16(packet, SlowPacket.transport(packet) + 18, random.nextInt(0x10000));
        }
        boolean partial = random.nextInt(4) > 0;
        return of(random, packet, segments, partial, !tcp && !partial && random.nextBoolean());
    }

    private static SuperPacket joined(Random random, int payload, int segments) {
        boolean ipv6 = random.nextBoolean();
        boolean tcp = random.nextInt(3) > 0;
        int transport = tcp ? 20 + random.nextInt(11) * 4 : 8;
        int ip = ipv6 ? 40 : 20;
        int bytes = Math.min(Math.max(payload, 2), ROOM - ip - transport);
        byte[] packet = packet(random, ipv6, ip, tcp, transport, bytes);
        if (tcp) {
            int flags = ACK | random.nextInt(256) & (ECE | SlowPacket.PSH | SlowPacket.FIN);
            SlowPacket.put8(packet, SlowPacket.flags(packet), flags);
        }
        return of(random, packet, Math.clamp(segments, 2, bytes), true, false);
    }

    private static byte[] packet(Random random, boolean ipv6, int ip, boolean tcp, int transport, int payload) {
        var data = new byte[payload];
        switch (random.nextInt(4)) {
            case 0 -> Arrays.fill(data, (byte) -1);
            case 1 -> Arrays.fill(data, (byte) 0);
            default -> random.nextBytes(data);
        }
        var options = new byte[Math.max(transport - 20, 0)];
        random.nextBytes(options);
        int port = random.nextInt(0x10000);
        Transport carried = tcp
                ? Transport.tcp(port, random.nextInt(0x10000), ACK, options, data)
                : Transport.udp(port, random.nextInt(0x10000), data);
        byte[] packet = ipv6 ? ipv6(random, ip - 40, carried) : ipv4(random, ip - 20, carried);
        if (tcp) {
            SlowPacket.put32(packet, ip + 4, random.nextInt());
            SlowPacket.put32(packet, ip + 8, random.nextInt());
            SlowPacket.put8(packet, ip + 12, SlowPacket.u8(packet, ip + 12) | random.nextInt(16));
            SlowPacket.put16(packet, ip + 14, random.nextInt(0x10000));
        }
        return packet;
    }

    private static byte[] ipv4(Random random, int options, Transport carried) {
        var values = new int[options];
        for (int i = 0; i < options; ) {
            int length = Math.min(1 + random.nextInt(8), options - i);
            values[i] = length == 1 ? 1 : 30; // "no operation", or an experiment (RFC 4727)
            for (int k = 1; k < length; k++) {
                values[i + k] = k == 1 ? length : random.nextInt(256);
            }
            i += length;
        }
        byte[] packet = Ipv4Packet.of("10.0.0.2", "10.0.0.3")
                .options(values)
                .flagsAndOffset(random.nextBoolean() ? 0x4000 : 0)
                .ttl(1 + random.nextInt(255))
                .carrying(carried)
                .bytes();
        SlowPacket.put8(packet, 1, random.nextInt(256));
        SlowPacket.put16(packet, 4, random.nextInt(4) == 0 ? 0xffff : random.nextInt(0x10000));
        SlowPacket.fixIpv4Checksum(packet);
        return packet;
    }

    private static byte[] ipv6(Random random, int extensions, Transport carried) {
        Ipv6Packet packet = Ipv6Packet.of("fd00::2", "fd00::3")
                .hopLimit(1 + random.nextInt(255))
                .carrying(carried);
        int first = 8 * random.nextInt(extensions / 8 + 1);
        if (first > 0) {
            packet.options(Ipv6Packet.HOP_BY_HOP, first / 8 - 1);
        }
        if (extensions > first) {
            packet.options(Ipv6Packet.DESTINATION_OPTIONS, (extensions - first) / 8 - 1);
        }
        byte[] bytes = packet.bytes();
        SlowPacket.put32(bytes, 0, 6 << 28 | random.nextInt(1 << 28));
        return bytes;
    }

    private static SuperPacket of(Random random, byte[] packet, int segments, boolean partial, boolean unsummed) {
        int payload = packet.length - SlowPacket.payload(packet);
        int size = Math.max((payload + segments - 1) / segments, 1);
        if (random.nextInt(4) == 0) {
            makeAChecksumZero(packet, size, random);
        }
        if (partial) {
            SlowPacket.makePartial(packet);
        } else {
            SlowPacket.complete(packet);
        }
        if (unsummed) {
            SlowPacket.put16(packet, SlowPacket.checksum(packet), 0);
        }
        return new SuperPacket(packet, size, partial);
    }

    /** Chooses two bytes of payload so that one segment's checksum comes to 0, which UDP sends as 0xffff. */
    private static void makeAChecksumZero(byte[] packet, int size, Random random) {
        List<byte[]> segments = SlowSegmenter.cut(packet, size, true);
        int k = random.nextInt(segments.size());
        byte[] segment = segments.get(k);
        int at = SlowPacket.payload(packet);
        if (segment.length >= at + 2) {
            int checksum = SlowPacket.u16(segment, SlowPacket.checksum(segment));
            byte[] word = {segment[at], segment[at + 1], (byte) (checksum >>> 8), (byte) checksum};
            SlowPacket.put16(packet, at + k * size, ~Checksum.of(word));
        }
    }

    /** Tells the batch what a device would about packet {@code index}, which these bytes are. */
    void describe(PacketBatch batch, int index) {
        batch.setSegmentSize(index, size);
        if (partial) {
            int transport = batch.start(index) + SlowPacket.transport(bytes);
            batch.setChecksumPartial(index, transport, batch.start(index) + SlowPacket.checksum(bytes));
        }
    }

    /** Its segments by the model. */
    List<byte[]> segments() {
        boolean none = !partial
                && SlowPacket.protocol(bytes) == SlowPacket.UDP
                && SlowPacket.u16(bytes, SlowPacket.checksum(bytes)) == 0;
        return SlowSegmenter.cut(bytes, size, !none);
    }

    @Override
    public String toString() {
        int headers = SlowPacket.payload(bytes);
        return "%s + %d bytes in segments of %d%s"
                .formatted(
                        HexFormat.of().formatHex(bytes, 0, headers),
                        bytes.length - headers,
                        size,
                        partial ? ", checksum partial" : "");
    }
}
