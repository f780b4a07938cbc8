package io.dunlin.node;

import io.dunlin.node.AddressGrants.Post;
import io.dunlin.node.AddressMessage.Attempt;
import io.dunlin.node.AddressMessage.Content;
import io.dunlin.vxlan.wire.IpAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The requester's side: asks the owners of networks for the addresses of this node's endpoints, tells them of those that were chosen by hand, and
 * gives back what is not used any more. Each is said again until it is answered. On the thread of {@link AddressProtocol}.
 */
final class AddressRequests {
    static final Duration FIRST_PAUSE = Duration.ofMillis(500);
    static final Duration LONGEST_PAUSE = Duration.ofSeconds(15);

    /** After that the owner frees by itself what it hears nothing of. */
    static final Duration RELEASING = Duration.ofMinutes(5);

    private static final Logger LOG = LoggerFactory.getLogger(OverlayNode.class);

    private final String self;
    private final NetworkDefinitions definitions;
    private final AddressTimes times;
    private final Post post;
    private final Map<Key, Attachment> attachments = new LinkedHashMap<>();
    private long latest;

    private record Key(String network, String endpoint) {}

    private enum State {
        /** Waits for addresses. */
        ASKING,
        /** Has addresses that the owner did not confirm. */
        CLAIMING,
        HELD,
        /** Has none any more, which the owner did not confirm. */
        RELEASING
    }

    private static final class Attachment {
        final String network;
        final String endpoint;
        final Consumer<Outcome> done;
        State state;
        long number;
        List<IpAddress> addresses;
        boolean isRefusalSaid;

        @Nullable
        String confirmedBy;

        long deadline;
        long nextAt;
        long pause = FIRST_PAUSE.toNanos();

        Attachment(String network, String endpoint, List<IpAddress> addresses, Consumer<Outcome> done) {
            this.network = network;
            this.endpoint = endpoint;
            this.addresses = addresses;
            this.done = done;
            this.state = addresses.isEmpty() ? State.ASKING : State.CLAIMING;
        }

        Attempt attempt() {
            return new Attempt(network, endpoint, number);
        }

        void become(State next, long now) {
            state = next;
            pause = FIRST_PAUSE.toNanos();
            nextAt = now;
        }
    }

    /** What became of an attachment. */
    sealed interface Outcome {
        record Has(List<IpAddress> addresses) implements Outcome {}

        record Refused(String reason) implements Outcome {}

        record Unanswered(String reason) implements Outcome {}
    }

    /** @param firstAttempt greater than any before, of this life and earlier ones, as far as the clock goes */
    AddressRequests(String self, NetworkDefinitions definitions, AddressTimes times, Post post, long firstAttempt) {
        this.self = self;
        this.definitions = definitions;
        this.times = times;
        this.post = post;
        this.latest = firstAttempt;
    }

    /** @param isQuiet nobody needs to know if another has the addresses: they are of an endpoint that is none of ours */
    void attach(
            String network,
            String endpoint,
            List<IpAddress> wanted,
            boolean isQuiet,
            Consumer<Outcome> done,
            long now) {
        var attachment = new Attachment(network, endpoint, wanted, done);
        attachment.number = ++latest;
        attachment.deadline = now + times.patienceNanos() + times.settleNanos();
        attachment.isRefusalSaid = isQuiet;
        attachment.nextAt = now;
        attachments.put(new Key(network, endpoint), attachment);
        if (!wanted.isEmpty()) {
            done.accept(new Outcome.Has(wanted));
        }
        proceed(attachment, now);
    }

    void detach(String network, String endpoint, long now) {
        Attachment attachment = attachments.get(new Key(network, endpoint));
        if (attachment != null && attachment.state != State.RELEASING) {
            release(attachment, now);
        }
    }

    private void release(Attachment attachment, long now) {
        attachment.become(State.RELEASING, now);
        attachment.deadline = now + RELEASING.toNanos();
        proceed(attachment, now);
    }

