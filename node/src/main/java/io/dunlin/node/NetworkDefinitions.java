package io.dunlin.node;

import io.dunlin.gossip.Row;
import io.dunlin.ipam.Refusal;
import io.dunlin.ipam.Result.Granted;
import io.dunlin.ipam.Result.Refused;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which networks there are, and what they are. On the thread of {@link AddressProtocol}.
 *
 * <p>A network that lacks something is looked for among those that others tell of. If nobody does, the node makes one, tells of it, and listens
 * for a while before it uses it, as hosts do with addresses (RFC 5227): who finds that an elder network has its VNI, its subnet or its name
 * takes another, or joins. Those that could not hear each other then find out later, and say so: the younger one is to be made anew.
 *
 * <p>A network that is given in full is there at once. If others tell of the same, the eldest's owner owns it.
 */
final class NetworkDefinitions {
    private static final Logger LOG = LoggerFactory.getLogger(OverlayNode.class);

    private final String self;
    private final AddressLedger ledger;
    private final AddressCluster cluster;
    private final AddressTimes times;
    private final Consumer<Runnable> whenKept;

    private final Map<String, Opening> openings = new LinkedHashMap<>();
    private final Map<String, Open> open = new TreeMap<>();
    private final Map<String, NetworkRecord> told = new HashMap<>();
    private final Map<String, NetworkRecord> announced = new HashMap<>();
    private final Map<String, Long> unusedSince = new HashMap<>();
    private final SaidOnce said = new SaidOnce();
    private @Nullable Collection<Row> seen;
    private long joinedAt = AddressTimes.NEVER;

    /** How an opening ended. */
    sealed interface Outcome {
        record Opened(NetworkRecord record) implements Outcome {}

        record Refused(String reason) implements Outcome {}
    }

    private static final class Opening {
        final NetworkSpec asked;
        final Consumer<Outcome> done;

        @Nullable
        NetworkRecord tentative;

        long announcedAt;

        Opening(NetworkSpec asked, Consumer<Outcome> done) {
            this.asked = asked;
            this.done = done;
        }
    }

    /** @param isVniGiven by a person, who then is to know */
    private record Open(NetworkRecord record, long since, boolean isVniGiven) {}

    /** @param whenKept runs something when the ledger as it is by now outlives a crash */
    NetworkDefinitions(
            String self,
            AddressLedger ledger,
            AddressCluster cluster,
            AddressTimes times,
            Consumer<Runnable> whenKept) {
        this.self = self;
        this.ledger = ledger;
        this.cluster = cluster;
        this.times = times;
        this.whenKept = whenKept;
    }

    /** What this node owned before is there again. */
    void start() {
        for (String network : List.copyOf(ledger.networks().keySet())) {
            NetworkRecord own = ledger.own(network);
            if (own != null) {
                announce(network, own);
            }
        }
    }

    // ------------------------------------------------------------------ asked for

    void open(NetworkSpec asked, Consumer<Outcome> done, long now) {
        if (open.containsKey(asked.name()) || openings.containsKey(asked.name())) {
            done.accept(new Outcome.Refused("is being opened already"));
            return;
        }
        openings.put(asked.name(), new Opening(asked, done));
        tick(now);
    }

    /** The node does not take part any more. */
    void close(String network, long now) {
        Opening opening = openings.remove(network);
        if (opening != null && opening.tentative != null) {
            drop(network);
        }
        if (open.remove(network) == null) {
            return;
        }
        if (ledger.own(network) == null) {
            withdraw(network);
        } else if (!told.containsKey(network)) {
            drop(network);
        } else {
            unusedSince.remove(network); // others use it: it stays this node's
        }
        tick(now);
    }

    /** The owner of a network; null if it is not known. */
    @Nullable
    String ownerOf(String network) {
        Open here = open.get(network);
        NetworkRecord record = here != null ? here.record() : ledger.own(network);
        return record == null ? null : record.owner();
    }

    /** Whether this node is to grant addresses of a network: it owns it, and would have heard by now of an elder one. */
    boolean mayGrant(String network, long now) {
        if (ledger.own(network) == null || !self.equals(ownerOf(network)) || !isAware(now)) {
            return false;
        }
        Open here = open.get(network);
        return here == null || cluster.others() == 0 || now - here.since() >= times.settleNanos();
    }

