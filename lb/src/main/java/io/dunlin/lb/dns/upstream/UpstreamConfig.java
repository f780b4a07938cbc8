package io.dunlin.lb.dns.upstream;

import io.dunlin.vxlan.wire.IpAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;

/**
 * Whom to ask for what a network does not know, and how long. Immutable; each method returns a changed copy.
 *
 * @param servers asked in this order; none: what is not known fails
 * @param timeout for one server's answer: 100 ms to 30 s. Shorter: a slow one is given up for the next; longer: with a dead one, workloads
 *     wait. All servers together should be done before a workload's own resolver gives up, which is mostly after 5 s
 * @param rounds how often all are asked before it is given up: 1 to 5
 * @param maxInFlight queries that are under way at once: 1 to 65,536. Each is a socket
 * @param maxPerAsker of these, how many for one asker: so that one that asks without end leaves the others some
 */
public record UpstreamConfig(
        List<InetSocketAddress> servers, Duration timeout, int rounds, int maxInFlight, int maxPerAsker) {
    private static final Duration DEFAULT_TIMEOUT = Duration.ofMillis(1500);
    private static final int DEFAULT_ROUNDS = 1;
    private static final int DEFAULT_IN_FLIGHT = 1024;
    private static final int DEFAULT_PER_ASKER = 256;
    private static final int PORT = 53;

    public UpstreamConfig {
        servers = List.copyOf(servers);
        if (timeout.compareTo(Duration.ofMillis(100)) < 0 || timeout.compareTo(Duration.ofSeconds(30)) > 0) {
            throw new IllegalArgumentException("upstream timeout " + timeout + ": allowed are 100 ms to 30 s");
        }
        if (rounds < 1 || rounds > 5) {
            throw new IllegalArgumentException("asking upstream servers " + rounds + " times: allowed are 1 to 5");
        }
        if (maxInFlight < 1 || maxInFlight > 65_536) {
            throw new IllegalArgumentException(maxInFlight + " queries in flight: allowed are 1 to 65536");
        }
        if (maxPerAsker < 1 || maxPerAsker > maxInFlight) {
            throw new IllegalArgumentException(
                    maxPerAsker + " queries in flight for one asker: allowed are 1 to " + maxInFlight + ", as for all");
        }
    }

    /** These servers, at port 53. */
    public static UpstreamConfig of(List<IpAddress> servers) {
        return new UpstreamConfig(
                servers.stream()
                        .map(server -> new InetSocketAddress(server.toInetAddress(), PORT))
                        .toList(),
                DEFAULT_TIMEOUT,
                DEFAULT_ROUNDS,
                DEFAULT_IN_FLIGHT,
                DEFAULT_PER_ASKER);
    }

    /** These servers, at ports of their own. */
    public UpstreamConfig servers(List<InetSocketAddress> servers) {
        return new UpstreamConfig(servers, timeout, rounds, maxInFlight, maxPerAsker);
    }

    public UpstreamConfig timeout(Duration timeout) {
        return new UpstreamConfig(servers, timeout, rounds, maxInFlight, maxPerAsker);
    }

    public UpstreamConfig rounds(int rounds) {
        return new UpstreamConfig(servers, timeout, rounds, maxInFlight, maxPerAsker);
    }

    public UpstreamConfig inFlight(int most, int perAsker) {
        return new UpstreamConfig(servers, timeout, rounds, most, perAsker);
    }
}
