package io.dunlin.ipsec.aead;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.vxlan.wire.Memory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each engine against NIST's vectors (CAVP, CAVS 14.0, gcmtestvectors): those with nonces of 96 and tags of 128 bits, eight for each length of
 * text and additional data.
 */
class CavpTest {
    /** Of one file: an engine computes all of it. */
    record Case(AeadEngine engine, String file, boolean encrypts) {
        @Override
        public String toString() {
            return engine.name() + ", " + file;
        }
    }

    static Stream<Case> cases() {
        return Engines.all().stream()
                .flatMap(engine -> Stream.of(
                        new Case(engine, "gcmEncryptExtIV128.rsp", true),
                        new Case(engine, "gcmEncryptExtIV256.rsp", true),
                        new Case(engine, "gcmDecrypt128.rsp", false),
                        new Case(engine, "gcmDecrypt256.rsp", false)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void computesWhatNistSays(Case each) {
        List<Map<String, String>> vectors = read(each.file);
        assertThat(vectors).hasSizeGreaterThan(150);
        int refused = 0;
        for (Map<String, String> vector : vectors) {
            refused += check(each, vector) ? 0 : 1;
        }
        assertThat(refused)
                .as("wrong tags among the vectors")
                .isEqualTo(
                        each.encrypts
                                ? 0
                                : (int) vectors.stream()
                                        .filter(vector -> vector.containsKey("FAIL"))
                                        .count());
    }

    /** Whether the vector's tag was right, as it should be or not. */
    private static boolean check(Case each, Map<String, String> vector) {
        byte[] text = bytes(vector, "PT");
        byte[] sealed = HexFormat.of().parseHex(vector.getOrDefault("CT", "") + vector.getOrDefault("Tag", ""));
        byte[] aad = bytes(vector, "AAD");
        int length = sealed.length - Aead.TAG_LENGTH;
        try (var arena = Arena.ofConfined();
                Aead aead = each.engine.withKey(arena.allocateFrom(JAVA_BYTE, bytes(vector, "Key")))) {
            Memory memory = Memory.of(arena.allocate(sealed.length));
            Memory beside = Memory.of(arena.allocate(Aead.AAD + aad.length));
            beside.put(Aead.NONCE, bytes(vector, "IV"), 0, Aead.NONCE_LENGTH);
            beside.put(Aead.AAD, aad);
            if (each.encrypts) {
                memory.put(0, text, 0, length);
                aead.seal(memory, 0, length, 0, beside, aad.length);
                assertThat(memory.toArray()).as("%s", vector).isEqualTo(sealed);
                return true;
            }
            memory.put(0, sealed);
            boolean isRight = aead.open(memory, 0, length, beside, aad.length);
            assertThat(isRight).as("%s", vector).isEqualTo(!vector.containsKey("FAIL"));
            if (isRight) {
                assertThat(memory.toArray(0, length)).as("%s", vector).isEqualTo(text);
            }
            return isRight;
        }
    }

    private static byte[] bytes(Map<String, String> vector, String name) {
        return HexFormat.of().parseHex(vector.getOrDefault(name, ""));
    }

    /** Vectors as they stand there: lines of {@code name = value} after a line that begins with Count. */
    private static List<Map<String, String>> read(String file) {
        try (var in = CavpTest.class.getResourceAsStream(file)) {
            var vectors = new ArrayList<Map<String, String>>();
            for (String line : new String(in.readAllBytes(), US_ASCII).lines().toList()) {
                if (line.startsWith("Count")) {
                    vectors.add(new HashMap<>());
                } else if (!vectors.isEmpty() && !line.isEmpty() && !line.startsWith("[")) {
                    String[] parts = line.split(" = ?", 2);
                    vectors.getLast().put(parts[0].trim(), parts.length > 1 ? parts[1].trim() : "");
                }
            }
            return vectors;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
