package io.dunlin.ipsec.aead;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dunlin.vxlan.wire.Memory;
import java.lang.foreign.Arena;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the contract of {@link Aead} says, for each engine; Bouncy Castle's answers are the right ones. */
class AeadTest {
    private static final int CASES = Boolean.getBoolean("dunlin.long") ? 1_000_000 : 4_000;
    private static final int MOST = 2000;
    private static final int AT = 24;

    static Stream<AeadEngine> engines() {
        return Engines.all().stream();
    }

    static Stream<AeadEngine> engine() {
        return engines().filter(engine -> !isOracle(engine));
    }

    private static boolean isOracle(AeadEngine engine) {
        return engine.name().startsWith("Bouncy");
    }

    @ParameterizedTest
    @MethodSource("engine")
    void agreesWithBouncyCastle(AeadEngine engine) {
        AeadEngine oracle = engines().filter(AeadTest::isOracle).findFirst().orElseThrow();
        long seed = 42;
        var random = new Random(seed);
        for (int n = 0; n < CASES; n++) {
            try (var arena = Arena.ofConfined()) {
                Memory key = random(arena, random, random.nextBoolean() ? 16 : 32);
                int length = random.nextInt(n % 8 == 0 ? MOST : 100);
                int aad = random.nextInt(3) == 0 ? random.nextInt(40) : random.nextBoolean() ? 8 : 12;
                Memory beside = random(arena, random, Aead.AAD + aad);
                Memory mine = random(arena, random, AT + length + Aead.TAG_LENGTH + 8);
                Memory theirs = Memory.copyOf(arena, mine.toArray());
                byte[] before = mine.toArray(0, AT + length);
                try (Aead ours = engine.withKey(key.segment());
                        Aead right = oracle.withKey(key.segment())) {
                    ours.seal(mine, AT, length, beside, aad);
                    right.seal(theirs, AT, length, beside, aad);
                    assertThat(mine.toArray()).as("seed %d, case %d", seed, n).isEqualTo(theirs.toArray());
                    assertThat(ours.open(mine, AT, length, beside, aad)).isTrue();
                    assertThat(mine.toArray(0, AT + length))
                            .as("seed %d, case %d", seed, n)
                            .isEqualTo(before);
                    assertThat(right.open(theirs, AT, length, beside, aad)).isTrue();
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("engines")
    void refusesEachChangeOfABit(AeadEngine engine) {
        var random = new Random(1);
        int length = 37;
        int aad = 12;
        try (var arena = Arena.ofConfined();
                Aead aead = engine.withKey(random(arena, random, 16).segment())) {
            Memory beside = random(arena, random, Aead.AAD + aad);
            Memory sealed = random(arena, random, length + Aead.TAG_LENGTH);
            aead.seal(sealed, 0, length, beside, aad);
            Memory copy = Memory.of(arena.allocate(sealed.size()));
            for (int bit = 0; bit < 8 * sealed.size(); bit++) {
                sealed.copyTo(copy, 0, 0, sealed.size());
                flip(copy, bit);
                assertThat(aead.open(copy, 0, length, beside, aad))
                        .as("bit %d", bit)
                        .isFalse();
            }
            for (int bit = 0; bit < 8 * (Aead.AAD + aad); bit++) {
                boolean isUsed = bit / 8 < Aead.NONCE_LENGTH || bit / 8 >= Aead.AAD;
                sealed.copyTo(copy, 0, 0, sealed.size());
                flip(beside, bit);
                assertThat(aead.open(copy, 0, length, beside, aad))
                        .as("bit %d beside", bit)
                        .isEqualTo(!isUsed);
                flip(beside, bit);
            }
            sealed.copyTo(copy, 0, 0, sealed.size());
            assertThat(aead.open(copy, 0, length, beside, aad)).isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource("engines")
    void refusesWhatIsNoKeyOrNoText(AeadEngine engine) {
        try (var arena = Arena.ofConfined()) {
            assertThatThrownBy(() -> engine.withKey(arena.allocate(24)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("a key of 24 bytes; AES-GCM takes 16 or 32 here");
            try (Aead aead = engine.withKey(arena.allocate(16))) {
                Memory beside = Memory.of(arena.allocate(Aead.AAD + 8));
                Memory memory = Memory.of(arena.allocate(100));
                assertThatThrownBy(() -> aead.seal(memory, 0, 85, beside, 8)) // no room for the tag
                        .isInstanceOf(IndexOutOfBoundsException.class);
                assertThatThrownBy(() -> aead.open(memory, -1, 8, beside, 8))
                        .isInstanceOf(IndexOutOfBoundsException.class);
                assertThatThrownBy(() -> aead.open(memory, 0, 8, beside, 9))
                        .isInstanceOf(IndexOutOfBoundsException.class);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("engines")
    void isClosedTwiceWithoutHarm(AeadEngine engine) {
        try (var arena = Arena.ofConfined()) {
            Aead aead = engine.withKey(arena.allocate(32));
            aead.close();
            aead.close();
            assertThatThrownBy(() -> aead.seal(Memory.allocate(32), 0, 16, Memory.allocate(Aead.AAD + 8), 8))
                    .isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void findsEnginesAndSaysWhichAreMissing() {
        AeadEngines engines = AeadEngines.find(System::nanoTime);
        assertThat(engines.tested()).extracting(each -> each.engine().name()).contains("JDK 25", "Bouncy Castle");
        assertThat(engines.tested().size() + engines.missing().size()).isEqualTo(4);
        assertThat(engines.named("jdk").name()).startsWith("JDK");
        assertThat(engines.tested())
                .allSatisfy(each -> assertThat(each.nanosPerKilobyte()).isPositive());
        assertThat(engines.fastest().name()).doesNotStartWith("Bouncy");
        assertThatThrownBy(() -> engines.named("rot13"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("no AEAD engine \"rot13\"; there are ")
                .hasMessageContaining("JDK 25");
        assertThatThrownBy(() -> engines.named("")).isInstanceOf(IllegalArgumentException.class);
    }

    private static Memory random(Arena arena, Random random, int length) {
        var bytes = new byte[length];
        random.nextBytes(bytes);
        return Memory.copyOf(arena, bytes);
    }

    private static void flip(Memory memory, int bit) {
        memory.u8(bit / 8, memory.u8(bit / 8) ^ 1 << bit % 8);
    }
}
