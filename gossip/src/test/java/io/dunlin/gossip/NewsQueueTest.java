package io.dunlin.gossip;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.gossip.wire.Bytes;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class NewsQueueTest {
    private static final int SIZE = 100;

    private final NewsQueue queue = new NewsQueue(3);

    private void add(String name, int times) {
        var message = new byte[SIZE];
        System.arraycopy(Bytes.utf8(name).array(), 0, message, 0, name.length());
        queue.add(message, times, 0);
    }

    private List<String> take(int messages, int limit, long now) {
        var taken = new ArrayList<String>();
        int left = queue.take(
                3,
                messages * (SIZE + 3) + 50,
                limit,
                now,
                data -> taken.add(Bytes.wrap(data).text().trim()));
        assertThat(left).isEqualTo((messages - taken.size()) * (SIZE + 3) + 50);
        return taken;
    }

    @Test
    void tellsTheNewestFirstAndWhatWasToldLeast() {
        add("a", 0);
        add("b", 0);
        assertThat(take(1, 9, 0)).containsExactly("b");
        assertThat(take(1, 9, 0)).containsExactly("a");
        add("c", 0);
        assertThat(take(2, 9, 0)).containsExactly("c", "a");
    }

    @Test
    void tellsEachOncePerPacketAndAsOftenAsTheLimitSays() {
        add("a", 0);
        assertThat(take(5, 3, 0)).containsExactly("a");
        assertThat(take(5, 3, 0)).containsExactly("a");
        assertThat(take(5, 3, 0)).containsExactly("a");
        assertThat(take(5, 3, 0)).isEmpty();
        assertThat(queue.isEmpty()).isTrue();
    }

    @Test
    void countsWhatWasToldBefore() {
        add("a", 2);
        assertThat(take(5, 3, 0)).containsExactly("a");
        assertThat(take(5, 3, 0)).isEmpty();
    }

    @Test
    void whatWasToldMostGivesWay() {
        add("a", 2);
        add("b", 0);
        add("c", 1);
        add("d", 0);
        assertThat(take(5, 9, 0)).containsExactly("d", "b", "c");
    }

    @Test
    void forgetsWhatIsNoLongerNew() {
        add("a", 0);
        add("b", 5);
        assertThat(take(5, 9, NewsQueue.NEW.toNanos() + 1)).isEmpty();
        assertThat(queue.isEmpty()).isTrue();
    }
}
