package io.dunlin.examples;

import io.dunlin.vxlan.wire.IpAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** A UDP datagram in an IPv4 packet, as an endpoint in memory takes it (RFC 791, RFC 768). */
final class Ipv4Udp {
    /** Bytes before the text: 20 of IPv4, 8 of UDP. */
    static final int HEADERS = 28;

    private static final int IPV4_HEADER = 20;
    private static final byte TTL = 64;
    private static final byte UDP = 17;

    private Ipv4Udp() {}

    static ByteBuffer packet(String source, String destination, int port, String text) {
        byte[] payload = text.getBytes(StandardCharsets.UTF_8);
        var packet = ByteBuffer.allocate(HEADERS + payload.length);
        packet.put((byte) 0x45).put((byte) 0).putShort((short) packet.capacity()); // version 4, five words of header
        packet.putInt(0).put(TTL).put(UDP).putShort((short) 0); // the checksum follows below
        packet.putInt(IpAddress.parse(source).lowInt());
        packet.putInt(IpAddress.parse(destination).lowInt());
        packet.putShort(10, checksum(packet));
        packet.putShort((short) port).putShort((short) port);
        packet.putShort((short) (HEADERS - IPV4_HEADER + payload.length))
                .putShort((short) 0); // UDP's checksum may be left out
        return packet.put(payload).flip();
    }

    /** RFC 1071, over the IPv4 header. */
    private static short checksum(ByteBuffer packet) {
        int sum = 0;
        for (int at = 0; at < IPV4_HEADER; at += 2) {
            sum += packet.getShort(at) & 0xffff;
        }
        sum = (sum & 0xffff) + (sum >> 16);
        return (short) ~((sum & 0xffff) + (sum >> 16));
    }
}
