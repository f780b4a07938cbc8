package io.dunlin.vxlan.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Consumer;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class MemoryTest {
    private static final int SIZE = 16;

    @Test
    void readsNetworkOrderWhateverTheHost() {
        Memory memory = Bytes.of("00 01 f2 03 f4 f5 f6 f7 f8");
        assertThat(memory.u8(2)).isEqualTo(0xf2);
        assertThat(memory.u16(2)).isEqualTo(0xf203);
        assertThat(memory.i32(1)).isEqualTo(0x01f2_03f4);
        assertThat(memory.u48(2)).isEqualTo(0xf203_f4f5_f6f7L);
        assertThat(memory.i64(1)).isEqualTo(0x01f2_03f4_f5f6_f7f8L);
    }

    @Property
    void writesWhatItReadsAndNothingBeside(@ForAll long value, @ForAll @IntRange(max = 8) int at) {
        Memory memory = Bytes.ones(SIZE);
        memory.u48(at, value & 0xffff_ffff_ffffL);
        assertThat(memory.u48(at)).isEqualTo(value & 0xffff_ffff_ffffL);
        assertThat(memory.u16(at + 6)).isEqualTo(0xffff);
        memory.i64(at, value);
        assertThat(memory.i64(at)).isEqualTo(value);
        assertThat(memory.hostI64(at)).isEqualTo(memory.segment().get(ValueLayout.JAVA_LONG_UNALIGNED, at));
        memory.hostI64(at, value);
        assertThat(memory.hostI64(at)).isEqualTo(value);
        memory.hostI32(at, (int) value);
        assertThat(memory.hostI32(at)).isEqualTo((int) value);
        assertThat(memory.segment().get(ValueLayout.JAVA_INT_UNALIGNED, at)).isEqualTo((int) value);
        memory.hostU16(at, (int) value);
        assertThat(memory.hostU16(at)).isEqualTo((int) value & 0xffff);
    }

    @Property
    void comparesAndCopiesAsArraysDo(
            @ForAll @Size(40) byte[] content,
            @ForAll @IntRange(max = 20) int one,
            @ForAll @IntRange(max = 20) int other,
            @ForAll @IntRange(max = 20) int bytes) {
        Memory memory = Memory.of(content.clone());
        assertThat(memory.areEqual(one, other, bytes))
                .isEqualTo(ByteBuffer.wrap(content, one, bytes).equals(ByteBuffer.wrap(content, other, bytes)));
        byte[] expected = content.clone();
        System.arraycopy(content, one, expected, other, bytes);
        memory.copy(one, other, bytes);
        assertThat(memory.toArray()).isEqualTo(expected);
        assertThat(memory.areEqual(one, one, bytes)).isTrue();
        if (bytes > 0 && other + bytes <= one) {
            memory.u8(one + bytes - 1, ~memory.u8(other + bytes - 1));
            assertThat(memory.areEqual(one, other, bytes)).isFalse();
        }
    }

    @Test
    void takesAndGivesArraysAndBuffers() {
        Memory memory = Bytes.zeros(6);
        memory.put(1, new byte[] {1, 2, 3, 4}, 1, 2);
        assertThat(Bytes.hex(memory)).isEqualTo("000203000000");
        var buffer = ByteBuffer.wrap(new byte[] {9, 8, 7}).position(1);
        memory.put(4, buffer, 2);
        assertThat(buffer.position()).isOne();
        assertThat(memory.toArray(3, 3)).containsExactly(0, 8, 7);
        Memory other = Bytes.zeros(3);
        memory.copyTo(other, 1, 0, 2);
        assertThat(Bytes.hex(other)).isEqualTo("020300");
    }

    @Test
    void nothingBeyondItsEndsIsReachable() {
        try (var arena = Arena.ofConfined()) {
            MemorySegment around = arena.allocate(3 * SIZE);
            Memory memory = Memory.of(around.asSlice(SIZE, SIZE));
            var array = new byte[SIZE + 1];
            List<Consumer<Integer>> accesses = List.of(
                    memory::u8,
                    at -> memory.u8(at, 0),
                    at -> memory.u16(at - 1),
                    at -> memory.u16(at - 1, 0),
                    at -> memory.i32(at - 3),
                    at -> memory.i64(at - 7, 0),
                    at -> memory.hostI64(at - 7),
                    at -> memory.copy(0, at, 1),
                    at -> memory.copy(at, 0, 1),
                    at -> memory.copyTo(memory, at, 0, 1),
                    at -> memory.put(at, array, 0, 1),
                    at -> memory.get(at, array, 0, 1),
                    at -> memory.areEqual(0, at, 1));
            for (var access : accesses) {
                access.accept(SIZE - 1);
                assertThatThrownBy(() -> access.accept(SIZE)).isInstanceOf(IndexOutOfBoundsException.class);
            }
            for (int before : new int[] {-1, Integer.MIN_VALUE}) {
                assertThatThrownBy(() -> memory.u8(before)).isInstanceOf(IndexOutOfBoundsException.class);
                assertThatThrownBy(() -> memory.i64(before)).isInstanceOf(IndexOutOfBoundsException.class);
            }
            assertThatThrownBy(() -> memory.i64(Integer.MAX_VALUE)).isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @Test
    void beginsWithACacheLineOfZeros() {
        for (int bytes : new int[] {0, 1, 63, 64, 1000}) {
            Memory memory = Memory.allocate(bytes);
            assertThat(memory.size()).isEqualTo(bytes);
            assertThat(memory.address() % 64).isZero();
            assertThat(memory.toArray()).isEqualTo(new byte[bytes]);
            assertThat(memory.segment().byteSize()).isEqualTo(bytes);
            assertThat(memory.segment().isNative()).isTrue();
        }
    }

    @Test
    void isGoneWithItsArena() {
        var arena = Arena.ofConfined();
        Memory memory = Memory.copyOf(arena, new byte[] {1, 2});
        assertThat(memory.u16(0)).isEqualTo(0x0102);
        arena.close();
        assertThatThrownBy(() -> memory.u8(0)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> memory.copy(0, 1, 1)).isInstanceOf(IllegalStateException.class);
    }
}
