package io.dunlin.benchmarks.gossip;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A cluster of agents in one process or in many, and what they told. */
final class Swarm implements AutoCloseable {
    private static final Pattern AGENT = Pattern.compile("\"agent\":\"(\\w+)\"");
    private static final Pattern KIND = Pattern.compile("\"ev\":\"(\\w+)\"");
    private static final Pattern NAME = Pattern.compile("\"name\":\"(\\w+)\"");
    private static final Pattern ADDRESS = Pattern.compile("\"addr\":\"([^\"]+)\"");
    private static final Pattern TIME = Pattern.compile("\"t\":(\\d+)");
    private static final int CLOCK_TICKS = 100; // a second: USER_HZ on all of Linux's usual architectures

    private final List<Process> processes = new ArrayList<>();
    private final List<Event> events = new ArrayList<>();
    private final int agents;
    private String seed = "";

    /** One agent says that another is there or gone. */
    record Event(String kind, String agent, String name, long millis) {}

    private Swarm(int agents) {
        this.agents = agents;
    }

    /** All agents in one process. */
    static Swarm inOneProcess(int agents, List<String> command) throws IOException {
        var swarm = new Swarm(agents);
        swarm.start(command);
        return swarm;
    }

    /** Each agent in a process of its own. */
    static Swarm inManyProcesses(int agents, List<String> command) throws IOException, InterruptedException {
        var swarm = new Swarm(agents);
        for (int i = 0; i < agents; i++) {
            var one = new ArrayList<>(command);
            one.addAll(List.of("-name", "n" + i));
            if (i > 0) {
                one.addAll(List.of("-join", swarm.awaitSeed()));
            }
            swarm.start(one);
        }
        return swarm;
    }

    private void start(List<String> command) throws IOException {
        var process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        processes.add(process);
        Thread.ofVirtual().start(() -> {
            try (var lines = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8))) {
                lines.lines().forEach(this::take);
            } catch (IOException | UncheckedIOException e) {
                // it was killed: what it told before is told
            }
        });
    }

    private synchronized void take(String line) {
        String kind = group(KIND, line);
        if (kind.equals("ready") && seed.isEmpty()) {
            seed = group(ADDRESS, line);
        } else if (kind.equals("join") || kind.equals("leave")) {
            events.add(new Event(kind, group(AGENT, line), group(NAME, line), Long.parseLong(group(TIME, line))));
        }
        notifyAll();
    }

    private static String group(Pattern pattern, String line) {
        Matcher matcher = pattern.matcher(line);
        return matcher.find() ? matcher.group(1) : "";
    }

    private synchronized String awaitSeed() throws InterruptedException {
        while (seed.isEmpty()) {
            wait();
        }
        return seed;
    }

    /** Waits until so many different agents have said so of different ones, or {@code millis} have passed; returns how many did. */
    synchronized long await(String kind, long number, long millis) throws InterruptedException {
        long end = System.currentTimeMillis() + millis;
        long seen = distinct(kind);
        while (seen < number && System.currentTimeMillis() < end) {
            wait(Math.max(1, end - System.currentTimeMillis()));
            seen = distinct(kind);
        }
        return seen;
    }

    private long distinct(String kind) {
        return events.stream()
                .filter(event -> event.kind().equals(kind))
                .map(event -> event.agent() + " " + event.name())
                .distinct()
                .count();
    }

    synchronized List<Event> events(String kind) {
        return events.stream().filter(event -> event.kind().equals(kind)).toList();
    }

    int agents() {
        return agents;
    }

    /** Ends an agent as if it crashed. */
    void kill(int agent) throws IOException {
        if (processes.size() > 1) {
            processes.get(agent).destroyForcibly();
        } else {
            var input = processes.getFirst().getOutputStream();
            input.write(("stop " + agent + "\n").getBytes(UTF_8));
            input.flush();
        }
    }

    /** CPU time of all so far, in milliseconds. */
    long cpuMillis() throws IOException {
        long ticks = 0;
        for (Process process : processes) {
            String stat = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            ticks += Long.parseLong(fields[11]) + Long.parseLong(fields[12]); // utime, stime
        }
        return ticks * 1000 / CLOCK_TICKS;
    }

    /** Memory of all, pages that processes share counted once, in KiB. */
    long memoryKib() throws IOException {
        long kib = 0;
        for (Process process : processes) {
            for (String line : Files.readAllLines(Path.of("/proc/" + process.pid() + "/smaps_rollup"))) {
                if (line.startsWith("Pss:")) {
                    kib += Long.parseLong(line.replaceAll("\\D", ""));
                }
            }
        }
        return kib;
    }

    @Override
    public void close() {
        processes.forEach(Process::destroyForcibly);
    }
}
