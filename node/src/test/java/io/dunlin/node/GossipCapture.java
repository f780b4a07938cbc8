package io.dunlin.node;

import io.dunlin.gossip.wire.KeyRing;
import io.dunlin.gossip.wire.PacketCodec;
import io.dunlin.gossip.wire.ProtocolException;
import io.dunlin.gossip.wire.StreamCodec;
import io.dunlin.testkit.NamespaceLab;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/** All gossip that crosses the lab's bridge, by tcpdump: packets, and what went each way on each stream. Kept, to be opened later. */
final class GossipCapture {
    private static final int ETHERNET = 14;
    private static final int UDP = 17;
    private static final int UDP_HEADER = 8;

    private final FrameCapture frames;

    // under this
    private final List<byte[]> packets = new ArrayList<>();
    private final Map<Integer, TreeMap<Integer, byte[]>> streams = new LinkedHashMap<>();

    /** Begins, and returns when it sees packets. */
    GossipCapture(NamespaceLab lab, int port) throws IOException {
        frames = new FrameCapture(lab, "ip and port " + port + " 2>/dev/null", this::keep);
    }

    private synchronized void keep(byte[] bytes) {
        var frame = ByteBuffer.wrap(bytes);
        int transport = ETHERNET + 4 * (frame.get(ETHERNET) & 0xf);
        int end = ETHERNET + frame.getShort(ETHERNET + 2);
        if (frame.get(ETHERNET + 9) == UDP) {
            packets.add(Arrays.copyOfRange(bytes, transport + UDP_HEADER, end));
            return;
        }
        int data = transport + 4 * (frame.get(transport + 12) >> 4 & 0xf);
        if (data < end) {
            streams.computeIfAbsent(frame.getInt(transport), _ -> new TreeMap<>()) // by both ports
                    .put(frame.getInt(transport + 4), Arrays.copyOfRange(bytes, data, end));
        }
    }

    synchronized int size() {
        return packets.size() + streams.size();
    }

    /** Packets, and streams, each way counted. */
    record Opened(int packets, int streams) {}

    synchronized Opened all() {
        return new Opened(packets.size(), streams.size());
    }

    /** What someone with these keys can open. */
    synchronized Opened openedBy(KeyRing ring) {
        var random = new SplittableRandom(1);
        var packetCodec = new PacketCodec("", ring, false, random);
        var streamCodec = new StreamCodec("", ring, false, random);
        int packetsOpened = 0;
        for (byte[] packet : packets) {
            packetsOpened += packetCodec.decode(packet, (message, key) -> {}) == null ? 1 : 0;
        }
        int streamsOpened = 0;
        for (TreeMap<Integer, byte[]> segments : streams.values()) {
            var whole = new ByteArrayOutputStream();
            segments.values().forEach(whole::writeBytes);
            try {
                streamCodec.decodeReply(whole.toByteArray());
                streamsOpened++;
            } catch (ProtocolException e) {
                // by another key
            }
        }
        return new Opened(packetsOpened, streamsOpened);
    }

    void end() throws InterruptedException {
        frames.end();
    }
}
