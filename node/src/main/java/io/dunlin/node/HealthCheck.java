package io.dunlin.node;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How a service's backends are asked whether they serve: by the node that each lives on, from inside the endpoint's own namespace, at the first of its addresses.
 * Immutable; each method returns a changed copy.
 *
 * <p>With or without one, a backend is healthy from the moment its endpoint is attached. The first question follows at once, and if that is not answered the backend
 * is unhealthy. One that has answered and does so no longer is found after {@code retries} × {@code interval} + {@code timeout} at the latest; shorter
 * intervals find it sooner, and cost a packet or two each. The first answer makes it healthy again.
 *
 * @param kind how it is asked
 * @param port it is asked on, 1 to 65535
 * @param interval from the beginning of one question to that of the next, 100 ms to an hour
 * @param timeout for an answer, 10 ms to a minute, and no longer than the interval
 * @param retries questions in a row without an answer that make it unhealthy, 1 to 100. Of one that never answered the first is enough
 */
public record HealthCheck(Kind kind, int port, Duration interval, Duration timeout, int retries) {
    /** As Docker's, but sooner: a question is a packet, not a process. */
    public static final Duration DEFAULT_INTERVAL = Duration.ofSeconds(5);

    public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(2);
    public static final int DEFAULT_RETRIES = 3;

    private static final Pattern TEXT = Pattern.compile("(tcp|udp):(\\d{1,5})");

    private static final int MAX_PORT = 65_535;
    private static final int MAX_RETRIES = 100;
    private static final Duration LEAST_INTERVAL = Duration.ofMillis(100);
    private static final Duration MOST_INTERVAL = Duration.ofHours(1);
    private static final Duration LEAST_TIMEOUT = Duration.ofMillis(10);
    private static final Duration MOST_TIMEOUT = Duration.ofMinutes(1);

    /** How a backend is asked. */
    public enum Kind {
        /** It accepts a TCP connection, which is closed at once. */
        TCP_CONNECT,
        /** It sends a UDP datagram back (RFC 862), or any other in answer. */
        UDP_ECHO
    }

    public HealthCheck {
        if (port < 1 || port > MAX_PORT) {
            throw new IllegalArgumentException("health check of port " + port + ": allowed are 1 to " + MAX_PORT);
        }
        if (retries < 1 || retries > MAX_RETRIES) {
            throw new IllegalArgumentException(
                    "health check with " + retries + " retries: allowed are 1 to " + MAX_RETRIES);
        }
        check("interval", interval, LEAST_INTERVAL, MOST_INTERVAL);
        check("timeout", timeout, LEAST_TIMEOUT, MOST_TIMEOUT);
        if (timeout.compareTo(interval) > 0) {
            throw new IllegalArgumentException("health check with timeout " + timeout + " and interval " + interval
                    + ": a question is over before the next one");
        }
        interval = Duration.ofMillis(interval.toMillis());
        timeout = Duration.ofMillis(timeout.toMillis());
    }

    private static void check(String what, Duration given, Duration least, Duration most) {
        if (given.compareTo(least) < 0 || given.compareTo(most) > 0) {
            throw new IllegalArgumentException(
                    "health check with " + what + " " + given + ": allowed are " + least + " to " + most);
        }
    }

    public static HealthCheck tcp(int port) {
        return new HealthCheck(Kind.TCP_CONNECT, port, DEFAULT_INTERVAL, DEFAULT_TIMEOUT, DEFAULT_RETRIES);
    }

    public static HealthCheck udp(int port) {
        return new HealthCheck(Kind.UDP_ECHO, port, DEFAULT_INTERVAL, DEFAULT_TIMEOUT, DEFAULT_RETRIES);
    }

    /**
     * As people write it, {@code tcp:8080} or {@code udp:53}, with the usual times.
     *
     * @throws IllegalArgumentException naming what was given and what is allowed
     */
    public static HealthCheck parse(String text) {
        Matcher matcher = TEXT.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("health check \"" + text + "\": allowed are tcp:PORT and udp:PORT");
        }
        int port = Integer.parseInt(matcher.group(2));
        return matcher.group(1).equals("tcp") ? tcp(port) : udp(port);
    }

    /** As {@link #parse} reads it, without its times. */
    public String text() {
        return switch (kind) {
            case TCP_CONNECT -> "tcp:" + port;
            case UDP_ECHO -> "udp:" + port;
        };
    }

    /** For people: {@code tcp:8080 every 5000 ms, timeout 2000 ms, 3 retries}. */
    @Override
    public String toString() {
        return text() + " every " + interval.toMillis() + " ms, timeout " + timeout.toMillis() + " ms, " + retries
                + (retries == 1 ? " retry" : " retries");
    }

    /** A timeout that is longer becomes as long. */
    public HealthCheck interval(Duration interval) {
        return new HealthCheck(kind, port, interval, timeout.compareTo(interval) > 0 ? interval : timeout, retries);
    }

    public HealthCheck timeout(Duration timeout) {
        return new HealthCheck(kind, port, interval, timeout, retries);
    }

    public HealthCheck retries(int retries) {
        return new HealthCheck(kind, port, interval, timeout, retries);
    }
}
