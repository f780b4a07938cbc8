package io.dunlin.cli.demo;

import java.io.PrintWriter;

/** What {@code --keep} tells: commands to copy. */
final class LookAround {
    private final Lab lab;

    LookAround(Lab lab) {
        this.lab = lab;
    }

    void print(PrintWriter out) {
        String work = lab.namespaces().named("work1");
        String host = lab.namespaces().named("host1");
        String control = lab.state().resolve("host1.sock").toString();
        out.println();
        out.println("Still up. To look around, in another terminal:");
        UserNamespace.outside()
                .ifPresent(pid -> out.println(
                        "  nsenter --preserve-credentials --user --mount --net --pid --target $(pgrep -P $(pgrep -P "
                                + pid + " unshare))     # first, to get into the demo's own namespaces"));
        out.println("  ip netns exec " + work + " ip addr show eth0");
        out.println("  ip netns exec " + work
                + (Tools.has("ping") ? " ping 10.77.0.12" : " curl http://10.77.0.14:8080/hello.txt"));
        out.println("  ip netns exec " + work + " curl http://" + Topology.SERVICE + "/");
        out.println("  ./overlay-node service inspect " + Topology.SERVICE + " --control " + control);
        out.println("  ip netns exec " + host + " ss -anu");
        out.println("  ./overlay-node stats --control " + control);
        out.println("  ./overlay-node trace --control " + control + " --packets 5");
        out.println("  cat " + lab.state().resolve("host1.yaml"));
        out.println("Ctrl-C takes everything down.");
        out.flush();
    }
}
