package io.dunlin.ipam;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The index against a hash map. */
class RequesterIndexPropertyTest {
    @Property
    void equalsAHashMap(@ForAll long seed) throws IOException {
        var random = new SplittableRandom(seed);
        var index = new RequesterIndex(64);
        Map<String, Long> model = new HashMap<>();
        int names = 1 << random.nextInt(1, 13);
        for (int step = 0; step < 8000; step++) {
            String name = name(random.nextInt(names));
            byte[] bytes = name.getBytes(UTF_8);
            Long held = model.get(name);
            assertThat(index.find(bytes)).isEqualTo(held == null ? CellTree.NONE : held);
            if (held == null) {
                long cell = random.nextLong(-2000, 2000) - 2001;
                if (!model.containsValue(cell)) {
                    index.put(bytes, cell);
                    model.put(name, cell);
                    assertThat(index.isHeld(cell)).isTrue();
                }
            } else if (random.nextBoolean()) {
                index.remove(bytes);
                model.remove(name);
                assertThat(index.isHeld(held)).isFalse();
            }
            assertThat(index.size()).isEqualTo(model.size());
        }
        model.forEach((name, cell) ->
                assertThat(index.find(name.getBytes(UTF_8))).as(name).isEqualTo(cell));
        var byBytes = new TreeMap<byte[], Long>(Arrays::compare);
        model.forEach((name, cell) -> byBytes.put(name.getBytes(UTF_8), cell));
        assertThat(written(index)).isEqualTo(written(byBytes));
    }

    private static String name(int n) {
        return (n % 7 == 0 ? "x".repeat(n % 240) : "né") + n % 100 + "/" + (n % 7 == 0 ? "" : n);
    }

    private static byte[] written(RequesterIndex index) throws IOException {
        var bytes = new ByteArrayOutputStream();
        index.writeTo(new DataOutputStream(bytes));
        return bytes.toByteArray();
    }

    private static byte[] written(Map<byte[], Long> model) throws IOException {
        var byCell = new TreeMap<Long, byte[]>(Long::compareUnsigned);
        model.forEach((name, cell) -> byCell.put(cell, name));
        var bytes = new ByteArrayOutputStream();
        var out = new DataOutputStream(bytes);
        for (var entry : byCell.entrySet()) {
            out.writeLong(entry.getKey());
            out.writeByte(entry.getValue().length);
            out.write(entry.getValue());
        }
        return bytes.toByteArray();
    }

    /** Of two words, of which the second makes up for the first. */
    static byte[] nameOfOneHash(long first) {
        long second = RequesterIndex.mix(2 * Long.BYTES, first) ^ 0x0123_4567_89ab_cdefL;
        return ByteBuffer.allocate(2 * Long.BYTES)
                .putLong(first)
                .putLong(second)
                .array();
    }

    /** As many as fit their bucket, and many more, between others. */
    @Property(tries = 20)
    void equalsAHashMapWhenNamesHaveOneHash(@ForAll long seed) throws IOException {
        var random = new SplittableRandom(seed);
        var index = new RequesterIndex(64);
        var model = new TreeMap<byte[], Long>(Arrays::compare);
        int names = 1 << random.nextInt(1, 10);
        for (int step = 0; step < 3000; step++) {
            int n = random.nextInt(names);
            byte[] name = n % 5 == 0 ? name(n).getBytes(UTF_8) : nameOfOneHash(n);
            Long held = model.remove(name);
            assertEquals(held == null ? CellTree.NONE : held, index.find(name));
            if (held == null) {
                index.put(name, n);
                model.put(name, (long) n);
            } else {
                index.remove(name);
            }
            assertThat(index.size()).isEqualTo(model.size());
            assertThat(index.isHeld(n)).isEqualTo(held == null);
        }
        model.forEach((name, cell) -> assertEquals(cell, index.find(name)));
        assertThat(written(index)).isEqualTo(written(model));
    }

    /** In less than a second; each looked through all others before, which took minutes. */
    @Test
    @Timeout(30)
    void aHundredThousandNamesOfOneHashAreFoundAtOnce() {
        var index = new RequesterIndex(24);
        for (int n = 0; n < 100_000; n++) {
            index.put(nameOfOneHash(n), n);
        }
        for (int n = 0; n < 100_000; n++) {
            assertEquals(n, index.find(nameOfOneHash(n)));
            assertEquals(CellTree.NONE, index.find(nameOfOneHash(-1 - n)));
        }
        for (int n = 0; n < 100_000; n++) {
            index.remove(nameOfOneHash(n));
        }
        assertThat(index.size()).isZero();
    }

    @Test
    void aLargeIndexStaysRightWhileRequestersOfManyLengthsComeAndGo() {
        var random = new SplittableRandom(1);
        var index = new RequesterIndex(24);
        var model = new HashMap<String, Long>();
        for (int step = 0; step < 400_000; step++) {
            int n = random.nextInt(20_000);
            String name = "x".repeat(n % 50) + n;
            byte[] bytes = name.getBytes(UTF_8);
            Long held = model.remove(name);
            assertEquals(held == null ? CellTree.NONE : held, index.find(bytes));
            if (held == null) {
                index.put(bytes, n);
                model.put(name, (long) n);
            } else {
                index.remove(bytes);
            }
        }
        model.forEach((name, cell) -> assertEquals(cell, index.find(name.getBytes(UTF_8))));
        assertThat(index.size()).isEqualTo(model.size());
    }

    /** Without the words of a library, 400,000 times. */
    private static void assertEquals(long expected, long actual) {
        if (expected != actual) {
            throw new AssertionError(expected + " expected, and it is " + actual);
        }
    }
}
