package io.dunlin.gossip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dunlin.gossip.transport.HostPort;
import io.dunlin.gossip.transport.TransportCounter;
import io.dunlin.gossip.wire.Bytes;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a program that embeds members meets, on loopback. */
@Timeout(60)
class GossipTest {
    private static final GossipConfig CONFIG =
            GossipConfig.named("a").listen("127.0.0.1:0").profile(Profile.local());

    private final Deque<AutoCloseable> open = new ArrayDeque<>();

    @AfterEach
    void end() throws Exception {
        while (!open.isEmpty()) {
            open.pop().close();
        }
    }

    private JavaMember member(String name, String... seeds) throws IOException {
        var member = JavaMember.start(name, config -> config.join(seeds));
        open.push(member);
        return member;
    }

    @Test
    void membersFindEachOtherAndTellEachOtherAllThereIs() throws Exception {
        var a = member("a");
        var b = member("b", a.address());
        a.await("joined b");
        b.await("joined a");

        a.gossip().send("b", Bytes.utf8("one"));
        b.await("message one");
        assertThat(b.gossip().broadcast(Bytes.utf8("all"))).isTrue();
        a.await("message all");
        assertThat(a.gossip()
                        .sendReliably("b", Bytes.utf8("large".repeat(100_000)))
                        .get())
                .isEqualTo(Gossip.Delivery.DELIVERED);
        b.await("message " + "large".repeat(100_000));
        assertThat(a.gossip().sendReliably("nobody", Bytes.utf8("x")).get()).isEqualTo(Gossip.Delivery.NO_SUCH_MEMBER);
        a.gossip().updateMeta(Bytes.utf8("new"));
        b.await("updated a new");

        assertThat(b.gossip().member("a").orElseThrow().meta().text()).isEqualTo("new");
        assertThat(a.gossip().local().name()).isEqualTo("a");
        assertThat(a.gossip().members()).extracting(Member::name).containsExactlyInAnyOrder("a", "b");
        GossipStats stats = a.gossip().stats();
        assertThat(stats.transport()).containsOnlyKeys(TransportCounter.values());
        assertThat(stats.transport().get(TransportCounter.STREAM_BYTES_SENT)).isPositive();
        assertThat(stats.drops()).isEmpty();
        assertThat(stats.health()).isZero();
    }

    @Test
    void whoLeavesIsSeenToLeave() throws Exception {
        var a = member("a");
        var b = member("b", a.address());
        a.await("joined b");
        b.await("joined a"); // who knows nobody yet has nobody to tell

        b.gossip().leave(Duration.ofSeconds(5)).get(10, TimeUnit.SECONDS);
        b.close();

        a.await("left b");
        assertThat(a.events().all(event -> event.startsWith("failed"))).isEmpty();
    }

    @Test
    void aSeedThatIsNotThereYetIsFoundOnceItIs() throws Exception {
        var early = member("early");
        String address = early.address();
        early.close();
        var waiting = member("waiting", address);

        var late = JavaMember.start("late", config -> config.listen(address));
        open.push(late);

        waiting.await("joined late");
        late.await("joined waiting");
    }

    @Test
    void aJoinSaysWhoAnsweredAndWhyTheOthersDidNot() throws Exception {
        var a = member("a");
        var b = member("b");
        var gone = member("gone");
        String goneAddress = gone.address();
        gone.close();

        Gossip.Joined joined = a.gossip()
                .join(List.of(HostPort.parse(b.address(), 0), HostPort.parse(goneAddress, 0)))
                .get(10, TimeUnit.SECONDS);

        assertThat(joined.answered()).isEqualTo(1);
        assertThat(joined.errors()).containsExactly(goneAddress + ": cannot connect: Connection refused");
    }

    @Test
    void rowsOfTablesReachTheOthers() throws Exception {
        var a = JavaMember.start("a", config -> config.tables(TableLimits.DEFAULT));
        open.push(a);
        var b = JavaMember.start(
                "b", config -> config.tables(TableLimits.DEFAULT).join(a.address()));
        open.push(b);
        a.await("joined b");
        var seen = new CompletableFuture<RowChange>();
        b.gossip().tables().table("endpoints").watch(seen::complete);

        a.gossip()
                .tables()
                .table("endpoints")
                .put("web.1", Bytes.utf8("10.0.0.2"))
                .get(10, TimeUnit.SECONDS);

        assertThat(seen.get(20, TimeUnit.SECONDS).toString()).contains("web.1");
        b.gossip().send("a", Bytes.utf8("and messages too"));
        a.await("message and messages too");
        assertThat(a.events().all(event -> event.startsWith("message"))).hasSize(1);
        assertThatIllegalStateException()
                .isThrownBy(() -> member("none").gossip().tables());
    }

    @Test
    void itsListenerIsCalledOnItsOwnDaemonThreadWhichEndsWithIt() throws Exception {
        var threads = ConcurrentHashMap.<Thread>newKeySet();
        var gossip = Gossip.start(CONFIG, new GossipListener() {
            @Override
            public void joined(Member member) {
                threads.add(Thread.currentThread());
            }
        });

        gossip.close();

        assertThat(threads).singleElement().satisfies(thread -> {
            assertThat(thread.getName()).isEqualTo("dunlin-gossip-a");
            assertThat(thread.isDaemon()).isTrue();
            thread.join();
        });
    }

