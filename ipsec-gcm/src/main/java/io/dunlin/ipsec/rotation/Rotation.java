package io.dunlin.ipsec.rotation;

import io.dunlin.ipsec.OutboundSa;
import io.dunlin.ipsec.rotation.RotationMessage.Fetch;
import io.dunlin.ipsec.rotation.RotationMessage.Grant;
import io.dunlin.ipsec.rotation.RotationMessage.Status;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * One node's part in turning the cluster's key. A rotation runs so:
 *
 * <ol>
 *   <li>The leader makes a key when the newest is due, and tells all that it has a newer one. Who lacks it fetches it, from whoever said so.
 *   <li>Who has it makes an inbound association by it for each peer, and <em>offers</em> it to that peer, with the SPI. An offer is the
 *       acknowledgement: nothing is ever sent by an association that its receiver did not offer.
 *   <li>When all living peers offer it, a node switches: the new key is its current one, which it sends by, and it tells so.
 *   <li>When no living peer sends by the old key any more, and the grace time has passed, it is retired and wiped.
 * </ol>
 *
 * <p>Each node does that by itself, from what each peer told it last; the leader only makes the key. So it may fail at any moment, and so may
 * anyone: who is not alive is not waited for, and who comes back fetches the newest key, and has nothing to send by until it is offered something.
 *
 * <p>Belongs to one thread. Time comes with each call: {@code nowNanos} from a monotonic clock, {@code wallMillis} since 1970.
 */
public final class Rotation implements AutoCloseable {
    private static final int HARD_LIMIT = 2; // times the packets after which an association asks for new keys

    /** Messages sent at a tick beside answers: what all nodes of a large cluster tell all others at once must fit their sockets' buffers. */
    private static final int BURST = 256;

    private final RotationConfig config;
    private final LeaderRule rule;
    private final RandomGenerator random;
    private final Outlet outlet;
    private final String name;

    private final Peers peers = new Peers();
    private final Map<KeyId, Long> quietSince = new HashMap<>();
    private List<Member> members = List.of();
    private KeyRing ring;
    private Associations associations;
    private final Set<Peer> heard = new LinkedHashSet<>();
    private AssociationTable table = AssociationTable.EMPTY;
    private boolean isTableOld;

    /** Whether what is said to all has to be looked at again; what one peer said changes only what is said to it. */
    private boolean areWordsOld;

    private boolean isSetBack;
    private long askedNanos;

    private boolean isStarted;
    private long tickedNanos;
    private long leadsFromNanos;
    private boolean isFetching;
    private long fetchedNanos;
    private boolean isAskedFor;
    private boolean wantsRotation;
    private long malformed;

    /**
     * @param name of this node
     * @param boot of this start
     * @param ring what {@link KeyRingFile} kept, or the empty one; belongs to this from now on
     * @param random for keys: what an attacker cannot guess, in a node
     */
    public Rotation(
            String name,
            BootId boot,
            KeyRing ring,
            RotationConfig config,
            LeaderRule rule,
            RandomGenerator random,
            Outlet outlet) {
        this.name = name;
        this.ring = ring;
        this.config = config;
        this.rule = rule;
        this.random = random;
        this.outlet = outlet;
        this.associations =
                new Associations(new Incarnation(name, boot), HARD_LIMIT * config.packetLimit(), random.nextInt());
    }

    // ------------------------------------------------------------------ what is told from outside

    /** The members that are alive, this node among them. */
    public void members(Collection<Member> living) {
        members = List.copyOf(living);
        Set<String> names = new HashSet<>();
        for (Member member : members) {
            if (!member.name().equals(name)) {
                names.add(member.name());
            }
        }
        peers.setLiving(names);
        areWordsOld = true;
        isTableOld = true;
        publish();
    }

    /** A member that left for good. One that failed is kept: packets may still reach it. */
    public void forget(String peer) {
        peers.forget(peer);
        heard.removeIf(each -> each.name().equals(peer));
        isTableOld = true;
        publish();
    }

    /** Turns the key as soon as may be, whoever leads. */
    public void rotate() {
        isAskedFor = true;
    }

    /**
     * This node may have been set back in time: what was sealed since then is not remembered, so nothing is ever sealed by these associations
     * again. Before anything else is.
     */
    public void beginAnew(BootId boot, long nowNanos) {
        associations = associations.anew(boot, nowNanos);
        leadsFromNanos = nowNanos + config.grace().toNanos();
        peers.forEach(Peer::forgetPair);
        isTableOld = true;
        isSetBack = false;
        refreshAll();
        publish();
        sayWhatIsDue(nowNanos);
    }

