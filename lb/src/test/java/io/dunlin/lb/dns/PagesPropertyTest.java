package io.dunlin.lb.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dunlin.vxlan.wire.IpAddress;
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
    void anEditThatIsCommittedWritesNoMore() {
        Pages.Edit<Integer> edit = Pages.<Integer>blank(SIZE).edit();
        edit.put(7, 1);
        Pages<Integer> published = edit.commit();
        assertThatThrownBy(() -> edit.put(7, 2)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(published.get(7)).isEqualTo(1);
    }

    @Test
    void aChangeOfOneNameAmongManyCopiesLittle() {
        Zone zone = Zone.of(ZoneSpec.named("backend"))
                .with(edit -> IntStream.range(0, MANY).forEach(i -> edit.putEndpoint("e" + i, List.of(address(i)))));
        Zone moved = move(zone, "e8", MANY); // loads what it needs
        long before = allocated();
        Zone changed = move(moved, "e7", MANY + 1);
        long bytes = allocated() - before;
        assertThat(owner(changed, MANY + 1)).isEqualTo(DnsName.encode("e7.backend"));
        assertThat(owner(changed, 7)).isNull();
        assertThat(owner(changed, MANY)).isEqualTo(DnsName.encode("e8.backend"));
        assertThat(owner(changed, 9)).isEqualTo(DnsName.encode("e9.backend"));
        assertThat(owner(moved, 7)).isEqualTo(DnsName.encode("e7.backend"));
        assertThat(bytes).as("bytes for one of %d names", MANY).isLessThan(100_000);
    }

    private static IpAddress address(int i) {
        return IpAddress.ofIpv4(0x0a00_0000 + i);
    }

    private static Zone move(Zone zone, String endpoint, int address) {
        return zone.with(edit -> edit.putEndpoint(endpoint, List.of(address(address))));
    }

    private static byte @Nullable [] owner(Zone zone, int address) {
        return zone.ownerOf(address(address).high(), address(address).low());
    }

    private static long allocated() {
        return ((com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
    }
}
