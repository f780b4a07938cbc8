package io.dunlin.cli;

import io.dunlin.cli.gossip.GossipAgent;
import io.dunlin.cli.gossip.KeyFile;
import io.dunlin.cli.outcome.BadInput;
import io.dunlin.cli.outcome.ExitCode;
import io.dunlin.gossip.GossipConfig;
import io.dunlin.gossip.Profile;
import io.dunlin.gossip.wire.Bytes;
import java.io.InputStreamReader;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code overlay-node gossip}: a member of a cluster, and nothing else, until a signal or a command ends it. */
@Command(
        name = "gossip",
        description =
                "Runs a member of a cluster and nothing else: SWIM membership on hashicorp/memberlist's protocol, so members made"
                        + " of memberlist are as welcome. It leaves on SIGTERM or SIGINT (Ctrl-C).",
        footer = {
            "  overlay-node gossip --name n1 --bind 192.168.39.1",
            "  overlay-node gossip --name n2 --bind 192.168.39.2 --join 192.168.39.1 --key-file cluster.keys",
            "  overlay-node gossip --name n3 --bind 127.0.0.1:0 --join 127.0.0.1:7946 --profile local --meta web | jq .",
            "",
            "It prints one JSON object a line; \"ev\" says of what kind, \"t\" when, in ms since 1970. Bytes are hexadecimal in …Hex, and"
                    + " text beside it where they are UTF-8:",
            "  ready                 it listens: addr",
            "  join, leave, update   a member: name, addr, meta, state (0 alive, 2 failed, 3 left), versions",
            "  members               once a second: list of NAME=HOST:PORT, health (0 is best)",
            "  msg                   a user message came: data",
            "  joined                what came of joining: n answered, err",
            "  keyring, stats        answers to the commands",
            "  refused               a command that was not understood or failed: command, err",
            "  leaving               it has left: err",
            "  lost                  n events were lost because nobody read them",
            "",
            "It takes commands, one a line, on standard input:",
            "  broadcast TEXT                 a user message to all, best effort",
            "  send NAME TEXT                 a user message to one, best effort",
            "  reliable NAME TEXT             the same on a stream",
            "  meta TEXT                      new metadata",
            "  join HOST:PORT...              joins through these",
            "  keyring add|use|remove KEY     changes the keys; KEY in base64. \"use\" makes it the primary, which encrypts",
            "  keyring list                   fingerprints, the primary first",
            "  stats                          what it has counted, and what it has refused, by reason",
            "  leave                          leaves and ends"
        })
final class GossipCommand implements Callable<Integer> {
    @Option(names = "--name", required = true, paramLabel = "NAME", description = "Its name, unique in the cluster.")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private String name;

    @Option(
            names = "--bind",
            required = true,
            paramLabel = "HOST[:PORT]",
            description = "Where it listens, UDP and TCP; port 0: any that is free (default port: "
                    + GossipConfig.DEFAULT_PORT + ").")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private String bind;

    @Option(
            names = "--advertise",
            paramLabel = "HOST[:PORT]",
            description = "Where others reach it, if that is not where it listens (default: --bind).")
    private @Nullable String advertise;

    @Option(
            names = "--join",
            paramLabel = "HOST[:PORT]",
            description =
                    "A member to join through; may be given several times. Those that do not answer are tried again and again.")
    private List<String> join = List.of();

    @Option(
            names = "--key-file",
            paramLabel = "FILE",
            description =
                    "Encrypt, and take nothing in the clear: base64 keys of 16, 24 or 32 bytes, one a line, the first one"
                            + " encrypts. Only its owner may have rights to the file.")
    private @Nullable Path keyFile;

    @Option(
            names = "--profile",
            defaultValue = "lan",
            paramLabel = "lan|wan|local",
            description =
                    "How often it asks and how long it waits; the same on all members (default: ${DEFAULT-VALUE}).")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private ProfileName profile;

    @Option(
            names = "--label",
            defaultValue = "",
            paramLabel = "TEXT",
            description =
                    "The cluster's name: packets with another, or without, are refused. Not a secret (default: none).")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private String label;

    @Option(
            names = "--meta",
            defaultValue = "",
            paramLabel = "TEXT",
            description = "What it tells all others of itself, up to 512 bytes.")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private String meta;

    @Option(names = "--no-compression", description = "Do not compress what is sent.")
    private boolean noCompression;

    @Option(
            names = "--protocol",
            defaultValue = "" + GossipConfig.DEFAULT_PROTOCOL,
            paramLabel = "N",
            description = "Version of memberlist's protocol to speak, " + GossipConfig.MIN_PROTOCOL + " to "
                    + GossipConfig.MAX_PROTOCOL + "; all are understood (default: ${DEFAULT-VALUE}).")
    private int protocol;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    /** The library's profiles, as they are named here. */
    enum ProfileName {
        LAN,
        WAN,
        LOCAL
    }

    @Override
    public Integer call() throws InterruptedException {
        GossipAgent agent = GossipAgent.start(config(), spec.commandLine().getOut());
        // A signal runs this; the JVM then ends with 128 + the signal's number.
        Runtime.getRuntime().addShutdownHook(new Thread(agent::close));
        Thread.ofPlatform()
                .daemon()
                .name("gossip-commands")
                .start(() -> agent.obey(new InputStreamReader(System.in, charsetOfInput())));
        agent.run();
        return ExitCode.OK;
    }

    private GossipConfig config() {
        try {
            GossipConfig config = GossipConfig.named(name)
                    .listen(bind)
                    .join(join.toArray(String[]::new))
                    .profile(
                            switch (profile) {
                                case LAN -> Profile.lan();
                                case WAN -> Profile.wan();
                                case LOCAL -> Profile.local();
                            })
                    .label(label)
                    .meta(Bytes.utf8(meta))
                    .compression(!noCompression)
                    .protocol(protocol);
            if (advertise != null) {
                config = config.advertise(advertise);
            }
            return keyFile == null ? config : config.encrypted(KeyFile.read(keyFile));
        } catch (IllegalArgumentException e) {
            throw new BadInput(String.valueOf(e.getMessage()), e);
        }
    }

    private static Charset charsetOfInput() {
        return Charset.forName(System.getProperty("stdin.encoding", "UTF-8"));
    }
}