    /**
     * Takes a message of a member. What is not understood is counted, what comes from no member is dropped. {@link #settle} is to follow, when
     * what else has come by now is taken too: in a large cluster all speak at a time, and each asks for the same.
     */
    public void receive(String from, byte[] message, long nowNanos) {
        Peer peer = peers.get(from);
        if (peer == null) {
            return;
        }
        try {
            switch (RotationCodec.decode(message)) {
                case Status status -> take(peer, status);
                case Fetch() -> grant(peer);
                case Grant(RingKey key, long due) -> install(key, due, nowNanos);
            }
        } catch (MalformedMessageException e) {
            malformed++;
        }
    }

    /** Does what follows from what was received, and answers. */
    public void settle(long nowNanos) {
        if (heard.isEmpty()) {
            return;
        }
        fetch(nowNanos);
        heard.forEach(this::refresh);
        publish();
        for (Peer peer : heard) {
            if (peer.isDue(nowNanos, Long.MAX_VALUE)) {
                say(peer, refresh(peer), nowNanos);
            }
        }
        heard.clear();
    }

    /** Does what is due; to be called a few times a second, and after a pause before anything is sent. */
    public void tick(long nowNanos, long wallMillis) {
        watchOwnPauses(nowNanos);
        watchDue(wallMillis);
        if (isLeader() && isToTurn(nowNanos, wallMillis)) {
            propose(wallMillis, nowNanos);
        }
        fetch(nowNanos);
        promote();
        retire(nowNanos);
        associations.wipe(nowNanos, config.grace().toNanos());
        boolean wanted = isAskedFor || isNearlyUsedUp();
        areWordsOld |= wanted != wantsRotation;
        wantsRotation = wanted;
        askOne(nowNanos);
        if (areWordsOld) { // to look at a thousand peers four times a second would be most of what a node does
            refreshAll();
        }
        publish();
        sayWhatIsDue(nowNanos);
    }

    // ------------------------------------------------------------------ what is told to the outside

    public KeyRing ring() {
        return ring;
    }

    public AssociationTable table() {
        return table;
    }

    /** Peers that a rotation under way waits for: they do not offer the newest key yet or, when all do, still send by an older one. */
    public List<String> waitingFor() {
        return peers.behind(ring);
    }

    /**
     * Whether a peer has heard of this start what it never said, as this machine was set back to an earlier state of itself: {@link #beginAnew} is to
     * follow at once.
     */
    public boolean isSetBack() {
        return isSetBack;
    }

    /** Messages that were none. */
    public long malformed() {
        return malformed;
    }

    /** Wipes all keys. No worker may prepare an association any more. */
    @Override
    public void close() {
        table = AssociationTable.EMPTY;
        outlet.publish(table);
        associations.retireAll(0);
        associations.wipe(0, 0);
        ring.close();
    }

    // ------------------------------------------------------------------ the four steps

    private boolean isLeader() {
        return rule.leader(members).equals(name);
    }

    /** Never while a rotation is under way, and never by one that may have missed something. */
    private boolean isToTurn(long nowNanos, long wallMillis) {
        if (nowNanos - leadsFromNanos < 0 || !ring.isEmpty() && !ring.isSettled()) {
            return false;
        }
        if (!peers.areHeardUpTo(ring)) {
            return false;
        }
        boolean isWanted = wantsRotation || peers.wantRotation(ring);
        return ring.isEmpty() || isWanted || wallMillis >= ring.dueMillis();
    }

    private void propose(long wallMillis, long nowNanos) {
        KeyId newest = ring.newest();
        long interval = config.interval().toMillis();
        boolean isOnTime = newest != null && ring.dueMillis() <= wallMillis && wallMillis - ring.dueMillis() < interval;
        // in step with the last one if this one is on time; but what was missed is not made up for
        long due = (isOnTime ? ring.dueMillis() : wallMillis) + interval;
        var id = new KeyId(newest == null ? 1 : newest.epoch() + 1, random.nextLong());
        install(RingKey.random(id, config.keyLength(), random), due, nowNanos);
    }

    private void install(RingKey key, long due, long nowNanos) {
        if (!ring.isBehind(key.id()) || ring.isFull()) {
            key.close();
            return;
        }
        change(ring.with(key, due));
        isAskedFor = false;
        wantsRotation = false;
        isFetching = false;
        refreshAll();
        publish();
        sayWhatIsDue(nowNanos);
    }

    private void promote() {
        KeyId latest = null;
        for (RingKey key : ring.keys()) {
            if (!key.id().equals(ring.current()) && peers.allOffer(key.id())) {
                latest = key.id();
            }
        }
        KeyId current = ring.current();
        if (latest != null && current != null && latest.isAfter(current)) {
            change(ring.promote(latest));
        }
    }

