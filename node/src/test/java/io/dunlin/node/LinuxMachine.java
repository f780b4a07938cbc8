package io.dunlin.node;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.dunlin.testkit.NamespaceLab;
import io.dunlin.testkit.Program;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/**
 * Another Linux, with all that this machine's kernel may lack: a virtual machine, emulated by qemu, that takes shell commands. Its {@code eth0} is on
 * the lab's underlay. It ends with the lab.
 *
 * <p>It is built once, by {@code linux/build.sh}, and kept under the user's cache by the hash of what builds it. The kernel is the one that Debian had on
 * that day.
 */
final class LinuxMachine {
    /** What {@code build.sh} ends with where something is missing. */
    private static final int MISSING = 3;

    /** Exit status of a process that SIGKILL ended. */
    private static final int KILLED = 128 + 9;

    private static final Duration BUILD = Duration.ofMinutes(5);
    private static final Duration COMMAND = Duration.ofMinutes(2);
    private static final char END_OF_ANSWER = '\1';

    private final Process process;
    private final BufferedReader answers;
    private final Writer commands;
    /** What its kernel complained of; there once it has ended. */
    private final CompletableFuture<String> complaints;

    private LinuxMachine(Process process, Path console) {
        this.process = process;
        this.answers = process.inputReader(UTF_8);
        this.commands = process.outputWriter(UTF_8);
        this.complaints = process.onExit().thenApply(_ -> take(console));
    }

    /** Boots it, which takes some seconds. Skips the test, with the reason, where it cannot be had. */
    static LinuxMachine boot(NamespaceLab lab) throws IOException {
        Path image = image();
        lab.tap("linux");
        Path console = Files.createTempFile("dunlin-linux", ".log");
        String[] qemu = {
            "qemu-system-x86_64",
            "-accel",
            "tcg",
            "-cpu",
            "max",
            "-m",
            "256",
            "-nographic",
            "-nodefaults",
            "-no-reboot",
            "-kernel",
            image.resolve("vmlinuz").toString(),
            "-initrd",
            image.resolve("initramfs.gz").toString(),
            "-append",
            "console=ttyS0 quiet oops=panic panic=-1 net.ifnames=0 random.trust_cpu=on mitigations=off tsc=reliable",
            "-netdev",
            "tap,id=net,ifname=linux,script=no,downscript=no",
            "-device",
            "virtio-net-pci,netdev=net,romfile=",
            "-serial",
            "file:" + console,
            "-chardev",
            "stdio,id=shell,signal=off",
            "-serial",
            "chardev:shell"
        };
        var machine = new LinuxMachine(lab.start(NamespaceLab.SWITCH, qemu), console);
        machine.answer("its start");
        return machine;
    }

    /** Runs a line of shell, and gives what it printed; fails the test if it fails. */
    String run(String command) throws IOException {
        commands.write(command + "\n");
        commands.flush();
        return answer(command);
    }

    private String answer(String command) throws IOException {
        var guard = CompletableFuture.runAsync(
                process::destroyForcibly, // which ends the answer
                CompletableFuture.delayedExecutor(COMMAND.toMillis(), TimeUnit.MILLISECONDS));
        try {
            var said = new StringBuilder();
            for (String line = answers.readLine(); line != null; line = answers.readLine()) {
                int end = line.indexOf(END_OF_ANSWER);
                if (end < 0) {
                    said.append(line).append('\n');
                    continue;
                }
                said.append(line, 0, end);
                if (!line.substring(end + 1).equals("0")) {
                    throw new AssertionError(command + ": exit status " + line.substring(end + 1) + "\n" + said);
                }
                return said.toString();
            }
            String kernel = complaints.join();
            String end = process.exitValue() == KILLED
                    ? "killed, as there was no answer within " + COMMAND.toSeconds() + " s"
                    : "the virtual machine ended by itself, status " + process.exitValue();
            throw new AssertionError(command + ": " + end + "\n" + said + kernel);
        } finally {
            guard.cancel(false);
        }
    }

    private static String take(Path file) {
        try {
            String text = Files.readString(file, ISO_8859_1); // which has a character for whatever byte comes
            Files.delete(file);
            return text;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path image() throws IOException {
        Path scripts = Files.createTempDirectory("dunlin-linux");
        try {
            var hash = MessageDigest.getInstance("SHA-256");
            for (String name : List.of("build.sh", "init")) {
                try (var in = LinuxMachine.class.getResourceAsStream("linux/" + name)) {
                    byte[] script = in.readAllBytes();
                    hash.update(script);
                    Files.write(scripts.resolve(name), script);
                }
            }
            byte[] start = Arrays.copyOf(hash.digest(), 8);
            Path image = cache().resolve("linux-" + HexFormat.of().formatHex(start));
            if (Files.notExists(image)) {
                build(scripts, image);
            }
            return image;
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        } finally {
            delete(scripts);
        }
    }

    private static Path cache() throws IOException {
        String named = System.getenv("XDG_CACHE_HOME");
        Path cache =
                named == null || named.isBlank() ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(named);
        return Files.createDirectories(cache.resolve("dunlin"));
    }

    /** Beside its place, and then moved there: who builds at the same time does not see half of it. */
    private static void build(Path scripts, Path image) throws IOException {
        Path made = image.resolveSibling(
                image.getFileName() + "." + ProcessHandle.current().pid());
        try {
            Program.Result built = Program.run(
                    BUILD, List.of("bash", scripts.resolve("build.sh").toString(), made.toString()));
            Assumptions.assumeTrue(
                    built.status() != MISSING,
                    () -> "no Linux to speak to: "
                            + built.output().lines().reduce((_, last) -> last).orElse("something is missing"));
            built.orFail();
            Files.move(made, image);
        } catch (FileAlreadyExistsException e) {
            // somebody was faster, and theirs is as good
        } finally {
            delete(made);
        }
    }

    private static void delete(Path directory) throws IOException {
        if (Files.notExists(directory)) {
            return;
        }
        try (var all = Files.walk(directory)) {
            all.sorted(Comparator.reverseOrder()).forEach(path -> {
                try {
                    Files.delete(path);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }
}
