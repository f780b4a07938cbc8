package io.dunlin.vxlan;

import io.dunlin.testkit.Ipv4Packet;
import io.dunlin.testkit.Ipv6Packet;
import io.dunlin.testkit.Transport;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * What may arrive in one batch: segments of a few senders, whose packets differ now and then in something that must not be joined; mixed,
 * lost, repeated, out of order and damaged on their way. All of it follows from a seed.
 */
final class Traffic {
    private static final int ACK = 0x10;
    private static final int MOST_PACKETS = 200;

    /** The addresses, protocol and ports of one network are another's too. */
    record Arrival(@SuppressWarnings("ArrayRecordComponent") byte[] packet, int vni) {}

    private final Random random;
    private final boolean changes;

    private Traffic(Random random) {
        this.random = random;
        this.changes = random.nextInt(4) > 0;
    }

    static List<Arrival> of(Random random) {
        var traffic = new Traffic(random);
        var senders = new ArrayList<List<Arrival>>();
        int most = MOST_PACKETS;
        for (int i = 1 + random.nextInt(5); i > 0; i--) {
            List<Arrival> sender = traffic.sender();
            senders.add(sender.subList(0, Math.min(most, sender.size())));
            most -= senders.getLast().size();
        }
        return traffic.deliver(traffic.mix(senders));
    }

    private boolean chance(int percent) {
        return random.nextInt(100) < percent;
    }

    /** One sender's writes, each cut into segments. */
    private List<Arrival> sender() {
        int vni = chance(70) ? 7 : 9;
        boolean tcp = chance(70);
        byte[] packet = head(tcp);
        int size = switch (random.nextInt(4)) {
            case 0 -> 1 + random.nextInt(20);
            case 1 -> 1448;
            default -> 50 + random.nextInt(500);
        };
        var arrivals = new ArrayList<Arrival>();
        for (int writes = 1 + random.nextInt(4); writes > 0; writes--) {
            var payload = new byte[1 + random.nextInt(Math.min(size * 60, 60_000))];
            random.nextBytes(payload);
            packet = Arrays.copyOf(packet, SlowPacket.payload(packet) + payload.length);
            System.arraycopy(payload, 0, packet, SlowPacket.payload(packet), payload.length);
            SlowPacket.fixLengths(packet);
            if (tcp) {
                int ending = chance(50) ? random.nextInt(16) & (SlowPacket.PSH | SlowPacket.FIN) : 0;
                SlowPacket.put8(packet, SlowPacket.flags(packet), ACK | ending);
            }
            List<byte[]> segments = SlowSegmenter.cut(packet, size, true);
            for (byte[] segment : segments) {
                arrivals.add(new Arrival(changes && chance(8) ? changed(segment) : segment, vni));
            }
            int transport = SlowPacket.transport(packet);
            if (tcp) {
                SlowPacket.put32(packet, transport + 4, SlowPacket.i32(packet, transport + 4) + payload.length);
            }
            if (SlowPacket.isIpv4(packet)) {
                SlowPacket.put16(packet, 4, SlowPacket.u16(packet, 4) + segments.size());
            }
        }
        return arrivals;
    }

    private byte[] head(boolean tcp) {
        int from = 1000 + random.nextInt(2);
        int to = 80 + random.nextInt(2);
        var options = new byte[4 * random.nextInt(4)];
        Transport carried =
                tcp ? Transport.tcp(from, to, ACK, options, new byte[1]) : Transport.udp(from, to, new byte[1]);
        boolean ipv4 = chance(60);
        byte[] packet = ipv4
                ? Ipv4Packet.of("10.0.0.2", chance(50) ? "10.0.0.3" : "10.0.0.4")
                        .flagsAndOffset(chance(50) ? 0x4000 : 0)
                        .carrying(carried)
                        .bytes()
                : Ipv6Packet.of("fd00::2", chance(50) ? "fd00::3" : "fd01::3")
                        .carrying(carried)
                        .bytes();
        if (ipv4) {
            SlowPacket.put16(packet, 4, chance(30) ? 0xfffe : random.nextInt(0x10000));
        }
        if (tcp) {
            SlowPacket.put32(packet, SlowPacket.transport(packet) + 4, chance(30) ? -100 : random.nextInt());
        }
        return packet;
    }

