package io.dunlin.lb.dns.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.dunlin.lb.dns.Zone;
import io.dunlin.lb.dns.ZoneSpec;
import io.dunlin.lb.dns.upstream.Forwarder;
import io.dunlin.lb.dns.upstream.SocketExchange;
import io.dunlin.lb.dns.upstream.UpstreamConfig;
import io.dunlin.lb.dns.upstream.Upstreams;
import io.dunlin.testkit.Program;
import io.dunlin.vxlan.wire.Cidr;
import io.dunlin.vxlan.wire.IpAddress;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Beside other people's programs, on loopback:
 *
 * <pre>
 *   dig → DnsServer (backend) → dnsmasq 1 (killed), dnsmasq 2
 * </pre>
 */
@Timeout(120)
class DigAndDnsmasqLiveTest {
    private static final Duration LIMIT = Duration.ofSeconds(40);

    @TempDir
    private Path directory;

    private Dnsmasq first;
    private Dnsmasq second;
    private Forwarder forwarder;
    private DnsServer server;

    @BeforeEach
    void begin() throws Exception {
        assumeTrue(Program.isInstalled("dig"), "no dig: bind9-dnsutils is not installed");
        assumeTrue(Program.isInstalled("dnsmasq"), "no dnsmasq: dnsmasq-base is not installed");
        List<String> records = new ArrayList<>(List.of("--host-record=Outside.test,192.0.2.7,2001:db8::7"));
        IntStream.range(0, 60)
                .forEach(i -> records.add("--txt-record=big.test,text number " + i + " of sixty, and more"));
        first = Dnsmasq.start(directory.resolve("first.log"), records);
        second = Dnsmasq.start(directory.resolve("second.log"), records);
        UpstreamConfig config = UpstreamConfig.of(List.of())
                .servers(List.of(first.address(), second.address()))
                .timeout(Duration.ofSeconds(1)); // where the kernel does not say that nobody listens (docs/adr/0009)
        var random = new SecureRandom();
        var exchange = new SocketExchange(random, System::nanoTime);
        forwarder = new Forwarder(config, new Upstreams(() -> config, _ -> false, exchange, random, System::nanoTime));
        server = DnsServer.start(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), () -> ZONE, forwarder, System::nanoTime);
    }

    private static final Zone ZONE = Zone.of(
                    ZoneSpec.named("backend").subnets(List.of(Cidr.parse("10.0.0.0/16"), Cidr.parse("fd00::/64"))))
            .with(edit -> {
                edit.putService("web", addresses("10.0.0.100", "fd00::100"), addresses("10.0.0.2", "10.0.0.3"));
                edit.putRoundRobin("rr", addresses("10.0.0.2", "10.0.0.3", "10.0.0.4"));
                edit.putEndpoint("web.1", addresses("10.0.0.2"));
                edit.putRoundRobin(
                        "many",
                        IntStream.range(0, 300)
                                .mapToObj(i -> IpAddress.ofIpv4(0x0a000100 + i))
                                .toList());
            });

    @AfterEach
    void end() throws Exception {
        if (server != null) {
            server.close();
        }
        for (AutoCloseable one :
                Stream.of(forwarder, first, second).filter(one -> one != null).toList()) {
            one.close();
        }
    }

    @Test
    void digUnderstandsTheAnswers() {
        assertThat(dig("+short", "web", "A")).isEqualTo("10.0.0.100\n");
        assertThat(dig("+short", "WEB.backend", "AAAA")).isEqualTo("fd00::100\n");
        assertThat(dig("+short", "tasks.web").lines()).containsExactlyInAnyOrder("10.0.0.2", "10.0.0.3");
        assertThat(dig("+short", "-x", "10.0.0.2")).isEqualTo("web.1.backend.\n");
        assertThat(dig("+short", "-x", "fd00::100")).isEqualTo("web.backend.\n");
        assertThat(dig("-x", "10.0.99.99")).contains("status: NXDOMAIN").contains("nobody.invalid.");
        assertThat(dig("web.1", "AAAA")).contains("status: NOERROR", "ANSWER: 0", "AUTHORITY: 1");
        assertThat(dig("wEb")).contains("wEb.", "IN\tA\t10.0.0.100").containsPattern("wEb\\.\\s+5\\s");
        assertThat(dig("+dnssec", "web")).contains("flags: do; udp: 1232").doesNotContain("WARNING");
        assertThat(dig("+edns=1", "+noednsneg", "web")).contains("status: BADVERS", "version: 0");
        assertThat(dig("+opcode=status", "web")).contains("status: NOTIMP");
        assertThat(dig("-c", "CH", "version.bind", "TXT")).contains("status: REFUSED");
        assertThat(dig("+notcp", "web", "ANY")).contains("10.0.0.100", "ANSWER: 1");
        assertThat(dig("example.com", "AXFR")).contains("Transfer failed");
    }

    @Test
    void roundRobinTakesTurns() {
        var firsts = IntStream.range(0, 6)
                .mapToObj(_ -> dig("+short", "rr").lines().findFirst().orElseThrow())
                .toList();
        assertThat(firsts.subList(0, 3)).containsExactlyInAnyOrder("10.0.0.2", "10.0.0.3", "10.0.0.4");
        assertThat(firsts.subList(3, 6)).isEqualTo(firsts.subList(0, 3));
    }

    @Test
    void digAsksOverTcpForWhatIsTooLong() {
        assertThat(dig("+short", "many").lines().filter(line -> line.startsWith("10.")))
                .hasSize(300);
        assertThat(dig("many")).contains("Truncated, retrying in TCP mode", "ANSWER: 300");
        assertThat(dig("+ignore", "+noedns", "many")).contains(" tc ", "ANSWER: 30,");
    }

    @Test
    void whatTheNetworkDoesNotKnowComesFromUpstream() {
        assertThat(dig("+short", "outside.test", "A")).isEqualTo("192.0.2.7\n");
        assertThat(dig("+short", "outside.test", "AAAA")).isEqualTo("2001:db8::7\n");
        assertThat(dig("+tcp", "+short", "outside.test")).isEqualTo("192.0.2.7\n");
        assertThat(dig("+dnssec", "+bufsize=4000", "outside.test")).contains("flags: do; udp:");
        assertThat(dig("OUTside.TEST")).contains("OUTside.TEST.");
        assertThat(dig("+short", "big.test", "TXT").lines().filter(line -> line.startsWith("\"text")))
                .hasSize(60);
        assertThat(dig("+bufsize=512", "big.test", "TXT")).contains("retrying in TCP mode");
    }

    @Test
    void serverKilledInTheMiddleIsNotMissed() {
        for (int i = 0; i < 20; i++) {
            if (i == 5) {
                first.kill();
            }
            assertThat(dig("+tries=1", "+time=5", "+short", "outside.test")).isEqualTo("192.0.2.7\n");
        }
        second.kill();
        assertThat(dig("+tries=1", "+time=5", "outside.test")).contains("status: SERVFAIL");
        assertThat(dig("+tries=1", "+time=5", "+tcp", "outside.test")).contains("status: SERVFAIL");
        assertThat(dig("+short", "web")).isEqualTo("10.0.0.100\n");
    }

    private String dig(String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                "/usr/bin/dig",
                "@127.0.0.1",
                "-p",
                String.valueOf(server.address().getPort())));
        command.addAll(List.of(arguments));
        return Program.run(LIMIT, command).output();
    }

    private static List<IpAddress> addresses(String... texts) {
        return Stream.of(texts).map(IpAddress::parse).toList();
    }
}
