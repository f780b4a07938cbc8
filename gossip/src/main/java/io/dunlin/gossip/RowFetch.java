package io.dunlin.gossip;

import io.dunlin.gossip.table.OwnerDigest;
import io.dunlin.gossip.table.RowRange;
import io.dunlin.gossip.table.TableCodec;
import io.dunlin.gossip.table.TableMessage.Busy;
import io.dunlin.gossip.table.TableMessage.Fetch;
import io.dunlin.gossip.table.TableMessage.Rows;
import io.dunlin.gossip.table.TableMessage.Want;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Fetches rows that this member learnt it lacks, from whoever said to have them, or the owner. Few requests at a time, none twice; who
 * does not answer, or has nothing, is left for another.
 */
final class RowFetch {
    /** Requests without an answer yet. */
    private static final int MAX_REQUESTS = 4;

    /** Owners in a request. The answer holds as many of them as fit. */
    private static final int MAX_WANTS = 256;

    /** Members that are remembered to have an owner's rows. */
    private static final int MAX_HOLDERS = 4;

    /** Askings in vain after which an owner is dropped, until somebody tells of it again. */
    private static final int MAX_TRIES = 4;

    /** Who has not answered until then is left for another. */
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    /** An answer is taken until then, so that a slow link gets on too. */
    private static final Duration TIMEOUT = Duration.ofSeconds(15);

    /** Requests that an answer is still taken to. */
    private static final int MAX_LATE = 64;

    private static final Duration BUSY_PAUSE = Duration.ofMillis(200);

    /** For so long nothing is fetched of an owner for whose rows there was no room. */
    private static final Duration REFUSED_PAUSE = Duration.ofSeconds(30);

    private final TablePeers peers;
    private final TableStore store;
    private final Tidings tidings;
    private final Map<String, Wanted> wanted = new LinkedHashMap<>();
    private final Map<Long, Request> requests = new HashMap<>();
    private final Map<Long, Request> late = new HashMap<>();
    private final Map<String, Long> refusedUntil = new HashMap<>();
    private long lastRequest;
    private boolean scheduled;

    /** Who is told what came of it. */
    interface Tidings {
        /** What a peer told of an owner, in an answer. */
        TableStore.Applied apply(RowRange range, boolean reset);

        /** All that was announced of that owner is here. */
        void caughtUp(String owner);
    }

    private static final class Wanted {
        final Set<String> holders = new LinkedHashSet<>();
        long generation;
        long version;
        boolean announced;
        boolean asked;
        long notBefore;
        int tries;
    }

    private record Request(String holder, Map<String, Want> wants) {}

    RowFetch(TablePeers peers, TableStore store, Tidings tidings) {
        this.peers = peers;
        this.store = store;
        this.tidings = tidings;
    }

    /**
     * An owner is known to have more than this member knows of it.
     *
     * @param holder who has it; null: whoever may
     * @param announced it is news, which whoever has it passes on
     * @param grace time in which it may still come by itself
     */
    void want(OwnerDigest digest, @Nullable String holder, boolean announced, Duration grace) {
        long now = peers.nanoTime();
        Long refused = refusedUntil.get(digest.owner());
        if (refused != null) {
            if (now - refused < 0) {
                return;
            }
            refusedUntil.remove(digest.owner());
        }
        Wanted want = wanted.get(digest.owner());
        if (want == null) {
            want = new Wanted();
            want.notBefore = now + peers.jitter(grace.toNanos());
            wanted.put(digest.owner(), want);
        }
        if (digest.generation() > want.generation) {
            want.generation = digest.generation();
            want.version = digest.version();
            want.holders.clear();
        } else if (digest.generation() == want.generation) {
            want.version = Math.max(want.version, digest.version());
        }
        if (holder != null && want.holders.size() < MAX_HOLDERS) {
            want.holders.add(holder);
        }
        want.announced |= announced;
        askLater(grace.toNanos());
    }

    /** Whether it is known of many owners what is lacking. */
    boolean isBusy() {
        return wanted.size() > MAX_WANTS / 4;
    }

    private void askLater(long nanos) {
        if (!scheduled) {
            scheduled = true;
            peers.schedule(nanos, () -> {
                scheduled = false;
                ask();
            });
        }
    }

