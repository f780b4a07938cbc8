package io.dunlin.vxlan.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Packets that the Linux kernel and Docker sent, read with our accessors and by tshark: both see the same. See captures/README.md. */
class CapturedPacketsTest {
    /** tshark's "unverified": it was given too few of the bytes, or took the checksum for one that the card was to complete. */
    private static final String UNVERIFIED = "2";

    @ParameterizedTest
    @ValueSource(strings = {"kernel-vxlan", "docker-vxlan"})
    void accessorsReadWhatTsharkReads(String capture) {
        List<Memory> packets = Pcap.packets(capture);
        List<List<String>> table = Pcap.table(capture);
        assertThat(packets).hasSize(table.size() - 1);
        for (int i = 0; i < packets.size(); i++) {
            Map<String, String> ours = Dissection.ofFrame(packets.get(i));
            var read = new LinkedHashMap<String, String>();
            var expected = new LinkedHashMap<String, String>();
            for (int column = 0; column < table.getFirst().size(); column++) {
                String field = table.getFirst().get(column);
                String theirs = table.get(i + 1).get(column);
                expected.put(field, theirs);
                read.put(field, withUnverified(ours.getOrDefault(field, ""), theirs, field));
            }
            assertThat(read).as("packet %d of %s", i + 1, capture).isEqualTo(expected);
        }
    }

    @Test
    void kernelCaptureHoldsEachKindOfPacket() {
        List<List<String>> table = Pcap.table("kernel-vxlan");
        Map<String, Set<String>> values = new LinkedHashMap<>();
        for (List<String> line : table.subList(1, table.size())) {
            for (int column = 0; column < line.size(); column++) {
                values.computeIfAbsent(table.getFirst().get(column), field -> new HashSet<>())
                        .add(line.get(column));
            }
        }
        assertThat(values)
                .allSatisfy((field, seen) -> assertThat(seen).as(field).anyMatch(value -> !value.isEmpty()));
        assertThat(values.get("eth.type")).contains("0x0800,0x0806", "0x86dd,0x0806", "0x0800,0x86dd", "0x86dd,0x0800");
        assertThat(values.get("ip.hdr_len")).contains("20,60");
        assertThat(values.get("tcp.hdr_len")).contains("32", "40");
        assertThat(values.get("tcp.checksum.status")).containsExactlyInAnyOrder("", "1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"kernel-vxlan", "docker-vxlan"})
    void accessorsNeverReadBehindThePacketWhereverItIsCut(String capture) {
        for (Memory packet : Pcap.packets(capture)) {
            int longest = Math.min(packet.size(), 256);
            for (int length = 0; length < longest; length++) {
                var cut = Bytes.copy(Bytes.slice(packet, 0, length));
                Map<String, String> fields = Dissection.ofFrame(cut);
                assertThat(fields.containsKey("eth.type")).isEqualTo(length >= EthernetHeader.LENGTH);
            }
        }
    }

    /** Our values, where tshark leaves a checksum open as tshark's. */
    private static String withUnverified(String ours, String theirs, String field) {
        String[] oursEach = ours.split(",", -1);
        String[] theirsEach = theirs.split(",", -1);
        if (!field.endsWith(".status") || oursEach.length != theirsEach.length) {
            return ours;
        }
        for (int i = 0; i < oursEach.length; i++) {
            if (theirsEach[i].equals(UNVERIFIED)) {
                oursEach[i] = UNVERIFIED;
            }
        }
        return String.join(",", oursEach);
    }
}
