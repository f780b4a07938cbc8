package io.dunlin.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/**
 * Takes a capture of an IPv4 underlay apart into a capture of the inner frames of one sender, so that a reader of captures sees all of
 * them: where an interface carries super-packets, many datagrams follow each other in one. Fails where frames do not fill theirs exactly.
 */
final class InnerFrames {
    private static final int FILE_HEADER = 24;
    private static final int RECORD_HEADER = 16;
    private static final int ETHERNET = 14;
    private static final int UDP = 8;
    private static final int VXLAN = 8;
    private static final int PUSH = 0x08;

    private final Set<Integer> ports = new HashSet<>();
    private int frames;
    private int largestOuter;
    private int largestInner;
    private int pushed;

    private InnerFrames() {}

    /** @param sender the last byte of its IPv4 address */
    static InnerFrames extract(Path capture, int sender, Path into) throws IOException {
        var frames = new InnerFrames();
        try (var in = new DataInputStream(new BufferedInputStream(Files.newInputStream(capture)));
                var out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(into)))) {
            byte[] header = in.readNBytes(FILE_HEADER);
            assertThat(ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN).getInt(20))
                    .as("link type: Ethernet")
                    .isOne();
            out.write(header);
            while (true) {
                byte[] head = in.readNBytes(RECORD_HEADER);
                if (head.length < RECORD_HEADER) {
                    return frames;
                }
                var numbers = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN);
                int captured = numbers.getInt(8);
                assertThat(numbers.getInt(12)).as("the whole frame is captured").isEqualTo(captured);
                byte[] outer = in.readNBytes(captured);
                if (outer.length < captured) {
                    return frames; // it is still being written
                }
                frames.split(outer, sender, head, out);
            }
        }
    }

    private void split(byte[] bytesOfOuter, int sender, byte[] head, DataOutputStream out) throws IOException {
        var outer = ByteBuffer.wrap(bytesOfOuter);
        if (outer.getShort(12) != 0x0800 || outer.get(ETHERNET + 15) != (byte) sender) {
            return;
        }
        largestOuter = Math.max(largestOuter, outer.capacity());
        int ip = ETHERNET;
        int at = ip + ((outer.get(ip) & 15) << 2) + UDP;
        int end = ip + Short.toUnsignedInt(outer.getShort(ip + 2));
        while (at < end) {
            assertThat(outer.get(at)).as("VXLAN flags").isEqualTo((byte) 8);
            at += VXLAN;
            int packet = at + ETHERNET;
            boolean ipv4 = outer.getShort(at + 12) == 0x0800;
            int bytes = Short.toUnsignedInt(outer.getShort(packet + (ipv4 ? 2 : 4))) + (ipv4 ? 0 : 40);
            assertThat(packet + bytes).as("a frame ends with its datagram").isLessThanOrEqualTo(end);
            frames++;
            largestInner = Math.max(largestInner, bytes);
            if (ipv4 && outer.get(packet + 9) == 6) {
                pushed += (outer.get(packet + 33) & PUSH) != 0 ? 1 : 0;
                ports.add(Short.toUnsignedInt(outer.getShort(packet + 22)));
            }
            var record = ByteBuffer.wrap(head.clone()).order(ByteOrder.LITTLE_ENDIAN);
            out.write(record.putInt(8, ETHERNET + bytes)
                    .putInt(12, ETHERNET + bytes)
                    .array());
            out.write(bytesOfOuter, at, ETHERNET + bytes);
            at = packet + bytes;
        }
        assertThat(at).as("the frames fill the datagram").isEqualTo(end);
    }

    /** Whether one of the frames is TCP in IPv4 to that port. */
    boolean hasPort(int port) {
        return ports.contains(port);
    }

    int count() {
        return frames;
    }

    /** Bytes of the largest frame on the underlay. */
    int largestOuter() {
        return largestOuter;
    }

    /** Bytes of the largest inner IP packet. */
    int largestInner() {
        return largestInner;
    }

    /** TCP segments in IPv4 with the flag PSH. */
    int pushed() {
        return pushed;
    }
}
