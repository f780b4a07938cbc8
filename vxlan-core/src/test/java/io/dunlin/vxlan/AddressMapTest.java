package io.dunlin.vxlan;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class AddressMapTest {
    record Key(int scope, long high, long low) {}

    record Change(Key key, boolean removes, int value) {}

    private static final long HIGH_FACTOR = 0xC2B2_AE3D_27D4_EB4FL;
    private static final long LAST_FACTOR = 0xD6E8_FEB8_6659_FD93L;

    @Property(tries = 300)
    void equalsAHashMapAfterEachOfManyEdits(@ForAll("edits") List<List<Change>> edits) {
        AddressMap<Integer> map = AddressMap.empty();
        var model = new HashMap<Key, Integer>();
        for (List<Change> changes : edits) {
            AddressMap<Integer> before = map;
            var modelBefore = Map.copyOf(model);
            var edit = map.edit();
            for (Change change : changes) {
                Key key = change.key;
                if (change.removes) {
                    edit.remove(key.scope, key.high, key.low);
                    model.remove(key);
                } else {
                    edit.put(key.scope, key.high, key.low, change.value);
                    model.put(key, change.value);
                }
                assertThat(edit.get(key.scope, key.high, key.low)).isEqualTo(model.get(key));
            }
            map = edit.commit();
            assertEqual(map, model, changes);
            assertEqual(before, modelBefore, changes);
        }
    }

    private static void assertEqual(AddressMap<Integer> map, Map<Key, Integer> model, List<Change> touched) {
        assertThat(map.size()).isEqualTo(model.size());
        model.forEach((key, value) ->
                assertThat(map.get(key.scope, key.high, key.low)).as("%s", key).isEqualTo(value));
        for (Change change : touched) {
            Key key = change.key;
            assertThat(map.get(key.scope, key.high, key.low)).as("%s", key).isEqualTo(model.get(key));
        }
        var values = new ArrayList<Integer>();
        map.forEach(values::add);
        assertThat(values).containsExactlyInAnyOrderElementsOf(model.values());
    }

    /** Few keys that meet often; keys that share a slot, so that probing and removal from its middle happen; of one subnet; anywhere. */
    @Provide
    Arbitrary<List<List<Change>>> edits() {
        Arbitrary<Key> few = Combinators.combine(
                        Arbitraries.integers().between(0, 2),
                        Arbitraries.longs().between(0, 1),
                        Arbitraries.longs().between(0, 3))
                .as(Key::new);
        Arbitrary<Key> colliding =
                Arbitraries.longs().between(0, 40).map(n -> new Key(0, highWithHash(n << 40 | 0xff - n % 3), n % 2));
        Arbitrary<Key> subnet = Arbitraries.longs().between(0, 2000).map(n -> new Key(1, 0, 0xffff_0a00_0000L + n));
        Arbitrary<Key> scattered = Arbitraries.longs().map(low -> new Key(2, 0xfd00L << 48, low));
        Arbitrary<Change> change = Combinators.combine(
                        Arbitraries.oneOf(few, colliding, subnet, scattered),
                        Arbitraries.integers().between(0, 2).map(n -> n == 0),
                        Arbitraries.integers())
                .as(Change::new);
        return change.list().ofMaxSize(300).list().ofMaxSize(8);
    }

    /** The upper half of a key (scope 0, low below 64) with that hash: the map's hash, undone step by step. */
    private static long highWithHash(long hash) {
        long x = hash ^ hash >>> 29 ^ hash >>> 58;
        x *= inverse(LAST_FACTOR);
        x = x ^ x >>> 32;
        return Long.rotateRight(x, 31) * inverse(HIGH_FACTOR);
    }

    /** The number that multiplied by {@code odd} gives 1 modulo 2^64 (Newton). */
    private static long inverse(long odd) {
        long inverse = odd;
        for (int i = 0; i < 6; i++) {
            inverse *= 2 - odd * inverse;
        }
        return inverse;
    }

    @Test
    void growsAPageWhereSplittingNoLongerSeparatesKeys() {
        // All keys agree in the upper 24 bits of their hash, four more than the directory ever uses.
        var edit = AddressMap.<Long>empty().edit();
        int count = 1000;
        for (long n = 0; n < count; n++) {
            edit.put(0, highWithHash(0xabcdefL << 40 | n << 8), 0, n);
        }
        AddressMap<Long> map = edit.commit();
        assertThat(map.size()).isEqualTo(count);
        for (long n = 0; n < count; n++) {
            assertThat(map.get(0, highWithHash(0xabcdefL << 40 | n << 8), 0)).isEqualTo(n);
        }
        var removal = map.edit();
        for (long n = 0; n < count; n += 2) {
            removal.remove(0, highWithHash(0xabcdefL << 40 | n << 8), 0);
        }
        AddressMap<Long> half = removal.commit();
        assertThat(half.size()).isEqualTo(count / 2);
        for (long n = 0; n < count; n++) {
            assertThat(half.get(0, highWithHash(0xabcdefL << 40 | n << 8), 0)).isEqualTo(n % 2 == 0 ? null : n);
        }
        var seen = new ArrayList<Long>();
        half.forEach(seen::add);
        assertThat(seen).hasSize(count / 2).doesNotHaveDuplicates();
    }

    @Test
    void removesFromTheMiddleOfARunThatWrapsAroundThePageEnd() {
        // Slots 254, 255, 0, 1, 2: five keys whose home is slot 254, and one at home in slot 0 that was pushed on.
        var keys = new ArrayList<Long>();
        for (long n = 1; n <= 5; n++) {
            keys.add(highWithHash(n << 20 | 254));
        }
        keys.add(highWithHash(9 << 20));
        for (Long removed : keys) {
            var edit = AddressMap.<Long>empty().edit();
            keys.forEach(high -> edit.put(0, high, 63, high));
            edit.remove(0, removed, 63);
            AddressMap<Long> map = edit.commit();
            for (Long high : keys) {
                assertThat(map.get(0, high, 63)).isEqualTo(high.equals(removed) ? null : high);
            }
        }
    }

    @Test
    void tellsScopesAndBothHalvesOfAnAddressApart() {
        var edit = AddressMap.<String>empty().edit();
        edit.put(1, 2, 3, "a");
        edit.put(2, 2, 3, "b");
        edit.put(1, 3, 3, "c");
        edit.put(1, 2, 4, "d");
        edit.put(1, 3, 2, "e");
        AddressMap<String> map = edit.commit();
        assertThat(map.get(1, 2, 3)).isEqualTo("a");
        assertThat(map.get(2, 2, 3)).isEqualTo("b");
        assertThat(map.get(1, 3, 3)).isEqualTo("c");
        assertThat(map.get(1, 2, 4)).isEqualTo("d");
        assertThat(map.get(1, 3, 2)).isEqualTo("e");
        assertThat(map.get(3, 2, 3)).isNull();
    }

    @Test
    void keepsNeighboursInOrderAsTheyComeAndGo() {
        // all 64 of a slot, put from the middle outwards and removed from both ends
        AddressMap<Long> map = AddressMap.empty();
        for (long n = 0; n < 64; n++) {
            var edit = map.edit();
            long low = 0xfd40 + (n % 2 == 0 ? 32 + n / 2 : 31 - n / 2);
            edit.put(0, 0, low, low);
            map = edit.commit();
        }
        assertThat(map.size()).isEqualTo(64);
        for (long removed = 0; removed < 64; removed++) {
            var edit = map.edit();
            edit.remove(0, 0, 0xfd40 + (removed % 2 == 0 ? removed / 2 : 63 - removed / 2));
            map = edit.commit();
            assertThat(map.size()).isEqualTo(63 - (int) removed);
            long below = 0xfd40 + (removed + 2) / 2;
            long above = 0xfd40 + 63 - (removed + 1) / 2;
            for (long low = 0xfd00; low < 0xfdc0; low++) {
                assertThat(map.get(0, 0, low)).isEqualTo(low >= below && low <= above ? low : null);
            }
        }
    }

    @Test
    void holdsAMillionEntries() {
        int count = 1_000_000;
        var edit = AddressMap.<Integer>empty().edit();
        for (int n = 0; n < count; n++) {
            edit.put(n & 7, n >>> 3, 0xfd00_0000L + n, n);
        }
        AddressMap<Integer> map = edit.commit();
        assertThat(map.size()).isEqualTo(count);
        var again = map.edit();
        for (int n = 0; n < count; n += 1000) {
            again.remove(n & 7, n >>> 3, 0xfd00_0000L + n);
        }
        AddressMap<Integer> fewer = again.commit();
        assertThat(fewer.size()).isEqualTo(count - 1000);
        for (int n = 0; n < count; n++) {
            Integer expected = n;
            if (!expected.equals(map.get(n & 7, n >>> 3, 0xfd00_0000L + n))) {
                throw new AssertionError("entry " + n + " is lost");
            }
            if ((fewer.get(n & 7, n >>> 3, 0xfd00_0000L + n) == null) != (n % 1000 == 0)) {
                throw new AssertionError("entry " + n + " after removals");
            }
        }
    }
}
