package io.dunlin.ipsec.rotation;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SortedSet;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.function.Supplier;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A key ring against a slow model: a sorted set of ids and the current one. */
class KeyRingPropertyTest {
    @Property(tries = 300)
    void equalsASortedSetWithOneMark(
            @ForAll @Size(max = 60) List<@IntRange(max = 2) Integer> steps,
            @ForAll @LongRange(min = 1, max = 1_000_000) long seed) {
        var random = new SplittableRandom(seed);
        var model = new TreeSet<KeyId>();
        KeyId current = null;
        KeyRing ring = KeyRing.EMPTY;
        for (int step : steps) {
            var id = new KeyId(1 + random.nextLong(12), random.nextLong(-2, 2));
            KeyRing before = ring;
            switch (step) {
                case 0 -> {
                    boolean isAllowed = (model.isEmpty() || id.isAfter(model.last())) && model.size() < 8;
                    ring = attempt(isAllowed, before, () -> before.with(RingKey.random(id, 16, random), 7));
                    if (isAllowed) {
                        model.add(id);
                        current = current == null ? id : current;
                    }
                }
                case 1 -> {
                    boolean isAllowed = model.contains(id) && current != null && id.isAfter(current);
                    ring = attempt(isAllowed, before, () -> before.promote(id));
                    current = isAllowed ? id : current;
                }
                default -> {
                    boolean isAllowed = model.contains(id) && current != null && current.isAfter(id);
                    RingKey key = ring.key(id);
                    ring = attempt(isAllowed, before, () -> before.retire(id));
                    if (isAllowed) {
                        model.remove(id);
                        assertThatThrownBy(Objects.requireNonNull(key)::copy)
                                .as("wiped")
                                .isInstanceOf(IllegalStateException.class);
                    }
                }
            }
            check(ring, model, current);
        }
        ring.close();
    }

    private static KeyRing attempt(boolean isAllowed, KeyRing before, Supplier<KeyRing> change) {
        if (isAllowed) {
            return change.get();
        }
        assertThatThrownBy(change::get).isInstanceOf(IllegalArgumentException.class);
        return before;
    }

    private static void check(KeyRing ring, SortedSet<KeyId> model, @Nullable KeyId current) {
        assertThat(ring.keys().stream().map(RingKey::id)).containsExactlyElementsOf(model);
        assertThat(ring.current()).isEqualTo(current);
        assertThat(ring.newest()).isEqualTo(model.isEmpty() ? null : model.last());
        assertThat(ring.isSettled()).isEqualTo(model.size() == 1);
        byte[] written = KeyRingFormat.encode(ring);
        try {
            KeyRing read = KeyRingFormat.decode(written);
            assertThat(KeyRingFormat.encode(read)).isEqualTo(written);
            assertThat(read.dueMillis()).isEqualTo(ring.dueMillis());
            read.close();
        } catch (KeyRingException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void saysNothingOfItsKeys() {
        byte[] secret = "correct horse ba".getBytes(US_ASCII);
        KeyRing ring = KeyRing.EMPTY.with(new RingKey(new KeyId(1, 2), secret.clone()), 0);
        assertThat(ring.toString()).isEqualTo("key ring [1-0000000000000002] current 1-0000000000000002");
        assertThat(ring.keys().getFirst().toString()).isEqualTo("ring key 1-0000000000000002");
        ring.close();
    }

    @Test
    void wipesTheArrayThatAKeyIsMadeOf() {
        byte[] secret = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
        new RingKey(new KeyId(1, 2), secret).close();
        assertThat(secret).containsOnly(0);
    }

    @Test
    void ordersKeysByEpochAndThenByTagWithoutSign() {
        var ids = new ArrayList<>(List.of(new KeyId(2, 0), new KeyId(1, -1), new KeyId(1, 1), new KeyId(1, 0)));
        ids.sort(null);
        assertThat(ids).containsExactly(new KeyId(1, 0), new KeyId(1, 1), new KeyId(1, -1), new KeyId(2, 0));
    }
}
