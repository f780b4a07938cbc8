package io.dunlin.lb;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.lb.TestPackets.End;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.Nullable;

/** Connections of a few clients in any order of packets and pauses, against an account of what each side has said, on virtual time. */
class FlowLifePropertyTest {
    private static final FlowTimeouts TIMES = FlowTimeouts.DEFAULT;
    /** Ticks are a little longer than a millisecond: so near a timeout nobody can tell. */
    private static final Duration BLUR = Duration.ofMillis(3);

    enum Say {
        SYN(TestPackets.SYN),
        ACK(TestPackets.ACK),
        FIN(TestPackets.FIN | TestPackets.ACK),
        RST(TestPackets.RST),
        SYN_ACK(TestPackets.SYN | TestPackets.ACK);

        final int flags;

        Say(int flags) {
            this.flags = flags;
        }
    }

    record Step(boolean byClient, Say say, int client, Duration pause, boolean sweeps) {}

    /** What both sides have said so far. */
    private static final class Account {
        final End backend;
        boolean isAnswered;
        boolean isEstablished;
        boolean clientFinished;
        boolean backendFinished;
        boolean isReset;
        long lastSeen;

        Account(End backend, long now) {
            this.backend = backend;
            this.lastSeen = now;
        }

        Duration timeout() {
            if (isReset || clientFinished && backendFinished) {
                return TIMES.closed();
            }
            if (clientFinished || backendFinished) {
                return TIMES.halfClosed();
            }
            return isEstablished ? TIMES.established() : TIMES.opening();
        }

        boolean isClosed() {
            return isReset || clientFinished && backendFinished;
        }

        void hear(boolean byClient, Say say, long now) {
            lastSeen = now;
            if (isClosed()) {
                return;
            }
            if (say == Say.RST) {
                isReset = true;
            } else if (!byClient) {
                isAnswered |= say == Say.SYN_ACK;
                backendFinished |= say == Say.FIN && isEstablished;
            } else if (say == Say.ACK || say == Say.FIN) {
                isEstablished |= isAnswered;
                clientFinished |= say == Say.FIN && isEstablished;
            }
        }
    }

    @Property
    void livesAsLongAsItsTimeoutAfterWhatWasSaid(@ForAll("steps") List<Step> steps) {
        var bench = new Bench();
        Map<Integer, Account> accounts = new HashMap<>();
        for (Step step : steps) {
            bench.pass(step.pause());
            if (accounts.values().stream().anyMatch(account -> isNearItsTimeout(account, bench.now))) {
                bench.pass(BLUR.multipliedBy(2));
            }
            if (step.sweeps()) {
                bench.sweepAll();
            }
            Account account = accounts.get(step.client());
            var client = new End(Bench.CLIENT.address(), 1000 + step.client());
            if (step.byClient()) {
                client(bench, step, client, account, accounts);
            } else if (account != null) {
                backend(bench, step, client, account);
            }
            if (step.sweeps()) {
                long alive = accounts.values().stream()
                        .filter(one -> !isExpired(one, bench.now))
                        .count();
                // some that have expired since the last round may still be there
                assertThat((long) bench.flows.size()).isGreaterThanOrEqualTo(alive);
            }
        }
        bench.batch.close();
    }

    private static void client(
            Bench bench, Step step, End client, @Nullable Account account, Map<Integer, Account> accounts) {
        Balancer.Verdict verdict = bench.out(TestPackets.tcp(client, Bench.VIP, step.say().flags));
        boolean begins = step.say() == Say.SYN;
        boolean lives = account != null && !isExpired(account, bench.now) && !(begins && account.isClosed());
        if (lives && account != null) {
            assertThat(verdict).isEqualTo(Balancer.Verdict.REWRITTEN);
            assertThat(bench.destination()).isEqualTo(account.backend);
            account.hear(true, step.say(), bench.now);
        } else if (begins) {
            assertThat(verdict).isEqualTo(Balancer.Verdict.REWRITTEN);
            accounts.put(step.client(), new Account(bench.destination(), bench.now));
        } else {
            assertThat(verdict).isEqualTo(step.say() == Say.RST ? Balancer.Verdict.DROPPED : Balancer.Verdict.ANSWERED);
            accounts.remove(step.client());
        }
    }

    /** A backend's packet keeps a flow that has expired, if nobody has come by to end it: so only living ones are asked about. */
    private static void backend(Bench bench, Step step, End client, Account account) {
        if (!isExpired(account, bench.now)) {
            assertThat(bench.in(TestPackets.tcp(account.backend, client, step.say().flags)))
                    .isEqualTo(Balancer.Verdict.REWRITTEN);
            assertThat(bench.source()).isEqualTo(Bench.VIP);
            account.hear(false, step.say(), bench.now);
        }
    }

    private static boolean isExpired(Account account, long now) {
        return now - account.lastSeen > account.timeout().toNanos();
    }

    private static boolean isNearItsTimeout(Account account, long now) {
        return Math.abs(now - account.lastSeen - account.timeout().toNanos()) <= BLUR.toNanos();
    }

    @Provide
    Arbitrary<List<Step>> steps() {
        var pauses = Arbitraries.of(
                Duration.ZERO,
                Duration.ofMillis(50),
                Duration.ofSeconds(5),
                Duration.ofSeconds(20),
                Duration.ofSeconds(100),
                Duration.ofMinutes(90));
        return Combinators.combine(
                        Arbitraries.of(true, false),
                        Arbitraries.of(Say.values()),
                        Arbitraries.integers().between(0, 3),
                        pauses,
                        Arbitraries.of(true, false))
                .as(Step::new)
                .filter(step ->
                        !(step.byClient() && step.say() == Say.SYN_ACK || !step.byClient() && step.say() == Say.SYN))
                .list()
                .ofMaxSize(60);
    }
}
