package io.dunlin.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.lb.dns.NamespaceResolvConf;
import io.dunlin.testkit.NamespaceLab;
import io.dunlin.vxlan.wire.IpAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Two processes, each a node; the first one's host has a resolver, dnsmasq, which its resolv.conf names:
 *
 * <pre>
 *   dig, getent                                               ─┐ on "backend" 10.0.0.0/24, and
 *   w1 eth0 10.0.0.2, eth1 10.1.0.2     w2 eth0 10.0.0.3, …   ─┘ "closed" 10.1.0.0/24, which is internal
 *        │                                    │
 *   h1: n1, 192.168.39.1 ──── gossip ──── h2: n2, 192.168.39.2
 *        └ dnsmasq 127.0.0.1
 * </pre>
 */
@Timeout(180)
class UpstreamNamesNamespaceTest {
    private static final String HOSTS_RESOLVER = "127.0.0.1";
    private static final int TASKS = 60;

    private NamespaceLab lab;
    private NamespaceResolvConf hostFiles;
    private Process dnsmasq;
    private NamedNodeProcess n1;
    private NamedNodeProcess n2;

    @BeforeEach
    void start() throws IOException {
        Hosts.assumePossible("dig", "getent", "dnsmasq");
        lab = new NamespaceLab(1500)
                .host("h1", "192.168.39.1/24")
                .host("h2", "192.168.39.2/24")
                .namespace("w1")
                .namespace("w2");
        hostFiles = new NamespaceResolvConf(NamespaceResolvConf.ROOT, "names-test");
        hostFiles.write(namespace("h1"), List.of(IpAddress.parse(HOSTS_RESOLVER)), List.of());
        startDnsmasq(HOSTS_RESOLVER);
        n1 = NamedNodeProcess.start(lab, 1, "192.168.39.1", "192.168.39.2");
        n2 = NamedNodeProcess.start(lab, 2, "192.168.39.2", "192.168.39.1");
    }

    private void startDnsmasq(String address) {
        Stream<String> records = Stream.concat(
                Stream.of("--host-record=outside.test,192.0.2.7,2001:db8::7"),
                Stream.iterate(0, i -> i + 1)
                        .limit(TASKS)
                        .map(i -> "--txt-record=big.test,text number " + i + " of sixty, and more"));
        dnsmasq = lab.start(
                "h1",
                Stream.concat(
                                Stream.of(
                                        "dnsmasq",
                                        "--keep-in-foreground",
                                        "--conf-file=/dev/null",
                                        "--no-resolv",
                                        "--no-hosts",
                                        "--pid-file",
                                        "--user=root",
                                        "--bind-interfaces",
                                        "--listen-address=" + address),
                                records)
                        .toArray(String[]::new));
        await("h1", address, "outside.test", "192.0.2.7");
    }

    @AfterEach
    void end() throws IOException {
        if (lab != null) {
            for (NamedNodeProcess node :
                    Stream.of(n1, n2).filter(Objects::nonNull).toList()) {
                node.end();
            }
            hostFiles.remove(namespace("h1"));
            lab.close();
        }
    }

    private String namespace(String name) {
        return String.valueOf(lab.path(name).getFileName());
    }

    private Path fileOf(String name) {
        return NamespaceResolvConf.ROOT.resolve(namespace(name)).resolve("resolv.conf");
    }

    private String dig(String where, String... arguments) {
        return lab.run(
                        where,
                        Stream.concat(Stream.of("dig", "+tries=1", "+time=5"), Stream.of(arguments))
                                .toArray(String[]::new))
                .output();
    }

    /** Until it is so; nothing for a name that there is none of. */
    private void await(String where, String server, String name, String answer) {
        String asked = "until [ \"$(dig +short +tries=1 +time=1 @" + server + " " + name + " 2>/dev/null)\" = \""
                + answer + "\" ]; do :; done";
        lab.run(where, "timeout", "19", "bash", "-c", asked).orFail();
    }

    @Test
    void whatTheNetworkDoesNotKnowTheHostsResolverIsAsked() {
        assertThat(lab.run("w1", "getent", "ahostsv4", "outside.test").orFail().output())
                .startsWith("192.0.2.7 ");
        assertThat(dig("w1", "@10.0.0.1", "+short", "Outside.test", "AAAA")).isEqualTo("2001:db8::7\n");
        assertThat(dig("w1", "@10.0.0.1", "+tcp", "+short", "outside.test")).isEqualTo("192.0.2.7\n");
        assertThat(dig("w1", "@10.0.0.1", "+short", "big.test", "TXT").lines().filter(line -> line.startsWith("\"")))
                .as("what needs TCP all the way")
                .hasSize(TASKS);
        assertThat(dig("w1", "@10.0.0.1", "+short", "w1")).as("its own first").isEqualTo("10.0.0.2\n");
        assertThat(dig("w1", "@10.1.0.1", "outside.test")).as("internal").contains("status: NXDOMAIN");
        assertThat(dig("w1", "@10.1.0.1", "+tcp", "outside.test")).contains("status: NXDOMAIN");
    }

    @Test
    void aDeadResolverIsSaidAndANewOneIsAsked() {
        dnsmasq.destroyForcibly().onExit().join();
        assertThat(dig("w1", "@10.0.0.1", "outside.test")).contains("status: SERVFAIL");
        assertThat(dig("w1", "@10.0.0.1", "+tcp", "outside.test")).contains("status: SERVFAIL");
        assertThat(dig("w1", "@10.0.0.1", "+short", "w1")).isEqualTo("10.0.0.2\n");
        startDnsmasq(HOSTS_RESOLVER);
        assertThat(dig("w1", "@10.0.0.1", "+short", "outside.test")).isEqualTo("192.0.2.7\n");
    }

    @Test
    void theHostsNextResolverIsAskedWithoutAnotherStart() throws IOException {
        dnsmasq.destroyForcibly().onExit().join();
        startDnsmasq("127.0.0.2");
        assertThat(dig("w1", "@10.0.0.1", "outside.test")).contains("status: SERVFAIL");
        Files.writeString(fileOf("h1"), Files.readString(fileOf("h1")).replace("127.0.0.1", "127.0.0.2"));
        assertThat(dig("w1", "@10.0.0.1", "+short", "outside.test")).isEqualTo("192.0.2.7\n");
    }

    @Test
    void namesOfAKilledNodeGoAndComeBackWithIt() {
        await("w1", "10.0.0.1", "w2", "10.0.0.3");
        await("w1", "10.1.0.1", "w2", "10.1.0.3");
        n2.kill();
        await("w1", "10.1.0.1", "w2", "");
        await("w1", "10.0.0.1", "w2", "");
        assertThat(dig("w1", "@10.1.0.1", "w2")).contains("status: NXDOMAIN");
        assertThat(dig("w1", "@10.1.0.1", "+short", "w1.closed")).isEqualTo("10.1.0.2\n");
        assertThat(fileOf("w2")).as("nobody was there to remove it").exists();
        n2 = NamedNodeProcess.start(lab, 2, "192.168.39.2", "192.168.39.1");
        await("w1", "10.1.0.1", "w2", "10.1.0.3");
        await("w2", "10.0.0.1", "w1.backend", "10.0.0.2");
        n2.end();
        assertThat(fileOf("w2").getParent()).as("taken up again, and removed").doesNotExist();
    }
}
