package io.dunlin.cli.gossip;

import io.dunlin.cli.outcome.BadInput;
import io.dunlin.cli.outcome.OneLine;
import io.dunlin.gossip.Gossip;
import io.dunlin.gossip.GossipConfig;
import io.dunlin.gossip.GossipListener;
import io.dunlin.gossip.GossipStats;
import io.dunlin.gossip.Member;
import io.dunlin.gossip.transport.HostPort;
import io.dunlin.gossip.wire.Bytes;
import io.dunlin.gossip.wire.KeyRing;
import io.dunlin.gossip.wire.Message.Versions;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Reader;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;

/** A member of a cluster that tells what it sees, event by event, and does what lines on its input say. */
public final class GossipAgent {
    private static final Duration LEAVE_TIMEOUT = Duration.ofSeconds(5);
    private static final String COMMANDS =
            "broadcast TEXT, send NAME TEXT, reliable NAME TEXT, meta TEXT, join HOST:PORT…,"
                    + " keyring add|use|remove KEY, keyring list, stats, leave";

    private final Gossip gossip;
    private final EventLines events;
    private final AtomicBoolean left = new AtomicBoolean();
    private final CountDownLatch ended = new CountDownLatch(1);

    /**
     * Starts the member and has it join its seeds.
     *
     * @throws BadInput if it cannot listen where it is to
     */
    public static GossipAgent start(GossipConfig config, PrintWriter out) {
        var events = new EventLines(out);
        try {
            // without its seeds: so that what comes of them can be told
            GossipConfig alone = config.seeds(List.of());
            var agent = new GossipAgent(Gossip.start(alone, new Teller(events)), events);
            events.event("ready")
                    .with("addr", HostPort.text(agent.gossip.local().address()))
                    .say();
            if (!config.seeds().isEmpty()) {
                agent.join(config.seeds());
            }
            return agent;
        } catch (IOException | IllegalArgumentException e) {
            throw new BadInput(OneLine.of(e), e);
        }
    }

    private GossipAgent(Gossip gossip, EventLines events) {
        this.gossip = gossip;
        this.events = events;
    }

    /** What the member sees. */
    private record Teller(EventLines events) implements GossipListener {
        @Override
        public void joined(Member member) {
            tell("join", member);
        }

        @Override
        public void updated(Member member) {
            tell("update", member);
        }

        @Override
        public void left(Member member) {
            tell("leave", member);
        }

        @Override
        public void failed(Member member) {
            tell("leave", member);
        }

        private void tell(String kind, Member member) {
            Versions versions = member.versions();
            events.event(kind)
                    .with("name", member.name())
                    .with("addr", HostPort.text(member.address()))
                    .with("meta", member.meta())
                    .with("state", stateOnTheWire(member.state()))
                    .with(
                            "versions",
                            List.of(
                                    versions.protocolMin(),
                                    versions.protocolMax(),
                                    versions.protocol(),
                                    versions.delegateMin(),
                                    versions.delegateMax(),
                                    versions.delegate()))
                    .say();
        }

        private static int stateOnTheWire(Member.State state) {
            return switch (state) {
                case ALIVE -> 0;
                case SUSPECT -> 1;
                case DEAD -> 2;
                case LEFT -> 3;
            };
        }

        @Override
        public void message(Bytes data) {
            events.event("msg").with("data", data).say();
        }
    }

    /** Tells the members, once a second, until the end. */
    public void run() throws InterruptedException {
        while (!ended.await(1, TimeUnit.SECONDS)) {
            events.event("members")
                    .with(
                            "list",
                            gossip.members().stream()
                                    .filter(member -> member.state() == Member.State.ALIVE
                                            || member.state() == Member.State.SUSPECT)
                                    .sorted(Comparator.comparing(Member::name))
                                    .map(member -> member.name() + "=" + HostPort.text(member.address()))
                                    .toList())
                    .with("health", gossip.stats().health())
                    .say();
        }
    }

    /** Does what the lines of {@code input} say, until it ends, which ends nothing else. */
    public void obey(Reader input) {
        try (var lines = new BufferedReader(input)) {
            for (String line = lines.readLine(); line != null && ended.getCount() > 0; line = lines.readLine()) {
                obey(line.strip());
            }
        } catch (IOException e) {
            refuse("standard input", e);
        }
    }

