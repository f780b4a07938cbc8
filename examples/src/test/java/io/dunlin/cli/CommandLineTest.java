package io.dunlin.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.dunlin.lb.dns.upstream.UpstreamConfig;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** Exit codes, and what is said on which stream. */
class CommandLineTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... arguments) {
        return Main.run(new PrintWriter(out, true), new PrintWriter(err, true), arguments);
    }

    static Stream<CommandLine> commands() {
        return below(new CommandLine(new OverlayNodeCommand()));
    }

    private static Stream<CommandLine> below(CommandLine command) {
        return command.getSubcommands().values().stream().flatMap(each -> Stream.concat(Stream.of(each), below(each)));
    }

    @ParameterizedTest
    @MethodSource("commands")
    void helpOfEachCommandNamesEachOptionExamplesAndExitCodes(CommandLine command) {
        String name = command.getCommandSpec().qualifiedName(" ");
        assertThat(run((name + " --help").substring("overlay-node ".length()).split(" ")))
                .isZero();

        assertThat(command.getCommandSpec().options())
                .isNotEmpty()
                .allSatisfy(option -> assertThat(out.toString()).contains(option.longestName()));
        assertThat(out.toString()).contains("Exit codes:", "Examples:", name);
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void helpAndVersionAreNoErrors() {
        assertThat(run("--help")).isZero();
        assertThat(run("--version")).isZero();
        assertThat(out.toString())
                .contains(
                        "demo",
                        "run",
                        "stats",
                        "trace",
                        "keys",
                        "info",
                        "gossip",
                        "ipam",
                        "service",
                        "overlay-node unpackaged");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "fly",
                "run",
                "run --config",
                "run --config /nonexistent.yaml",
                "run --config / --check",
                "run --config node.yaml --fast",
                "stats --node a --control b",
                "stats --control /nonexistent.sock",
                "stats --node a/../../../../nonexistent",
                "trace --packets 0 --control x",
                "trace --packets many",
                "trace --packets 10001",
                "keys",
                "keys turn",
                "keys ls extra",
                "keys ls --control /nonexistent.sock",
                "keys rotate --node a --control b",
                "keys wireshark --control /nonexistent.sock",
                "demo --megabytes 0",
                "demo --megabytes -5",
                "demo --json /nonexistent/directory/file.json",
                "gossip",
                "gossip --name a",
                "gossip --name a --bind 127.0.0.1:x",
                "gossip --name a --bind 0.0.0.0:0",
                "gossip --name a --bind 203.0.113.1",
                "gossip --name a --bind 127.0.0.1:0 --join b:c",
                "gossip --name a --bind 127.0.0.1:0 --profile fast",
                "gossip --name a --bind 127.0.0.1:0 --protocol 6",
                "gossip --name a --bind 127.0.0.1:0 --key-file /nonexistent",
                "ipam",
                "ipam plan --take 0",
                "ipam plan --take 1000001",
                "ipam plan --take many",
                "ipam plan --default-addr-pool 10.0.0.1/8",
                "ipam plan --default-addr-pool 10.0.0.0",
                "ipam plan --default-addr-pool 127.0.0.0/8",
                "ipam plan --default-addr-pool 10.0.0.0/8 --default-addr-pool 10.1.0.0/16",
                "ipam plan --default-addr-pool-mask-length 0",
                "ipam plan --default-addr-pool-mask-length 32",
                "ipam plan --default-addr-pool 10.0.0.0/24 --default-addr-pool-mask-length 16",
                "ipam plan --exclude 10.0.0.0/8",
                "ipam plan --exclude net",
                "ipam ls --control /nonexistent",
                "ipam reclaim",
                "ipam reclaim host3 --control /nonexistent",
                "service",
                "service create",
                "service create -web --control /nonexistent",
                "service create web --control /nonexistent",
                "service ls --control /nonexistent",
                "service inspect",
                "service inspect web --control /nonexistent",
                "service rm web --control /nonexistent",
                "service drain web",
                "service drain web web.1 --control /nonexistent",
                "info extra"
            })
    void badInputIsOneLineAndExitCodeTwo(String arguments) {
        assertThat(run(arguments.isEmpty() ? new String[0] : arguments.split(" ", -1)))
                .isEqualTo(2);

        assertThat(err.toString().lines()).hasSize(1);
        assertThat(err.toString()).doesNotContain("Exception");
        assertThat(out.toString()).isEmpty();
    }

    /** No node runs here, which would be said instead. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            create w@b | service name "w@b": allowed are 1 to 63 letters, digits, dots, underscores and hyphens, a letter or digit first, and something between dots and behind them
            create web --port 0 | port 0:0: allowed are 1 to 65535
            create web --port http | port "http": allowed are 80, 80:8080 (backends listen on 8080), and both with /tcp or /udp behind
            create web --mode nat | mode "nat": allowed are vip and dnsrr
            create web --strategy random | strategy "random": allowed are round-robin, least-flows and client-hash
            create web --vip 10.0.0 | not an IP address: "10.0.0" (like 10.0.0.2 or fd00::2)
            create web --vip 10.0.0.5 --mode dnsrr | service "web" has VIPs [10.0.0.5] in DNS round robin mode: leave out the one or the other
            create web --health icmp | health check "icmp": allowed are tcp:PORT and udp:PORT
            create web --health tcp:0 | health check of port 0: allowed are 1 to 65535
            create web --health-interval 1s | a health check's interval, timeout or retries without the check: add the check, tcp:PORT or udp:PORT
            create web --health-timeout 1s | a health check's interval, timeout or retries without the check: add the check, tcp:PORT or udp:PORT
            create web --health-retries 0 | a health check's interval, timeout or retries without the check: add the check, tcp:PORT or udp:PORT
            create web --health tcp:80 --health-interval soon | --health-interval: "soon" is no time: allowed are hours, minutes and seconds like 12h or 1h30m
            create web --health tcp:80 --health-interval 0s | health check with interval PT0S: allowed are PT0.1S to PT1H
            create web --health tcp:80 --health-interval 0.0001s | health check with interval PT0.0001S: allowed are PT0.1S to PT1H
            create web --health tcp:80 --health-interval 99999999999999h | health check with interval PT99999999999999H: allowed are PT0.1S to PT1H
            create web --health tcp:80 --health-timeout 0s | health check with timeout PT0S: allowed are PT0.01S to PT1M
            create web --health tcp:80 --health-timeout 99999999999999h | health check with timeout PT99999999999999H: allowed are PT0.01S to PT1M
            create web --health tcp:80 --health-retries 0 | health check with 0 retries: allowed are 1 to 100
            drain web web.1 --within soon | --within: "soon" is no time: allowed are hours, minutes and seconds like 12h or 1h30m
            drain web web.1 --within 25h | --within 25h: allowed are 0s to 24h
            drain web web.1 --within -1s | --within -1s: allowed are 0s to 24h
            drain web web.1 --within 99999999999999h | --within 99999999999999h: allowed are 0s to 24h
            drain web web.1 --within 5m --resume | both --within 5m and --resume are given: leave out the one or the other
            """)
    void aServiceThatCannotBeIsSaidSoBeforeANodeIsAsked(String arguments, String reason) {
        assertThat(run(("service " + arguments + " --control /nonexistent").split(" ")))
                .isEqualTo(2);
        assertThat(err.toString()).isEqualToNormalizingNewlines(reason + "\n");
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void aStackTraceIsPrintedOnlyWhenAskedFor() {
        assertThat(run("--debug", "run", "--config", "/nonexistent.yaml")).isEqualTo(2);

        assertThat(err.toString()).contains("\tat io.dunlin.cli.");
    }

    @Test
    void poolsOnTheCommandLineTakeThePlaceOfThoseInTheFile(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("node.yaml"), """
                node: a
                dataPath: {address: 192.168.39.1}
                pools: {ranges: [10.0.0.0/9], quarantine: 2m}
                """);
        String[] check = {"run", "--check", "--config", file.toString(), "--default-addr-pool"};
        assertThat(run(Stream.concat(Stream.of(check), Stream.of("10.20.0.0/16"))
                        .toArray(String[]::new)))
                .isZero();
        assertThat(run(Stream.concat(Stream.of(check), Stream.of("10.20.0.0/16", "--default-addr-pool", "10.20.1.0/24"))
                        .toArray(String[]::new)))
                .isEqualTo(2);
        assertThat(err.toString()).isEqualTo("address pools: 10.20.1.0/24 overlaps the pool 10.20.0.0/16\n");
        assertThat(run(Stream.concat(
                                Stream.of(check), Stream.of("10.20.0.0/16", "--default-addr-pool-mask-length", "31"))
                        .toArray(String[]::new)))
                .isEqualTo(2);
    }

    @Test
    void serversOnTheCommandLineAreAddresses(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("node.yaml"), """
                node: a
                dataPath: {address: 192.168.39.1}
                names: {upstream: [192.0.2.53], timeout: 1s}
                """);
        var command = new RunCommand();
        new CommandLine(command).parseArgs("--config", file.toString(), "--dns", "192.0.2.1", "--dns", "[fd00::1]:54");
        UpstreamConfig upstream = command.plan().node().names().upstream();
        assertThat(upstream)
                .isEqualTo(UpstreamConfig.of(List.of())
                        .servers(List.of(new InetSocketAddress("192.0.2.1", 53), new InetSocketAddress("fd00::1", 54)))
                        .timeout(Duration.ofSeconds(1)));
        assertThat(run("run", "--check", "--config", file.toString(), "--dns", "dns.example"))
                .isEqualTo(2);
        assertThat(err.toString()).isEqualTo("--dns: not an IP address: \"dns.example\" (like 10.0.0.2 or fd00::2)\n");
    }

    @Test
    void checkLooksAtTheFileAndAtNothingElse(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("node.yaml"), """
                node: host1
                dataPath: {address: 203.0.113.1}
                networks:
                  - {name: n, vni: 1, subnets: [10.0.0.0/24], endpoints: [{name: e, addresses: [10.0.0.2], namespace: /nonexistent}]}
                """);

        assertThat(run("run", "--check", "--config", file.toString())).isZero();
        assertThat(out.toString()).isEqualToIgnoringNewLines(file + ": node host1 is well described");
    }

    @Test
    void aNamespaceThatIsNotThereIsToldBeforeAnythingIsStarted(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("node.yaml"), """
                node: host1
                dataPath: {address: 203.0.113.1}
                networks:
                  - {name: n, vni: 1, subnets: [10.0.0.0/24], endpoints: [{name: e, addresses: [10.0.0.2], namespace: /nonexistent}]}
                """);

        assertThat(run("run", "--config", file.toString())).isEqualTo(2);
        assertThat(err.toString())
                .isEqualToIgnoringNewLines(
                        file + ":4: networks[0].endpoints[0]: namespace /nonexistent does not exist: ip netns"
                                + " add nonexistent makes one");
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void aDataPathAddressOfAnotherHostIsBadInput(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(
                directory.resolve("node.yaml"),
                "node: host1\ndataPath: {address: 203.0.113.1}\ncontrol: " + directory + "/s\n");

        assertThat(run("run", "--config", file.toString())).isEqualTo(2);
        assertThat(err.toString().lines()).hasSize(1);
        assertThat(err.toString()).contains("203.0.113.1");
        assertThat(directory.resolve("s")).doesNotExist();
    }

    @Test
    void aPlanShowsWhatPoolsWouldHandOut() {
        assertThat(run(
                        "ipam",
                        "plan",
                        "--default-addr-pool",
                        "10.20.0.0/16",
                        "--default-addr-pool",
                        "10.30.0.0/16",
                        "--default-addr-pool-mask-length",
                        "26",
                        "--take",
                        "5"))
                .isZero();
        assertThat(out.toString()).isEqualToNormalizingNewlines("""
                10.20.0.0/26         gateway 10.20.0.1        endpoints 61
                10.20.0.64/26        gateway 10.20.0.65       endpoints 61
                10.20.0.128/26       gateway 10.20.0.129      endpoints 61
                10.20.0.192/26       gateway 10.20.0.193      endpoints 61
                10.20.1.0/26         gateway 10.20.1.1        endpoints 61
                left of 10.20.0.0/16 cut into /26: 1019 of 1024
                left of 10.30.0.0/16 cut into /26: 1024 of 1024
                """);
    }

    @Test
    void aPlanForScriptsSaysTheSame() throws IOException {
        assertThat(run(
                        "ipam",
                        "plan",
                        "--default-addr-pool",
                        "fd00::/8",
                        "--exclude",
                        "fd00::/64",
                        "--take",
                        "1",
                        "--json"))
                .isZero();
        assertThat(new ObjectMapper().readTree(out.toString())).isEqualTo(new ObjectMapper().readTree("""
                        {"subnets": [{"subnet": "fd00:0:0:1::/64", "gateway": "fd00:0:0:1::1", "endpoints": "18446744073709551486"}],
                         "pools": [{"pool": "fd00::/8 cut into /64", "size": "72057594037927935", "left": "72057594037927934"}]}
                        """));
    }

    @Test
    void aPlanBeyondTheLastSubnetShowsThemAllAndFails() {
        assertThat(run("ipam", "plan", "--default-addr-pool", "10.0.0.0/30", "--default-addr-pool-mask-length", "31"))
                .isEqualTo(1);
        assertThat(out.toString().lines()).hasSize(3);
        assertThat(err.toString())
                .isEqualToIgnoringNewLines(
                        "10.0.0.0/30 cut into /31 is exhausted: 2 of 2 are granted or in quarantine");
    }

    @Test
    void helpOfThePlanNamesEachOption() {
        assertThat(run("ipam", "plan", "--help")).isZero();
        assertThat(out.toString())
                .contains("--default-addr-pool=", "--default-addr-pool-mask-length=", "--exclude=", "--take=", "--json")
                .contains("Exit codes:", "Examples:");
    }
}
