package io.dunlin.benchmarks.gossip;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Our members and memberlist's, 50 each on loopback with the LAN profile, in turns: what they cost in quiet, and how soon a crash of five of
 * them is seen. {@code benchmarks/gossip [ROUNDS]} runs it.
 */
final class GossipExperiment {
    private static final int AGENTS = 50;
    private static final List<Integer> VICTIMS = List.of(7, 17, 27, 37, 47);
    private static final long SETTLE_MILLIS = 10_000;
    private static final long QUIET_MILLIS = 20_000;
    private static final long PATIENCE_MILLIS = 90_000;

    private GossipExperiment() {}

    private interface Start {
        Swarm run() throws IOException, InterruptedException;
    }

    /** What a round showed; times in milliseconds after the kill, over all victims. */
    private record Result(
            List<Long> first,
            List<Long> all,
            long missing,
            long falsePositives,
            double cpuPerAgent,
            double mibPerAgent) {}

    /** Takes the Go program and the number of rounds. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        String go = arguments[0];
        int rounds = Integer.parseInt(arguments[1]);
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        Map<String, Start> sides = new TreeMap<>(Map.of(
                "memberlist, 50 processes",
                () -> Swarm.inManyProcesses(AGENTS, List.of(go, "-quiet", "-profile", "lan")),
                "memberlist, one process",
                () -> Swarm.inOneProcess(
                        AGENTS, List.of(go, "-quiet", "-profile", "lan", "-name", "n", "-count", "" + AGENTS)),
                "Dunlin, one JVM",
                () -> Swarm.inOneProcess(
                        AGENTS,
                        List.of(
                                java,
                                "-Xmx128m",
                                "-XX:+UseSerialGC",
                                "-cp",
                                System.getProperty("java.class.path"),
                                GossipSwarm.class.getName(),
                                "" + AGENTS))));
        System.out.println(
                "| | first sees it, s: median, max | all see it, s: median, max | not seen | false | CPU, ms/s per agent | MiB per agent |");
        System.out.println("|---|---|---|---|---|---|---|");
        for (int round = 1; round <= rounds; round++) {
            for (var side : sides.entrySet()) {
                try (Swarm swarm = side.getValue().run()) {
                    print(side.getKey(), measure(swarm));
                }
            }
        }
    }

    private static Result measure(Swarm swarm) throws IOException, InterruptedException {
        int agents = swarm.agents();
        long joined = swarm.await("join", (long) agents * agents, PATIENCE_MILLIS);
        if (joined < (long) agents * agents) {
            throw new IllegalStateException("only " + joined + " of " + agents * agents + " joins were seen");
        }
        Thread.sleep(SETTLE_MILLIS);
        long cpu = swarm.cpuMillis();
        Thread.sleep(QUIET_MILLIS);
        double cpuPerAgent = (swarm.cpuMillis() - cpu) / (QUIET_MILLIS / 1000.0) / agents;
        double mibPerAgent = swarm.memoryKib() / 1024.0 / agents;

        long killed = System.currentTimeMillis();
        for (int victim : VICTIMS) {
            swarm.kill(victim);
        }
        long expected = (long) (agents - VICTIMS.size()) * VICTIMS.size();
        long seen = swarm.await("leave", expected, PATIENCE_MILLIS);
        return result(swarm.events("leave"), killed, expected - seen, cpuPerAgent, mibPerAgent);
    }

    private static Result result(
            List<Swarm.Event> leaves, long killed, long missing, double cpuPerAgent, double mibPerAgent) {
        List<String> victims = VICTIMS.stream().map(victim -> "n" + victim).toList();
        Map<String, List<Long>> times = leaves.stream()
                .filter(leave -> victims.contains(leave.name()) && !victims.contains(leave.agent()))
                .collect(Collectors.groupingBy(
                        Swarm.Event::name,
                        TreeMap::new,
                        Collectors.mapping(leave -> leave.millis() - killed, Collectors.toList())));
        var first = new ArrayList<Long>();
        var all = new ArrayList<Long>();
        times.values().forEach(seen -> {
            first.add(seen.stream().min(Long::compare).orElseThrow());
            all.add(seen.stream().max(Long::compare).orElseThrow());
        });
        long falsePositives =
                leaves.stream().filter(leave -> !victims.contains(leave.name())).count();
        first.sort(Long::compare);
        all.sort(Long::compare);
        return new Result(first, all, missing, falsePositives, cpuPerAgent, mibPerAgent);
    }

    private static void print(String side, Result result) {
        System.out.printf(
                Locale.ROOT,
                "| %s | %s | %s | %d | %d | %.2f | %.1f |%n",
                side,
                medianAndMax(result.first()),
                medianAndMax(result.all()),
                result.missing(),
                result.falsePositives(),
                result.cpuPerAgent(),
                result.mibPerAgent());
    }

    private static String medianAndMax(List<Long> sorted) {
        return sorted.isEmpty()
                ? "never"
                : String.format(
                        Locale.ROOT, "%.1f, %.1f", sorted.get(sorted.size() / 2) / 1000.0, sorted.getLast() / 1000.0);
    }
}