    @Test
    void membersShareThreads() throws Exception {
        Set<Thread> seen = ConcurrentHashMap.newKeySet();
        var listener = new GossipListener() {
            @Override
            public void joined(Member member) {
                seen.add(Thread.currentThread());
            }
        };
        try (var threads = GossipThreads.start(2)) {
            var first = Gossip.start(CONFIG, listener, threads);
            try (first;
                    var second = Gossip.start(CONFIG.seeds(List.of()), listener, threads);
                    var third = Gossip.start(CONFIG, listener, threads)) {
                assertThat(second.members()).hasSize(1);
                assertThat(third.members()).hasSize(1);
            }
            assertThat(seen)
                    .hasSize(2)
                    .allSatisfy(thread -> assertThat(thread.isAlive()).isTrue());
        }
        for (Thread thread : seen) {
            thread.join();
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> GossipThreads.start(0))
                .withMessageContaining("1 to 64");
    }

    @Test
    void aListenerThatThrowsHarmsNobody() throws Exception {
        var a = Gossip.start(CONFIG, new GossipListener() {
            @Override
            public void joined(Member member) {
                throw new IllegalStateException("as asked for by a test");
            }
        });
        open.push(a);
        var b = member("b", HostPort.text(a.local().address()));

        b.await("joined a");
        b.gossip().sendReliably("a", Bytes.utf8("x")).get(10, TimeUnit.SECONDS);

        assertThat(a.member("b")).isPresent();
    }

    @Test
    void aListenerMayCloseIt() throws Exception {
        var closed = new CompletableFuture<Thread>();
        var self = new CompletableFuture<Gossip>();
        var a = Gossip.start(CONFIG, new GossipListener() {
            @Override
            public void message(Bytes data) {
                self.join().close();
                closed.complete(Thread.currentThread());
            }
        });
        self.complete(a);
        var b = member("b", HostPort.text(a.local().address()));
        b.await("joined a");

        b.gossip().send("a", Bytes.utf8("close"));

        closed.get(20, TimeUnit.SECONDS).join();
    }

    @Test
    void closeMayBeRepeatedAndEndsWhatIsAwaited() throws Exception {
        var a = Gossip.start(CONFIG);
        Member local = a.local();
        CompletableFuture<Gossip.Joined> pending = a.join(List.of(HostPort.parse("192.0.2.1:1", 0)));

        a.close();
        a.close();

        pending.handle((joined, failure) -> joined).get(20, TimeUnit.SECONDS); // it ended, however it did
        assertThatIllegalStateException()
                .isThrownBy(() -> a.broadcast(Bytes.EMPTY))
                .withMessage("gossip \"a\" is closed");
        // its port is free again
        open.push(Gossip.start(CONFIG.listen(HostPort.text(local.address()))));
    }

    @Test
    void aPortInUseIsToldAndLeavesNothingBehind() throws Exception {
        var a = member("a");

        assertThatThrownBy(() -> Gossip.start(GossipConfig.named("taken").listen(a.address())))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(a.address())
                .hasMessageContaining("choose another");

        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().equals("dunlin-gossip-taken")) {
                thread.join();
            }
        }
    }

    @Test
    void whereOthersReachItMustBeKnown() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Gossip.start(GossipConfig.named("a")))
                .withMessageContaining("listens on all addresses (0.0.0.0:7946)")
                .withMessageContaining("advertise");
        assertThatThrownBy(() -> Gossip.start(GossipConfig.named("a").listen("no-such-host.invalid")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("unknown host in the listen address no-such-host.invalid:7946");
    }

    @Test
    void whatItAdvertisesMayDifferFromWhereItListens() throws Exception {
        var a = JavaMember.start("a", config -> config.listen("0.0.0.0:0").advertise("127.0.0.1"));
        open.push(a);
        var b = member("b", a.address());

        b.await("joined a");

        assertThat(a.address()).startsWith("127.0.0.1:");
        assertThat(HostPort.text(b.gossip().member("a").orElseThrow().address()))
                .isEqualTo(a.address());
    }

    @Test
    void aMessageThatIsTooLongIsRefusedToTheCaller() throws Exception {
        var a = member("a").gossip();

        assertThatIllegalArgumentException()
                .isThrownBy(() -> a.broadcast(Bytes.wrap(new byte[1500])))
                .withMessageContaining("1500 bytes")
                .withMessageContaining("reliably");
        assertThatIllegalArgumentException().isThrownBy(() -> a.send("a", Bytes.wrap(new byte[1500])));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> a.sendReliably("a", Bytes.wrap(new byte[(20 << 20) + 1])));
        assertThatIllegalArgumentException().isThrownBy(() -> a.updateMeta(Bytes.wrap(new byte[513])));
        assertThatIllegalArgumentException().isThrownBy(() -> a.join(List.of()));
    }

    @Test
    void broadcastsBeyondTheLimitAreRefusedAtOnce() throws Exception {
        var held = new CompletableFuture<Void>();
        var a = Gossip.start(CONFIG, new GossipListener() {
            @Override
            public void updated(Member member) {
                held.join(); // the loop stands still, and sends nothing
            }
        });
        open.push(a);
        a.updateMeta(Bytes.utf8("now"));

        int taken = 0;
        for (int i = 0; i < UserMessages.MAX_BROADCASTS + 10; i++) {
            taken += a.broadcast(Bytes.utf8("x")) ? 1 : 0;
        }
        held.complete(null);

        // those before the update was told may be through already
        assertThat(taken).isBetween(UserMessages.MAX_BROADCASTS, UserMessages.MAX_BROADCASTS + 9);
    }
}
