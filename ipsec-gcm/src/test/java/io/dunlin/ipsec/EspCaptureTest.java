package io.dunlin.ipsec;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.ipsec.aead.AeadEngine;
import io.dunlin.ipsec.aead.AeadEngines;
import io.dunlin.ipsec.wire.EspHeader;
import io.dunlin.vxlan.wire.Memory;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What Linux 6.1 sent: VXLAN in ESP with AES-GCM in UDP (esp-in-udp.pcap), without extended sequence numbers, with them, and over the end of their
 * lower half. Its IV is the sequence number with a constant XORed into it. What each packet held (esp-in-udp.txt) was opened by a program that shares
 * nothing with us, Python's cryptography, after RFC 4303 and RFC 4106.
 */
class EspCaptureTest {
    private static final int UDP = 17;
    private static final int PCAP_HEADER = 24;
    private static final int PCAP_RECORD = 16;
    private static final int ETHERNET = 14;
    private static final int OUTER = 20 + 8;

    /** A line of the capture's keys. */
    private enum Known {
        A(0x2001, -1, "202122232425262728292a2b2c2d2e2fa4a5a6a7"),
        B(0x1002, -1, "101112131415161718191a1b1c1d1e1f94959697"),
        C(0x4003, 6, "404142434445464748494a4b4c4d4e4fb4b5b6b7"),
        D(0x3004, 6, "303132333435363738393a3b3c3d3e3fc4c5c6c7"),
        E(0x6005, -1, "606162636465666768696a6b6c6d6e6fd4d5d6d7"),
        F(0x5006, -1, "505152535455565758595a5b5c5d5e5fe4e5e6e7");

        private final int spi;
        private final int upper;
        private final String digits;

        Known(int spi, int upper, String digits) {
            this.spi = spi;
            this.upper = upper;
            this.digits = digits;
        }

        boolean isExtended() {
            return upper >= 0;
        }

        SaKey key() {
            return new SaKey(HexFormat.of().parseHex(digits));
        }
    }

    static Stream<AeadEngine> engines() {
        return AeadEngines.find(System::nanoTime).tested().stream().map(AeadEngines.Tested::engine);
    }

    @ParameterizedTest
    @MethodSource("engines")
    void opensWhatLinuxSealed(AeadEngine engine) throws IOException {
        Map<Spi, EspOpen> openers = new HashMap<>();
        var seen = new HashMap<Spi, Integer>();
        var opened = new ArrayList<String>();
        try (var arena = Arena.ofConfined()) {
            for (byte[] packet : packets()) {
                Memory memory = Memory.copyOf(arena, packet);
                var spi = new Spi(EspHeader.spi(memory, 0));
                EspOpen opening = openers.computeIfAbsent(spi, _ -> opening(engine, spi, memory));
                int payload = opening.open(memory, 0, packet.length, UDP);
                assertThat(payload).as("%s, packet %s", spi, seen).isPositive();
                byte[] text = memory.toArray(EspHeader.LENGTH, payload);
                opened.add(HexFormat.of().formatHex(text));
                seen.merge(spi, 1, Integer::sum);
            }
        }
        assertThat(seen).hasSize(Known.values().length);
        assertThat(opened).hasSize(45).containsExactlyElementsOf(expected());
        openers.values().forEach(EspOpen::close);
    }

    /** One that knows what came before the capture: the sequence number's upper half. */
    private static EspOpen opening(AeadEngine engine, Spi spi, Memory first) {
        Known known = Stream.of(Known.values())
                .filter(each -> each.spi == spi.value())
                .findFirst()
                .orElseThrow();
        long low = Integer.toUnsignedLong(EspHeader.sequence(first, 0));
        long sequence = known.isExtended() ? (long) known.upper << 32 | low : low;
        return new EspOpen(new InboundSa(spi, known.key(), known.isExtended(), false, sequence, 4032), engine);
    }

    /** Payloads in hexadecimal digits: UDP, VXLAN, Ethernet and so on. */
    private static List<String> expected() throws IOException {
        try (var in = EspCaptureTest.class.getResourceAsStream("esp-in-udp.txt")) {
            return new String(in.readAllBytes(), US_ASCII).lines().toList();
        }
    }

    private static List<byte[]> packets() throws IOException {
        try (var in = EspCaptureTest.class.getResourceAsStream("esp-in-udp.pcap")) {
            ByteBuffer capture = ByteBuffer.wrap(in.readAllBytes()).order(ByteOrder.LITTLE_ENDIAN);
            var packets = new ArrayList<byte[]>();
            for (int at = PCAP_HEADER; at < capture.limit(); ) {
                int length = capture.getInt(at + 8);
                var packet = new byte[length - ETHERNET - OUTER];
                capture.get(at + PCAP_RECORD + ETHERNET + OUTER, packet);
                packets.add(packet);
                at += PCAP_RECORD + length;
            }
            return packets;
        }
    }
}
