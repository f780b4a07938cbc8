package io.dunlin.cli;

import io.dunlin.cli.config.HealthParts;
import io.dunlin.cli.config.NodeFile;
import io.dunlin.cli.control.ControlClient;
import io.dunlin.cli.control.ServicesReply;
import io.dunlin.cli.outcome.BadInput;
import io.dunlin.lb.Service;
import io.dunlin.lb.ServicePort;
import io.dunlin.lb.Strategy;
import io.dunlin.node.ServiceSpec;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code overlay-node service}: one name and address for several endpoints. */
@Command(
        name = "service",
        description =
                "Makes, shows and removes the services of a running node's networks: one name and one virtual IP for several endpoints, on"
                        + " whichever nodes they are. An endpoint says in its node's file which service it stands behind.",
        subcommands = {
            ServiceCommand.Create.class,
            ServiceCommand.Ls.class,
            ServiceCommand.Inspect.class,
            ServiceCommand.Rm.class,
            ServiceCommand.Drain.class
        },
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "  overlay-node service create web --port 80:8080",
            "  overlay-node service ls                  services that the running node knows",
            "  overlay-node service drain web web.2     no new connections for one backend"
        })
final class ServiceCommand extends CommandGroup {
    /** A question about one network. */
    abstract static class OfNetwork extends Question {
        @Option(
                names = "--network",
                paramLabel = "NAME",
                description = "The service's network. Not needed where the node is part of a single one.")
        private @Nullable String network;

        final @Nullable String network() {
            return network;
        }
    }

    /** A question about one service that is there. */
    abstract static class OfService extends OfNetwork {
        @Parameters(index = "0", paramLabel = "SERVICE", description = "The service's name.")
        @SuppressWarnings("NullAway.Init") // picocli sets it
        private String service;

        final String service() {
            return service;
        }
    }

    @Command(
            name = "create",
            description =
                    "Makes a service, or joins in telling of it where another node has made the same. It is there for as long as a node that was"
                            + " asked for it runs; in the node's file it is made with each start.",
            footer = {
                "  overlay-node service create web --port 80:8080",
                "  overlay-node service create dns --port 53/udp --port 53 --vip 10.0.0.53",
                "  overlay-node service create api --health tcp:8080 --health-interval 1s --health-timeout 0.2s",
                "  overlay-node service create peers --mode dnsrr --network backend --json"
            })
    static final class Create extends OfNetwork {
        @Parameters(paramLabel = "SERVICE", description = "Its name: letters, digits, dots, underscores and hyphens.")
        @SuppressWarnings("NullAway.Init") // picocli sets it
        private String service;

        @Option(
                names = "--port",
                paramLabel = "PORT[:TARGET][/udp]",
                description =
                        "A port it offers, and the one backends listen on; several times for several. Default: all.")
        private final List<String> ports = new ArrayList<>();

        @Option(
                names = "--vip",
                paramLabel = "ADDRESS",
                description = "Its virtual IP; a second one of the other IP version. Default: one of each subnet.")
        private final List<String> vips = new ArrayList<>();

        @Option(
                names = "--mode",
                paramLabel = "MODE",
                defaultValue = "vip",
                description = "vip, or dnsrr: its name leads to the backends themselves. Default: ${DEFAULT-VALUE}.")
        @SuppressWarnings("NullAway.Init") // picocli sets it
        private String mode;

        @Option(
                names = "--strategy",
                paramLabel = "STRATEGY",
                defaultValue = "round-robin",
                description =
                        "Which backend a new connection goes to: round-robin, least-flows or client-hash. Default: ${DEFAULT-VALUE}.")
        @SuppressWarnings("NullAway.Init") // picocli sets it
        private String strategy;

        @Option(
                names = "--prefer-local",
                description = "A connection stays on the client's node where a healthy backend is there.")
        private boolean prefersLocal;

        @Option(
                names = "--health",
                paramLabel = "tcp:PORT|udp:PORT",
                description = "Backends get connections as long as they accept one there, or send a datagram back.")
        private @Nullable String health;

        @Option(
                names = "--health-interval",
                paramLabel = "TIME",
                description = "From one question to the next, like 0.5s, 5s, 1m. Default: 5s.")
        private @Nullable String interval;

        @Option(
                names = "--health-timeout",
                paramLabel = "TIME",
                description = "For an answer. Default: 2s, or the interval if that is shorter.")
        private @Nullable String timeout;

        @Option(
                names = "--health-retries",
                paramLabel = "COUNT",
                description = "Questions in a row without an answer that make it unhealthy. Default: 3.")
        private @Nullable Integer retries;

