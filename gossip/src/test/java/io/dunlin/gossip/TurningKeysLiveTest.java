package io.dunlin.gossip;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.gossip.wire.Bytes;
import io.dunlin.gossip.wire.KeyRing;
import io.dunlin.gossip.wire.Message.Versions;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Deque;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Two members of ours whose keys turn, and one that knows the ring's key alone, because it is made of the real memberlist, on loopback:
 *
 * <pre>
 *   a ── keys that turn ── b       a, b ── the ring's key ── go, or serf
 * </pre>
 *
 * Skipped where memberlist cannot be built, or serf is not installed.
 */
@Timeout(120)
class TurningKeysLiveTest {
    private static final int TURNS = 5;
    private static final byte[] RING_KEY = key(100);

    private final Deque<AutoCloseable> members = new ArrayDeque<>();

    private static byte[] key(int number) {
        var key = new byte[16];
        Arrays.fill(key, (byte) number);
        return key;
    }

    private static String base64(byte[] key) {
        return Base64.getEncoder().encodeToString(key);
    }

    @AfterEach
    void end() throws Exception {
        while (!members.isEmpty()) {
            members.pop().close();
        }
    }

    private <M extends AutoCloseable> M started(M member) {
        members.push(member);
        return member;
    }

    @Test
    void aMemberOfMemberlistStaysThroughTurns() throws Exception {
        GoMember go = started(GoMember.start("go", "-keys", base64(RING_KEY)));
        JavaMember a = started(JavaMember.start(
                "a", config -> config.encrypted(KeyRing.of(RING_KEY)).join(go.address())));
        JavaMember b = started(JavaMember.start(
                "b", config -> config.encrypted(KeyRing.of(RING_KEY)).join(go.address())));
        a.await("joined b");
        b.await("joined a");
        for (int turn = 1; turn <= TURNS; turn++) {
            List<byte[]> keys = turn == 1 ? List.of(key(1)) : List.of(key(turn), key(turn - 1));
            a.gossip().turnKeys(keys);
            talk(go, a, b, "while one has key " + turn);
            b.gossip().turnKeys(keys);
            talk(go, a, b, "while both have key " + turn);
            for (int i = 0; a.gossip().sealedByNewestKey() == 0 || b.gossip().sealedByNewestKey() == 0; i++) {
                talk(go, a, b, "until key " + turn + " is used, " + i);
            }
        }
        for (JavaMember ours : List.of(a, b)) {
            assertThat(ours.gossip().stats().drops()).doesNotContainKey("NO_KEY_FITS");
            assertThat(ours.events().all(event -> event.startsWith("failed"))).isEmpty();
            assertThat(ours.events().all(event -> event.startsWith("updated")))
                    .as("another key is nobody's business")
                    .isEmpty();
        }
        assertThat(go.all("leave")).isEmpty();
        assertThat(go.all("refused")).isEmpty();
        // and one that comes in the end
        GoMember late = started(GoMember.start("late", "-keys", base64(RING_KEY), "-join", a.address()));
        b.await("joined late");
        late.awaitJoin("b");
    }

    private static void talk(GoMember go, JavaMember a, JavaMember b, String when) throws Exception {
        for (JavaMember ours : List.of(a, b)) {
            ours.gossip().send("go", Bytes.utf8(ours.name() + " " + when));
            go.awaitMessage(ours.name() + " " + when);
            go.command("send " + ours.name() + " go " + when);
            ours.await("message go " + when);
        }
        a.gossip().send("b", Bytes.utf8("a " + when));
        b.await("message a " + when);
        b.gossip().sendReliably("a", Bytes.utf8("b " + when)).get();
        a.await("message b " + when);
    }

    @Test
    void serfStaysThroughTurns() throws Exception {
        SerfMember serf = started(SerfMember.start("serf", "-encrypt=" + base64(RING_KEY)));
        var ours = new ArrayList<BareMember>();
        for (String name : List.of("a", "b")) {
            BareMember each = started(new BareMember(
                    name, new Versions(1, 5, 2, 2, 5, 5), "", KeyRing.of(RING_KEY), UnaryOperator.identity()));
            assertThat(each.join(serf.address()).answered()).isEqualTo(1);
            each.await("joined serf");
            ours.add(each);
        }
        ours.getFirst().await("joined b");
        for (int turn = 1; turn <= TURNS; turn++) {
            for (BareMember each : ours) {
                each.turnKeys(List.of(key(turn), key(turn - 1)));
            }
            for (BareMember each : ours) {
                serf.awaitLog("EventMemberUpdate: " + each.name(), turn);
            }
        }
        String members = serf.ask("members");
        assertThat(members.lines().filter(line -> line.contains("alive"))).hasSize(3);
        for (BareMember each : ours) {
            assertThat(each.events().all(event -> event.startsWith("DEAD"))).isEmpty();
        }
    }
}
