package io.dunlin.ipam;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dunlin.ipam.Quarantine.Rest;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a pool takes of a state that was stored, and what it finds wrong with it. */
class NumberPoolRestoreTest {
    private static final Requester A = new Requester("a");
    private static final Requester NOBODY = Requester.ANONYMOUS;

    /** Numbers 1 to 100, of which 1 is kept free; 1 to 20 were read as taken, at time 1000. */
    private static NumberPool read() {
        NumberPool pool = pool(taken(1, 1), 50);
        pool.quarantine().restoreTime(1_000);
        pool.restore(taken(1, 20), new long[] {7}, 1, 100);
        return pool;
    }

    private static NumberPool pool(CellTree reserved, long quarantineMillis) {
        return new NumberPool(7, List.of(new Segment(1, 100)), reserved, Policy.NEXT_FIT, quarantineMillis);
    }

    private static CellTree taken(long first, long last) {
        var taken = new CellTree(7);
        taken.take(first, last);
        return taken;
    }

    @Test
    void whatIsReadIsGrantedAndCounted() {
        NumberPool pool = read();
        assertThat(pool.granted()).isEqualTo(19);
        assertThat(pool.segments().getFirst().used()).isEqualTo(19);
        assertThat(pool.segments().getFirst().cursor()).isEqualTo(7);
        assertThat(pool.segments().getFirst().size()).isEqualTo(99);
    }

    @Test
    void numbersAreTakenThatAreNotInThePool() {
        NumberPool pool = new NumberPool(7, List.of(new Segment(5, 100)), new CellTree(7), Policy.NEXT_FIT, 50);
        long[] cursors = {5};
        assertThatThrownBy(() -> pool.restore(taken(4, 9), cursors, 5, 100)).hasMessageContaining("not in the pool");
        assertThatThrownBy(() -> pool.restore(taken(9, 101), cursors, 5, 100)).hasMessageContaining("not in the pool");
        pool.restore(taken(5, 100), cursors, 5, 100);
        assertThat(pool.granted()).isEqualTo(96);
    }

    @Test
    void aNumberIsFreeThatIsToBeKeptFree() {
        CellTree reserved = taken(1, 1);
        reserved.take(9, 12);
        NumberPool pool = pool(reserved, 50);
        var onlyFirst = taken(1, 11);
        assertThatThrownBy(() -> pool.restore(onlyFirst, new long[] {1}, 1, 100))
                .hasMessageContaining("kept free");
    }

    @Test
    void aQuarantineIsOfWhatWasGrantedAndInOrder() {
        NumberPool pool = read();
        assertThatThrownBy(() -> pool.restore(new Rest(3, 2, 1_010, NOBODY))).hasMessageContaining("of no numbers");
        assertThatThrownBy(() -> pool.restore(new Rest(2, 3, 1_010, A))).hasMessageContaining("of no numbers");
        assertThatThrownBy(() -> pool.restore(new Rest(21, 21, 1_010, A))).hasMessageContaining("not granted");
        assertThatThrownBy(() -> pool.restore(new Rest(1, 2, 1_010, NOBODY))).hasMessageContaining("not granted");
        assertThatThrownBy(() -> pool.restore(new Rest(2, 2, 1_000, A))).hasMessageContaining("out of order");
        pool.restore(new Rest(2, 2, 1_010, A));
        assertThatThrownBy(() -> pool.restore(new Rest(2, 2, 1_010, NOBODY))).hasMessageContaining("not granted");
        assertThatThrownBy(() -> pool.restore(new Rest(3, 3, 1_009, NOBODY))).hasMessageContaining("out of order");
        assertThatThrownBy(() -> pool.restore(new Rest(3, 3, 1_010, A))).hasMessageContaining("out of order");
        pool.restore(new Rest(3, 4, 1_010, NOBODY));
        assertThatThrownBy(() -> pool.restore(new Rest(5, 5, 1_010, NOBODY))).hasMessageContaining("two pieces");
        pool.restore(new Rest(7, 7, 1_010, NOBODY));
    }

    @Test
    void thereIsNoQuarantineWhereThereIsNone() {
        var pool = pool(new CellTree(7), 0);
        pool.restore(taken(1, 20), new long[] {1}, 1, 100);
        assertThatThrownBy(() -> pool.restore(new Rest(2, 2, 1_010, A))).hasMessageContaining("out of order");
    }

    @Test
    void aRequesterHoldsOneNumberThatIsGrantedToNobodyElse() {
        NumberPool pool = read();
        pool.restore(new Rest(2, 2, 1_010, NOBODY));
        assertThatThrownBy(() -> pool.restore(2, A)).hasMessageContaining("not granted");
        assertThatThrownBy(() -> pool.restore(1, A)).hasMessageContaining("not granted");
        assertThatThrownBy(() -> pool.restore(21, A)).hasMessageContaining("not granted");
        assertThatThrownBy(() -> pool.restore(3, NOBODY)).hasMessageContaining("holds two");
        pool.restore(3, A);
        assertThatThrownBy(() -> pool.restore(3, new Requester("b"))).hasMessageContaining("not granted");
        assertThatThrownBy(() -> pool.restore(4, A)).hasMessageContaining("holds two");
        assertThat(pool.isGrantedToNobody(4, 20)).isTrue();
        assertThat(pool.isGrantedToNobody(3, 20)).isFalse();
        assertThat(pool.isGrantedToNobody(4, 21)).isFalse();
    }

    /** What joins what, in the queue of quarantines, must not depend on what was taken back in between. */
    @Test
    void neighboursThatWaitTogetherDoSoAfterOneBetweenThemWasTakenBack() {
        var pool = pool(new CellTree(7), 50);
        pool.request(NOBODY, 0);
        pool.request(NOBODY, 0);
        pool.request(A, 0);
        pool.release(1, NOBODY, 10);
        pool.release(3, A, 10);
        assertThat(pool.claim(3, A, 10)).isEqualTo(new NumberPool.Outcome(NumberPool.Kind.GRANTED, 3));
        pool.release(2, NOBODY, 10);
        assertThat(pool.quarantine().rests()).hasSize(1);
        assertThat(pool.quarantine().rests().getFirst().last).isEqualTo(2);
    }
}
