package io.dunlin.gossip;

import io.dunlin.gossip.table.OwnerDigest;
import io.dunlin.gossip.table.RowRange;
import io.dunlin.gossip.table.TableCodec;
import io.dunlin.gossip.table.TableMessage.Digests;
import io.dunlin.gossip.table.TableMessage.Update;
import io.dunlin.gossip.table.TableMessage.Want;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Spreads news of rows: each member passes on what was new to it, at once to a few others, and then in the packets of membership that go
 * out anyway. Small changes travel themselves. Where they are many or large, only the fact that there are is told, and who has them: each
 * fetches them from there, and then tells the same of itself. So they spread as wide as fast, and the owner is not asked by all.
 */
final class RowGossip {
    /** Changes of this member within this time go into one message. */
    private static final Duration COALESCED = Duration.ofMillis(2);

    /** Who has what is told at most once in this time. */
    private static final Duration ANNOUNCED = Duration.ofMillis(50);

    /** More messages than that at a time, and they are not sent but announced. */
    private static final int MAX_BURST = 16;

    /** Others that news goes to at once: they have it a round trip later, and pass it on, while the rest waits for the next tick. */
    private static final int EAGER = 3;

    /** Packets a second that go out at once, and how many may in one moment. */
    private static final int EAGER_RATE = 150;

    private static final int EAGER_BURST = 60;

    private static final int QUEUED = 1024;

    private final TablePeers peers;
    private final TableStore store;
    private final NewsQueue own = new NewsQueue(QUEUED);
    private final NewsQueue relayed = new NewsQueue(QUEUED);
    private final Set<String> toAnnounce = new LinkedHashSet<>();

    private long toldGeneration;
    private long toldVersion;
    private boolean collecting;
    private boolean announcing;
    private long eagerTokens = EAGER_BURST;
    private long eagerSince;

    RowGossip(TablePeers peers, TableStore store) {
        this.peers = peers;
        this.store = store;
        this.eagerSince = peers.nanoTime();
    }

    /** This member changed rows of its own. */
    void localChanged() {
        if (!collecting) {
            collecting = true;
            peers.schedule(COALESCED.toNanos(), this::collect);
        }
    }

    private void collect() {
        collecting = false;
        OwnerRows local = store.local();
        if (toldGeneration == local.generation()) {
            List<byte[]> messages = messages(local);
            messages.forEach(message -> tell(own, message));
            if (messages.isEmpty()) {
                announce(local.owner());
            }
        } else {
            announce(local.owner());
        }
        toldGeneration = local.generation();
        toldVersion = local.version();
    }

    /** What was not told yet; empty if that is too much. */
    private List<byte[]> messages(OwnerRows local) {
        int room = peers.maxPacketMessage() - TableCodec.updateSize(local.owner());
        var messages = new ArrayList<byte[]>();
        long told = toldVersion;
        while (told < local.version()) {
            RowRange range = local.range(new Want(local.owner(), local.generation(), told, told), room);
            if (range == null || range.from() != told || messages.size() == MAX_BURST) {
                return List.of();
            }
            byte[] message = TableCodec.encode(new Update(range));
            if (message.length > peers.maxPacketMessage()) {
                return List.of();
            }
            messages.add(message);
            told = range.to();
        }
        return messages;
    }

    /** Passes on what was new to this member. */
    void relay(byte[] update) {
        if (update.length <= peers.maxPacketMessage()) {
            tell(relayed, update);
        }
    }

    /** Tells how much this member has of that owner. */
    void announce(String owner) {
        if (toAnnounce.add(owner) && !announcing) {
            announcing = true;
            peers.schedule(ANNOUNCED.toNanos(), this::announceAll);
        }
    }

    private void announceAll() {
        announcing = false;
        var digests = new ArrayList<OwnerDigest>();
        int left = 0;
        for (String owner : toAnnounce) {
            Replica replica = store.replica(owner);
            if (replica == null) {
                continue;
            }
            int size = TableCodec.digestSize(replica.digest());
            if (left < size) {
                tellDigests(digests);
                left = peers.maxPacketMessage() - TableCodec.digestsSize(peers.localName());
            }
            digests.add(replica.digest());
            left -= size;
        }
        tellDigests(digests);
        toAnnounce.clear();
    }

    private void tellDigests(List<OwnerDigest> digests) {
        if (!digests.isEmpty()) {
            tell(own, TableCodec.encode(new Digests(peers.localName(), 0, digests)));
            digests.clear();
        }
    }

    private void tell(NewsQueue queue, byte[] message) {
        queue.add(message, tellAtOnce(message), peers.nanoTime());
    }

    /** Tells a few others, and says how many. */
    private int tellAtOnce(byte[] message) {
        long now = peers.nanoTime();
        long earned = (now - eagerSince) * EAGER_RATE / Duration.ofSeconds(1).toNanos();
        if (earned > 0) {
            eagerTokens = Math.min(EAGER_BURST, eagerTokens + earned);
            eagerSince = now;
        }
        if (eagerTokens < EAGER) {
            return 0;
        }
        var told = new HashSet<String>();
        for (int i = 0; i < 2 * EAGER && told.size() < EAGER; i++) {
            Member member = peers.random();
            if (member != null && told.add(member.name())) {
                peers.sendPacket(member, message);
            }
        }
        eagerTokens -= told.size();
        return told.size();
    }

    /** As {@link Layer#gossip}: own news first, but where there is other news too they leave a third of the space to it. */
    void fill(int overhead, int space, Consumer<byte[]> out) {
        // In a large cluster half as often as membership tells its news: what that leaves out, comparing finds within a
        // second or two.
        int limit = Math.max(2 * EAGER, peers.retransmitLimit() / 2);
        long now = peers.nanoTime();
        int others = relayed.isEmpty() ? 0 : space / 3;
        int left = own.take(overhead, space - others, limit, now, out) + others;
        relayed.take(overhead, left, limit, now, out);
    }
}
