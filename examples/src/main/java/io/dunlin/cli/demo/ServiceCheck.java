package io.dunlin.cli.demo;

import io.dunlin.cli.control.ControlClient;
import io.dunlin.cli.control.ServicesReply;
import io.dunlin.cli.demo.DemoReport.Result;
import io.dunlin.cli.demo.DemoReport.Verdict;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * A workload asks for a service by its name, again and again: its backends take turns, and one whose node is killed costs what is asked of it until
 * the others know, and nothing afterwards.
 */
final class ServiceCheck {
    static final int HTTP_PORT = 80;

    private static final int REQUESTS = 10;
    /** Requests before the kill: one for each backend. */
    private static final int BEFORE = 3;

    /** Seconds that a request may take: one is lost after that. */
    private static final String PATIENCE = "1";

    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final Duration BETWEEN = Duration.ofMillis(20);
    private static final String URL = "http://" + Topology.SERVICE + "/";
    private static final String CURL = "curl";

    private final Programs programs;
    private final Namespaces namespaces;
    private final Topology.Workload client;
    private final Path control;
    private final boolean curl = Tools.has(CURL);

    /**
     * One request.
     *
     * @param answer the backend's name; empty: none came
     */
    private record Request(long beganNanos, String answer) {
        boolean isLost() {
            return answer.isEmpty();
        }
    }

    /**
     * @param client the workload that asks
     * @param control of its node
     */
    ServiceCheck(Programs programs, Namespaces namespaces, Topology.Workload client, Path control) {
        this.programs = programs;
        this.namespaces = namespaces;
        this.client = client;
        this.control = control;
    }

    /** Ten requests, one after the other. */
    void takesTurns(List<Topology.Workload> backends, DemoReport report) throws IOException {
        await(backends.size() + " healthy backends", service -> healthy(service) == backends.size());
        var answers = new ArrayList<String>();
        for (int i = 0; i < REQUESTS; i++) {
            answers.add(ask().answer());
        }
        add(report, "ten requests, in turn", areTurns(answers, names(backends)), text(answers));
    }

    /**
     * Requests go on while a node is killed.
     *
     * @param kill kills it
     * @param victim its backend
     * @param others the others
     */
    void outlives(Runnable kill, Topology.Workload victim, List<Topology.Workload> others, DemoReport report)
            throws IOException {
        var requests = new LinkedBlockingQueue<Request>();
        var asking = Thread.ofVirtual().start(() -> askOn(requests));
        try {
            var before = new ArrayList<Request>();
            while (before.size() < BEFORE) {
                before.add(next(requests));
            }
            long killed = System.nanoTime();
            kill.run();
            await(
                    victim.name() + " found unhealthy",
                    service -> service.backends().stream()
                            .anyMatch(backend -> backend.name().equals(victim.name())
                                    && backend.state().equals("unhealthy")));
            long found = System.nanoTime();
            var meanwhile = new ArrayList<Request>();
            var after = new ArrayList<Request>();
            while (after.size() < REQUESTS) {
                var request = next(requests);
                (request.beganNanos() - found < 0 ? meanwhile : after).add(request);
            }
            var answers = after.stream().map(Request::answer).toList();
            boolean inTurn = areTurns(answers, names(others));
            add(
                    report,
                    "kill -9 of " + victim.host() + "'s node",
                    lost(before) == 0 && inTurn,
                    String.format(
                            Locale.ROOT,
                            "found after %.1f s: %d of %d requests lost until then, %d of %d afterwards: %s",
                            (found - killed) / 1e9,
                            lost(meanwhile),
                            meanwhile.size(),
                            lost(after),
                            after.size(),
                            inTurn ? text(answers.subList(0, others.size())) + " in turn" : text(answers)));
        } finally {
            asking.interrupt();
        }
    }

    /** The node was started again, and knows the others: its backend takes its turn as before. */
    void takesBack(Topology.Workload returned, List<Topology.Workload> backends, DemoReport report) throws IOException {
        long began = System.nanoTime();
        await(returned.name() + " back", service -> healthy(service) == backends.size());
        long millis = Duration.ofNanos(System.nanoTime() - began).toMillis();
        var answers = new ArrayList<String>();
        for (int i = 0; i < backends.size(); i++) {
            answers.add(ask().answer());
        }
        add(
                report,
                returned.host() + "'s node started again",
                areTurns(answers, names(backends)),
                "healthy " + millis + " ms after it knew the others: " + text(answers));
    }

    private void askOn(BlockingQueue<Request> requests) {
        try {
            while (true) {
                requests.add(ask());
            }
        } catch (IOException e) {
            // no longer asked for: interrupted, or the demo ends
        }
    }

    private static Request next(BlockingQueue<Request> requests) throws IOException {
        try {
            var request = requests.poll(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
            if (request == null) {
                throw new IOException("no request of " + URL + " ended within " + LIMIT.toSeconds() + " s");
            }
            return request;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private Request ask() throws IOException {
        List<String> fetch = curl
                ? List.of(CURL, "-sS", "--noproxy", "*", "--max-time", PATIENCE, URL)
                : Jvm.program(JdkFetch.class, URL, PATIENCE);
        long began = System.nanoTime();
        var outcome = programs.run(LIMIT, namespaces.inside(client.namespace(), fetch));
        return new Request(began, outcome.succeeded() ? outcome.output().strip() : "");
    }

    private void await(String what, Predicate<ServicesReply.Service> condition) throws IOException {
        long end = System.nanoTime() + LIMIT.toNanos();
        while (true) {
            var service = inspect();
            if (condition.test(service)) {
                return;
            }
            if (System.nanoTime() - end > 0) {
                throw new IOException("not within " + LIMIT.toSeconds() + " s: " + what + "; " + service.text());
            }
            Acquaintance.pause(BETWEEN);
        }
    }

    private ServicesReply.Service inspect() throws IOException {
        try (var node = ControlClient.connect(control)) {
            return node.inspectService(null, Topology.SERVICE).services().getFirst();
        }
    }

    private static long healthy(ServicesReply.Service service) {
        return service.backends().stream()
                .filter(backend -> backend.state().equals("healthy"))
                .count();
    }

    private static long lost(List<Request> requests) {
        return requests.stream().filter(Request::isLost).count();
    }

    private static Set<String> names(List<Topology.Workload> workloads) {
        return workloads.stream().map(Topology.Workload::name).collect(Collectors.toSet());
    }

    /** Whether each of them answers once in each round, in the same order. */
    private static boolean areTurns(List<String> answers, Set<String> names) {
        int round = names.size();
        return new HashSet<>(answers.subList(0, round)).equals(names)
                && answers.subList(round, answers.size()).equals(answers.subList(0, answers.size() - round));
    }

    private static String text(List<String> answers) {
        return answers.stream()
                .map(answer -> answer.isEmpty() ? "none" : answer)
                .collect(Collectors.joining(" "));
    }

    private void add(DemoReport report, String check, boolean held, String seen) {
        report.add(new Result(
                check,
                client.name(),
                URL,
                (curl ? CURL : "JDK HTTP client") + ", jdk.httpserver",
                held ? Verdict.HELD : Verdict.FAILED,
                seen));
    }
}
