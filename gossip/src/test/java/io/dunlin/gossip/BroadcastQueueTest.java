package io.dunlin.gossip;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class BroadcastQueueTest {
    private static final int OVERHEAD = 2;
    private static final int PIECES = 255;

    private final BroadcastQueue queue = new BroadcastQueue();

    private List<String> take(int space, int limit) {
        var taken = new ArrayList<String>();
        queue.take(OVERHEAD, space, PIECES, limit, message -> taken.add(new String(message, UTF_8)));
        return taken;
    }

    private void add(String member, String message) {
        queue.add(member, message.getBytes(UTF_8));
    }

    @Test
    void sendsEachPieceALimitedNumberOfTimes() {
        add("a", "news of a");
        for (int i = 0; i < 3; i++) {
            assertThat(take(100, 3)).containsExactly("news of a");
        }
        assertThat(take(100, 3)).isEmpty();
        assertThat(queue.size()).isZero();
    }

    @Test
    void newerNewsOfAMemberReplacesOlder() {
        add("a", "suspect");
        add("a", "alive");
        assertThat(take(100, 3)).containsExactly("alive");
        assertThat(queue.size()).isEqualTo(1);
    }

    @Test
    void whatWasSentLeastGoesFirstAndOfThatTheNewest() {
        add("a", "aaaa");
        take(6, 9);
        add("b", "bbbb");
        add("c", "cccc");
        assertThat(take(18, 9)).containsExactly("cccc", "bbbb", "aaaa");
    }

    @Test
    void smallerPiecesFillWhatALargeOneLeaves() {
        add("a", "a");
        add("b", "b".repeat(50));
        assertThat(take(10, 9)).containsExactly("a");
        assertThat(take(60, 9)).containsExactly("b".repeat(50), "a");
    }

    @Test
    void ownNewsGoesIntoEachPacketHoweverMuchOthersSay() {
        var finished = new ArrayList<String>();
        queue.addOwn("me", "mine".getBytes(UTF_8), () -> finished.add("told"));
        for (int i = 0; i < 5; i++) {
            for (int j = 0; j < 20; j++) {
                add("other " + i + " " + j, "theirs");
            }
            assertThat(finished).isEmpty();
            assertThat(take(20, 5)).startsWith("mine");
        }
        assertThat(finished).containsExactly("told");
        assertThat(take(20, 5)).doesNotContain("mine");
    }

    @Test
    void takesNoMoreThanAPacketMayHold() {
        for (int i = 0; i < 10; i++) {
            add("m" + i, "x");
        }
        queue.addOwn("me", "y".getBytes(UTF_8), null);
        var taken = new ArrayList<byte[]>();
        queue.take(OVERHEAD, 1000, 4, 9, taken::add);
        assertThat(taken).hasSize(4);
    }

    @Test
    void isBoundedInMembersAndInReplacedPieces() {
        for (int i = 0; i < BroadcastQueue.MAX_QUEUED; i++) {
            assertThat(queue.add("m" + i, new byte[] {1})).isTrue();
        }
        assertThat(queue.add("one more", new byte[] {1})).isFalse();
        assertThat(queue.size()).isEqualTo(BroadcastQueue.MAX_QUEUED);
    }

    private record Piece(String member, String message, int sent, int number) {}

    /** Against a list that is sorted each time. Messages are of one length, so that fitting is a matter of number. */
    @Property
    void agreesWithASlowModel(@ForAll @Size(max = 200) List<@IntRange(max = 20) Integer> steps) {
        var tested = new BroadcastQueue();
        var model = new ArrayList<Piece>();
        int number = 0;
        for (int step : steps) {
            if (step > 0) {
                String member = "m" + step % 10;
                String message = String.format("%04d", number);
                tested.add(member, message.getBytes(UTF_8));
                model.removeIf(piece -> piece.member().equals(member));
                model.add(new Piece(member, message, 0, number++));
                continue;
            }
            var taken = new ArrayList<String>();
            tested.take(OVERHEAD, 3 * (4 + OVERHEAD), PIECES, 2, bytes -> taken.add(new String(bytes, UTF_8)));
            var expected = model.stream()
                    .sorted(Comparator.<Piece>comparingInt(Piece::sent)
                            .thenComparing(Piece::number, Comparator.reverseOrder()))
                    .limit(3)
                    .toList();
            assertThat(taken)
                    .containsExactlyInAnyOrderElementsOf(
                            expected.stream().map(Piece::message).toList());
            // Of those sent equally often the one that was sent last counts as the newest.
            model.removeAll(expected);
            for (Piece piece : expected) {
                if (piece.sent() + 1 < 2) {
                    model.add(new Piece(piece.member(), piece.message(), piece.sent() + 1, number++));
                }
            }
            assertThat(tested.size()).isEqualTo(model.size());
        }
    }
}
