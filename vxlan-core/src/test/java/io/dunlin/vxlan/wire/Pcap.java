package io.dunlin.vxlan.wire;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Reads captures in the classic pcap format, and what tshark printed of them, from the test resources. */
final class Pcap {
    private static final int MAGIC_MICROSECONDS = 0xa1b2c3d4;
    private static final int LINK_TYPE_ETHERNET = 1;
    private static final int FILE_HEADER = 24;
    private static final int RECORD_HEADER = 16;

    private Pcap() {}

    /** The packets of {@code captures/<name>.pcap}, each in a segment of exactly its size. */
    static List<Memory> packets(String name) {
        var file = ByteBuffer.wrap(read(name + ".pcap")).order(ByteOrder.LITTLE_ENDIAN);
        if (file.getInt(0) != MAGIC_MICROSECONDS || file.getInt(20) != LINK_TYPE_ETHERNET) {
            throw new IllegalArgumentException(name + " is no little-endian pcap of Ethernet frames");
        }
        var packets = new ArrayList<Memory>();
        for (int at = FILE_HEADER; at < file.limit(); ) {
            var bytes = new byte[file.getInt(at + 8)];
            file.get(at + RECORD_HEADER, bytes);
            packets.add(Memory.of(bytes));
            at += RECORD_HEADER + bytes.length;
        }
        return packets;
    }

    /** The lines of {@code captures/<name>.tsv}, split into columns; the first line names them. */
    static List<List<String>> table(String name) {
        return new String(read(name + ".tsv"), StandardCharsets.UTF_8)
                .lines()
                .map(line -> Arrays.asList(line.split("\t", -1)))
                .toList();
    }

    private static byte[] read(String name) {
        try (var in = Pcap.class.getResourceAsStream("captures/" + name)) {
            if (in == null) {
                throw new IllegalArgumentException("no capture " + name);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
