package io.dunlin.gossip;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What keeps a member's thread alive, and tells it that it stood still. */
class GuardTest {
    private final VirtualTime time = new VirtualTime();
    private final SimulatedHost host = new SimulatedHost(new SimulatedNetwork(time, 1), 1);

    @Test
    void aTaskThatThrowsIsCountedAndTheNextOneRuns() {
        var drops = new DropCounters(host, new Observer() {});
        var clock = new GuardedClock(host, drops, () -> false);
        var ran = new ArrayList<String>();
        clock.execute(() -> {
            throw new IllegalStateException("a bug");
        });
        clock.schedule(10, () -> ran.add("next"));
        time.pass(20);
        assertThat(ran).containsExactly("next");
        assertThat(drops.snapshot()).containsExactly(Map.entry("FAILED", 1L));
    }

    @Test
    void nothingRunsOnceItIsStopped() {
        var clock = new GuardedClock(host, new DropCounters(host, new Observer() {}), () -> true);
        var ran = new ArrayList<String>();
        clock.schedule(10, () -> ran.add("late"));
        time.pass(20);
        assertThat(ran).isEmpty();
    }

    @Test
    void aTaskThatIsLateByAFifthOfTheProbeTimeoutMeansThatTheProcessStoodStill() {
        var pauses = new PauseWatch(host, Profile.lan(), true);
        time.pass(Duration.ofMillis(150).toNanos());
        assertThat(pauses.stoodStill(Duration.ofMillis(50).toNanos())).isFalse();
        assertThat(pauses.stoodStill(Duration.ofMillis(49).toNanos())).isTrue();
        assertThat(new PauseWatch(host, Profile.lan(), false).stoodStill(0)).isFalse();
    }
}
