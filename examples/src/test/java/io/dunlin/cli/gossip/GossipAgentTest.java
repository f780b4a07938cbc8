package io.dunlin.cli.gossip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dunlin.cli.outcome.BadInput;
import io.dunlin.gossip.GossipConfig;
import io.dunlin.gossip.Profile;
import io.dunlin.gossip.wire.Bytes;
import io.dunlin.gossip.wire.KeyRing;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.Writer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What it prints and obeys: the fields that tools read. */
@Timeout(60)
class GossipAgentTest {
    private static final GossipConfig CONFIG = GossipConfig.named("a")
            .listen("127.0.0.1:0")
            .profile(Profile.local())
            .meta(Bytes.utf8("métà"));

    private final Deque<GossipAgent> agents = new ArrayDeque<>();

    @AfterEach
    void end() {
        agents.forEach(GossipAgent::close);
    }

    /** Lines as they are printed. */
    private static final class Lines extends Writer {
        private static final ObjectMapper MAPPER = new ObjectMapper();
        private final StringBuilder line = new StringBuilder();
        private final List<JsonNode> events = new ArrayList<>();

        @Override
        public synchronized void write(char[] characters, int offset, int length) throws IOException {
            for (int i = offset; i < offset + length; i++) {
                if (characters[i] == '\n') {
                    events.add(MAPPER.readTree(line.toString()));
                    line.setLength(0);
                    notifyAll();
                } else {
                    line.append(characters[i]);
                }
            }
        }

        synchronized JsonNode await(String kind, Predicate<JsonNode> isSuch) throws InterruptedException {
            while (true) { // the test's own time limit ends it
                for (JsonNode event : events) {
                    if (event.get("ev").textValue().equals(kind) && isSuch.test(event)) {
                        return event;
                    }
                }
                wait();
            }
        }

        JsonNode await(String kind) throws InterruptedException {
            return await(kind, event -> true);
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }

    private GossipAgent start(GossipConfig config, Lines lines) {
        var agent = GossipAgent.start(config, new PrintWriter(lines, true));
        agents.push(agent);
        return agent;
    }

    @Test
    void tellsWhatItSeesInTheFieldsOfMlagent() throws Exception {
        var linesOfA = new Lines();
        var linesOfB = new Lines();
        start(CONFIG, linesOfA);
        String address = linesOfA.await("ready").get("addr").textValue();
        var b = start(
                GossipConfig.named("b")
                        .listen("127.0.0.1:0")
                        .profile(Profile.local())
                        .join(address),
                linesOfB);

        JsonNode joined = linesOfB.await("joined");
        assertThat(joined.get("n").intValue()).isEqualTo(1);
        assertThat(joined.get("err").textValue()).isEmpty();
        JsonNode join =
                linesOfB.await("join", event -> event.get("name").textValue().equals("a"));
        assertThat(join.get("addr").textValue()).isEqualTo(address);
        assertThat(join.get("meta").textValue()).isEqualTo("métà");
        assertThat(join.get("metaHex").textValue()).isEqualTo("6dc3a974c3a0");
        assertThat(join.get("state").intValue()).isZero();
        assertThat(join.get("versions").toString()).isEqualTo("[1,5,2,0,0,0]");
        assertThat(join.get("t").longValue()).isPositive();

        b.obey(new StringReader("broadcast to all\nsend a to one\nreliable a by stream\nmeta new\n\n"));
        for (String text : List.of("to all", "to one", "by stream")) {
            JsonNode message =
                    linesOfA.await("msg", event -> event.get("data").textValue().equals(text));
            assertThat(message.get("dataHex").textValue())
                    .isEqualTo(Bytes.utf8(text).toString());
        }
        linesOfA.await("update", event -> event.get("meta").textValue().equals("new"));

        b.obey(new StringReader("leave\nbroadcast never\n"));
        assertThat(linesOfB.await("leaving").get("err").textValue()).isEmpty();
        assertThat(linesOfA.await(
                                "leave", event -> event.get("name").textValue().equals("b"))
                        .get("state")
                        .intValue())
                .isEqualTo(3);
        b.run(); // has ended, and returns at once
    }

