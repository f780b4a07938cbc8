package io.dunlin.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.testkit.Checksum;
import io.dunlin.vxlan.wire.IpAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** What lets a fuzzer's packets get past the checks that no random bytes pass, and judges what comes out. */
final class Repair {
    private Repair() {}

    static byte[] bytes(String address) {
        IpAddress ip = IpAddress.parse(address);
        return ip.isIpv4()
                ? ByteBuffer.allocate(4).putInt(ip.lowInt()).array()
                : ByteBuffer.allocate(16).putLong(ip.high()).putLong(ip.low()).array();
    }

    /** Gives a packet of 20 bytes and more these addresses, and an IPv4 header a right checksum. */
    static void addresses(byte[] packet, String from4, String to4, String from6, String to6) {
        var buffer = ByteBuffer.wrap(packet);
        if (packet[0] >>> 4 == 4) {
            buffer.put(12, bytes(from4)).put(16, bytes(to4));
            int header = Math.min((packet[0] & 15) * 4, packet.length);
            if (header >= 20) {
                buffer.putShort(10, (short) 0);
                buffer.putShort(10, (short) Checksum.of(Arrays.copyOf(packet, header)));
            }
        } else if (packet[0] >>> 4 == 6 && packet.length >= 40) {
            buffer.put(8, bytes(from6)).put(24, bytes(to6));
        }
    }

    /** Equal to the beginning of {@code sent}, whose end may be padding; but for a TCP SYN's lowered segment size and its checksum. */
    static void assertSame(byte[] arrived, byte[] sent) {
        assertThat(arrived.length).isLessThanOrEqualTo(sent.length);
        int differences = 0;
        for (int i = 0; i < arrived.length; i++) {
            differences += arrived[i] == sent[i] ? 0 : 1;
        }
        assertThat(differences).as("bytes that differ").isLessThanOrEqualTo(4);
        if (differences > 0) {
            assertThat(Arrays.copyOf(arrived, 40 - 20)).as("header").isEqualTo(Arrays.copyOf(sent, 20));
            assertThat(containsTcp(arrived)).as("only TCP is changed").isTrue();
        }
    }

    private static boolean containsTcp(byte[] packet) {
        if (packet[0] >>> 4 == 4) {
            return packet[9] == 6;
        }
        return packet[6] == 6 || packet[6] == 0 || packet[6] == 43 || packet[6] == 44 || packet[6] == 60;
    }
}
