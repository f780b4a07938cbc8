package io.dunlin.cli;

import io.dunlin.cli.control.ControlPath;
import io.dunlin.cli.outcome.ExitCode;
import io.dunlin.ipsec.aead.AeadEngines;
import io.dunlin.vxlan.io.linux.Linux;
import io.dunlin.vxlan.wire.IpAddress;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.NetworkInterface;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code overlay-node info}: what a node would find on this machine. */
@Command(
        name = "info",
        description =
                "Shows what this machine offers a node: Java, which kind of socket, device and encryption it would use and why no better one,"
                        + " privileges, and the addresses a data path could have.",
        footer = {"  overlay-node info", "  sudo overlay-node info"})
final class InfoCommand implements Callable<Integer> {
    private static final Path TUN = Path.of("/dev/net/tun");

    /** Bits of CapEff, linux/capability.h. */
    private static final int CAP_NET_ADMIN = 12;

    private static final int CAP_SYS_ADMIN = 21;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        row(out, "version", Version.text());
        row(
                out,
                "Java",
                System.getProperty("java.runtime.version") + ", " + System.getProperty("java.vendor") + ", "
                        + System.getProperty("java.home"));
        row(
                out,
                "system",
                System.getProperty("os.name") + " " + System.getProperty("os.version") + ", "
                        + System.getProperty("os.arch") + ", "
                        + Runtime.getRuntime().availableProcessors() + " processors");
        row(
                out,
                "socket",
                Linux.unavailableReason()
                        .map(reason -> "portable, one datagram at a time: " + reason)
                        .orElse("linux: system calls by the batch"));
        aead(out);
        row(out, "TUN devices", tun());
        row(out, "privileges", privileges());
        row(out, "control sockets", ControlPath.directory(System.getenv()).toString());
        for (var networkInterface : NetworkInterface.networkInterfaces()
                .sorted(Comparator.comparingInt(NetworkInterface::getIndex))
                .toList()) {
            String addresses = networkInterface
                    .inetAddresses()
                    .map(address -> IpAddress.of(address).toString())
                    .collect(Collectors.joining(", "));
            if (!addresses.isEmpty()) {
                row(
                        out,
                        "interface",
                        networkInterface.getName() + ", MTU " + networkInterface.getMTU() + ": " + addresses);
            }
        }
        return ExitCode.OK;
    }

    private static void aead(PrintWriter out) {
        AeadEngines engines = AeadEngines.find(System::nanoTime);
        String fastest = engines.fastest().name();
        String others = engines.tested().stream()
                .map(each -> each.engine().name())
                .filter(name -> !name.equals(fastest))
                .collect(Collectors.joining(", "));
        row(out, "AES-GCM", fastest + (others.isEmpty() ? "" : "; also " + others));
        for (var missing : engines.missing()) {
            row(out, "", "no " + missing.engine() + ": " + missing.why());
        }
    }

    private static void row(PrintWriter out, String what, String value) {
        out.printf("%-16s %s%n", what, value);
    }

    private static String tun() {
        if (!Linux.isAvailable()) {
            return "no: endpoints are in memory";
        }
        try {
            FileChannel.open(TUN, StandardOpenOption.READ, StandardOpenOption.WRITE)
                    .close();
            return "yes, " + TUN;
        } catch (AccessDeniedException e) {
            return "no: " + TUN + " may not be opened (sudo chmod 0666 " + TUN + ", or run as root)";
        } catch (IOException e) {
            return "no: " + TUN + " cannot be opened (sudo modprobe tun): " + e.getMessage();
        }
    }

    private static String privileges() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.exists(status)) {
            return "unknown on this system";
        }
        long effective = Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("CapEff:"))
                .mapToLong(line -> Long.parseUnsignedLong(
                        line.substring("CapEff:".length()).strip(), 16))
                .findFirst()
                .orElse(0);
        boolean devices = ((effective >> CAP_NET_ADMIN) & 1) != 0;
        boolean namespaces = ((effective >> CAP_SYS_ADMIN) & 1) != 0;
        return (devices ? "CAP_NET_ADMIN: may make devices" : "no CAP_NET_ADMIN: may not make devices") + "; "
                + (namespaces
                        ? "CAP_SYS_ADMIN: may put them into namespaces"
                        : "no CAP_SYS_ADMIN: may not put them into namespaces");
    }
}
