package io.dunlin.ipsec.aead;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.dunlin.vxlan.wire.Memory;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.function.LongSupplier;

/** Tries an engine once before it is trusted: right answers, a refusal of what was tampered with, and the time it takes. */
final class SelfTest {
    /** Long, so that the engine's work outweighs its call, which the JVM still interprets: short texts made OpenSSL the faster one. */
    private static final int TEXT_LENGTH = 64 << 10;

    private static final int RUNS = 20;

    /** Test cases 4 and 16 of the GCM specification (McGrew and Viega): one text, one nonce and additional data, keys of both lengths. */
    private static final byte[] KEY_256 = hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");

    private static final byte[] KEY_128 = hex("feffe9928665731c6d6a8f9467308308");
    private static final byte[] NONCE = hex("cafebabefacedbaddecaf888");
    private static final byte[] AAD = hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
    private static final byte[] TEXT = hex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
            + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
    private static final byte[] SEALED_128 = hex("42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
            + "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091" + "5bc94fbc3221a5db94fae95ae7121a47");
    private static final byte[] SEALED_256 = hex("522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
            + "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662" + "76fc6ece0f4e1768cddf8853bb2d551b");

    private SelfTest() {}

    private static byte[] hex(String digits) {
        return HexFormat.of().parseHex(digits);
    }

    /** Nanoseconds that sealing a kilobyte takes, the best of {@value #RUNS} runs. */
    static long run(AeadEngine engine, LongSupplier nanoTime) {
        try (var arena = Arena.ofConfined()) {
            check(engine, arena, KEY_128, SEALED_128);
            check(engine, arena, KEY_256, SEALED_256);
            return measure(engine, arena, nanoTime);
        }
    }

    private static void check(AeadEngine engine, Arena arena, byte[] key, byte[] expected) {
        Memory memory = Memory.copyOf(arena, expected);
        memory.put(0, TEXT);
        Memory beside = Memory.allocate(Aead.AAD + AAD.length);
        beside.put(Aead.NONCE, NONCE);
        beside.put(Aead.AAD, AAD);
        try (Aead aead = engine.withKey(arena.allocateFrom(JAVA_BYTE, key))) {
            aead.seal(memory, 0, TEXT.length, 0, beside, AAD.length);
            boolean isSealed = Arrays.equals(memory.toArray(), expected);
            boolean isOpened = aead.open(memory, 0, TEXT.length, beside, AAD.length)
                    && Arrays.equals(memory.toArray(0, TEXT.length), TEXT);
            memory.put(0, expected);
            memory.u8(expected.length - 1, ~expected[expected.length - 1]);
            if (!isSealed || !isOpened || aead.open(memory, 0, TEXT.length, beside, AAD.length)) {
                throw new IllegalStateException(
                        engine.name() + " gives wrong answers with a key of " + key.length + " bytes");
            }
        }
    }

    private static long measure(AeadEngine engine, Arena arena, LongSupplier nanoTime) {
        Memory memory = Memory.allocate(TEXT_LENGTH + Aead.TAG_LENGTH);
        Memory beside = Memory.allocate(Aead.AAD);
        long best = Long.MAX_VALUE;
        try (Aead aead = engine.withKey(arena.allocateFrom(JAVA_BYTE, KEY_128))) {
            for (int run = 0; run < RUNS; run++) {
                beside.i64(Aead.NONCE, run);
                long before = nanoTime.getAsLong();
                aead.seal(memory, 0, TEXT_LENGTH, 0, beside, 0);
                best = Math.min(best, nanoTime.getAsLong() - before);
            }
        }
        return best / (TEXT_LENGTH >> 10);
    }
}
