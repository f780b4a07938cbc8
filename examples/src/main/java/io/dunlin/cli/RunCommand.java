package io.dunlin.cli;

import io.dunlin.cli.config.NamesReader;
import io.dunlin.cli.config.NodeFile;
import io.dunlin.cli.config.NodePlan;
import io.dunlin.cli.control.ControlPath;
import io.dunlin.cli.outcome.BadInput;
import io.dunlin.cli.outcome.ExitCode;
import io.dunlin.cli.outcome.OneLine;
import io.dunlin.ipam.IpamConfig;
import io.dunlin.lb.dns.upstream.UpstreamConfig;
import io.dunlin.node.NamesConfig;
import io.dunlin.node.PoolsConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code overlay-node run}: a node as a file describes it, until a signal ends it. */
@Command(
        name = "run",
        description =
                "Runs a node as a file describes it, until SIGTERM or SIGINT (Ctrl-C). The whole file is checked before anything on"
                        + " the system is touched; a start that fails leaves nothing behind.",
        footer = {
            "  overlay-node run --config node.yaml",
            "  overlay-node run --config node.yaml --check && echo fine",
            "",
            "node.yaml:",
            "  node: host1",
            "  dataPath:",
            "    address: 192.168.39.1      # this host's own, on the underlay",
            "    port: 4789                 # the same on all hosts",
            "    mtu: 1500                  # the underlay's; default: the interface's",
            "    socket: auto               # auto, linux (fast) or portable (any system)",
            "    workers: 1                 # threads of the data path; default: what suits the machine",
            "    offloads: true             # false: each packet crosses the kernel alone, several times slower",
            "    aead: auto                 # what encrypts: auto, ipsec-mb, openssl or jdk",
            "    maxFlows: 1048576          # connections through services held at once, 1024 to 16777216; 110 bytes each",
            "  gossip:                      # finds the other nodes and their endpoints; without: only remotes",
            "    join: [192.168.39.2]       # members to join through, HOST[:PORT]; none: it waits to be joined",
            "    listen: 192.168.39.1:7946  # default: the data path's address",
            "    advertise: 203.0.113.1     # where others reach it, if not there",
            "    keyFile: /etc/dunlin/keys  # encrypts; base64 keys, one a line, the first one encrypts",
            "    profile: lan               # lan, wan or local: how often it asks; the same on all hosts",
            "    label: production          # the cluster's name; default: none",
            "    compression: true",
            "  pools:                       # for networks without subnets, and endpoints without addresses",
            "    ranges: [10.20.0.0/16, 10.30.0.0/16]   # default: 10.0.0.0/8; the same on all hosts",
            "    maskLength: 26             # of each subnet; default: 24, of IPv6 64",
            "    exclude: [10.20.7.0/24]    # in use elsewhere",
            "    stateFile: /var/lib/dunlin/pools   # what was granted, for the next start; default: none",
            "    quarantine: 1m             # before a released address is another's",
            "    patience: 5s               # for the answer of a network's owner",
            "    reclaimAfter: 24h          # a failed node's addresses are its own as long",
            "  names:                       # what workloads ask their network's gateway address for",
            "    upstream: [192.0.2.53]     # asked for names that no network knows; default: the host's /etc/resolv.conf; []: nobody",
            "    timeout: 1.5s              # for one server's answer",
            "    ttl: 5s                    # how long an answer may be kept",
            "    namespaceFiles: true       # a /etc/netns/NAME/resolv.conf for each namespace /run/netns/NAME that has none",
            "  control: /run/dunlin/host1.sock    # default: $${XDG_RUNTIME_DIR:-/run}/dunlin/NAME.sock",
            "  associations:                # keys for encrypted networks, by hand; docs/encryption.md",
            "    - peer: 192.168.39.2",
            "      port: 4500               # where it takes ESP; default: the data path's port",
            "      out: {spi: 0x1001, keyFile: /etc/dunlin/out.key}",
            "      in: {spi: 0x80000001, keyFile: /etc/dunlin/in.key}",
            "  networks:",
            "    - name: backend",
            "      vni: 4096                # 1 to 16777215, the same on all hosts; default: from the pool",
            "      subnets: [10.0.0.0/24, \"fd00:a::/64\"]   # default: from the pools",
            "      encrypted: true          # default: false; the same on all hosts",
            "      internal: true           # default: false; names it does not know are not asked for elsewhere",
            "      mtu: 1408                # default: what the underlay leaves",
            "      endpoints:               # attached on this host",
            "        - name: web.1",
            "          addresses: [10.0.0.2, \"fd00:a::2\"]   # default: one of each subnet",
            "          namespace: /run/netns/web1   # or pid: 1234; neither: the node's own",
            "          device: eth0                 # default: dunlin0",
            "          routes: [0.0.0.0/0]          # besides the subnets",
            "          service: web                 # the one it stands behind; default: none",
            "          weight: 2                    # its share of new connections; default: 1",
            "      services:                # made with each start; the same on several hosts is one service",
            "        - name: web",
            "          ports: [80:8080, 53/udp]     # default: all",
            "          vips: [10.0.0.80]            # default: one of each subnet",
            "          mode: vip                    # or dnsrr: no virtual IP",
            "          strategy: round-robin        # or least-flows, client-hash",
            "          preferLocal: true            # default: false",
            "          health: tcp:8080             # or udp:PORT; default: attached is healthy",
            "          healthInterval: 5s",
            "          healthTimeout: 2s",
            "          healthRetries: 3",
            "      remotes:                 # behind VTEPs that gossip does not tell of, as Linux's own",
            "        - name: web.2",
            "          addresses: [10.0.0.3]",
            "          vtep: 192.168.39.2",
            "          mac: \"02:42:0a:00:00:03\"     # default: what Dunlin's nodes use",
            "",
            "\"node NAME is ready\" is printed when the node carries packets, \"node NAME is warm\" when it does so at full speed."
        })
