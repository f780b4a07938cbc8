package io.dunlin.lb.dns.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.dunlin.lb.dns.DnsResponder;
import io.dunlin.lb.dns.NameAnswer;
import io.dunlin.lb.dns.NameStreams;
import io.dunlin.lb.dns.NamespaceResolvConf;
import io.dunlin.lb.dns.Zone;
import io.dunlin.lb.dns.ZoneSpec;
import io.dunlin.testkit.NamespaceLab;
import io.dunlin.testkit.Program;
import io.dunlin.vxlan.IpCheck;
import io.dunlin.vxlan.Segmenter;
import io.dunlin.vxlan.io.linux.EpollPoller;
import io.dunlin.vxlan.io.linux.NetworkNamespace;
import io.dunlin.vxlan.io.linux.TunDevice;
import io.dunlin.vxlan.packet.DropReason;
import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.Cidr;
import io.dunlin.vxlan.wire.IpAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Other people's resolvers in a workload's namespace, which finds the gateway in its resolv.conf; their packets are answered where they lie:
 *
 * <pre>
 *   getent, musl, dig → kernel (UDP, TCP) → TUN device → NameAnswer, NameStreams → back
 *   (namespace "workload", 10.0.0.2, fd00::2)             (10.0.0.1, fd00::1)
 * </pre>
 */
@Timeout(120)
class ResolversNamespaceTest {
    private static final String WORKLOAD = "workload";
    private static final int VNI = 4096;
    private static final int MTU = 1450;
    private static final Zone ZONE = Zone.of(ZoneSpec.named("backend")
                    .subnets(List.of(Cidr.parse("10.0.0.0/16"), Cidr.parse("fd00::/64")))
                    .internal())
            .with(edit -> {
                edit.putService("web", addresses("10.0.0.100", "fd00::100"), addresses("10.0.0.2"));
                edit.putEndpoint("web.1", addresses("10.0.0.2", "fd00::2"));
                edit.putRoundRobin("some", many(20));
                edit.putRoundRobin("many", many(300));
                edit.putRoundRobin("all", many(4000));
            });

    @TempDir
    private Path directory;

    private NamespaceLab lab;
    private TunDevice device;
    private EpollPoller poller;
    private Thread worker;
    private NamespaceResolvConf files;
    private volatile boolean isDone;
    private final List<String> failures = Collections.synchronizedList(new ArrayList<>());

    @BeforeEach
    void begin() throws IOException {
        Optional<String> obstacle = NamespaceLab.obstacle("dig", "getent");
        assumeTrue(obstacle.isEmpty(), obstacle::get);
        lab = new NamespaceLab(1500).namespace(WORKLOAD);
        device = TunDevice.named("dunlin0")
                .namespace(NetworkNamespace.of(lab.path(WORKLOAD)))
                .mtu(MTU)
                .address(IpAddress.parse("10.0.0.2"), 16)
                .address(IpAddress.parse("fd00::2"), 64)
                .open();
        poller = EpollPoller.open();
        var batch = new PacketBatch(64, 65_535, 2048);
        var responder = new DnsResponder();
        var streams = new NameStreams(new SecureRandom());
        poller.add(device, now -> answer(batch, responder, streams, now));
        worker = Thread.ofPlatform().start(this::run);
        files = new NamespaceResolvConf(NamespaceResolvConf.ROOT, "names-test");
    }

    private void run() {
        try {
            while (!isDone) {
                int ready = poller.poll(-1);
                for (int i = 0; i < ready; i++) {
                    poller.ready(i).run(System.nanoTime());
                }
            }
        } catch (IOException | RuntimeException e) {
            failures.add(e.toString());
        }
    }

    private int answer(PacketBatch batch, DnsResponder responder, NameStreams streams, long now) throws IOException {
        batch.clear();
        int received = device.receive(batch);
        for (int i = 0; i < batch.count(); i++) {
            IpCheck.check(batch, i);
            if (!batch.isDropped(i)) {
                Segmenter.check(batch, i);
            }
            if (!batch.isDropped(i) && !isAnswered(batch, i, responder, streams, now)) {
                batch.drop(i, DropReason.GATEWAY);
            } else if (!batch.isDropped(i) && batch.isSuperPacket(i) && !device.takesSuperPackets(batch.protocol(i))) {
                Segmenter.cut(batch, i, 0);
            }
        }
        device.send(batch, 0, batch.count());
        return received;
    }

    private static boolean isAnswered(PacketBatch batch, int i, DnsResponder responder, NameStreams streams, long now) {
        return NameAnswer.answer(batch, i, MTU, responder, ZONE) == NameAnswer.Outcome.ANSWERED
                || streams.answer(batch, i, VNI, MTU, responder, ZONE, now) == NameStreams.Outcome.REPLY;
    }