    @Test
    void tellsTheMembersOnceASecond() throws Exception {
        var lines = new Lines();
        var agent = start(CONFIG, lines);
        Thread.ofVirtual().start(() -> {
            try {
                agent.run();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });

        JsonNode members = lines.await("members");

        assertThat(members.get("list").toString())
                .isEqualTo("[\"a=" + lines.await("ready").get("addr").textValue() + "\"]");
        assertThat(members.get("health").intValue()).isZero();
    }

    @Test
    void changesItsKeysAndShowsNoneOfThem() throws Exception {
        String first = Base64.getEncoder().encodeToString(new byte[16]);
        String second = Base64.getEncoder().encodeToString(new byte[32]);
        KeyRing ring = KeyRing.of(new byte[16]);
        var lines = new Lines();
        var agent = start(CONFIG.encrypted(ring), lines);

        agent.obey(new StringReader("keyring add " + second + "\nkeyring use " + second + "\nkeyring remove " + second
                + "\nkeyring remove " + first + "\nkeyring list\nkeyring use " + first + "\nkeyring add sec-ret\n"
                + "keyring burn " + first + "\nkeyring\n" + first + "\n"));

        assertThat(ring.keys()).hasSize(1);
        assertThat(ring.primary().getEncoded()).hasSize(32);
        lines.await("refused", event -> event.get("err").textValue().contains("primary"));
        lines.await("refused", event -> event.get("err").textValue().contains("not in the ring"));
        lines.await("refused", event -> event.get("err").textValue().contains("not base64"));
        lines.await("refused", event -> event.get("err").textValue().contains("allowed are keyring"));
        assertThat(lines.await("keyring", event -> event.get("keys").size() == 1)
                        .toString())
                .contains(ring.primary().fingerprint());
        synchronized (lines) {
            assertThat(lines.events.toString())
                    .doesNotContain(second)
                    .doesNotContain(first)
                    .doesNotContain("sec-ret");
        }
    }

    @Test
    void whatItDoesNotUnderstandItRefusesAndGoesOn() throws Exception {
        var lines = new Lines();
        var agent = start(CONFIG, lines);

        agent.obey(new StringReader("fly\nsend\nsend nobody x\nkeyring list\njoin a b:c\nbroadcast " + "x".repeat(2000)
                + "\nmeta " + "x".repeat(513) + "\nstats\n"));

        for (String why : List.of(
                "allowed are broadcast TEXT",
                "allowed is send NAME TEXT",
                "no member \"nobody\"",
                "--key-file",
                "\"b:c\": the port is no number",
                "2000 bytes",
                "513 bytes")) {
            lines.await("refused", event -> event.get("err").textValue().contains(why));
        }
        JsonNode stats = lines.await("stats");
        assertThat(stats.get("transport").get("packets-sent").longValue()).isNotNegative();
        assertThat(stats.get("drops").isObject()).isTrue();
    }

    @Test
    void anAddressThatCannotBeListenedOnIsBadInput() {
        var nowhere = new PrintWriter(Writer.nullWriter());

        assertThatThrownBy(() -> GossipAgent.start(CONFIG.listen("203.0.113.1"), nowhere))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("203.0.113.1:7946");
    }

    @Test
    void whoDoesNotReadItsEventsHoldsNothingUp() throws Exception {
        var stuck = new Writer() {
            @Override
            public void write(char[] characters, int offset, int length) {
                while (true) { // a pipe that nobody reads
                    LockSupport.park();
                }
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        var events = new EventLines(new PrintWriter(stuck, true));

        for (int i = 0; i < 30_000; i++) {
            events.event("msg").with("data", Bytes.utf8("x")).say();
        }
        events.close();

        assertThat(events.lost()).isBetween(19_000L, 20_000L);
    }
}
