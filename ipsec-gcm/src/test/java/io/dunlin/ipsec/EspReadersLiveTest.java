package io.dunlin.ipsec;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.dunlin.ipsec.aead.AeadEngine;
import io.dunlin.ipsec.aead.AeadEngines;
import io.dunlin.ipsec.wire.EspHeader;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.Memory;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Programs that we did not write read what we seal, and we what they seal: tshark, and scapy, which also knows extended sequence numbers. Skipped,
 * with a reason, where they are missing (Debian: tshark, python3-scapy).
 */
class EspReadersLiveTest {
    private static final int UDP = 17;
    private static final Spi SPI = new Spi(0x8123_4567);
    private static final String AES_128 = "000102030405060708090a0b0c0d0e0fdeadbeef";
    private static final String AES_256 = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1fcafebabe";
    private static final String NOT_EXTENDED = "-";
    private static final int PACKETS = 24;

    /** Debian's modules are Debian's Python's. */
    private static final String PYTHON = "/usr/bin/python3";

    private static final int VXLAN_AND_ETHERNET = 8 + 14;
    private static final int IPV4 = 20;
    private static final int UDP_HEADER = 8;

    private final AeadEngine engine = AeadEngines.find(System::nanoTime).fastest();

    @TempDir
    private Path directory;

    @ParameterizedTest
    @CsvSource({AES_128 + ", -", AES_256 + ", -", AES_128 + ", 0", AES_128 + ", 7"})
    void scapyOpensWhatWeSeal(String key, String upper) throws Exception {
        List<byte[]> payloads = payloads();
        assertThat(scapy("open", key, upper, seal(payloads, key, upper))).containsExactlyElementsOf(digits(payloads));
    }

    @ParameterizedTest
    @CsvSource({AES_128 + ", -", AES_256 + ", -", AES_128 + ", 0", AES_128 + ", 7"})
    void weOpenWhatScapySeals(String key, String upper) throws Exception {
        List<byte[]> payloads = payloads();
        var sealed = scapy("seal", key, upper, payloads);
        var sa = new InboundSa(SPI, saKey(key), !upper.equals(NOT_EXTENDED), false, 4032);
        if (firstOf(upper) > 1) {
            assertThat(sa.accept(firstOf(upper) - 1)).isTrue();
        }
        var opened = new ArrayList<String>();
        try (var arena = Arena.ofConfined();
                var opening = new EspOpen(sa, engine)) {
            for (String each : sealed) {
                Memory packet = Memory.copyOf(arena, HexFormat.of().parseHex(each));
                int length = opening.open(packet, 0, packet.size(), UDP);
                assertThat(length).isPositive();
                opened.add(HexFormat.of().formatHex(packet.toArray(EspHeader.LENGTH, length)));
            }
        }
        assertThat(opened).containsExactlyElementsOf(digits(payloads));
    }

    @ParameterizedTest
    @CsvSource({AES_128 + ", 192.0.2.1, 192.0.2.2", AES_256 + ", 2001:db8::1, 2001:db8::2"})
    void tsharkReadsTheFramesWithTheKeyThatWeReveal(String key, String from, String to) throws Exception {
        List<byte[]> payloads = payloads();
        Path capture = directory.resolve("sealed.pcap");
        Files.write(capture, pcap(seal(payloads, key, NOT_EXTENDED), IpAddress.parse(from), IpAddress.parse(to)));
        var sa = new OutboundSa(SPI, saKey(key), false, 0xffff_ffffL);
        var associations = new SecurityAssociations(
                List.of(new SecurityAssociations.Outbound(IpAddress.parse(to), 0, sa)), List.of());
        List<String> lines = EspTable.lines(IpAddress.parse(from), associations);
        assertThat(lines).hasSize(1);
        List<String> read = run(
                List.of(),
                "tshark",
                "-r",
                capture.toString(),
                "-o",
                "esp.enable_encryption_decode:TRUE",
                "-o",
                "uat:esp_sa:" + lines.getFirst(),
                "-T",
                "fields",
                "-E",
                "separator=/s",
                "-e",
                "esp.sequence",
                "-e",
                "vxlan.vni",
                "-e",
                "data.data");
        assertThat(read)
                .containsExactlyElementsOf(IntStream.range(0, PACKETS)
                        .mapToObj(i -> i + 1 + " 4097 " + HexFormat.of().formatHex(text(i)))
                        .toList());
    }

