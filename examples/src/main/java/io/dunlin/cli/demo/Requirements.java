package io.dunlin.cli.demo;

import java.io.IOException;
import java.lang.module.ModuleFinder;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What the demo cannot do without: found out by trying, all of it before anything is set up. */
final class Requirements {
    private static final Path TUN = Path.of("/dev/net/tun");
    private static final Duration LIMIT = Duration.ofSeconds(10);

    private Requirements() {}

    /** One line for each thing that is missing, with the command that mends it. */
    static List<String> missing(Programs programs, boolean root) throws IOException {
        var missing = new ArrayList<String>();
        if (!System.getProperty("os.name").equals("Linux")) {
            return List.of("the demo needs Linux with its network namespaces, and this is "
                    + System.getProperty("os.name") + ": run it in a virtual machine, or docker run --privileged");
        }
        if (!Tools.has("ip") || !Tools.has("bridge")) {
            missing.add("iproute2 (the programs ip and bridge) is not installed: "
                    + mend("apt-get install iproute2", root));
        }
        tun(missing, root);
        if (!Tools.has("unshare")) {
            missing.add(
                    "util-linux (the program unshare) is not installed: " + mend("apt-get install util-linux", root));
        } else {
            namespaces(programs, missing, root);
        }
        if (ModuleFinder.ofSystem().find("jdk.httpserver").isEmpty()) {
            missing.add("this Java (" + System.getProperty("java.home")
                    + ") has no module jdk.httpserver: set JAVA_HOME to a full JDK");
        }
        return missing;
    }

    private static void tun(List<String> missing, boolean root) {
        try {
            FileChannel.open(TUN, StandardOpenOption.READ, StandardOpenOption.WRITE)
                    .close();
        } catch (AccessDeniedException e) {
            missing.add(TUN + " may not be opened: " + mend("chmod 0666 " + TUN, root));
        } catch (IOException e) {
            missing.add(
                    Files.exists(TUN)
                            ? TUN + " cannot be opened (" + e.getMessage() + "): " + mend("modprobe tun", root)
                            : TUN + " is not there: "
                                    + mend(
                                            "sh -c 'modprobe tun; mkdir -p /dev/net; [ -e /dev/net/tun ] || mknod -m 0666 /dev/net/tun c 10 200'",
                                            root)
                                    + ", or in a container: docker run --device /dev/net/tun");
        }
    }

    private static void namespaces(Programs programs, List<String> missing, boolean root) throws IOException {
        if (root) {
            var tried = programs.run(LIMIT, List.of("unshare", "--net", "--mount", "true"));
            if (!tried.succeeded()) {
                missing.add("network namespaces may not be made (" + tried.lastWords()
                        + "): in a container, docker run --privileged (or --cap-add NET_ADMIN --cap-add SYS_ADMIN)");
            }
            return;
        }
        var tried = programs.run(LIMIT, List.of("unshare", "--user", "--map-root-user", "--net", "--mount", "true"));
        if (!tried.succeeded()) {
            missing.add("user namespaces may not be made (" + tried.lastWords() + "): " + switchThatForbids()
                    + ", or run the demo as root");
        }
    }

    private static String switchThatForbids() {
        for (String[] known : new String[][] {
            {"kernel.apparmor_restrict_unprivileged_userns", "1", "0"},
            {"kernel.unprivileged_userns_clone", "0", "1"},
            {"user.max_user_namespaces", "0", "10000"}
        }) {
            try {
                if (Files.readString(Path.of("/proc/sys", known[0].split("\\.")))
                        .strip()
                        .equals(known[1])) {
                    return "sudo sysctl -w " + known[0] + "=" + known[2];
                }
            } catch (IOException e) {
                // this kernel has no such switch
            }
        }
        return "a container or a security module forbids it";
    }

    private static String mend(String command, boolean root) {
        return (root ? "" : "sudo ") + command;
    }
}
