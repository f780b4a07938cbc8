package io.dunlin.node;

import io.dunlin.testkit.NamespaceLab;
import io.dunlin.testkit.Program;
import io.dunlin.vxlan.packet.DropReason;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** A node of {@link FastKeys} in a process of its own, to be killed, paused and started again. It is asked by lines, and answers by lines. */
final class KeyedNodeProcess {
    private static final String READY = "ready";
    private static final String DROPS = "drops";
    private static final String KEYS = "keys";
    private static final String END = "end";

    private final Process process;
    private final BufferedReader answers;
    private final Writer questions;

    private KeyedNodeProcess(Process process) {
        this.process = process;
        this.answers = process.inputReader();
        this.questions = process.outputWriter();
    }

    /**
     * Runs until its input ends.
     *
     * @param arguments name, data-path address, seed, ring file, endpoint's namespace, its address, the network's VNI
     */
    public static void main(String[] arguments) throws IOException {
        var node = OverlayNode.start(FastKeys.node(arguments[0], arguments[1], arguments[2], Path.of(arguments[3])));
        var network = node.network(NetworkSpec.named("secret")
                .vni(Integer.parseInt(arguments[6]))
                .subnet("10.0.0.0/24")
                .encrypted());
        network.attach(EndpointSpec.named(arguments[0])
                .address(arguments[5])
                .namespace(arguments[4])
                .device("eth0"));
        System.out.println(READY);
        var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            if (line.equals(DROPS)) {
                node.stats().drops().forEach((reason, count) -> System.out.println(reason + " " + count));
            } else {
                KeysStatus keys = node.keys().orElseThrow();
                System.out.printf("%d%n%d%n%s%n", keys.epoch(), keys.peers(), keys.waitingFor());
            }
            System.out.println(END);
        }
        node.close();
        System.exit(0);
    }

    /** Starts one, and returns when it has its endpoint. */
    static KeyedNodeProcess start(
            NamespaceLab lab,
            String host,
            String name,
            String dataPath,
            String seed,
            Path ringFile,
            String workload,
            String address,
            int vni) {
        var started = new KeyedNodeProcess(JavaProgram.start(
                lab,
                host,
                KeyedNodeProcess.class,
                name,
                dataPath,
                seed,
                ringFile.toString(),
                lab.path(workload).toString(),
                address,
                String.valueOf(vni)));
        JavaProgram.await(started.answers, READY);
        return started;
    }

    private List<String> linesUpTo(String last) {
        try {
            var lines = new ArrayList<String>();
            for (String line = answers.readLine(); !last.equals(line); line = answers.readLine()) {
                if (line == null) {
                    throw new AssertionError("the node ended: " + lines);
                }
                lines.add(line);
            }
            return lines;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<String> ask(String question) {
        try {
            questions.write(question + "\n");
            questions.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return linesUpTo(END);
    }

    Map<DropReason, Long> drops() {
        var drops = new EnumMap<DropReason, Long>(DropReason.class);
        for (String line : ask(DROPS)) {
            int space = line.indexOf(' ');
            drops.put(DropReason.valueOf(line.substring(0, space)), Long.valueOf(line.substring(space + 1)));
        }
        return drops;
    }

    /** The newest key's epoch, how many peers it can send to, and whom it waits for. */
    List<String> keys() {
        return ask(KEYS);
    }

    long epoch() {
        return Long.parseLong(keys().get(0));
    }

    int peers() {
        return Integer.parseInt(keys().get(1));
    }

    /** Stands still until {@link #resume}. */
    void pause() {
        signal("STOP");
    }

    void resume() {
        signal("CONT");
    }

    private void signal(String name) {
        Program.run(NamespaceLab.SHORT, List.of("kill", "-" + name, String.valueOf(process.pid())))
                .orFail();
    }

    /** As kill -9. */
    void kill() {
        process.destroyForcibly().onExit().join();
    }

    /** Lets it say goodbye. */
    void end() {
        try {
            questions.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        process.onExit().join();
    }
}
