package io.dunlin.cli.demo;

import io.dunlin.cli.demo.DemoReport.Result;
import io.dunlin.cli.demo.DemoReport.Verdict;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Every workload pings every other one, over IPv4 and IPv6. */
final class PingCheck {
    private static final Duration LIMIT = Duration.ofSeconds(40);
    private static final int REQUESTS = 3;

    /** "64 bytes from 10.77.0.12: icmp_seq=1 ttl=64 …", "seq=0" with busybox. */
    private static final Pattern ANSWER = Pattern.compile(" bytes from .* (?:icmp_)?seq=(\\d+) ");

    /** "rtt min/avg/max/mdev = 0.061/…"; "round-trip min/avg/max" with busybox. */
    private static final Pattern SHORTEST = Pattern.compile("= ([\\d.]+)/");

    private static final Pattern JDK_LINE = Pattern.compile("(?m)^(\\S+) (\\d+) ([\\d.]+)$");

    private static final String TO_ITSELF = "ping -n -q -c20 -i0.01 -w1 127.0.0.1";
    /** Of a machine's processors it may use some. */
    private static final String TO_ITSELF_ON_EACH = "for cpu in $(seq 0 $(($(nproc --all) - 1))); do"
            + " taskset -c $cpu true 2>/dev/null || continue; taskset -c $cpu " + TO_ITSELF + " || exit; done";

    private final Programs programs;
    private final Namespaces namespaces;
    private final boolean ping = Tools.has("ping");

    /** What came of pinging one address. */
    private record Echo(int answers, String millis) {
        boolean all() {
            return answers == REQUESTS;
        }

        @Override
        public String toString() {
            return all() ? millis + " ms" : answers + " of " + REQUESTS + " answered";
        }
    }

    PingCheck(Programs programs, Namespaces namespaces) {
        this.programs = programs;
        this.namespaces = namespaces;
    }

    /** What to install for the better program, if it is not there. */
    String hint() {
        return ping ? "" : "ping is not installed, so the JDK's ICMP echo stands in (apt-get install iputils-ping)";
    }

    void run(List<Topology.Workload> workloads, DemoReport report) throws IOException {
        boolean ipv4 = kernelAnswersIpv4(workloads.getFirst());
        if (!ipv4) {
            report.add(new Result(
                    "ping, IPv4",
                    "all",
                    "all",
                    "ping",
                    Verdict.SKIPPED,
                    "this machine's kernel answers no IPv4 echo request, not even of 127.0.0.1: reboot it"));
        }
        for (var from : workloads) {
            var others = workloads.stream().filter(other -> !other.equals(from)).toList();
            var echoes = ping ? byPing(from, others) : byJdk(from, others);
            for (var to : others) {
                var echo4 = echoes.getOrDefault(to.address(), new Echo(0, ""));
                var echo6 = echoes.getOrDefault(to.address6(), new Echo(0, ""));
                boolean held = (echo4.all() || !ipv4) && echo6.all();
                report.add(new Result(
                        ipv4 ? "ping, IPv4 and IPv6" : "ping, IPv6",
                        from.name(),
                        to.name(),
                        ping ? "ping" : "JDK ICMP echo",
                        held ? Verdict.HELD : Verdict.FAILED,
                        ipv4 ? echo4 + ", " + echo6 : echo6.toString()));
            }
        }
    }

    /**
     * Whether the workload's kernel answers twenty echo requests of its own loopback, on each of its processors. One that had run network tests for
     * hours has been seen not to, on one processor or on all (docs/adr/0009): then a ping that fails says nothing of the overlay.
     */
    private boolean kernelAnswersIpv4(Topology.Workload workload) throws IOException {
        if (!ping) {
            return true;
        }
        var toItself = Tools.has("taskset") ? List.of("sh", "-c", TO_ITSELF_ON_EACH) : List.of(TO_ITSELF.split(" "));
        return programs.run(LIMIT, namespaces.inside(workload.namespace(), toItself))
                        .exitCode()
                == 0;
    }

    /** All of one workload's at the same time, as each is mostly waiting. */
    private Map<String, Echo> byPing(Topology.Workload from, List<Topology.Workload> others) throws IOException {
        var running = new LinkedHashMap<String, FutureTask<Echo>>();
        for (var to : others) {
            for (String address : List.of(to.address(), to.address6())) {
                var task = new FutureTask<>(() -> byPing(from, address));
                running.put(address, task);
                Thread.ofVirtual().start(task);
            }
        }
        var echoes = new LinkedHashMap<String, Echo>();
        for (var entry : running.entrySet()) {
            try {
                echoes.put(entry.getKey(), entry.getValue().get());
            } catch (ExecutionException e) {
                throw e.getCause() instanceof IOException failure ? failure : new IOException(e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", e);
            }
        }
        return echoes;
    }

    private Echo byPing(Topology.Workload from, String address) throws IOException {
        var outcome = programs.run(
                LIMIT,
                namespaces.inside(
                        from.namespace(),
                        List.of("ping", "-n", "-c", Integer.toString(REQUESTS), "-i", "0.2", "-w", "3", address)));
        var shortest = SHORTEST.matcher(outcome.output());
        return new Echo(answers(outcome.output()), shortest.find() ? shortest.group(1) : "?");
    }

    /**
     * How many of the first requests were answered. ping's own count is no proof: it waits for the last no longer than twice the longest round trip,
     * or with -w sends more while answers are on their way.
     */
    private static int answers(String output) {
        var numbers = ANSWER.matcher(output)
                .results()
                .map(answer -> Integer.parseInt(answer.group(1)))
                .collect(Collectors.toSet());
        int first = numbers.contains(0) ? 0 : 1;
        return (int) IntStream.range(first, first + REQUESTS)
                .filter(numbers::contains)
                .count();
    }

    private Map<String, Echo> byJdk(Topology.Workload from, List<Topology.Workload> others) throws IOException {
        var addresses = new ArrayList<String>();
        for (var to : others) {
            addresses.add(to.address());
            addresses.add(to.address6());
        }
        var command = Jvm.program(JdkPing.class, addresses.toArray(String[]::new));
        var outcome = programs.run(LIMIT, namespaces.inside(from.namespace(), command));
        var echoes = new LinkedHashMap<String, Echo>();
        var lines = JDK_LINE.matcher(outcome.output());
        while (lines.find()) {
            echoes.put(lines.group(1), new Echo(Integer.parseInt(lines.group(2)), lines.group(3)));
        }
        return echoes;
    }
}
