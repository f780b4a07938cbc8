package io.dunlin.lb.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Against plain arrays, one for each version; and that a change copies little of what there is. */
class PagesPropertyTest {
    static final int SIZE = 4 * Pages.LEAST;
    private static final int MANY = 100_000;

    /** One line of changes, each element a place; every tenth is published. */
    @Property
    void eachVersionStaysAsItWasPublished(@ForAll @Size(max = 200) List<@IntRange(max = SIZE - 1) Integer> places) {
        var published = new ArrayList<Pages<Integer>>();
        var models = new ArrayList<@Nullable Integer[]>();
        @Nullable Integer[] model = new @Nullable Integer[SIZE];
        Pages.Edit<Integer> edit = Pages.<Integer>blank(SIZE).edit();
        for (int i = 0; i < places.size(); i++) {
            int place = places.get(i);
            Integer element = i % 3 == 0 ? null : Integer.valueOf(i);
            edit.put(place, element);
            model[place] = element;
            assertThat(edit.get(place)).isEqualTo(element);
            if (i % 10 == 0) {
                Pages<Integer> version = edit.commit();
                published.add(version);
                models.add(model.clone());
                edit = version.edit();
            }
        }
        for (int version = 0; version < published.size(); version++) {
            Pages<Integer> pages = published.get(version);
            assertThat(IntStream.range(0, pages.size()).mapToObj(pages::get)).containsExactly(models.get(version));
        }
    }

    @Test
    void aChangeOfOneNameAmongManyCopiesLittle() {
        Zone zone = Zone.of(ZoneSpec.named("backend"))
                .with(edit ->
                        IntStream.range(0, MANY).forEach(i -> edit.putEndpoint("e" + i, Zones.addresses("10.0.0.1"))));
        Zone changed = changeOne(zone); // loads what it needs
        long before = allocated();
        changed = changeOne(changed);
        long bytes = allocated() - before;
        assertThat(changed).isNotSameAs(zone);
        assertThat(bytes).as("bytes for one of %d names", MANY).isLessThan(100_000);
    }

    private static Zone changeOne(Zone zone) {
        return zone.with(edit -> edit.putEndpoint("e7", Zones.addresses("10.0.0.2")));
    }

    private static long allocated() {
        return ((com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
    }
}
