package io.dunlin.lb.dns.upstream;

import io.dunlin.lb.dns.DnsHeader;
import io.dunlin.lb.dns.Question;
import io.dunlin.lb.dns.Rcode;
import io.dunlin.lb.dns.upstream.Exchange.Conversation;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.Memory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Asks servers one after the other until one answers. Each query goes out with an id and from a port of its own, both random; what comes back
 * counts if it comes from that server, has that id, and repeats the question (RFC 5452 section 9.1). The rest of a message, EDNS and all,
 * passes both ways untouched.
 *
 * <p>A server that did not answer is asked last for a while. One that is a gateway of ours is not asked at all: it would ask us.
 *
 * <p>{@link #ask} may be called by several threads at once, and blocks them.
 */
public final class Upstreams {
    /** How long a server that did not answer is asked last. */
    static final long PENALTY_NANOS = 10_000_000_000L;

    private static final int ANY_ID = 0x10000;

    private final Supplier<UpstreamConfig> configs;
    private final Predicate<IpAddress> isOwnGateway;
    private final Exchange exchange;
    private final RandomGenerator random;
    private final LongSupplier nanoClock;
    private final Map<InetSocketAddress, Long> silentUntil = new ConcurrentHashMap<>();

    /**
     * @param configs asked for each query, so that servers may change; called by the threads that ask
     * @param isOwnGateway tells the addresses that we answer at ourselves, as they are when it is asked
     * @param random that several threads may use, and nobody can foretell
     * @param nanoClock monotonic
     */
    public Upstreams(
            Supplier<UpstreamConfig> configs,
            Predicate<IpAddress> isOwnGateway,
            Exchange exchange,
            RandomGenerator random,
            LongSupplier nanoClock) {
        this.configs = configs;
        this.isOwnGateway = isOwnGateway;
        this.exchange = exchange;
        this.random = random;
        this.nanoClock = nanoClock;
    }

    /**
     * Has a query answered.
     *
     * @param query a whole message with one question
     * @param isStream whether it came over TCP, and so the answer may be long
     * @return its answer; null: no server had one
     */
    public byte @Nullable [] ask(byte[] query, boolean isStream) {
        UpstreamConfig config = configs.get();
        byte[] refusal = null;
        for (int round = 0; round < config.rounds() && refusal == null; round++) {
            for (InetSocketAddress server : inOrder(config)) {
                byte[] answer = ask(server, query, isStream, config.timeout().toNanos());
                if (answer == null) {
                    silentUntil.put(server, nanoClock.getAsLong() + PENALTY_NANOS);
                    continue;
                }
                silentUntil.remove(server);
                Question.restore(query, answer);
                if (!isRefusal(answer)) {
                    return answer;
                }
                refusal = answer; // another may know better
            }
        }
        return refusal;
    }

    private Iterable<InetSocketAddress> inOrder(UpstreamConfig config) {
        long now = nanoClock.getAsLong();
        var order = new ArrayList<InetSocketAddress>();
        int heard = 0;
        for (InetSocketAddress server : config.servers()) {
            if (server.isUnresolved() || isOwnGateway.test(IpAddress.of(server.getAddress()))) {
                continue;
            }
            Long until = silentUntil.get(server);
            if (until != null && now - until < 0) {
                order.add(server);
            } else {
                order.add(heard++, server);
            }
        }
        return order;
    }

    private static boolean isRefusal(byte[] answer) {
        return switch (DnsHeader.rcode(Memory.of(answer), 0)) {
            case Rcode.SERVFAIL, Rcode.NOTIMP, Rcode.REFUSED -> true;
            default -> false;
        };
    }

    private byte @Nullable [] ask(InetSocketAddress server, byte[] query, boolean isStream, long timeout) {
        byte[] sent = query.clone();
        DnsHeader.setId(Memory.of(sent), 0, random.nextInt(ANY_ID));
        long end = nanoClock.getAsLong() + timeout;
        try (Conversation conversation = exchange.open(server, isStream, timeout)) {
            conversation.send(sent);
            while (true) {
                long left = end - nanoClock.getAsLong();
                byte[] received = left > 0 ? conversation.receive(left) : null;
                if (received == null || Question.isAnswered(sent, received)) {
                    return received;
                }
            }
        } catch (IOException e) {
            return null; // nobody listens there, or not any more: as good as silence, and sooner known
        }
    }
}