    /** Networks that are not to get further endpoints, and why. */
    Map<String, String> conflicts() {
        var conflicts = new HashMap<String, String>();
        open.forEach((name, here) -> {
            for (Map.Entry<String, NetworkRecord> other : told.entrySet()) {
                if (!here.isVniGiven() && hasItsVni(name, here.record(), other)) {
                    conflicts.put(
                            name,
                            "its VNI " + here.record().vni() + " is that of network \"" + other.getKey()
                                    + "\" of node " + other.getValue().owner()
                                    + ", which is elder: close it, and open it again for another");
                }
            }
        });
        return conflicts;
    }

    private static boolean hasItsVni(String name, NetworkRecord own, Map.Entry<String, NetworkRecord> other) {
        return !other.getKey().equals(name)
                && other.getValue().vni().equals(own.vni())
                && other.getValue().isElderThan(own);
    }

    /** Whether what is known of the cluster is all there is to know, as far as can be said. */
    private boolean isAware(long now) {
        if (times.isAlone()) {
            return true;
        }
        long age = now - times.startedAt();
        boolean hasJoined = joinedAt != AddressTimes.NEVER && now - joinedAt >= times.settleNanos();
        return hasJoined || age >= (times.hasSeeds() ? times.patienceNanos() : times.settleNanos());
    }

    // ------------------------------------------------------------------ time passes

    void tick(long now) {
        if (joinedAt == AddressTimes.NEVER && cluster.others() > 0) {
            joinedAt = now;
        }
        listen();
        for (Opening opening : List.copyOf(openings.values())) {
            proceed(opening, now);
        }
        for (String network : List.copyOf(open.keySet())) {
            yieldToElder(network, now);
        }
        dropUnused(now);
    }

    /** The eldest record of each network that others tell of. */
    @SuppressWarnings(
            "ReferenceEquality") // of a snapshot: the same one says that nothing changed, and costs nothing to compare
    private void listen() {
        Collection<Row> rows = cluster.networks();
        if (rows == seen) {
            return;
        }
        seen = rows;
        told.clear();
        for (Row row : rows) {
            if (!row.owner().equals(self) && Names.isLegal(row.key())) {
                NetworkRecord.decode(row.value())
                        .ifPresent(record ->
                                told.merge(row.key(), record, (one, two) -> one.isElderThan(two) ? one : two));
            }
        }
        told.forEach((network, record) -> {
            boolean isOther = ledger.own(network) == null && !open.containsKey(network);
            if (isOther) {
                ledger.learn(network, record); // our own too, where the file was lost
            }
        });
    }

    private void proceed(Opening opening, long now) {
        String name = opening.asked.name();
        NetworkRecord tentative = opening.tentative;
        NetworkRecord elder = eldest(told.get(name), tentative == null ? ledger.own(name) : tentative);
        if (elder == null && (opening.asked.isWhole() || isAware(now))) {
            elder = ledger.networks().get(name); // another's, of before, whom nobody tells of by now
        }
        if (tentative == null) {
            begin(opening, elder, now);
        } else if (elder != null && !elder.equals(tentative)) {
            drop(name);
            opening.tentative = null;
            begin(opening, elder, now);
        } else if (isTaken(opening.asked, tentative)) {
            drop(name);
            opening.tentative = null; // what has it is learnt: the next one is another
        } else if (cluster.others() == 0 || now - opening.announcedAt >= times.settleNanos()) {
            finish(opening, tentative, now);
        }
    }

    private static @Nullable NetworkRecord eldest(@Nullable NetworkRecord one, @Nullable NetworkRecord other) {
        if (one == null || other == null) {
            return one == null ? other : one;
        }
        return one.isElderThan(other) ? one : other;
    }

    private void begin(Opening opening, @Nullable NetworkRecord there, long now) {
        NetworkSpec asked = opening.asked;
        if (there != null) {
            String misfit = misfit(asked, there);
            if (misfit == null) {
                finish(opening, there, now);
                return;
            }
            if (!asked.isWhole() && told.containsKey(asked.name())) {
                fail(opening, misfit);
                return;
            }
            say(asked.name() + " by hand", "network {} {}; ours, as it is given, stays apart", asked.name(), misfit);
        } else if (!asked.isWhole() && !isAware(now)) {
            return;
        }
        switch (ledger.create(asked)) {
            case Granted<NetworkRecord>(NetworkRecord made) when asked.isWhole() -> finish(opening, made, now);
            case Granted<NetworkRecord>(NetworkRecord made) -> {
                opening.tentative = made;
                opening.announcedAt = now;
                announce(asked.name(), made);
                if (cluster.others() == 0) {
                    finish(opening, made, now);
                }
            }
            case Refused<NetworkRecord>(Refusal why) -> fail(opening, why.message());
        }
    }

