package io.dunlin.cli.config;

import io.dunlin.cli.gossip.KeyFile;
import io.dunlin.cli.outcome.BadInput;
import io.dunlin.gossip.GossipConfig;
import io.dunlin.gossip.Profile;
import io.dunlin.gossip.TableLimits;
import io.dunlin.gossip.transport.HostPort;
import io.dunlin.gossip.wire.Bytes;
import io.dunlin.lb.FlowTable;
import io.dunlin.node.EndpointSpec;
import io.dunlin.node.KeysConfig;
import io.dunlin.node.NetworkSpec;
import io.dunlin.node.NodeConfig;
import io.dunlin.node.RemoteSpec;
import io.dunlin.vxlan.wire.Cidr;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.MacAddress;
import io.dunlin.vxlan.wire.Vni;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The YAML file that describes a node: its keys, and what is made of them. */
public final class NodeFile {
    /** As they are written; a host that resolves to one is found at start. */
    private static final List<String> UNSPECIFIED = List.of("0.0.0.0", "::");

    private static final SecureRandom RANDOM = new SecureRandom();

    private final String file;

    private NodeFile(String file) {
        this.file = file;
    }

    /**
     * Reads and checks a node's file. Nothing but the file is looked at, and the key file where it names one.
     *
     * @throws BadInput the file cannot be read, or anything in it is wrong
     */
    public static NodePlan read(Path path) {
        return parse(path.toString(), text(path));
    }

    /** As {@link #read}, from its text. */
    public static NodePlan parse(String file, String text) {
        var plan = new NodeFile(file).node(YamlReader.read(file, text));
        PlanCheck.check(plan);
        return plan;
    }

    private static String text(Path path) {
        byte[] bytes;
        if (Files.isDirectory(path)) {
            throw new BadInput(path + " is a directory: --config takes a node's file");
        }
        try (var in = Files.newInputStream(path)) {
            bytes = in.readNBytes(YamlReader.MAX_BYTES + 1);
        } catch (IOException e) {
            throw new BadInput(
                    Files.exists(path)
                            ? "cannot read " + path + ": " + e.getMessage()
                            : path + ": no such file (overlay-node run --help shows one to start from)",
                    e);
        }
        if (bytes.length > YamlReader.MAX_BYTES) {
            throw new BadInput(path + " is larger than the " + YamlReader.MAX_BYTES + " bytes a node's file may have");
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new BadInput(path + " is not UTF-8 text", e);
        }
    }

    private NodePlan node(YamlNode.Mapping document) {
        var top = new MappingReader(
                file,
                "",
                document,
                "node",
                "dataPath",
                "gossip",
                "keys",
                "pools",
                "names",
                "control",
                "associations",
                "networks");
        String name = top.required("node", "host1", Function.identity());
        var path = top.mapping(
                "dataPath",
                "{address: 192.168.39.1}",
                "address",
                "port",
                "mtu",
                "socket",
                "workers",
                "offloads",
                "aead",
                "maxFlows");
        var address = path.required("address", "192.168.39.1", IpAddress::parse);
        int port = path.whole("port", NodeConfig.VXLAN_PORT, NodeConfig.VXLAN_PORT);
        int mtu = path.whole("mtu", 1500, 0);
        var socket = path.optional("socket", "auto", NodeFile::socketKind).orElse(NodeConfig.SocketKind.AUTO);
        int workers = path.whole("workers", 2, 0);
        boolean offloads = path.optional("offloads", "true", NodeFile::yesOrNo).orElse(true);
        var aead = path.optional("aead", "auto", NodeFile::engine).orElse(NodeConfig.Engine.AUTO);
        int maxFlows = path.whole("maxFlows", 65_536, FlowTable.DEFAULT_MAX_FLOWS);
        var gossip = top.has("gossip") ? gossip(top, name, address) : null;
        var keys = keys(top, gossip);
        var pools = PoolsReader.read(top);
        var names = NamesReader.read(top);
        var node = valid(
                path.place(),
                () -> new NodeConfig(
                        name, address, port, mtu, socket, workers, offloads, aead, gossip, keys, pools, names,
                        maxFlows));
        var networks = top
                .mappings(
                        "networks",
                        "{name: backend, vni: 4096, subnets: [10.0.0.0/24]}",
                        "name",
                        "vni",
                        "subnets",
                        "encrypted",
                        "internal",
                        "mtu",
                        "endpoints",
                        "remotes",
                        "services")
                .stream()
                .map(this::network)
                .toList();
        Optional<Path> control = top.optional("control", "/run/dunlin/host1.sock", Path::of);
        return new NodePlan(top.place(), node, control, AssociationReader.read(top, RANDOM::nextLong), networks);
    }

