package io.dunlin.vxlan.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;

/** Segments of exactly the bytes they hold, so that an access behind them throws. */
final class Bytes {
    private Bytes() {}

    static MemorySegment zeros(int length) {
        return MemorySegment.ofArray(new byte[length]);
    }

    /** All bits set: what a writer leaves untouched shows. */
    static MemorySegment ones(int length) {
        MemorySegment memory = zeros(length);
        memory.fill((byte) -1);
        return memory;
    }

    /** @param hex digits; blanks between them are for the reader */
    static MemorySegment of(String hex) {
        return MemorySegment.ofArray(HexFormat.of().parseHex(hex.replaceAll("\\s", "")));
    }

    static MemorySegment copy(MemorySegment memory) {
        return MemorySegment.ofArray(memory.toArray(ValueLayout.JAVA_BYTE));
    }

    static String hex(MemorySegment memory) {
        return HexFormat.of().formatHex(memory.toArray(ValueLayout.JAVA_BYTE));
    }

    /**
     * Checks that an accessor or writer stays within {@code length} bytes: it works with exactly those, at an offset that leaves nothing
     * behind them, and touches nothing before them.
     */
    static void assertStaysWithin(int length, BoundedAccess access) {
        for (int at = 0; at < 4; at++) {
            MemorySegment memory = ones(at + length);
            access.at(memory, at);
            for (int before = 0; before < at; before++) {
                assertThat(memory.get(ValueLayout.JAVA_BYTE, before)).isEqualTo((byte) -1);
            }
        }
    }

    /** Checks that {@code checkLength} says no to each length below {@code length}, and yes from there on. */
    static void assertIsShortest(int length, LengthCheck check) {
        for (int available = -1; available < length; available++) {
            assertThat(check.fits(available))
                    .as("%d of %d bytes", available, length)
                    .isFalse();
        }
        assertThat(check.fits(length)).isTrue();
        assertThat(check.fits(Integer.MAX_VALUE)).isTrue();
    }

    interface BoundedAccess {
        void at(MemorySegment memory, long at);
    }

    interface LengthCheck {
        boolean fits(int available);
    }
}
