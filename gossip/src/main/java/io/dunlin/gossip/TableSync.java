package io.dunlin.gossip;

import io.dunlin.gossip.table.OwnerDigest;
import io.dunlin.gossip.table.RowRange;
import io.dunlin.gossip.table.TableCodec;
import io.dunlin.gossip.table.TableMessage;
import io.dunlin.gossip.table.TableMessage.Buckets;
import io.dunlin.gossip.table.TableMessage.Digests;
import io.dunlin.gossip.table.TableMessage.Summary;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/**
 * Finds out who lacks what. Each second a member asks a random other, in some 40 bytes, whether both know the same; push/pull asks the same
 * in 512. If not, hashes of 64 buckets of owners and then the digests of those that differ find it out: nothing that was lost stays
 * unnoticed, and where nothing was lost next to nothing is sent.
 */
final class TableSync {
    private static final Duration INTERVAL = Duration.ofSeconds(1);

    /** After the membership changed, when others may know of what happened meanwhile. */
    private static final Duration SOON = Duration.ofMillis(200);

    /** News that is late in one place may still come by itself. */
    private static final Duration GRACE = Duration.ofMillis(400);

    /** For what will not come by itself: only so that not all ask at once. */
    private static final Duration AT_ONCE = Duration.ofMillis(20);

    /** Changes that an owner is ahead by and gossip may still bring. */
    private static final long GOSSIPED = 16;

    private final TablePeers peers;
    private final TableStore store;
    private final RowFetch fetch;
    private final Finds finds;
    private boolean soon;

    /** What else is found out. */
    interface Finds {
        /** Of a member that others know, but not this one. */
        void apply(RowRange range);

        /** This member is spoken of in a life, or with changes, that it never had. */
        void outlived(long generation);

        /** Two that should know the same of an owner do not, and {@code fromOwner} is the owner's own word. */
        void contradicted(String owner, boolean fromOwner);
    }

    TableSync(TablePeers peers, TableStore store, RowFetch fetch, Finds finds) {
        this.peers = peers;
        this.store = store;
        this.fetch = fetch;
        this.finds = finds;
        peers.schedule(INTERVAL.toNanos(), this::compareRegularly);
    }

    private void compareRegularly() {
        // While much is being fetched there is no use in asking who knows more.
        if (!fetch.isBusy()) {
            compare();
        }
        peers.schedule(INTERVAL.toNanos(), this::compareRegularly);
    }

    private void compare() {
        Member member = peers.randomToAsk();
        if (member != null) {
            peers.send(member.name(), new Summary(peers.localName(), store.summary()));
        }
    }

    /** Members came back: there may be much to compare. */
    void compareSoon() {
        if (!soon) {
            soon = true;
            peers.schedule(SOON.toNanos(), () -> {
                soon = false;
                compare();
            });
        }
    }

    Buckets buckets() {
        return new Buckets(peers.localName(), store.bucketHashes());
    }

    void summary(Summary summary) {
        if (summary.hash() != store.summary()) {
            peers.send(summary.sender(), buckets());
        }
    }

    void buckets(Buckets theirs) {
        long differing = store.differing(theirs.hashes());
        if (differing == 0 || !peers.isMember(theirs.sender())) {
            return;
        }
        List<List<OwnerDigest>> byBucket = store.digests(differing);
        var digests = new ArrayList<OwnerDigest>();
        long covered = 0;
        int left = TableCodec.MAX_MESSAGE - TableCodec.digestsSize(peers.localName());
        for (int i = 0; i < TableMessage.BUCKETS; i++) {
            List<OwnerDigest> more = byBucket.get(i);
            int size = more.stream().mapToInt(TableCodec::digestSize).sum();
            if (size > left && covered != 0) {
                peers.send(theirs.sender(), new Digests(peers.localName(), covered, digests));
                digests.clear();
                covered = 0;
                left = TableCodec.MAX_MESSAGE - TableCodec.digestsSize(peers.localName());
            }
            digests.addAll(more);
            covered |= differing & 1L << i;
            left -= size;
        }
        peers.send(theirs.sender(), new Digests(peers.localName(), covered, digests));
    }

    void digests(Digests theirs) {
        var told = new HashSet<String>();
        var lacking = new ArrayList<OwnerDigest>();
        for (OwnerDigest digest : theirs.digests()) {
            told.add(digest.owner());
            compare(theirs, digest, lacking);
        }
        if (theirs.buckets() == 0) {
            return;
        }
        for (List<OwnerDigest> bucket : store.digests(theirs.buckets())) {
            for (OwnerDigest digest : bucket) {
                if (!told.contains(digest.owner())) {
                    lacking.add(digest);
                }
            }
        }
        tell(theirs.sender(), lacking);
    }

    private void compare(Digests theirs, OwnerDigest digest, List<OwnerDigest> lacking) {
        Replica replica = store.replica(digest.owner());
        OwnerDigest known = replica == null ? null : replica.digest();
        if (digest.owner().equals(peers.localName())) {
            OwnerDigest own = store.local().digest();
            if (own.isBehind(digest)) {
                finds.outlived(digest.generation());
            } else if (digest.isBehind(own) || digest.contradicts(own)) {
                lacking.add(own);
                if (theirs.buckets() == 0 && digest.contradicts(own)) {
                    tell(theirs.sender(), List.of(own));
                }
            }
        } else if (!peers.isMember(digest.owner())) {
            return;
        } else if (known == null || (digest.version() == 0 && known.isBehind(digest))) {
            finds.apply(new RowRange(digest.owner(), digest.generation(), 0, 0, 0, 0, List.of()));
            if (digest.version() > 0) {
                fetch.want(digest, theirs.sender(), theirs.buckets() == 0, AT_ONCE);
            }
        } else if (known.isBehind(digest)) {
            boolean little =
                    known.generation() == digest.generation() && digest.version() - known.version() <= GOSSIPED;
            boolean announced = theirs.buckets() == 0;
            fetch.want(digest, theirs.sender(), announced, little && !announced ? GRACE : AT_ONCE);
        } else if (digest.isBehind(known)) {
            lacking.add(known);
        } else if (digest.contradicts(known)) {
            boolean fromOwner = digest.owner().equals(theirs.sender());
            finds.contradicted(digest.owner(), fromOwner);
            if (fromOwner) {
                fetch.want(digest, theirs.sender(), false, AT_ONCE);
            } else {
                tell(digest.owner(), List.of(known));
            }
        }
    }

    private void tell(String name, List<OwnerDigest> digests) {
        int most = (TableCodec.MAX_MESSAGE - TableCodec.digestsSize(peers.localName())) / (TableCodec.MAX_NAME + 32);
        for (int i = 0; i < digests.size(); i += most) {
            peers.send(name, new Digests(peers.localName(), 0, digests.subList(i, Math.min(digests.size(), i + most))));
        }
    }

    /** News was passed on; what comes before it may be missing. */
    void updated(RowRange range) {
        if (store.lacks(range.owner(), range.generation(), range.to()) && peers.isMember(range.owner())) {
            fetch.want(new OwnerDigest(range.owner(), range.generation(), range.to(), 0), null, false, GRACE);
        }
    }
}