    private void retire(long nowNanos) {
        for (RingKey key : ring.keys()) {
            KeyId current = ring.current();
            if (current == null || !current.isAfter(key.id())) {
                return;
            }
            if (peers.maySendBy(key.id())) {
                quietSince.remove(key.id());
            } else if (nowNanos - quietSince.computeIfAbsent(key.id(), _ -> nowNanos)
                    >= config.grace().toNanos()) {
                quietSince.remove(key.id());
                associations.retire(key.id(), nowNanos);
                change(ring.retire(key.id()));
            }
        }
    }

    private void change(KeyRing next) {
        ring = next;
        areWordsOld = true;
        isTableOld = true;
        outlet.store(ring);
    }

    // ------------------------------------------------------------------ clocks and counters

    private void watchOwnPauses(long nowNanos) {
        boolean stoodStill =
                isStarted && nowNanos - tickedNanos > config.pause().toNanos();
        if (stoodStill) {
            peers.forEach(Peer::needConfirmation);
            areWordsOld = true;
        }
        if (stoodStill || !isStarted) {
            leadsFromNanos = nowNanos + config.grace().toNanos();
        }
        isStarted = true;
        tickedNanos = nowNanos;
    }

    /** A time that a clock gone astray put far ahead must not keep the key for years. */
    private void watchDue(long wallMillis) {
        long latest = wallMillis + config.interval().toMillis();
        if (!ring.isEmpty() && ring.dueMillis() > latest) {
            change(ring.withDue(latest));
        }
    }

    /** Now and then, so that a peer can say if it remembers more of this node than the node does. */
    private void askOne(long nowNanos) {
        if (nowNanos - askedNanos >= config.grace().toNanos()) {
            askedNanos = nowNanos;
            peers.random(random).ifPresent(Peer::ask);
        }
    }

    private boolean isNearlyUsedUp() {
        for (OutboundSa sa : table.outbound().values()) {
            if (sa.used() >= config.packetLimit()) {
                return true;
            }
        }
        return false;
    }

    // ------------------------------------------------------------------ what is said

    private void take(Peer peer, Status status) {
        BootId own = associations.self().boot();
        isSetBack |= peer.remembersMore(status, own);
        boolean isTaken = peer.take(status, own);
        BootId claimant = peer.claimant();
        if (!isTaken && claimant != null && claimant.equals(status.from())) {
            outlet.send(peer.name(), RotationCodec.encode(peer.challenge(own, claimant)));
        } else if (isTaken || status.answer()) {
            if (status.answer()) { // also if it is older than the last: who was set back is to know
                peer.needAnswer();
            }
            heard.add(peer);
        }
    }

    /** Asks someone who has a newer key for it, and asks again until it is here: another each time, as that one may be cut off. */
    private void fetch(long nowNanos) {
        if (isFetching && nowNanos - fetchedNanos < config.retry().toNanos()) {
            return;
        }
        List<Peer> ahead = peers.aheadOf(ring);
        if (!ahead.isEmpty()) {
            isFetching = true;
            fetchedNanos = nowNanos;
            Peer asked = ahead.get(random.nextInt(ahead.size()));
            outlet.send(asked.name(), RotationCodec.encode(new Fetch()));
        }
    }

    private void grant(Peer peer) {
        if (!ring.isEmpty()) {
            outlet.send(peer.name(), RotationCodec.encode(new Grant(ring.keys().getLast(), ring.dueMillis())));
        }
    }

    private void refreshAll() {
        areWordsOld = false;
        peers.forEach(this::refresh);
    }

    private Peer.Word refresh(Peer peer) {
        Incarnation incarnation = peer.incarnation();
        var word = new Peer.Word(
                incarnation == null ? null : incarnation.boot(),
                wantsRotation,
                ring.newest(),
                peer.choose(ring),
                incarnation == null ? List.of() : associations.offers(ring, incarnation));
        peer.setWord(word);
        isTableOld |= peer.setTabled(associations.chosen(ring, peer));
        return word;
    }

    /** To those that are alive, as far as they have not heard it: beyond them nobody is waited for, and nobody is told. */
    private void sayWhatIsDue(long nowNanos) {
        long retry = config.retry().toNanos();
        int left = BURST;
        for (Peer peer : peers.after(name)) {
            if (left > 0 && peer.isLiving() && peer.isDue(nowNanos, retry)) {
                say(peer, refresh(peer), nowNanos);
                left--;
            }
        }
    }

    private void say(Peer peer, Peer.Word word, long nowNanos) {
        outlet.send(
                peer.name(), RotationCodec.encode(peer.say(associations.self().boot(), word, nowNanos)));
    }

    private void publish() {
        if (!isTableOld) {
            return;
        }
        isTableOld = false;
        AssociationTable next = associations.table(ring, peers);
        if (!next.equals(table)) {
            table = next;
            outlet.publish(next);
        }
    }
}
