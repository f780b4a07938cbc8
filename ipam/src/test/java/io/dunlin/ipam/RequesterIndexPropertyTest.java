package io.dunlin.ipam;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

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
        assertThat(written(index)).isEqualTo(written(model));
    }

    private static String name(int n) {
        return (n % 7 == 0 ? "x".repeat(n % 240) : "né") + n % 100 + "/" + (n % 7 == 0 ? "" : n);
    }

    private static byte[] written(RequesterIndex index) throws IOException {
        var bytes = new ByteArrayOutputStream();
        index.writeTo(new DataOutputStream(bytes));
        return bytes.toByteArray();
    }

    private static byte[] written(Map<String, Long> model) throws IOException {
        var byCell = new TreeMap<Long, String>(Long::compareUnsigned);
        model.forEach((name, cell) -> byCell.put(cell, name));
        var bytes = new ByteArrayOutputStream();
        var out = new DataOutputStream(bytes);
        for (var entry : byCell.entrySet()) {
            out.writeLong(entry.getKey());
            out.writeByte(entry.getValue().getBytes(UTF_8).length);
            out.write(entry.getValue().getBytes(UTF_8));
        }
        return bytes.toByteArray();
    }

    @Test
    void tellsNamesOfOneHashApart() {
        var index = new RequesterIndex(24);
        index.put("Aa".getBytes(UTF_8), 1);
        index.put("BB".getBytes(UTF_8), 2);
        assertThat(index.find("Aa".getBytes(UTF_8))).isEqualTo(1);
        assertThat(index.find("BB".getBytes(UTF_8))).isEqualTo(2);
        index.remove("Aa".getBytes(UTF_8));
        assertThat(index.find("BB".getBytes(UTF_8))).isEqualTo(2);
        assertThat(index.find("Aa".getBytes(UTF_8))).isEqualTo(CellTree.NONE);
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
