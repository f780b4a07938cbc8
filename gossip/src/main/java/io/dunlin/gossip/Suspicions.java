package io.dunlin.gossip;

import io.dunlin.gossip.transport.Clock;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/** The {@link Suspicion} of each suspect member, and its timer. */
final class Suspicions {
    private final Clock clock;
    private final Profile profile;
    private final PauseWatch pauses;
    private final Consumer<String> expired;
    private final Map<String, Running> byName = new HashMap<>();

    /** @param expired told the name of a member that nobody defended in time */
    Suspicions(Clock clock, Profile profile, PauseWatch pauses, Consumer<String> expired) {
        this.clock = clock;
        this.profile = profile;
        this.pauses = pauses;
        this.expired = expired;
    }

    private static final class Running {
        final Suspicion suspicion;
        long dueNanos;
        Clock.Timer timer = () -> {};

        Running(Suspicion suspicion) {
            this.suspicion = suspicion;
        }
    }

    void begin(String name, String accuser, int members) {
        var running = new Running(new Suspicion(profile, accuser, members, clock.nanoTime()));
        byName.put(name, running);
        arm(name, running, running.suspicion.deadlineNanos());
    }

    /** Whether it was an accusation that counts, and is to be passed on. */
    boolean confirm(String name, String accuser) {
        Running running = byName.get(name);
        if (running == null || !running.suspicion.confirm(accuser)) {
            return false;
        }
        arm(name, running, running.suspicion.deadlineNanos());
        return true;
    }

    /** The member said otherwise, or is gone. */
    void end(String name) {
        Running running = byName.remove(name);
        if (running != null) {
            running.timer.cancel();
        }
    }

    private void arm(String name, Running running, long dueNanos) {
        running.timer.cancel();
        running.dueNanos = dueNanos;
        running.timer = clock.schedule(Math.max(0, dueNanos - clock.nanoTime()), () -> fire(name, running));
    }

    private void fire(String name, Running running) {
        if (pauses.stoodStill(running.dueNanos)) {
            // The defence may have come and not been read yet.
            arm(name, running, clock.nanoTime() + profile.probeInterval().toNanos());
            return;
        }
        byName.remove(name);
        expired.accept(name);
    }
}