    private void obey(String line) {
        String[] words = line.split(" +", 2);
        String rest = words.length > 1 ? words[1] : "";
        try {
            switch (words[0]) {
                case "" -> {}
                case "broadcast" -> broadcast(rest);
                case "send" -> send(words(rest, 2, "send NAME TEXT"));
                case "reliable" -> sendReliably(words(rest, 2, "reliable NAME TEXT"));
                case "meta" -> gossip.updateMeta(Bytes.utf8(rest));
                case "join" ->
                    join(List.of(rest.split(" +", -1)).stream()
                            .map(seed -> HostPort.parse(seed, GossipConfig.DEFAULT_PORT))
                            .toList());
                case "keyring" -> keyring(rest);
                case "stats" -> tellStats();
                case "leave" -> close();
                default -> refuse("", new BadInput("no such command: allowed are " + COMMANDS));
            }
        } catch (BadInput | IllegalArgumentException | IllegalStateException e) {
            refuse(words[0], e);
        }
    }

    /** Tells no more of a line than its command: there may be a key in it. */
    private void refuse(String command, Throwable failure) {
        events.event("refused")
                .with("command", command)
                .with("err", OneLine.of(failure))
                .say();
    }

    private static String[] words(String line, int number, String allowed) {
        String[] words = line.split(" +", number);
        if (words.length < number) {
            throw new BadInput("too few words: allowed is " + allowed);
        }
        return words;
    }

    private void broadcast(String text) {
        if (!gossip.broadcast(Bytes.utf8(text))) {
            throw new BadInput("too many broadcasts are on their way: try again");
        }
    }

    private void send(String[] nameAndText) {
        String name = nameAndText[0];
        if (gossip.member(name).isEmpty()) {
            throw new BadInput("no member \"" + OneLine.of(name) + "\"");
        }
        gossip.send(name, Bytes.utf8(nameAndText[1]));
    }

    private void sendReliably(String[] nameAndText) {
        String name = nameAndText[0];
        var _ = gossip.sendReliably(name, Bytes.utf8(nameAndText[1])).whenComplete((delivery, failure) -> {
            if (delivery != Gossip.Delivery.DELIVERED) {
                String outcome =
                        delivery == null ? "closed" : delivery.toString().toLowerCase(Locale.ROOT);
                refuse("reliable", new BadInput("to \"" + OneLine.of(name) + "\": " + outcome.replace('_', ' ')));
            }
        });
    }

    private void join(List<HostPort> seeds) {
        var _ = gossip.join(seeds).whenComplete((joined, failure) -> {
            if (failure == null) {
                events.event("joined")
                        .with("n", joined.answered())
                        .with("err", String.join("; ", joined.errors()))
                        .say();
            }
        });
    }

    private void keyring(String rest) {
        KeyRing ring =
                gossip.keyRing().orElseThrow(() -> new BadInput("nothing is encrypted here: start it with --key-file"));
        String[] words = rest.split(" +", -1);
        if (words.length == 2) {
            byte[] key = KeyFile.key("the key", words[1]);
            KeyRing.Outcome outcome = switch (words[0]) {
                case "add" -> ring.install(key);
                case "use" -> ring.use(key);
                case "remove" -> ring.remove(key);
                default -> throw new BadInput("allowed are keyring add|use|remove KEY and keyring list");
            };
            switch (outcome) {
                case DONE, UNCHANGED -> {}
                case UNKNOWN_KEY -> throw new BadInput("the key is not in the ring: add it first");
                case PRIMARY_KEY -> throw new BadInput("the key is the primary: use another one first");
                case FULL -> throw new BadInput("the ring has " + KeyRing.MAX_KEYS + " keys: remove one first");
            }
        } else if (!rest.equals("list")) {
            throw new BadInput("allowed are keyring add|use|remove KEY and keyring list");
        }
        events.event("keyring")
                .with("keys", ring.keys().stream().map(KeyRing.Key::fingerprint).toList())
                .say();
    }

    private void tellStats() {
        GossipStats stats = gossip.stats();
        Map<String, Long> transport = new TreeMap<>();
        stats.transport()
                .forEach((counter, count) ->
                        transport.put(counter.name().toLowerCase(Locale.ROOT).replace('_', '-'), count));
        Map<String, Long> drops = new TreeMap<>();
        stats.drops()
                .forEach((reason, count) ->
                        drops.put(reason.toLowerCase(Locale.ROOT).replace('_', '-'), count));
        events.event("stats")
                .with("transport", transport)
                .with("drops", drops)
                .with("health", stats.health())
                .say();
    }

    /** Leaves, tells of it, and ends {@link #run}. Idempotent, from any thread: who comes second waits for the end. */
    public void close() {
        try {
            if (!left.compareAndSet(false, true)) {
                ended.await();
                return;
            }
            String failure = "";
            try {
                gossip.leave(LEAVE_TIMEOUT).get(2 * LEAVE_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
            } catch (ExecutionException | CompletionException | TimeoutException e) {
                failure = OneLine.of(e);
            }
            gossip.close();
            events.event("leaving").with("err", failure).say();
            events.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        ended.countDown();
    }
}
