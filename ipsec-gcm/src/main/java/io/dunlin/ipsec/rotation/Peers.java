package io.dunlin.ipsec.rotation;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** All other nodes that are or were members, and what follows from what they said together. */
final class Peers implements Iterable<Peer> {
    private final NavigableMap<String, Peer> byName = new TreeMap<>(); // in an order that is the same in each run

    /** Of all that were told to peers that are forgotten: one that comes back remembers what it was told. */
    private long numbers;

    /** These are alive, and no others. */
    void setLiving(Set<String> names) {
        names.forEach(name -> byName.computeIfAbsent(name, each -> new Peer(each, numbers)));
        byName.values().forEach(peer -> peer.setLiving(names.contains(peer.name())));
    }

    void forget(String name) {
        Peer forgotten = byName.remove(name);
        if (forgotten != null) {
            numbers = Math.max(numbers, forgotten.number());
        }
    }

    @Nullable
    Peer get(String name) {
        return byName.get(name);
    }

    /**
     * All, beginning behind that name: each node speaks to others in another order, so that not all speak to one at a time.
     */
    Iterable<Peer> after(String name) {
        return () -> Stream.concat(byName.tailMap(name).values().stream(), byName.headMap(name).values().stream())
                .iterator();
    }

    @Override
    public Iterator<Peer> iterator() {
        return byName.values().iterator();
    }

    /** Those that are waited for. */
    private Collection<Peer> counted() {
        return byName.values().stream().filter(Peer::counts).toList();
    }

    /** Whether none of them may know of something that this node does not. */
    boolean areHeardUpTo(KeyRing ring) {
        return counted().stream().allMatch(peer -> peer.isConfirmed() && !ring.isBehind(peer.newest()));
    }

    /** Whether one asks for a rotation, and means the key that is the newest here: an older one has been followed already. */
    boolean wantRotation(KeyRing ring) {
        return counted().stream()
                .anyMatch(peer -> peer.wantsRotation()
                        && peer.newest() != null
                        && peer.newest().equals(ring.newest()));
    }

    /** One of those that count; empty if there is none. */
    Optional<Peer> random(RandomGenerator random) {
        List<Peer> all = List.copyOf(counted());
        return all.isEmpty() ? Optional.empty() : Optional.of(all.get(random.nextInt(all.size())));
    }

    boolean allOffer(KeyId key) {
        return counted().stream().allMatch(peer -> peer.offered(key) != null);
    }

    boolean maySendBy(KeyId key) {
        return counted().stream().anyMatch(peer -> peer.maySendBy(key));
    }

    /** Those that have a newer key. */
    List<Peer> aheadOf(KeyRing ring) {
        return counted().stream().filter(peer -> ring.isBehind(peer.newest())).toList();
    }

    /** Those that a rotation under way waits for: they do not offer the newest key yet or, when all do, still send by an older one. */
    List<String> behind(KeyRing ring) {
        KeyId newest = ring.newest();
        if (newest == null) {
            return List.of();
        }
        boolean isOffered = allOffer(newest);
        var names = new ArrayList<String>();
        for (Peer peer : counted()) {
            if (isOffered ? !ring.isSettled() && !peer.sendsBy(newest) : peer.offered(newest) == null) {
                names.add(peer.name());
            }
        }
        return names;
    }
}