final class RunCommand implements Callable<Integer> {
    @Option(
            names = "--config",
            required = true,
            paramLabel = "FILE",
            description = "The node's file (YAML, see below).")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private Path config;

    @Mixin
    private final PoolOptions pools = new PoolOptions();

    @Option(
            names = "--dns",
            paramLabel = "ADDRESS[:PORT]",
            description =
                    "A server to ask for names that no network knows, in place of those in the file; may be repeated.")
    private List<String> dns = List.of();

    @Option(names = "--check", description = "Check the file and do nothing else.")
    private boolean check;

    @Option(
            names = "--unsafe-show-keys",
            description =
                    "Let \"overlay-node keys wireshark\" print the keys of encrypted networks: whoever may use the control socket can"
                            + " then read the traffic. To look for a fault, not to run with.")
    private boolean unsafeShowKeys;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        NodePlan plan = plan();
        Path control = ControlPath.checked(
                plan.control().orElseGet(() -> ControlPath.of(plan.node().name(), System.getenv())));
        var out = spec.commandLine().getOut();
        if (check) {
            out.println(config + ": node " + plan.node().name() + " is well described");
            return ExitCode.OK;
        }
        var running = RunningNode.start(plan, control, unsafeShowKeys, out::println);
        var stopped = new CountDownLatch(1);
        // A signal runs this; the JVM then ends with 128 + the signal's number.
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                running.close();
                out.println("node " + plan.node().name() + " stopped");
            } catch (IOException e) {
                spec.commandLine().getErr().println(OneLine.of(e));
            }
            stopped.countDown();
        }));
        warmUp(running, plan.node().name());
        stopped.await();
        return ExitCode.OK;
    }

    /** What the file says, but for what is given here. */
    NodePlan plan() {
        return withServers(withPools(NodeFile.read(config)));
    }

    /** Servers that are given here take the place of those in the file. */
    private NodePlan withServers(NodePlan plan) {
        if (dns.isEmpty()) {
            return plan;
        }
        NamesConfig inFile = plan.node().names();
        UpstreamConfig upstream = inFile.upstream() == null ? UpstreamConfig.of(List.of()) : inFile.upstream();
        try {
            return plan.names(inFile.upstream(
                    upstream.servers(dns.stream().map(NamesReader::server).toList())));
        } catch (IllegalArgumentException e) {
            throw new BadInput("--dns: " + e.getMessage(), e);
        }
    }

    /** Ranges that are given here take the place of those in the file. */
    private NodePlan withPools(NodePlan plan) {
        if (!pools.areGiven()) {
            return plan;
        }
        PoolsConfig inFile = plan.node().pools();
        IpamConfig given = pools.config();
        try {
            return plan.pools(inFile.ranges(new IpamConfig(
                    given.pools(),
                    inFile.ranges().exclusions(),
                    inFile.ranges().policy(),
                    inFile.ranges().quarantine())));
        } catch (IllegalArgumentException e) {
            throw new BadInput(e.getMessage() == null ? "address pools" : e.getMessage(), e);
        }
    }

    private void warmUp(RunningNode running, String name) {
        try {
            if (running.warmUp()) {
                spec.commandLine().getOut().println("node " + name + " is warm");
            }
        } catch (IOException e) { // the node carries packets all the same
            spec.commandLine().getErr().println("no warm-up, the first traffic will be slow: " + OneLine.of(e));
        }
    }
}
