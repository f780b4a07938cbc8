package io.dunlin.vxlan.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;

/** Memory of exactly the bytes they hold, so that an access behind them throws. */
final class Bytes {
    private Bytes() {}

    static Memory zeros(int length) {
        return Memory.of(new byte[length]);
    }

    /** All bits set: what a writer leaves untouched shows. */
    static Memory ones(int length) {
        Memory memory = zeros(length);
        memory.segment().fill((byte) -1);
        return memory;
    }

    /** @param hex digits; blanks between them are for the reader */
    static Memory of(String hex) {
        return Memory.of(HexFormat.of().parseHex(hex.replaceAll("\\s", "")));
    }

    static Memory slice(Memory memory, int at, int length) {
        return Memory.of(memory.segment().asSlice(at, length));
    }

    static Memory slice(Memory memory, int at) {
        return slice(memory, at, memory.size() - at);
    }

    static Memory copy(Memory memory) {
        return Memory.of(memory.toArray());
    }

    static String hex(Memory memory) {
        return HexFormat.of().formatHex(memory.toArray());
    }

    /**
     * Checks that an accessor or writer stays within {@code length} bytes: it works with exactly those, at an offset that leaves nothing
     * behind them, and touches nothing before them.
     */
    static void assertStaysWithin(int length, BoundedAccess access) {
        for (int at = 0; at < 4; at++) {
            Memory memory = ones(at + length);
            access.at(memory, at);
            for (int before = 0; before < at; before++) {
                assertThat(memory.u8(before)).isEqualTo(0xff);
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
        void at(Memory memory, int at);
    }

    interface LengthCheck {
        boolean fits(int available);
    }
}
