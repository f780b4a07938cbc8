package io.dunlin.node;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.dunlin.testkit.NamespaceLab;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Everything that crosses the lab's bridge, searched while it passes, by tcpdump: nothing of it is kept but some ESP packets, to be sent again.
 */
final class UnderlayCapture {
    private static final int ETHERNET = 14;
    private static final int IPV4 = 20;
    private static final int UDP = 8;
    private static final int DATA_PATH_PORT = 4789;
    private static final int KEPT = 500;
    /** Where the bridge shows two that the kernel joined, they are twice as long. */
    private static final int LONGEST_KEPT = 200;

    private final FrameCapture capture;
    private final Path report;
    private final Map<String, byte[]> forbidden;

    // under this
    private final Map<String, Integer> found = new HashMap<>();
    private final Set<Integer> spis = new HashSet<>();
    private final Map<String, Deque<byte[]>> kept = new HashMap<>();
    private long frames;
    private long bytes;

    /**
     * Begins, and returns when it sees packets.
     *
     * @param report a file for what tcpdump has to say
     * @param forbidden what is searched for, by its name
     */
    UnderlayCapture(NamespaceLab lab, Path report, Map<String, byte[]> forbidden) throws IOException {
        this.report = report;
        this.forbidden = forbidden;
        capture = new FrameCapture(lab, "-B 65536 2>" + report, this::look);
    }

    static byte[] ascii(String text) {
        return text.getBytes(US_ASCII);
    }

    private synchronized void look(byte[] frame) {
        frames++;
        bytes += frame.length;
        forbidden.forEach((name, pattern) -> {
            if (contains(frame, pattern)) {
                found.merge(name, 1, Integer::sum);
            }
        });
        var packet = ByteBuffer.wrap(frame);
        if (frame.length > ETHERNET + IPV4 + UDP + 4
                && packet.getShort(12) == 0x0800
                && packet.get(ETHERNET + 9) == 17
                && (packet.getShort(ETHERNET + IPV4 + 2) & 0xffff) == DATA_PATH_PORT) {
            int payload = ETHERNET + IPV4 + UDP;
            spis.add(packet.getInt(payload));
            if (frame.length <= LONGEST_KEPT) {
                String pair = "%d>%d".formatted(frame[ETHERNET + 15], frame[ETHERNET + 19]);
                Deque<byte[]> last = kept.computeIfAbsent(pair, _ -> new ArrayDeque<>());
                if (last.size() == KEPT) {
                    last.remove();
                }
                last.add(Arrays.copyOfRange(frame, payload, frame.length));
            }
        }
    }

    private static boolean contains(byte[] frame, byte[] pattern) {
        for (int at = 0; at <= frame.length - pattern.length; at++) {
            if (frame[at] == pattern[0] && Arrays.equals(frame, at, at + pattern.length, pattern, 0, pattern.length)) {
                return true;
            }
        }
        return false;
    }

    /** The last ESP packets of one 64-byte packet each from host to host, by their addresses' last bytes. */
    synchronized List<byte[]> last(int from, int to) {
        return List.copyOf(kept.getOrDefault(from + ">" + to, new ArrayDeque<>()));
    }

    /** How many frames had what was searched for, by its name. */
    synchronized Map<String, Integer> found() {
        return Map.copyOf(found);
    }

    /** Different SPIs that were seen: one for each key and direction. */
    synchronized int spis() {
        return spis.size();
    }

    synchronized long frames() {
        return frames;
    }

    synchronized long bytes() {
        return bytes;
    }

    /** Ends it; what tcpdump says of packets that it could not take. */
    String end() throws IOException, InterruptedException {
        capture.end();
        return Files.readString(report);
    }
}