    /** The node does not take part in the network any more, and knows no owner soon. */
    void closing(String network, long now) {
        for (Attachment attachment : List.copyOf(attachments.values())) {
            if (attachment.network.equals(network)) {
                detach(network, attachment.endpoint, now);
            }
        }
    }

    void tick(long now) {
        for (Attachment attachment : List.copyOf(attachments.values())) {
            proceed(attachment, now);
        }
    }

    private void proceed(Attachment attachment, long now) {
        String owner = definitions.ownerOf(attachment.network);
        if (owner == null) {
            owner = attachment.confirmedBy;
        }
        if (attachment.state == State.HELD && owner != null && !owner.equals(attachment.confirmedBy)) {
            attachment.become(State.CLAIMING, now); // the network has another owner than it had
        }
        if (attachment.state == State.HELD) {
            return;
        }
        if (now - attachment.deadline >= 0 && attachment.state != State.CLAIMING) {
            expire(attachment, owner, now);
            return;
        }
        if (owner != null && now - attachment.nextAt >= 0) {
            attachment.nextAt = now + attachment.pause;
            attachment.pause = Math.min(2 * attachment.pause, LONGEST_PAUSE.toNanos());
            post.send(
                    owner,
                    attachment.attempt(),
                    switch (attachment.state) {
                        case ASKING -> new Content.Request(List.of());
                        case CLAIMING, HELD -> new Content.Request(attachment.addresses);
                        case RELEASING -> new Content.Release();
                    });
        }
    }

    private void expire(Attachment attachment, @Nullable String owner, long now) {
        if (attachment.state == State.RELEASING) {
            attachments.remove(new Key(attachment.network, attachment.endpoint), attachment);
            return;
        }
        release(attachment, now); // it may have granted something meanwhile
        attachment.done.accept(new Outcome.Unanswered("node " + owner + ", which owns network \"" + attachment.network
                + "\" and grants its addresses, did not answer: start it, or give the endpoint addresses"));
    }

    void answered(String from, Attempt about, Content content, long now) {
        var key = new Key(about.network(), about.endpoint());
        Attachment attachment = attachments.get(key);
        if (attachment == null) {
            if (content instanceof Content.Granted) {
                post.send(from, about, new Content.Release()); // nobody has it here
            }
            return;
        }
        if (attachment.number != about.number()) {
            return;
        }
        switch (content) {
            case Content.Granted(var addresses) -> granted(attachment, from, addresses, now);
            case Content.Refused(var reason) -> refused(attachment, key, from, reason);
            case Content.Released() -> {
                if (attachment.state == State.RELEASING) {
                    attachments.remove(key);
                }
            }
            case Content.Stale(long newest) -> {
                latest = Math.min(Math.max(latest, newest), Attempt.LAST - 1);
                attachment.number = ++latest;
                attachment.nextAt = now;
                proceed(attachment, now);
            }
            case Content.Request _, Content.Release _ -> {}
        }
    }

    private void granted(Attachment attachment, String from, List<IpAddress> addresses, long now) {
        if (!from.equals(definitions.ownerOf(attachment.network))) {
            return; // its owner by now is asked anew
        }
        switch (attachment.state) {
            case ASKING -> {
                attachment.addresses = addresses;
                attachment.confirmedBy = from;
                attachment.become(State.HELD, now);
                attachment.done.accept(new Outcome.Has(addresses));
            }
            case CLAIMING -> {
                attachment.confirmedBy = from;
                attachment.become(State.HELD, now);
            }
            case HELD, RELEASING -> {}
        }
    }

    private void refused(Attachment attachment, Key key, String from, String reason) {
        if (attachment.state == State.ASKING) {
            attachments.remove(key);
            attachment.done.accept(new Outcome.Refused(reason));
        } else if (attachment.state == State.CLAIMING && !attachment.isRefusalSaid) {
            attachment.isRefusalSaid = true;
            LOG.warn(
                    "node {}: {} of network {} keeps its address, which its owner {} refuses: {}",
                    self,
                    Names.textOfHolder(attachment.endpoint),
                    attachment.network,
                    from,
                    reason);
        }
    }
}
