package io.dunlin.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * Hosts and workloads of a test as Linux network namespaces, which {@link #close} removes with everything in them, also when the test
 * failed. Their names hold the process id and a number, so that labs side by side do not clash.
 *
 * <p>Hosts are joined by a bridge in a namespace of its own: nothing touches the machine's own network.
 *
 * <pre>
 *   host "a" --veth u0--+
 *   host "b" --veth u0--+-- bridge (namespace "switch")
 *   host "c" --veth u0--+
 * </pre>
 */
public final class NamespaceLab implements AutoCloseable {
    /** Limit for everything that should be done at once. */
    public static final Duration SHORT = Duration.ofSeconds(20);

    /** The device of every host on the common underlay. */
    public static final String UNDERLAY = "u0";

    /** The namespace of the bridge. */
    public static final String SWITCH = "switch";

    private static final AtomicInteger LABS = new AtomicInteger();

    private final String prefix = "dlt" + ProcessHandle.current().pid() + "-" + LABS.incrementAndGet() + "-";
    private final List<String> namespaces = new ArrayList<>();
    private final List<Process> started = new ArrayList<>();
    private final int underlayMtu;
    private int ports;

    /** @param underlayMtu of all hosts' underlay devices, in bytes */
    public NamespaceLab(int underlayMtu) {
        this.underlayMtu = underlayMtu;
        namespace(SWITCH);
        ip(SWITCH, "link", "add", "br0", "type", "bridge");
        ip(SWITCH, "link", "set", "br0", "mtu", String.valueOf(underlayMtu), "up");
    }

    /** Why namespaces cannot be had here; for a test's assumption. */
    public static Optional<String> obstacle(String... programs) {
        if (!System.getProperty("os.name").equals("Linux")) {
            return Optional.of("namespaces are Linux's");
        }
        for (String program :
                Stream.concat(Stream.of("ip"), Arrays.stream(programs)).toList()) {
            if (!Program.isInstalled(program)) {
                return Optional.of(program + " is not installed");
            }
        }
        if (!Files.isReadable(Path.of("/dev/net/tun")) || !Files.isWritable(Path.of("/dev/net/tun"))) {
            return Optional.of("/dev/net/tun is missing or not permitted");
        }
        try {
            return Files.getOwner(Path.of("/proc/self")).getName().equals("root")
                    ? Optional.empty()
                    : Optional.of("not root, so no namespaces");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A new namespace with its loopback up and nothing else; its name here is {@code name}. */
    public NamespaceLab namespace(String name) {
        Program.run(SHORT, List.of("ip", "netns", "add", prefix + name)).orFail();
        namespaces.add(name);
        ip(name, "link", "set", "lo", "up");
        return this;
    }

    /** A new namespace on the common underlay, with addresses such as {@code 192.168.39.1/24}. */
    public NamespaceLab host(String name, String... addresses) {
        namespace(name);
        String port = "p" + ++ports;
        String mtu = String.valueOf(underlayMtu);
        Program.run(
                        SHORT,
                        List.of(
                                "ip",
                                "link",
                                "add",
                                UNDERLAY,
                                "mtu",
                                mtu,
                                "netns",
                                prefix + name,
                                "type",
                                "veth",
                                "peer",
                                "name",
                                port,
                                "mtu",
                                mtu,
                                "netns",
                                prefix + SWITCH))
                .orFail();
        ip(SWITCH, "link", "set", port, "master", "br0", "up");
        for (String address : addresses) {
            String[] command = {"address", "add", address, "dev", UNDERLAY};
            ip(name, address.contains(":") ? with(command, "nodad") : command);
        }
        ip(name, "link", "set", UNDERLAY, "up");
        return this;
    }

    /** A TAP device on the common underlay, for a virtual machine that runs in the namespace {@link #SWITCH}. */
    public NamespaceLab tap(String device) {
        ip(SWITCH, "tuntap", "add", "dev", device, "mode", "tap");
        ip(SWITCH, "link", "set", device, "mtu", String.valueOf(underlayMtu), "master", "br0", "up");
        return this;
    }

    /** Where the namespace is found in the file system. */
    public Path path(String name) {
        return Path.of("/run/netns", prefix + name);
    }

    /** Runs {@code ip} in a namespace; fails the test if it fails. */
    public String ip(String name, String... arguments) {
        return Program.run(SHORT, List.of(with(new String[] {"ip", "-n", prefix + name}, arguments)))
                .orFail()
                .output();
    }

    /** Runs a program in a namespace. */
    public Program.Result run(String name, String... command) {
        return run(name, SHORT, command);
    }

    /** Runs a program in a namespace. */
    public Program.Result run(String name, Duration limit, String... command) {
        return Program.run(limit, inside(name, command));
    }

    /** Starts a program in a namespace; it is ended by {@link #close} at the latest. */
    public Process start(String name, String... command) {
        try {
            Process process = new ProcessBuilder(inside(name, command))
                    .redirectErrorStream(true)
                    .start();
            started.add(process);
            return process;
        } catch (IOException e) {
            throw new UncheckedIOException(String.join(" ", command), e);
        }
    }

    /** Removes one namespace now. */
    public void delete(String name) {
        Program.run(SHORT, List.of("ip", "netns", "del", prefix + name)).orFail();
        namespaces.remove(name);
        deleteResolver(name);
    }

    /** What a node that was killed has left of the namespace's names. */
    private void deleteResolver(String name) {
        Path directory = Path.of("/etc/netns", prefix + name);
        try {
            Files.deleteIfExists(directory.resolve("resolv.conf"));
            Files.deleteIfExists(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<String> inside(String name, String... command) {
        return List.of(with(new String[] {"ip", "netns", "exec", prefix + name}, command));
    }

    private static String[] with(String[] first, String... rest) {
        return Stream.concat(Arrays.stream(first), Arrays.stream(rest)).toArray(String[]::new);
    }

    /** Ends what was started here, and removes the namespaces. */
    @Override
    public void close() {
        for (Process process : started.reversed()) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
            process.onExit().join();
        }
        for (String name : List.copyOf(namespaces).reversed()) {
            Program.run(SHORT, List.of("ip", "netns", "del", prefix + name));
            deleteResolver(name);
        }
        namespaces.clear();
    }
}
