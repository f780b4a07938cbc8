package io.dunlin.vxlan.io.linux;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.dunlin.vxlan.wire.IpAddress;
import java.nio.ByteBuffer;

/** An ICMP echo request (RFC 792) in an IPv4 packet, with its own checksum code so that nothing tested is its own judge. */
final class Echo {
    private Echo() {}

    static byte[] request(IpAddress source, IpAddress destination, String data) {
        byte[] payload = data.getBytes(ISO_8859_1);
        var packet = ByteBuffer.allocate(28 + payload.length);
        packet.put((byte) 0x45).put((byte) 0).putShort((short) packet.capacity());
        packet.putInt(0).put((byte) 64).put((byte) 1).putShort((short) 0);
        packet.putInt(source.lowInt()).putInt(destination.lowInt());
        packet.put((byte) 8)
                .put((byte) 0)
                .putShort((short) 0)
                .putShort((short) 7)
                .putShort((short) 1);
        packet.put(payload);
        packet.putShort(10, checksum(packet, 0, 20));
        packet.putShort(22, checksum(packet, 20, packet.capacity()));
        return packet.array();
    }

    private static short checksum(ByteBuffer packet, int from, int to) {
        int sum = 0;
        for (int i = from; i < to; i++) {
            sum += (packet.get(i) & 0xff) << (i % 2 == 0 ? 8 : 0);
        }
        while (sum >>> 16 != 0) {
            sum = (sum & 0xffff) + (sum >>> 16);
        }
        return (short) ~sum;
    }
}