    private void ask() {
        long now = peers.nanoTime();
        wanted.entrySet().removeIf(entry -> !entry.getValue().asked && isDone(entry.getKey(), entry.getValue()));
        while (requests.size() < MAX_REQUESTS) {
            var wants = new LinkedHashMap<String, Want>();
            String holder = null;
            for (var entry : wanted.entrySet()) {
                Wanted want = entry.getValue();
                if (want.asked || want.notBefore - now > 0) {
                    continue;
                }
                if (holder == null) {
                    holder = pick(entry.getKey(), want);
                    if (holder == null) {
                        continue;
                    }
                } else if (!want.holders.contains(holder) && !want.holders.isEmpty()) {
                    continue;
                }
                want.asked = true;
                wants.put(entry.getKey(), wantOf(entry.getKey()));
                if (wants.size() == MAX_WANTS) {
                    break;
                }
            }
            if (holder == null) {
                break;
            }
            send(holder, wants);
        }
        if (wanted.values().stream().anyMatch(want -> !want.asked)) {
            askLater(BUSY_PAUSE.toNanos());
        }
    }

    private Want wantOf(String owner) {
        Replica replica = store.replica(owner);
        return replica == null ? new Want(owner, 0, 0, 0) : replica.want();
    }

    /** One that has it, now and then the owner instead, so that those who lack the same do not all go to one. */
    private @Nullable String pick(String owner, Wanted want) {
        boolean ownerIsThere = peers.isMember(owner);
        if (ownerIsThere && peers.nextInt(4) == 0) {
            return owner;
        }
        var holders = want.holders.stream().filter(peers::isMember).toList();
        if (!holders.isEmpty()) {
            return holders.get(peers.nextInt(holders.size()));
        }
        Member any = peers.random();
        if (any != null) {
            return any.name();
        }
        return ownerIsThere ? owner : null;
    }

    private void send(String holder, Map<String, Want> wants) {
        long number = ++lastRequest;
        var request = new Request(holder, wants);
        requests.put(number, request);
        var fetch = new Fetch(peers.localName(), number, List.copyOf(wants.values()));
        peers.schedule(PATIENCE.toNanos(), () -> failed(number));
        peers.send(holder, TableCodec.encode(fetch), sent -> {
            if (!sent) {
                failed(number);
            }
        });
    }

    private void failed(long number) {
        Request request = requests.remove(number);
        if (request != null) {
            end(request, false, 0);
            askLater(BUSY_PAUSE.toNanos());
            if (late.size() < MAX_LATE) {
                late.put(number, request);
                peers.schedule(TIMEOUT.toNanos(), () -> late.remove(number));
            }
        }
    }

    void busy(Busy busy) {
        Request request = requests.get(busy.request());
        if (request != null && request.holder.equals(busy.sender())) {
            requests.remove(busy.request());
            end(request, true, peers.jitter(BUSY_PAUSE.toNanos()));
            askLater(BUSY_PAUSE.toNanos());
        }
    }

    /** An answer; what nobody asked for is nothing. */
    void rows(Rows rows) {
        boolean isLate = late.containsKey(rows.request());
        Request request = (isLate ? late : requests).get(rows.request());
        if (request == null || !request.holder.equals(rows.sender())) {
            return;
        }
        (isLate ? late : requests).remove(rows.request());
        boolean progress = false;
        for (RowRange range : rows.ranges()) {
            Want want = request.wants.get(range.owner());
            if (want != null) {
                boolean reset = range.from() == 0 && want.since() > 0 && range.generation() == want.generation();
                switch (tidings.apply(range, reset)) {
                    case NEWS -> progress = true;
                    case KNOWN -> {}
                    case REFUSED -> {
                        refusedUntil.put(range.owner(), peers.nanoTime() + REFUSED_PAUSE.toNanos());
                        wanted.remove(range.owner());
                    }
                }
            }
        }
        if (!isLate) {
            end(request, progress, 0);
        }
        ask();
    }

    /** Whoever is asked for in vain is left for another. */
    private void end(Request request, boolean progress, long pauseNanos) {
        for (String owner : request.wants.keySet()) {
            Wanted want = wanted.get(owner);
            if (want == null) {
                continue;
            }
            want.asked = false;
            want.notBefore = peers.nanoTime() + pauseNanos;
            if (isDone(owner, want)) {
                wanted.remove(owner);
                if (want.announced) {
                    tidings.caughtUp(owner);
                }
            } else if (progress) {
                want.tries = 0;
            } else {
                want.holders.remove(request.holder);
                want.tries++;
                if (want.tries == MAX_TRIES) {
                    wanted.remove(owner);
                }
            }
        }
    }

    private boolean isDone(String owner, Wanted want) {
        return !peers.isMember(owner) || !store.lacks(owner, want.generation, want.version);
    }
}