    private static KeysConfig keys(MappingReader top, @Nullable GossipConfig gossip) {
        if (!top.has("keys")) {
            return KeysConfig.DEFAULT;
        }
        var from = top.mapping("keys", "{every: 12h}", "every", "ringFile");
        if (gossip == null || gossip.keyRing() == null) {
            throw new BadInput(from.place() + "keys turn among nodes whose gossip is encrypted: give \"gossip\" with a"
                    + " \"keyFile\" too, or take \"keys\" away");
        }
        Duration every = from.optional("every", "12h", NodeFile::duration)
                .orElse(KeysConfig.DEFAULT.rotation().interval());
        var ringFile = from.optional("ringFile", "/var/lib/dunlin/ring", Path::of);
        return valid(from.place(), () -> {
            KeysConfig keys = KeysConfig.DEFAULT.every(every);
            return ringFile.map(keys::ringFile).orElse(keys);
        });
    }

    /**
     * A time as people write it: 12h, 1h30m, 0.5s.
     *
     * @throws IllegalArgumentException naming what was given and what is allowed
     */
    public static Duration duration(String text) {
        try {
            return Duration.parse("PT" + text);
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" is no time: allowed are hours, minutes and seconds like 12h or 1h30m", e);
        }
    }

    private static NodeConfig.SocketKind socketKind(String text) {
        return switch (text) {
            case "auto" -> NodeConfig.SocketKind.AUTO;
            case "linux" -> NodeConfig.SocketKind.LINUX;
            case "portable" -> NodeConfig.SocketKind.PORTABLE;
            default ->
                throw new IllegalArgumentException(
                        "\"" + text + "\" is no kind of socket: allowed are auto, linux, portable");
        };
    }

    private static GossipConfig gossip(MappingReader top, String node, IpAddress dataPath) {
        var from = top.mapping(
                "gossip",
                "{join: [192.168.39.2]}",
                "listen",
                "advertise",
                "join",
                "keyFile",
                "profile",
                "label",
                "compression");
        var listen = from.optional("listen", "192.168.39.1:7946", NodeFile::listenAddress)
                .orElseGet(() -> new HostPort(dataPath.toString(), GossipConfig.DEFAULT_PORT));
        var advertise = from.optional("advertise", "203.0.113.1:7946", text -> HostPort.parse(text, 0));
        if (advertise.isEmpty() && UNSPECIFIED.contains(listen.host())) {
            throw new BadInput(from.place() + "it listens on all addresses (" + listen
                    + "): give the one others reach it by as \"advertise\" (like advertise: " + dataPath + ")");
        }
        var join = from.each("join", "192.168.39.2:7946", text -> HostPort.parse(text, GossipConfig.DEFAULT_PORT));
        var keys = from.optional("keyFile", "/etc/dunlin/cluster.keys", file -> KeyFile.read(Path.of(file)));
        var profile = from.optional("profile", "lan", NodeFile::profile).orElseGet(Profile::lan);
        String label = from.optional("label", "production", Function.identity()).orElse("");
        boolean compression =
                from.optional("compression", "true", NodeFile::yesOrNo).orElse(true);
        return valid(
                from.place(),
                () -> new GossipConfig(
                        node,
                        listen,
                        advertise.orElse(null),
                        join,
                        profile,
                        label,
                        keys.orElse(null),
                        compression,
                        Bytes.EMPTY,
                        GossipConfig.DEFAULT_PROTOCOL,
                        TableLimits.DEFAULT));
    }

    private static HostPort listenAddress(String text) {
        return HostPort.parse(text, GossipConfig.DEFAULT_PORT);
    }

    private static Profile profile(String text) {
        return switch (text) {
            case "lan" -> Profile.lan();
            case "wan" -> Profile.wan();
            case "local" -> Profile.local();
            default ->
                throw new IllegalArgumentException("\"" + text + "\" is no profile: allowed are lan, wan, local");
        };
    }

    private static NodeConfig.Engine engine(String text) {
        return switch (text) {
            case "auto" -> NodeConfig.Engine.AUTO;
            case "ipsec-mb" -> NodeConfig.Engine.IPSEC_MB;
            case "openssl" -> NodeConfig.Engine.OPENSSL;
            case "jdk" -> NodeConfig.Engine.JDK;
            default ->
                throw new IllegalArgumentException(
                        "\"" + text + "\" is no engine of AES-GCM: allowed are auto, ipsec-mb, openssl, jdk");
        };
    }

    static boolean yesOrNo(String text) {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("\"" + text + "\": allowed are true and false");
        };
    }

    private NodePlan.Network network(MappingReader from) {
        String name = from.required("name", "backend", Function.identity());
        @Nullable Vni vni = from.has("vni") ? vni(from) : null;
        int mtu = from.whole("mtu", 1450, 0);
        List<Cidr> subnets = from.each("subnets", "10.0.0.0/24", Cidr::parse);
        boolean isEncrypted =
                from.optional("encrypted", "true", NodeFile::yesOrNo).orElse(false);
        boolean isInternal =
                from.optional("internal", "true", NodeFile::yesOrNo).orElse(false);
        var spec = valid(from.place(), () -> new NetworkSpec(name, vni, subnets, isEncrypted, isInternal, mtu));
        var endpoints = from
                .mappings(
                        "endpoints",
                        "{name: web.1, addresses: [10.0.0.2]}",
                        "name",
                        "addresses",
                        "namespace",
                        "pid",
                        "device",
                        "routes",
                        "service",
                        "weight")
                .stream()
                .map(this::endpoint)
                .toList();
        var remotes = from
                .mappings(
                        "remotes",
                        "{name: web.2, addresses: [10.0.0.3], vtep: 192.168.39.2}",
                        "name",
                        "addresses",
                        "vtep",
                        "mac")
                .stream()
                .map(this::remote)
                .toList();
        return new NodePlan.Network(from.place(), spec, endpoints, remotes, ServicesReader.read(from));
    }

    private static Vni vni(MappingReader from) {
        int number = from.whole("vni", NetworkSpec.FIRST_VNI, 0);
        return valid(from.place(), () -> new Vni(number));
    }

    private NodePlan.Endpoint endpoint(MappingReader from) {
        String name = from.required("name", "web.1", Function.identity());
        List<IpAddress> addresses = from.each("addresses", "10.0.0.2", IpAddress::parse);
        String device = from.optional("device", "eth0", Function.identity()).orElse(EndpointSpec.DEFAULT_DEVICE);
        List<Cidr> routes = from.each("routes", "0.0.0.0/0", Cidr::parse);
        var place = place(from);
        @Nullable
        String service = from.optional("service", "web", Function.identity()).orElse(null);
        int weight = from.whole("weight", 2, 1);
        var spec = valid(from.place(), () -> new EndpointSpec(name, addresses, device, place, routes, service, weight));
        return new NodePlan.Endpoint(from.place(), spec);
    }

    private static EndpointSpec.Place place(MappingReader from) {
        if (from.has("pid") && from.has("namespace")) {
            throw new BadInput(from.place()
                    + "both \"namespace\" and \"pid\" are given: keep the one that names the workload's namespace");
        }
        if (from.has("pid")) {
            int pid = from.whole("pid", 1234, 0);
            if (pid < 1) {
                throw new BadInput(
                        from.place() + "pid " + pid + ": allowed are the numbers of running processes, from 1");
            }
            return new EndpointSpec.Place.NamespacePid(pid);
        }
        return from.<EndpointSpec.Place>optional(
                        "namespace", "/run/netns/web1", path -> new EndpointSpec.Place.NamespacePath(absolute(path)))
                .orElseGet(EndpointSpec.Place.OwnNamespace::new);
    }

    private static Path absolute(String path) {
        if (!path.startsWith("/")) {
            throw new IllegalArgumentException(
                    "\"" + path + "\" is not an absolute path (like /run/netns/" + path + ")");
        }
        return Path.of(path);
    }

    private NodePlan.Remote remote(MappingReader from) {
        String name = from.required("name", "web.2", Function.identity());
        List<IpAddress> addresses = from.each("addresses", "10.0.0.3", IpAddress::parse);
        var vtep = from.required("vtep", "192.168.39.2", IpAddress::parse);
        var mac = from.optional("mac", "\"02:42:0a:00:00:03\"", MacAddress::parse);
        var spec = valid(from.place(), () -> new RemoteSpec(name, addresses, vtep, mac.orElse(null)));
        return new NodePlan.Remote(from.place(), spec);
    }

    /** What {@code make} makes; its {@link IllegalArgumentException} is a {@link BadInput} with the place. */
    static <T> T valid(String place, Supplier<T> make) {
        try {
            return make.get();
        } catch (IllegalArgumentException e) {
            throw new BadInput(place + e.getMessage(), e);
        }
    }
}
