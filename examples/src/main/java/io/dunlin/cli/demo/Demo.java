package io.dunlin.cli.demo;

import io.dunlin.cli.outcome.BadInput;
import io.dunlin.cli.outcome.OneLine;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;

/** The demo from its first line to its last: puts the hosts up, starts a node on each, uses the network, and takes it all down. */
public final class Demo {
    private static final int SMALL_MEGABYTES = 20;

    private final Options options;
    private final PrintWriter out;
    private final DemoReport report;

    /**
     * What the user asked for.
     *
     * @param json file for the results
     * @param keep stay up until a signal comes
     * @param megabytes how much the large transfer carries
     */
    public record Options(Optional<Path> json, boolean keep, int megabytes, String version) {}

    public Demo(Options options, PrintWriter out, Charset terminal) {
        this.options = options;
        this.out = out;
        this.report = new DemoReport(out, terminal);
    }

    /**
     * Runs the demo.
     *
     * @return whether everything held
     * @throws BadInput this machine lacks something
     */
    public boolean run() throws IOException, InterruptedException {
        long began = System.nanoTime();
        int abandoned = Lab.removeAbandoned();
        if (abandoned > 0) {
            out.println("removed what " + abandoned + " killed demo(s) had left");
        }
        var lab = Lab.open();
        var hook = new Thread(() -> closeInHook(lab));
        Runtime.getRuntime().addShutdownHook(hook);
        try (lab) {
            checkSpace(lab.files());
            use(lab);
            report.table();
            out.println();
            out.println((report.held() ? "All held" : "NOT ALL HELD") + ", "
                    + Duration.ofNanos(System.nanoTime() - began).toSeconds() + " s.");
            if (options.json().isPresent()) {
                report.write(options.json().get(), options.version());
            }
            if (options.keep()) {
                new LookAround(lab).print(out);
                new CountDownLatch(1).await(); // until a signal comes, and the hook with it
            }
        } catch (IOException e) {
            if (!lab.isStopped()) {
                throw e;
            }
            return false; // a signal ended it; the hook cleans up, and the JVM ends with the signal's code
        }
        return report.held();
    }

    private void closeInHook(Lab lab) {
        try {
            if (!lab.isClosed()) {
                out.println("stopped: taking everything down");
                lab.stop();
            }
        } catch (IOException e) {
            out.println(OneLine.of(e));
        }
    }

    private void use(Lab lab) throws IOException {
        var topology = new Topology(lab.namespaces());
        out.println(new NetworkMap(topology).text());
        report.heading(
                "Putting up hosts and wires, in namespaces " + lab.namespaces().named("*"));
        topology.build();
        report.step("switch, hosts, workloads; " + topology.kernel().name() + " behind Linux's own VXLAN device");
        var nodes = startNodes(lab, topology);
        check(lab, topology);
        checkAlive(nodes);
        balance(lab, topology, nodes);
        checkAlive(nodes);
    }

    private static void checkAlive(List<ServerProcess> nodes) throws IOException {
        for (var node : nodes) {
            if (!node.isAlive()) {
                throw new IOException("a node ended on the way: " + node.lastWords());
            }
        }
    }

    private List<ServerProcess> startNodes(Lab lab, Topology topology) throws IOException {
        String mac = topology.kernelMac();
        var nodes = new ArrayList<ServerProcess>();
        for (var workload : topology.onNodes()) {
            Files.writeString(
                    config(lab, workload),
                    NodeFileText.of(
                            topology,
                            workload,
                            lab.namespaces().path(workload.namespace()),
                            control(lab, workload),
                            mac));
            nodes.add(startNode(lab, workload));
        }
        for (var node : nodes) {
            node.awaitReady();
        }
        report.step(nodes.size() + " nodes are ready, each a process of its own: overlay-node run --config …");
        long ready = System.nanoTime();
        for (var workload : topology.onNodes()) {
            awaitAcquaintance(lab, topology, workload);
        }
        report.step("they have found each other through "
                + topology.seed().host() + ", "
                + Duration.ofNanos(System.nanoTime() - ready).toMillis()
                + " ms after the last was ready");
        return nodes;
    }

    private static Path config(Lab lab, Topology.Workload workload) {
        return lab.state().resolve(workload.host() + ".yaml");
    }

    private static Path control(Lab lab, Topology.Workload workload) {
        return lab.state().resolve(workload.host() + ".sock");
    }

    /** Until the workload's node knows all others and their endpoints. */
    private static void awaitAcquaintance(Lab lab, Topology topology, Topology.Workload workload) throws IOException {
        int others = topology.onNodes().size() - 1;
        new Acquaintance(control(lab, workload)).await(others, others);
    }

