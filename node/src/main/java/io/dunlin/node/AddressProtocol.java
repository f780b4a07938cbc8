package io.dunlin.node;

import io.dunlin.gossip.wire.Bytes;
import io.dunlin.node.AddressMessage.Attempt;
import io.dunlin.node.AddressMessage.Content;
import io.dunlin.vxlan.wire.IpAddress;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * How nodes agree on networks and addresses without managers: each network has an owner, which grants its addresses. For one thread, which may wait
 * for a disk. Nothing leaves this, no answer, no announcement and no result, before the ledger that it follows from is kept.
 */
final class AddressProtocol {
    /** What waits for the disk; beyond, messages are lost, as on their way. */
    static final int MAX_WAITING = 65_536;

    private final String self;
    private final AddressLedger ledger;
    private final LedgerStore store;
    private final AddressCluster cluster;
    private final LongSupplier nanoClock;
    private final ErrorLog errors;
    private final NetworkDefinitions definitions;
    private final AddressGrants grants;
    private final AddressRequests requests;
    private final Queue<Runnable> waiting = new ArrayDeque<>();
    private boolean isBehind;

    /** As of the last tick; for any thread. */
    private volatile Map<String, String> conflicts = Map.of();

    AddressProtocol(
            String self,
            AddressLedger ledger,
            LedgerStore store,
            AddressCluster cluster,
            AddressTimes times,
            LongSupplier nanoClock,
            long firstAttempt,
            ErrorLog errors) {
        this.self = self;
        this.ledger = ledger;
        this.store = store;
        this.cluster = cluster;
        this.nanoClock = nanoClock;
        this.errors = errors;
        this.definitions = new NetworkDefinitions(self, ledger, cluster, times, waiting::add);
        this.grants = new AddressGrants(self, ledger, definitions, cluster, times, this::post);
        this.requests = new AddressRequests(self, definitions, times, this::post, firstAttempt);
    }

    void start() {
        definitions.start();
    }

    void open(NetworkSpec asked, Consumer<NetworkDefinitions.Outcome> done) {
        definitions.open(asked, done, now());
    }

    void close(String network) {
        requests.closing(network, now());
        definitions.close(network, now());
    }

    /** @param isQuiet see {@link AddressRequests#attach} */
    void attach(
            String network,
            String endpoint,
            List<IpAddress> wanted,
            boolean isQuiet,
            Consumer<AddressRequests.Outcome> done) {
        requests.attach(network, endpoint, wanted, isQuiet, outcome -> handOut(outcome, done), now());
    }

    /** That there is none is said at once: it may be the disk that does not answer. */
    private void handOut(AddressRequests.Outcome outcome, Consumer<AddressRequests.Outcome> done) {
        if (outcome instanceof AddressRequests.Outcome.Has) {
            waiting.add(() -> done.accept(outcome));
        } else {
            done.accept(outcome);
        }
    }

    void detach(String network, String endpoint) {
        requests.detach(network, endpoint, now());
    }

    int reclaim(String node) {
        return grants.reclaim(node);
    }

    AddressLedger ledger() {
        return ledger;
    }

    /** A user message came; those that are none of ours are passed over. */
    void heard(Bytes message) {
        if (waiting.size() < MAX_WAITING) {
            AddressMessage.decode(message)
                    .filter(each -> each.to().equals(self))
                    .ifPresent(each -> handle(each.from(), each.about(), each.content()));
        }
    }

    private void handle(String from, Attempt about, Content content) {
        switch (content) {
            case Content.Request(var wanted) -> grants.requested(from, about, wanted, now());
            case Content.Release() -> grants.released(from, about);
            case Content.Granted _, Content.Refused _, Content.Released _, Content.Stale _ ->
                requests.answered(from, about, content, now());
        }
    }

    private void post(String to, Attempt about, Content content) {
        if (to.equals(self)) {
            waiting.add(() -> handle(self, about, content));
        } else {
            waiting.add(() -> cluster.send(to, new AddressMessage(self, to, about, content).encode()));
        }
    }

    void tick() {
        definitions.tick(now());
        grants.tick(now());
        requests.tick(now());
        conflicts = Map.copyOf(definitions.conflicts());
    }

    /** Networks that are not to get further endpoints, and why. Any thread. */
    Map<String, String> conflicts() {
        return conflicts;
    }

    /** Keeps what changed, and then does what waited for that. After each of the above, or after some of them. */
    void settle() {
        while (keep() && !waiting.isEmpty()) {
            for (int i = waiting.size(); i > 0; i--) {
                waiting.remove().run();
            }
        }
    }

    private boolean keep() {
        isBehind |= ledger.takeChanged();
        if (isBehind) {
            try {
                store.write(ledger.toBytes());
                isBehind = false;
            } catch (IOException e) {
                errors.record("granted addresses are not kept for the next start", e); // tried again at the next tick
            }
        }
        return !isBehind;
    }

    private long now() {
        return nanoClock.getAsLong();
    }
}