    /** A packet that a sender may send, or something on the way may have made of it, with right checksums. */
    private byte[] changed(byte[] segment) {
        byte[] packet = segment.clone();
        boolean ipv4 = SlowPacket.isIpv4(packet);
        boolean tcp = SlowPacket.protocol(packet) == SlowPacket.TCP;
        int transport = SlowPacket.transport(packet);
        int payload = SlowPacket.payload(packet);
        switch (random.nextInt(16)) {
            case 0 -> packet[1] ^= (byte) (1 << random.nextInt(8)); // DSCP, ECN; traffic class, flow label
            case 1 -> packet[ipv4 ? 8 : 7] ^= (byte) (1 << random.nextInt(6)); // TTL, hop limit
            case 2 -> packet[ipv4 ? 6 : 3] ^= (byte) (1 << 5 + random.nextInt(3)); // flags of fragments; flow label
            case 3 -> SlowPacket.put16(packet, ipv4 ? 4 : 2, random.nextInt(0x10000)); // identification; flow label
            case 4, 5 -> packet[transport + (tcp ? 13 : 0)] ^= (byte) (1 << random.nextInt(8)); // flags; port
            case 6, 7 -> packet[transport + 3 + random.nextInt(payload - transport - 3)] ^= 1; // any field
            case 8 -> packet[payload - 1] ^= 4; // the last option, urgent pointer or checksum
            case 9 -> packet = Arrays.copyOf(packet, payload); // a pure acknowledgment, an empty datagram
            case 10 -> packet = Arrays.copyOf(packet, packet.length + 1 + random.nextInt(9));
            case 11 -> packet = Arrays.copyOf(packet, payload + (packet.length - payload) / 2);
            case 12 -> packet = withOption(packet);
            case 13 -> SlowPacket.put16(packet, transport + 4, SlowPacket.u16(packet, transport + 4) - 1);
            default -> {}
        }
        SlowPacket.fixIpv4Checksum(packet);
        if (SlowPacket.transport(packet) + 8 > packet.length || SlowPacket.payload(packet) > packet.length) {
            return packet;
        }
        if (packet.length != segment.length) {
            SlowPacket.fixLengths(packet);
        }
        SlowPacket.complete(packet);
        if (!tcp && chance(20)) {
            SlowPacket.put16(packet, SlowPacket.checksum(packet), 0);
        }
        return packet;
    }

    private static byte[] withOption(byte[] packet) {
        boolean ipv4 = SlowPacket.isIpv4(packet);
        int at = ipv4 ? 20 : 40;
        byte[] option = ipv4 ? new byte[] {1, 1, 1, 1} : new byte[] {packet[6], 0, 1, 4, 0, 0, 0, 0};
        var longer = new byte[packet.length + option.length];
        System.arraycopy(packet, 0, longer, 0, at);
        System.arraycopy(option, 0, longer, at, option.length);
        System.arraycopy(packet, at, longer, at + option.length, packet.length - at);
        SlowPacket.put8(longer, ipv4 ? 0 : 6, ipv4 ? 0x46 : 60);
        return longer;
    }

    private List<Arrival> mix(List<List<Arrival>> senders) {
        var mixed = new ArrayList<Arrival>();
        var next = new int[senders.size()];
        int burst = 1 + random.nextInt(30);
        boolean some = true;
        while (some) {
            int sender = random.nextInt(senders.size());
            for (int i = random.nextInt(burst + 1);
                    i > 0 && next[sender] < senders.get(sender).size();
                    i--) {
                mixed.add(senders.get(sender).get(next[sender]++));
            }
            some = false;
            for (int i = 0; i < next.length; i++) {
                some |= next[i] < senders.get(i).size();
            }
        }
        return mixed;
    }

    private List<Arrival> deliver(List<Arrival> sent) {
        if (!changes) {
            return sent;
        }
        var arrived = new ArrayList<Arrival>();
        for (Arrival each : sent) {
            if (chance(3)) {
                continue;
            }
            arrived.add(chance(3) ? damaged(each) : each);
            if (chance(3)) {
                arrived.add(each);
            }
            if (chance(3)) {
                int back = Math.max(arrived.size() - 2 - random.nextInt(3), 0);
                Collections.swap(arrived, back, arrived.size() - 1);
            }
        }
        return arrived;
    }

    private Arrival damaged(Arrival whole) {
        byte[] packet = whole.packet.clone();
        packet[random.nextInt(packet.length)] ^= (byte) (1 << random.nextInt(8));
        return new Arrival(packet, whole.vni);
    }
}
