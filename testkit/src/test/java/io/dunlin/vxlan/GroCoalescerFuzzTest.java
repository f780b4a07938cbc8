package io.dunlin.vxlan;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Any packets in a batch, judged by {@link Deliveries}. After a byte that says how many flow hashes there are, each is two bytes of length
 * and choices, and its own: random ones would hardly ever have right checksums, so they can be made right.
 */
class GroCoalescerFuzzTest {
    private static final int LENGTH = 0x07ff;
    private static final int OTHER_NETWORK = 0x0800;
    private static final int RIGHT = 0x2000;
    /** Not bytes of its own but the last packet's, with its sequence number and identification counted up. */
    private static final int NEXT = 0x4000;

    private static final int MOST_PACKETS = 140;

    @FuzzTest
    void joinsNothingWrongly(byte[] data) {
        if (data.length == 0) {
            return;
        }
        var input = ByteBuffer.wrap(data);
        int hashes = input.get() & 3;
        byte[] last = {};
        try (var deliveries = new Deliveries(MOST_PACKETS, 2100)) {
            while (input.remaining() >= 2 && deliveries.batch.count() < MOST_PACKETS) {
                int choices = input.getShort();
                var packet = new byte[Math.min(choices & LENGTH, input.remaining())];
                if ((choices & NEXT) != 0) {
                    packet = next(last);
                } else {
                    input.get(packet);
                }
                if ((choices & RIGHT) != 0 && hasHeaders(packet)) {
                    SlowPacket.fixLengths(packet);
                    SlowPacket.complete(packet);
                }
                deliveries.receive(List.of(packet));
                deliveries.add((choices & OTHER_NETWORK) != 0 ? 9 : 7, hashes);
                last = packet;
            }
            deliveries.deliver();
        }
    }

    /** TCP or UDP without options of IP. */
    private static boolean hasHeaders(byte[] packet) {
        if (packet.length < 60) {
            return false;
        }
        boolean plain = packet[0] == 0x45 || packet[0] >>> 4 == 6;
        int protocol = SlowPacket.u8(packet, packet[0] == 0x45 ? 9 : 6);
        return plain && (protocol == SlowPacket.TCP || protocol == SlowPacket.UDP);
    }

    private static byte[] next(byte[] last) {
        byte[] packet = last.clone();
        if (hasHeaders(packet) && SlowPacket.payload(packet) <= packet.length) {
            int transport = SlowPacket.transport(packet);
            if (SlowPacket.isIpv4(packet)) {
                SlowPacket.put16(packet, 4, SlowPacket.u16(packet, 4) + 1);
            }
            if (SlowPacket.protocol(packet) == SlowPacket.TCP) {
                int payload = packet.length - SlowPacket.payload(packet);
                SlowPacket.put32(packet, transport + 4, SlowPacket.i32(packet, transport + 4) + payload);
            }
        }
        return packet;
    }
}
