package io.dunlin.ipsec.aead;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import io.dunlin.vxlan.wire.Memory;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the contract of {@link Aead} says, for each engine; Bouncy Castle's answers are the right ones. */
class AeadTest {
    private static final int CASES = 1_000_000;
    private static final int CASES_OF_A_KEY = 32;
    private static final long SEED = 42;
    private static final int MOST = 2000;
    private static final int AT = 24;

    static Stream<AeadEngine> engines() {
        return Engines.all().stream();
    }

    private static boolean isOracle(AeadEngine engine) {
        return engine.name().startsWith("Bouncy");
    }

    /** The right answer is computed once for all engines, and a key is good for some cases: what takes its time is Bouncy Castle. */
    @Test
    void agreeWithBouncyCastleInAMillionCases() {
        AeadEngine oracle = engines().filter(AeadTest::isOracle).findFirst().orElseThrow();
        List<AeadEngine> others = engines().filter(engine -> !isOracle(engine)).toList();
        assertThat(others).isNotEmpty();
        var random = new SplittableRandom(SEED);
        for (int n = 0; n < CASES; n += CASES_OF_A_KEY) {
            try (var arena = Arena.ofConfined()) {
                Memory key = random(arena, random, random.nextBoolean() ? 16 : 32);
                try (Aead right = oracle.withKey(key.segment())) {
                    var cases = new ArrayList<Case>();
                    for (int i = 0; i < CASES_OF_A_KEY; i++) {
                        cases.add(Case.of(arena, random, n + i, right));
                    }
                    for (AeadEngine engine : others) {
                        try (Aead ours = engine.withKey(key.segment())) {
                            cases.forEach(each -> each.check(engine, ours));
                        }
                    }
                }
            }
        }
    }

    /** Something to seal, and what it is when it is sealed. */
    private record Case(int number, int length, Memory beside, int aad, Memory text, Memory sealed, Memory work) {
        static Case of(Arena arena, SplittableRandom random, int number, Aead oracle) {
            int length = random.nextInt(number % 16 == 0 ? MOST : 100);
            int aad = random.nextInt(3) == 0 ? random.nextInt(40) : random.nextBoolean() ? 8 : 12;
            Memory beside = random(arena, random, Aead.AAD + aad);
            Memory text = random(arena, random, AT + length + Aead.TAG_LENGTH + 8);
            Memory sealed = Memory.copyOf(arena, text.toArray());
            oracle.seal(sealed, AT, length, AT, beside, aad);
            return new Case(number, length, beside, aad, text, sealed, Memory.of(arena.allocate(2L * text.size())));
        }

        /** Where the text is, to behind it, or to before it: right beside it, and the text stays as it is. */
        void check(AeadEngine engine, Aead ours) {
            int sealedLength = length + Aead.TAG_LENGTH;
            int from = number % 3 == 2 ? AT + sealedLength : AT;
            int to = number % 3 == 1 ? AT + length : AT;
            text.copyTo(work, 0, 0, text.size());
            text.copyTo(work, AT, from, length);
            ours.seal(work, from, length, to, beside, aad);
            byte[] behind = work.toArray(to + sealedLength, 8);
            if (!Arrays.equals(work.toArray(to, sealedLength), sealed.toArray(AT, sealedLength))
                    || !Arrays.equals(work.toArray(0, AT), text.toArray(0, AT))
                    || from != to && !Arrays.equals(work.toArray(from, length), text.toArray(AT, length))
                    || number % 3 == 0 && !Arrays.equals(behind, text.toArray(AT + sealedLength, 8))) {
                fail("%s, seed %d, case %d: sealed from %d to %d is %s", engine, SEED, number, from, to, work);
            }
            boolean isOpened = ours.open(work, to, length, beside, aad);
            if (!isOpened || !Arrays.equals(work.toArray(to, length), text.toArray(AT, length))) {
                fail("%s, seed %d, case %d is not opened", engine, SEED, number);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("engines")
    void refusesEachChangeOfABit(AeadEngine engine) {
        var random = new SplittableRandom(1);
        int length = 37;
        int aad = 12;
        try (var arena = Arena.ofConfined();
                Aead aead = engine.withKey(random(arena, random, 16).segment())) {
            Memory beside = random(arena, random, Aead.AAD + aad);
            Memory sealed = random(arena, random, length + Aead.TAG_LENGTH);
            aead.seal(sealed, 0, length, 0, beside, aad);
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
                assertThatThrownBy(() -> aead.seal(memory, 0, 85, 0, beside, 8)) // no room for the tag
                        .isInstanceOf(IndexOutOfBoundsException.class);
                assertThatThrownBy(() -> aead.seal(memory, 93, 8, 0, beside, 8))
                        .isInstanceOf(IndexOutOfBoundsException.class);
                assertThatThrownBy(() -> aead.seal(memory, 0, 8, 77, beside, 8)) // no room for the tag there
                        .isInstanceOf(IndexOutOfBoundsException.class);
                assertThatThrownBy(() -> aead.seal(memory, 0, -1, 0, beside, 8))
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
    void refusesToSealToAPlaceThatOverlapsWithTheText(AeadEngine engine) {
        try (var arena = Arena.ofConfined();
                Aead aead = engine.withKey(arena.allocate(16))) {
            Memory beside = Memory.of(arena.allocate(Aead.AAD + 8));
            Memory memory = Memory.of(arena.allocate(200));
            for (int to = 60 - 20 - Aead.TAG_LENGTH + 1; to < 60 + 20; to++) {
                int there = to;
                if (to != 60) {
                    assertThatThrownBy(() -> aead.seal(memory, 60, 20, there, beside, 8))
                            .as("from 60 to %d", to)
                            .isInstanceOf(IllegalArgumentException.class)
                            .hasMessage("a text of 20 bytes at 60 cannot be sealed to " + to + ": they overlap");
                }
            }
            assertThat(memory.toArray()).containsOnly(0);
            aead.seal(memory, 60, 20, 60 - 20 - Aead.TAG_LENGTH, beside, 8);
            beside.u8(Aead.NONCE, 1); // some engines notice a nonce that comes twice
            aead.seal(memory, 60, 20, 60 + 20, beside, 8);
            assertThat(memory.toArray(60, 20)).containsOnly(0);
        }
    }

    @ParameterizedTest
    @MethodSource("engines")
    void isClosedTwiceWithoutHarm(AeadEngine engine) {
        try (var arena = Arena.ofConfined()) {
            Aead aead = engine.withKey(arena.allocate(32));
            aead.close();
            aead.close();
            assertThatThrownBy(() -> aead.seal(Memory.allocate(32), 0, 16, 0, Memory.allocate(Aead.AAD + 8), 8))
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

    private static Memory random(Arena arena, SplittableRandom random, int length) {
        var bytes = new byte[length];
        random.nextBytes(bytes);
        return Memory.copyOf(arena, bytes);
    }

    private static void flip(Memory memory, int bit) {
        memory.u8(bit / 8, memory.u8(bit / 8) ^ 1 << bit % 8);
    }
}