        @SuppressWarnings("NullAway.Init") // check() sets it
        private ServiceSpec asked;

        @Override
        void check() {
            try {
                ServiceSpec spec = ServiceSpec.named(service).strategy(Strategy.parse(strategy));
                for (String vip : vips) {
                    spec = spec.vip(vip);
                }
                for (String port : ports) {
                    spec = spec.port(ServicePort.parse(port));
                }
                spec = Service.Mode.parse(mode) == Service.Mode.VIP ? spec : spec.dnsRoundRobin();
                spec = prefersLocal ? spec.preferLocal() : spec;
                var parts = new HealthParts(
                        health,
                        interval == null ? null : time("--health-interval", interval),
                        timeout == null ? null : time("--health-timeout", timeout),
                        retries);
                asked = parts.of(spec);
            } catch (IllegalArgumentException e) {
                throw new BadInput(String.valueOf(e.getMessage()), e);
            }
        }

        @Override
        Answer ask(ControlClient node) throws IOException {
            return answer(node.createService(
                    network(),
                    asked,
                    () -> say(
                            "the node is still making it: it waits for the network's owner, as long as its pools' patience is"
                                    + " (Ctrl-C ends this command and not what the node does)")));
        }
    }

    @Command(
            name = "ls",
            description = "Shows the services of all networks of a running node, one a line.",
            footer = {"  overlay-node service ls", "  overlay-node service ls --node host1 --json | jq .services[].vips"
            })
    static final class Ls extends Question {
        @Override
        Answer ask(ControlClient node) throws IOException {
            ServicesReply services = node.services();
            return new Answer(
                    services,
                    services.services().stream()
                            .map(ServicesReply.Service::text)
                            .toList());
        }
    }

    @Command(
            name = "inspect",
            description =
                    "Shows all of a service: who tells of it, its backends, their state, and how many connections of this node each has.",
            footer = {"  overlay-node service inspect web", "  overlay-node service inspect web --json"})
    static final class Inspect extends OfService {
        @Override
        Answer ask(ControlClient node) throws IOException {
            return answer(node.inspectService(network(), service()));
        }
    }

    @Command(
            name = "rm",
            description =
                    "The running node tells of a service no more. Unless another node does, its virtual IP is free and its connections end.",
            footer = {"  overlay-node service rm web", "  overlay-node service rm web --network backend --json"})
    static final class Rm extends OfService {
        @Override
        Answer ask(ControlClient node) throws IOException {
            ServicesReply before = node.removeService(network(), service());
            return new Answer(
                    before, List.of("removed: " + before.services().getFirst().text()));
        }
    }

    @Command(
            name = "drain",
            description =
                    "A backend of the running node gets no new connections; those it has go on until --within is over, and are then reset."
                            + " \"service inspect\" shows how many are left.",
            footer = {
                "  overlay-node service drain web web.2 --within 5m",
                "  overlay-node service drain web web.2 --resume    it gets connections again"
            })
    static final class Drain extends OfService {
        private static final Duration MOST = Duration.ofHours(24);

        @Parameters(index = "1", paramLabel = "BACKEND", description = "The endpoint's name, on the running node.")
        @SuppressWarnings("NullAway.Init") // picocli sets it
        private String backend;

        @Option(
                names = "--within",
                paramLabel = "TIME",
                description = "What is left then is reset: like 30s, 10m, 2h, up to 24h. Default: 10m.")
        private @Nullable String within;

        @Option(names = "--resume", description = "The opposite: it gets new connections again.")
        private boolean resume;

        private Duration time = Duration.ofMinutes(10);

        @Override
        void check() {
            if (within == null) {
                return;
            }
            if (resume) {
                throw new BadInput(
                        "both --within " + within + " and --resume are given: leave out the one or the other");
            }
            time = time("--within", within);
            if (time.isNegative() || time.compareTo(MOST) > 0) {
                throw new BadInput("--within " + within + ": allowed are 0s to 24h");
            }
        }

        @Override
        Answer ask(ControlClient node) throws IOException {
            return answer(
                    resume
                            ? node.resume(network(), service(), backend)
                            : node.drain(network(), service(), backend, time));
        }
    }

    private static Duration time(String option, String text) {
        try {
            return NodeFile.duration(text);
        } catch (IllegalArgumentException e) {
            throw new BadInput(option + ": " + e.getMessage(), e);
        }
    }

    private static Question.Answer answer(ServicesReply one) {
        return new Question.Answer(one, one.services().getFirst().lines());
    }
}