    /** Why a network that is there is not what is asked for; null: it is. */
    private static @Nullable String misfit(NetworkSpec asked, NetworkRecord there) {
        boolean isVni = asked.vni() == null || there.vni().equals(asked.vni());
        boolean areSubnets =
                asked.subnets().isEmpty() || Set.copyOf(asked.subnets()).equals(Set.copyOf(there.subnets()));
        boolean isEncryption = asked.isWhole()
                ? asked.isEncrypted() == there.isEncrypted()
                : !asked.isEncrypted() || there.isEncrypted();
        boolean isInternal = asked.isWhole() || !asked.isInternal() || there.isInternal();
        if (isVni && areSubnets && isEncryption && isInternal) {
            return null;
        }
        return "is there with " + there.text() + ", and is asked for with"
                + (asked.vni() == null ? "" : " VNI " + asked.vni() + ",")
                + (asked.subnets().isEmpty() ? "" : " " + asked.subnets() + ",")
                + (asked.isEncrypted() ? " encrypted" : " not encrypted")
                + (asked.isInternal() ? ", internal" : "");
    }

    private void finish(Opening opening, NetworkRecord record, long now) {
        String name = opening.asked.name();
        openings.remove(name);
        ledger.learn(name, record);
        open.put(name, new Open(record, now, opening.asked.vni() != null));
        announce(name, record);
        whenKept.accept(() -> opening.done.accept(new Outcome.Opened(record)));
    }

    private void fail(Opening opening, String reason) {
        openings.remove(opening.asked.name());
        whenKept.accept(() -> opening.done.accept(new Outcome.Refused(reason)));
    }

    /** Whether an elder network has the VNI, or some of the subnets, unless they were given. */
    private boolean isTaken(NetworkSpec asked, NetworkRecord tentative) {
        return told.entrySet().stream()
                .filter(other -> !other.getKey().equals(asked.name()))
                .map(Map.Entry::getValue)
                .anyMatch(other -> other.isElderThan(tentative)
                        && (asked.vni() == null && other.vni().equals(tentative.vni())
                                || asked.subnets().isEmpty() && other.overlaps(tentative)));
    }

    private void yieldToElder(String name, long now) {
        Open here = open.get(name);
        NetworkRecord elder = told.get(name);
        if (here == null) {
            return;
        }
        if (elder != null && elder.isElderThan(here.record())) {
            if (elder.isSameOnTheWire(here.record())) {
                ledger.learn(name, elder);
                open.put(name, new Open(elder, now, here.isVniGiven()));
                announce(name, elder);
            } else {
                say(
                        name + " twice " + elder.owner(),
                        "there are two networks {}: ours is younger ({}), and stays apart until it is closed and opened again",
                        name,
                        here.record().text() + "; the elder one: " + elder.text());
            }
        }
        for (Map.Entry<String, NetworkRecord> other : told.entrySet()) {
            if (hasItsVni(name, here.record(), other)) {
                say(
                        name + " VNI " + other.getKey(),
                        "network {} has the VNI of the elder network {}",
                        name,
                        other.getKey() + " (" + other.getValue().text() + ")");
            }
        }
    }

    /** Networks that nobody takes part in any more, as far as is known. */
    private void dropUnused(long now) {
        for (String network : List.copyOf(ledger.networks().keySet())) {
            boolean isUsed = open.containsKey(network) || openings.containsKey(network) || told.containsKey(network);
            if (isUsed) {
                unusedSince.remove(network);
            } else if (now - unusedSince.computeIfAbsent(network, _ -> now) >= times.reclaimNanos()) {
                drop(network);
            }
        }
    }

    private void drop(String network) {
        unusedSince.remove(network);
        ledger.forget(network);
        withdraw(network);
    }

    private void announce(String network, NetworkRecord record) {
        if (!record.equals(announced.put(network, record))) {
            whenKept.accept(() -> cluster.announce(network, record));
        }
    }

    private void withdraw(String network) {
        if (announced.remove(network) != null) {
            whenKept.accept(() -> cluster.withdraw(network));
        }
    }

    private void say(String what, String text, String network, String more) {
        if (said.isNew(what)) {
            LOG.warn("node " + self + ": " + text, network, more);
        }
    }
}
