package io.dunlin.lb;

import java.time.Duration;
import java.util.Objects;

/**
 * After which time without a packet a service's flows are forgotten. A longer time keeps idle connections alive that send no keepalives,
 * and costs 64 bytes of the flow table for each that is dead without having said so.
 *
 * @param established of a TCP connection. Two hours is what hosts send keepalives after unless told otherwise (RFC 9293 section 3.8.4),
 *     so one that sends any is never forgotten
 * @param opening of a TCP connection whose handshake is not complete: a SYN is sent again after 1, 2, 4 and 8 seconds
 * @param halfClosed of a TCP connection that one side has finished: longer than a peer takes to send what it has left
 * @param closed of a TCP connection that both sides have finished, or one has reset: for what is sent again
 * @param udp of a UDP flow, as RFC 4787 (REQ-5) recommends
 * @param echo of a ping
 */
public record FlowTimeouts(
        Duration established, Duration opening, Duration halfClosed, Duration closed, Duration udp, Duration echo) {
    // before DEFAULT, which they check
    private static final Duration LEAST = Duration.ofSeconds(1);
    private static final Duration MOST = Duration.ofDays(7); // the table's clock wraps after seven weeks

    public static final FlowTimeouts DEFAULT = new FlowTimeouts(
            Duration.ofHours(2).plusMinutes(5), // five minutes past the keepalive, for the probes to be answered
            Duration.ofSeconds(30),
            Duration.ofMinutes(2),
            Duration.ofSeconds(10),
            Duration.ofMinutes(5),
            Duration.ofSeconds(30));

    public FlowTimeouts {
        check("established", established);
        check("opening", opening);
        check("half-closed", halfClosed);
        check("closed", closed);
        check("UDP", udp);
        check("echo", echo);
    }

    private static void check(String what, Duration timeout) {
        Objects.requireNonNull(timeout);
        if (timeout.compareTo(LEAST) < 0 || timeout.compareTo(MOST) > 0) {
            throw new IllegalArgumentException(
                    "timeout of " + what + " flows " + timeout + ": allowed are " + LEAST + " to " + MOST);
        }
    }

    public FlowTimeouts established(Duration timeout) {
        return new FlowTimeouts(timeout, opening, halfClosed, closed, udp, echo);
    }

    public FlowTimeouts halfClosed(Duration timeout) {
        return new FlowTimeouts(established, opening, timeout, closed, udp, echo);
    }

    public FlowTimeouts udp(Duration timeout) {
        return new FlowTimeouts(established, opening, halfClosed, closed, timeout, echo);
    }
}