    @AfterEach
    void end() throws Exception {
        if (worker != null) {
            isDone = true;
            poller.raise();
            worker.join();
            poller.close();
            device.close();
            files.remove(namespace());
        }
        if (lab != null) {
            lab.close();
        }
        assertThat(failures).isEmpty();
    }

    @Test
    void gnuCLibraryFindsNamesInTheNamespacesResolvConf() throws IOException {
        writeResolvConf("10.0.0.1");
        assertThat(run("getent", "ahostsv4", "web")).startsWith("10.0.0.100 ");
        assertThat(run("getent", "ahostsv6", "web.backend")).startsWith("fd00::100 ");
        assertThat(run("getent", "ahosts", "web")).contains("10.0.0.100 ", "fd00::100 ");
        assertThat(run("getent", "hosts", "10.0.0.2")).contains("web.1.backend");
        assertThat(run("getent", "ahostsv4", "many").lines().filter(line -> line.contains("STREAM")))
                .as("more than UDP takes")
                .hasSize(300);
        assertThat(lab.run(WORKLOAD, "getent", "hosts", "nowhere").status()).isEqualTo(2);
        files.remove(namespace());
        assertThat(NamespaceResolvConf.ROOT.resolve(namespace())).doesNotExist();
    }

    @Test
    void gnuCLibraryAsksOverIpv6Too() throws IOException {
        writeResolvConf("fd00::1");
        assertThat(run("getent", "ahostsv4", "web")).startsWith("10.0.0.100 ");
        assertThat(run("getent", "ahostsv4", "many").lines().filter(line -> line.contains("STREAM")))
                .hasSize(300);
    }

    @Test
    void muslFindsNames() throws IOException {
        assumeTrue(Program.isInstalled("musl-gcc"), "no musl-gcc: musl-tools is not installed");
        Path source = directory.resolve("lookup.c");
        Files.writeString(source, LOOKUP);
        Path program = directory.resolve("lookup");
        Program.run(NamespaceLab.SHORT, List.of("musl-gcc", "-static", "-o", program.toString(), source.toString()))
                .orFail();
        writeResolvConf("10.0.0.1");
        assertThat(run(program.toString(), "web").lines()).containsExactlyInAnyOrder("10.0.0.100", "fd00::100");
        assertThat(run(program.toString(), "web.1.backend").lines()).containsExactlyInAnyOrder("10.0.0.2", "fd00::2");
        assertThat(run(program.toString(), "some").lines()).hasSize(20);
        assertThat(run(program.toString(), "many").lines())
                .as("what UDP takes, where it does not ask over TCP")
                .hasSizeGreaterThanOrEqualTo(29);
    }

    @Test
    void digAsksOverTcpAndGetsWhatIsThere() {
        for (String gateway : List.of("@10.0.0.1", "@fd00::1")) {
            assertThat(dig(gateway, "+tcp", "+short", "web")).isEqualTo("10.0.0.100\n");
            assertThat(dig(gateway, "+short", "many").lines().filter(line -> line.startsWith("10.")))
                    .hasSize(300);
            assertThat(dig(gateway, "+tcp", "all")).contains("ANSWER: 4000", "MSG SIZE  rcvd: 640");
            assertThat(dig(gateway, "+tcp", "+keepopen", "+short", "web", "web.1", "web"))
                    .isEqualTo("10.0.0.100\n10.0.0.2\n10.0.0.100\n");
        }
    }

    private static final String LOOKUP = """
            #include <arpa/inet.h>
            #include <netdb.h>
            #include <stdio.h>

            int main(int count, char **arguments) {
                struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found;
                char text[64];
                if (getaddrinfo(arguments[1], 0, &hints, &found))
                    return 1;
                for (; found; found = found->ai_next) {
                    void *address = found->ai_family == AF_INET
                        ? (void *)&((struct sockaddr_in *)found->ai_addr)->sin_addr
                        : (void *)&((struct sockaddr_in6 *)found->ai_addr)->sin6_addr;
                    puts(inet_ntop(found->ai_family, address, text, sizeof text));
                }
                return 0;
            }
            """;

    private void writeResolvConf(String gateway) throws IOException {
        assertThat(files.write(namespace(), addresses(gateway), List.of()))
                .isEqualTo(NamespaceResolvConf.Outcome.WRITTEN);
    }

    private String namespace() {
        return String.valueOf(lab.path(WORKLOAD).getFileName());
    }

    private String run(String... command) {
        return lab.run(WORKLOAD, command).orFail().output();
    }

    private String dig(String... arguments) {
        return run(Stream.concat(Stream.of("dig", "+tries=1", "+time=5"), Stream.of(arguments))
                .toArray(String[]::new));
    }

    private static List<IpAddress> many(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> IpAddress.ofIpv4(0x0a000200 + i))
                .toList();
    }

    private static List<IpAddress> addresses(String... texts) {
        return Stream.of(texts).map(IpAddress::parse).toList();
    }
}
