package io.dunlin.gossip.wire;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A pcap file of real agents on a loopback, where nothing is lost, repeated or out of order: UDP payloads, and what each side of a TCP connection sent. */
record Capture(List<byte[]> packets, List<byte[]> streams) {
    private static final int ETHERNET = 14;
    private static final int TCP = 6;
    private static final int UDP = 17;

    /** The capture among the resources beside this class. */
    static Capture named(String name) {
        try (InputStream in = Capture.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalArgumentException("no capture " + name);
            }
            return read(ByteBuffer.wrap(in.readAllBytes()).order(ByteOrder.LITTLE_ENDIAN));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Capture read(ByteBuffer file) {
        var packets = new ArrayList<byte[]>();
        Map<String, ByteArrayOutputStream> streams = new LinkedHashMap<>();
        file.position(24);
        while (file.hasRemaining()) {
            file.position(file.position() + 8);
            var frame = new byte[file.getInt()];
            file.getInt();
            file.get(frame);
            int transport = ETHERNET + 4 * (frame[ETHERNET] & 0x0f);
            int end = ETHERNET + unsigned16(frame, ETHERNET + 2);
            switch (frame[ETHERNET + 9]) {
                case UDP -> packets.add(Arrays.copyOfRange(frame, transport + 8, end));
                case TCP -> {
                    int payload = transport + 4 * (frame[transport + 12] >>> 4 & 0x0f);
                    String direction = unsigned16(frame, transport) + ">" + unsigned16(frame, transport + 2);
                    streams.computeIfAbsent(direction, _ -> new ByteArrayOutputStream())
                            .write(frame, payload, end - payload);
                }
                default -> throw new IllegalArgumentException("neither UDP nor TCP");
            }
        }
        return new Capture(
                packets,
                streams.values().stream()
                        .map(ByteArrayOutputStream::toByteArray)
                        .filter(sent -> sent.length > 0)
                        .toList());
    }

    private static int unsigned16(byte[] bytes, int at) {
        return (bytes[at] & 0xff) << 8 | bytes[at + 1] & 0xff;
    }
}