    /** UDP datagrams to port 4789 with VXLAN, of many lengths, so that there is padding of each. */
    private static List<byte[]> payloads() {
        return IntStream.range(0, PACKETS)
                .mapToObj(i -> {
                    byte[] text = text(i);
                    int inner = UDP_HEADER + text.length;
                    int outer = UDP_HEADER + VXLAN_AND_ETHERNET + IPV4 + inner;
                    String vxlan = "c00012b5%04x0000 0800000000100100".formatted(outer);
                    String ethernet = "02420a000003 02420a000002 0800";
                    String ipv4 = "4500%04x0000400040110000 0a000002 0a000003".formatted(IPV4 + inner);
                    String udp = "03e807d0%04x0000".formatted(inner);
                    byte[] headers = HexFormat.of().parseHex((vxlan + ethernet + ipv4 + udp).replace(" ", ""));
                    return ByteBuffer.allocate(headers.length + text.length)
                            .put(headers)
                            .put(text)
                            .array();
                })
                .toList();
    }

    private static byte[] text(int i) {
        return "packet %d %s".formatted(i, "x".repeat(i * 61)).getBytes(UTF_8);
    }

    private List<byte[]> seal(List<byte[]> payloads, String key, String upper) {
        boolean isExtended = !upper.equals(NOT_EXTENDED);
        var sa = new OutboundSa(SPI, saKey(key), isExtended, isExtended ? Long.MAX_VALUE : 0xffff_ffffL);
        var sealed = new ArrayList<byte[]>();
        try (var arena = Arena.ofConfined();
                var sealing = new EspSeal(sa, engine)) {
            long sequence = firstOf(upper);
            for (byte[] payload : payloads) {
                Memory packet = Memory.of(arena.allocate(EspSeal.sealedLength(payload.length)));
                packet.put(EspHeader.LENGTH, payload);
                sealing.seal(packet, EspHeader.LENGTH, payload.length, 0, sequence++, UDP);
                sealed.add(packet.toArray());
            }
        }
        return sealed;
    }

    private static long firstOf(String upper) {
        return upper.equals(NOT_EXTENDED) ? 1 : (Long.parseLong(upper) << 32) + 1;
    }

    private static SaKey saKey(String key) {
        return new SaKey(HexFormat.of().parseHex(key));
    }

    private static List<String> digits(List<byte[]> packets) {
        return packets.stream().map(HexFormat.of()::formatHex).toList();
    }

    /** In Ethernet, IP and UDP on port 4500. */
    private static byte[] pcap(List<byte[]> packets, IpAddress from, IpAddress to) {
        int most = packets.stream().mapToInt(packet -> 78 + packet.length).sum();
        var file = ByteBuffer.allocate(24 + most);
        file.putInt(0xa1b2c3d4).putShort((short) 2).putShort((short) 4).putLong(0);
        file.putInt(65_535).putInt(1);
        for (byte[] packet : packets) {
            int udp = 8 + packet.length;
            int ip = (from.isIpv4() ? 20 : 40) + udp;
            file.putLong(0).putInt(14 + ip).putInt(14 + ip);
            file.put(HexFormat.of().parseHex("020000000002" + "020000000001"));
            if (from.isIpv4()) {
                file.put(HexFormat.of().parseHex("0800" + "4500%04x0000400040110000".formatted(ip)));
                file.putInt((int) from.low()).putInt((int) to.low());
            } else {
                file.put(HexFormat.of().parseHex("86dd" + "60000000%04x1140".formatted(udp)));
                file.putLong(from.high()).putLong(from.low());
                file.putLong(to.high()).putLong(to.low());
            }
            file.put(HexFormat.of().parseHex("11941194%04x0000".formatted(udp))).put(packet);
        }
        return Arrays.copyOf(file.array(), file.position());
    }

    private List<String> scapy(String what, String key, String upper, List<byte[]> packets) throws Exception {
        assumeTrue(
                Files.isExecutable(Path.of(PYTHON))
                        && new ProcessBuilder(PYTHON, "-c", "import scapy.layers.ipsec")
                                        .redirectErrorStream(true)
                                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                                        .start()
                                        .waitFor()
                                == 0,
                "scapy is missing: apt-get install python3-scapy");
        Path script = directory.resolve("esp_by_scapy.py");
        try (var resource = EspReadersLiveTest.class.getResourceAsStream("esp_by_scapy.py")) {
            Files.copy(resource, script);
        }
        return run(digits(packets), PYTHON, script.toString(), what, SPI.toString(), key, upper);
    }

    /** Runs a program, and returns the lines it prints. */
    private List<String> run(List<String> input, String... command) throws IOException, InterruptedException {
        Path in = directory.resolve("in");
        Path out = directory.resolve("out");
        Path errors = directory.resolve("errors");
        Files.write(in, input);
        Process process;
        try {
            process = new ProcessBuilder(command)
                    .redirectInput(in.toFile())
                    .redirectOutput(out.toFile())
                    .redirectError(errors.toFile())
                    .start();
        } catch (IOException e) {
            assumeTrue(false, command[0] + " is missing: apt-get install " + command[0]);
            throw e;
        }
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("ends").isTrue();
        assertThat(process.exitValue())
                .as(() -> "exit of " + List.of(command) + ": " + read(errors))
                .isZero();
        return Files.readAllLines(out);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }
}
