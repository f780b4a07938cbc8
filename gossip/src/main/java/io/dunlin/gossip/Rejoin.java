package io.dunlin.gossip;

import io.dunlin.gossip.transport.Clock;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * Finds the others again after a partition: now and then one of the members that failed is asked to exchange state, and one of the seeds that
 * are no live members. Failed members are remembered for three days; the seeds are tried for ever, so halves of a cluster that have forgotten
 * each other meet there.
 *
 * <p>It costs a cluster little, however large it is: each member leaves most of its turns to the others, so that all together try a few
 * times in an interval. After a partition, when as many are missing as are left, everybody tries in each of its turns.
 */
final class Rejoin implements Observer {
    /** How many failed members are remembered; the one that failed first is forgotten for another. */
    static final int MAX_REMEMBERED = 1 << 14;

    static final Duration REMEMBERED_FOR = Duration.ofDays(3);

    /** Attempts of all members together in an interval, at the least. */
    private static final int ATTEMPTS = 8;
    /** Turns in a push/pull interval. */
    private static final int TURNS = 3;

    private final Profile profile;
    private final Clock clock;
    private final RandomGenerator random;
    private final MemberTable table;
    private final PushPuller pushPuller;
    private final Map<String, Failed> failed = new LinkedHashMap<>();
    private List<InetSocketAddress> seeds = List.of();

    Rejoin(Profile profile, Clock clock, RandomGenerator random, MemberTable table, PushPuller pushPuller) {
        this.profile = profile;
        this.clock = clock;
        this.random = random;
        this.table = table;
        this.pushPuller = pushPuller;
    }

    private record Failed(InetSocketAddress address, long sinceNanos) {}

    void start() {
        clock.schedule(random.nextLong(intervalNanos()), this::turn);
    }

    /** Who is tried from now on, in place of earlier ones. */
    void seeds(List<InetSocketAddress> addresses) {
        seeds = addresses.stream().distinct().toList();
    }

    int remembered() {
        return failed.size();
    }

    @Override
    public void joined(Member member) {
        failed.remove(member.name());
    }

    @Override
    public void gone(Member member) {
        if (member.state() == Member.State.DEAD) {
            failed.put(member.name(), new Failed(member.address(), clock.nanoTime()));
            if (failed.size() > MAX_REMEMBERED) {
                failed.remove(failed.keySet().iterator().next());
            }
        }
    }

    private long intervalNanos() {
        return profile.pushPullInterval().toNanos() / TURNS;
    }

    private void turn() {
        clock.schedule(intervalNanos(), this::turn);
        forgetOld();
        if (!failed.isEmpty() && isMyTurn(Math.max(ATTEMPTS, failed.size()))) {
            var all = new ArrayList<>(failed.values());
            pushPuller.join(all.get(random.nextInt(all.size())).address(), exchange -> {});
        }
        if (!seeds.isEmpty() && isMyTurn(ATTEMPTS)) {
            List<InetSocketAddress> missing = missingSeeds();
            if (!missing.isEmpty()) {
                pushPuller.join(missing.get(random.nextInt(missing.size())), exchange -> {});
            }
        }
    }

    private boolean isMyTurn(int attempts) {
        return random.nextInt(Math.max(1, table.live())) < attempts;
    }

    private List<InetSocketAddress> missingSeeds() {
        var missing = new ArrayList<>(seeds);
        table.states().forEach(state -> {
            if (MemberTable.isLive(state)) {
                missing.remove(state.address());
            }
        });
        return missing;
    }

    private void forgetOld() {
        long now = clock.nanoTime();
        failed.values().removeIf(member -> now - member.sinceNanos() > REMEMBERED_FOR.toNanos());
    }
}
