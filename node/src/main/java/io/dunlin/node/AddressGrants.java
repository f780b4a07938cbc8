package io.dunlin.node;

import io.dunlin.gossip.Row;
import io.dunlin.node.AddressLedger.Answer;
import io.dunlin.node.AddressLedger.Holder;
import io.dunlin.node.AddressLedger.Holding;
import io.dunlin.node.AddressMessage.Attempt;
import io.dunlin.node.AddressMessage.Content;
import io.dunlin.vxlan.wire.IpAddress;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The owner's side: grants addresses of this node's networks, and sees that those come back that are of no use any more. On the thread of {@link
 * AddressProtocol}.
 *
 * <p>What a node announces is taken for granted to it. What is granted and not announced is asked after, if the node is there; if it said
 * goodbye it has some minutes to come back, and if it failed, as long as {@link PoolsConfig#reclaimAfter} says.
 */
final class AddressGrants {
    /** A node that is started again within it keeps its addresses. */
    static final Duration FAREWELL_GRACE = Duration.ofMinutes(2);

    /** Between two looks at what is announced. */
    static final Duration AUDIT = Duration.ofSeconds(5);

    /** From the grant to the announcement. */
    static final Duration ATTACHING = Duration.ofSeconds(10);

    private static final Logger LOG = LoggerFactory.getLogger(OverlayNode.class);

    private final String self;
    private final AddressLedger ledger;
    private final NetworkDefinitions definitions;
    private final AddressCluster cluster;
    private final AddressTimes times;
    private final Post post;
    private final Map<Silent, Long> silentSince = new TreeMap<>(Silent.ORDER);
    private final Set<String> audited = new HashSet<>();
    private long auditedAt = AddressTimes.NEVER;

    /** Has addresses, and does not announce them. */
    private record Silent(String network, Holder holder, long attempt) {
        static final Comparator<Silent> ORDER = Comparator.comparing(Silent::network)
                .thenComparing(Silent::holder)
                .thenComparingLong(Silent::attempt);
    }

    /** Sends to a node, which may be this one, when what led to it outlives a crash. */
    @FunctionalInterface
    interface Post {
        void send(String to, Attempt about, Content content);
    }

    AddressGrants(
            String self,
            AddressLedger ledger,
            NetworkDefinitions definitions,
            AddressCluster cluster,
            AddressTimes times,
            Post post) {
        this.self = self;
        this.ledger = ledger;
        this.definitions = definitions;
        this.cluster = cluster;
        this.times = times;
        this.post = post;
    }

    /** Says nothing where it is not this node's to answer, or not yet: it is asked again. */
    void requested(String from, Attempt about, List<IpAddress> wanted, long now) {
        if (!definitions.mayGrant(about.network(), now)) {
            return;
        }
        NetworkRecord own = ledger.own(about.network());
        if (own != null && audited.add(about.network())) {
            take(about.network(), announced(own));
        }
        var holder = new Holder(from, about.endpoint());
        switch (ledger.request(about.network(), holder, about.number(), wanted)) {
            case Answer.Has(var addresses) -> post.send(from, about, new Content.Granted(addresses));
            case Answer.No(var reason) -> post.send(from, about, new Content.Refused(reason));
            case Answer.Stale(long newest) -> post.send(from, about, new Content.Stale(newest));
            case Answer.NotYet() -> {}
        }
    }

    void released(String from, Attempt about) {
        if (ledger.own(about.network()) != null) {
            ledger.release(about.network(), new Holder(from, about.endpoint()), about.number());
            post.send(from, about, new Content.Released());
        } else if (!self.equals(definitions.ownerOf(about.network()))) {
            post.send(from, about, new Content.Released()); // of a network that is gone, or not ours any more
        }
    }

    /**
     * Frees at once what a node had that is not there.
     *
     * @return how many endpoints had it
     */
    int reclaim(String node) {
        int freed = 0;
        for (String network : List.copyOf(ledger.networks().keySet())) {
            for (Holder holder : List.copyOf(ledger.holdings(network).keySet())) {
                if (holder.node().equals(node) && ledger.release(network, holder, Attempt.LAST)) {
                    freed++;
                }
            }
        }
        return freed;
    }

    void tick(long now) {
        if (auditedAt != AddressTimes.NEVER && now - auditedAt < AUDIT.toNanos()) {
            return;
        }
        auditedAt = now;
        var silent = new TreeSet<>(Silent.ORDER);
        for (String network : List.copyOf(ledger.networks().keySet())) {
            NetworkRecord own = ledger.own(network);
            if (own != null) {
                audited.add(network);
                Map<Holder, List<IpAddress>> announced = announced(own);
                take(network, announced);
                List.copyOf(ledger.holdings(network).entrySet()).forEach(each -> {
                    List<IpAddress> seen = announced.getOrDefault(each.getKey(), List.of());
                    if (!seen.containsAll(each.getValue().addresses())) {
                        var missing = new Silent(
                                network, each.getKey(), each.getValue().attempt());
                        silent.add(missing);
                        audit(missing, each.getValue(), now);
                    }
                });
            }
        }
        silentSince.keySet().retainAll(silent);
    }

    private Map<Holder, List<IpAddress>> announced(NetworkRecord network) {
        var announced = new HashMap<Holder, List<IpAddress>>();
        for (Row row : cluster.endpoints(network.vni())) {
            String endpoint = RowKey.name(row.key());
            if (Names.isLegal(endpoint) && Names.isLegal(row.owner())) {
                EndpointRecord.decode(row.value())
                        .filter(record -> RowKey.isOf(record.vni(), row.key()))
                        .ifPresent(record -> announced.put(new Holder(row.owner(), endpoint), record.addresses()));
            }
        }
        for (Row row : cluster.services(network.vni())) {
            String service = RowKey.name(row.key());
            if (Names.isLegal(service) && Names.isLegal(row.owner())) {
                ServiceRecord.decode(row.value())
                        .filter(record -> record.key().equals(row.key()))
                        .filter(record -> !record.vips().isEmpty())
                        .ifPresent(record ->
                                announced.put(new Holder(row.owner(), Names.holderOfVip(service)), record.vips()));
            }
        }
        return announced;
    }

    /** What is announced is in use, and must not be granted to another. */
    private void take(String network, Map<Holder, List<IpAddress>> announced) {
        announced.forEach((holder, addresses) -> {
            if (!ledger.holdings(network).containsKey(holder)) {
                var _ = ledger.request(network, holder, Attempt.SEEN, addresses);
            }
        });
    }

    private void audit(Silent silent, Holding holding, long now) {
        Holder holder = silent.holder();
        long since = now - silentSince.computeIfAbsent(silent, _ -> now);
        if (holder.node().equals(self) || cluster.isAlive(holder.node())) {
            if (since >= ATTACHING.toNanos()) {
                var asked = new Attempt(silent.network(), holder.name(), holding.attempt());
                post.send(holder.node(), asked, new Content.Granted(holding.addresses()));
            }
            return;
        }
        long grace = cluster.hasLeft(holder.node())
                ? Math.min(FAREWELL_GRACE.toNanos(), times.reclaimNanos())
                : times.reclaimNanos();
        if (since >= grace && ledger.release(silent.network(), holder, holding.attempt())) {
            LOG.info("node {}: {} of network {} is free again: its node is gone", self, holder, silent.network());
        }
    }
}