    private static ServerProcess startNode(Lab lab, Topology.Workload workload) throws IOException {
        String host = workload.host();
        var command = lab.namespaces()
                .inside(
                        host,
                        Jvm.overlayNode("run", "--config", config(lab, workload).toString()));
        return ServerProcess.start(
                lab.programs(),
                "node " + host,
                command,
                "node " + host + " is ready",
                lab.state().resolve(host + ".err"));
    }

    private void check(Lab lab, Topology topology) throws IOException {
        var programs = lab.programs();
        var namespaces = lab.namespaces();
        var web1 = topology.workloads().get(0);
        var web2 = topology.workloads().get(1);
        var web3 = topology.workloads().get(2);
        var plain = topology.kernel();

        var ping = new PingCheck(programs, namespaces);
        report.heading("Every workload pings every other one");
        hint(ping.hint());
        ping.run(topology.workloads(), report);

        var fetch = new FetchCheck(programs, namespaces);
        report.heading("Programs talk");
        hint(fetch.hint());
        Path hello = Files.writeString(lab.files().resolve("hello.txt"), "Hello through the overlay\n");
        Path small = random(lab.files().resolve("small.bin"), SMALL_MEGABYTES);
        Path large = random(lab.files().resolve("large.bin"), options.megabytes());
        var serving = new ArrayList<ServerProcess>();
        for (var at : List.of(web1, plain)) {
            serving.add(fetch.serve(
                    at, FetchCheck.HTTP_PORT, lab.files(), lab.state().resolve(at.name() + ".err")));
        }
        for (var server : serving) {
            server.awaitReady();
        }
        fetch.run("HTTP fetch, IPv4", web2, web1, web1.address(), hello, report);
        fetch.run("HTTP fetch, IPv6", web3, web1, web1.address6(), hello, report);
        fetch.run(options.megabytes() + " MB, IPv4", web2, web1, web1.address(), large, report);
        fetch.run(SMALL_MEGABYTES + " MB, IPv6", web3, web1, web1.address6(), small, report);
        new IperfCheck(programs, namespaces).run(web2, web1, lab.state().resolve("iperf3.err"), report);

        report.heading("A host without a node, just Linux's VXLAN device, in both directions");
        fetch.run(SMALL_MEGABYTES + " MB out of a node", plain, web1, web1.address(), small, report);
        fetch.run(SMALL_MEGABYTES + " MB into a node", web3, plain, plain.address(), small, report);
        fetch.run(SMALL_MEGABYTES + " MB into a node, IPv6", web2, plain, plain.address6(), small, report);
    }

    /** Kills the last of the nodes, and starts it again in its place in {@code nodes}. */
    private void balance(Lab lab, Topology topology, List<ServerProcess> nodes) throws IOException {
        var client = topology.seed();
        var victim = topology.onNodes().getLast();
        var fetch = new FetchCheck(lab.programs(), lab.namespaces());
        var service = new ServiceCheck(lab.programs(), lab.namespaces(), client, control(lab, client));
        report.heading("One name for three web servers, while one of their hosts fails");
        var serving = new ArrayList<ServerProcess>();
        for (var at : topology.onNodes()) {
            Path own = Files.createDirectory(lab.files().resolve(at.name()));
            Files.writeString(own.resolve("index.html"), at.name() + "\n");
            serving.add(fetch.serve(at, ServiceCheck.HTTP_PORT, own, lab.state().resolve(at.name() + "-service.err")));
        }
        for (var server : serving) {
            server.awaitReady();
        }
        service.takesTurns(topology.onNodes(), report);
        service.outlives(nodes.getLast()::kill, victim, topology.onNodes().subList(0, Topology.NODES - 1), report);
        nodes.set(nodes.size() - 1, startNode(lab, victim));
        nodes.getLast().awaitReady();
        awaitAcquaintance(lab, topology, victim);
        service.takesBack(victim, topology.onNodes(), report);
    }

    private void hint(String text) {
        if (!text.isEmpty()) {
            out.println("  (" + text + ")");
        }
    }

    private void checkSpace(Path directory) throws IOException {
        long needed = (options.megabytes() + SMALL_MEGABYTES) * 1_000_000L;
        long free = Files.getFileStore(directory).getUsableSpace();
        if (free < needed) {
            throw new BadInput("the demo needs " + needed / 1_000_000 + " MB in " + directory.getParent() + ", and "
                    + free / 1_000_000 + " MB are free: ask for less with --megabytes");
        }
    }

    private static Path random(Path file, int megabytes) throws IOException {
        var random = new SplittableRandom();
        var block = new byte[1_000_000];
        try (var stream = new BufferedOutputStream(Files.newOutputStream(file))) {
            for (int i = 0; i < megabytes; i++) {
                random.nextBytes(block);
                stream.write(block);
            }
        }
        return file;
    }
}
