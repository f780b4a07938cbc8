package io.dunlin.cli.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dunlin.cli.outcome.BadInput;
import io.dunlin.gossip.GossipConfig;
import io.dunlin.gossip.Profile;
import io.dunlin.gossip.TableLimits;
import io.dunlin.gossip.transport.HostPort;
import io.dunlin.ipam.IpamConfig;
import io.dunlin.ipam.Subnet;
import io.dunlin.lb.ServicePort;
import io.dunlin.lb.Strategy;
import io.dunlin.lb.dns.upstream.UpstreamConfig;
import io.dunlin.node.EndpointSpec;
import io.dunlin.node.HealthCheck;
import io.dunlin.node.KeysConfig;
import io.dunlin.node.NamesConfig;
import io.dunlin.node.NetworkSpec;
import io.dunlin.node.NodeConfig;
import io.dunlin.node.PoolsConfig;
import io.dunlin.node.ServiceSpec;
import io.dunlin.vxlan.wire.Cidr;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.MacAddress;
import io.dunlin.vxlan.wire.Vni;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a node's file may say; each mistake has its one line. */
class NodeFileTest {
    private static final String GOOD = """
            node: host1
            dataPath: {address: 192.168.39.1, port: 4789, mtu: 1500, socket: auto}
            control: /run/dunlin/host1.sock
            networks:
              - name: backend
                vni: 4096
                subnets: [10.0.0.0/24, "fd00:a::/64"]
                mtu: 1450
                endpoints:
                  - {name: web.1, addresses: [10.0.0.2, "fd00:a::2"], namespace: /run/netns/web1, device: eth0, routes: [0.0.0.0/0]}
                remotes:
                  - {name: web.2, addresses: [10.0.0.3], vtep: 192.168.39.2, mac: "02:42:0a:00:00:03"}
            """;

    @Test
    void readsEveryKey() {
        var plan = NodeFile.parse("node.yaml", GOOD);

        assertThat(plan.node())
                .isEqualTo(NodeConfig.named("host1").dataPath("192.168.39.1").underlayMtu(1500));
        assertThat(plan.control()).contains(Path.of("/run/dunlin/host1.sock"));
        var network = plan.networks().getFirst();
        assertThat(network.spec().vni()).isEqualTo(new Vni(4096));
        assertThat(network.spec().subnets()).containsExactly(Cidr.parse("10.0.0.0/24"), Cidr.parse("fd00:a::/64"));
        assertThat(network.spec().mtu()).isEqualTo(1450);
        var endpoint = network.endpoints().getFirst().spec();
        assertThat(endpoint.addresses()).containsExactly(IpAddress.parse("10.0.0.2"), IpAddress.parse("fd00:a::2"));
        assertThat(endpoint.place()).isEqualTo(new EndpointSpec.Place.NamespacePath(Path.of("/run/netns/web1")));
        assertThat(endpoint.device()).isEqualTo("eth0");
        assertThat(endpoint.routes()).containsExactly(Cidr.parse("0.0.0.0/0"));
        var remote = network.remotes().getFirst().spec();
        assertThat(remote.vtep()).isEqualTo(IpAddress.parse("192.168.39.2"));
        assertThat(remote.mac()).isEqualTo(MacAddress.parse("02:42:0a:00:00:03"));
    }

    private static String withService(String service) {
        return GOOD.replace("routes: [0.0.0.0/0]}", "service: web, weight: 2}") + "    services:\n      - " + service
                + "\n";
    }

    @Test
    void readsServicesAndWhoStandsBehindThem() {
        var network = NodeFile.parse(
                        "node.yaml",
                        withService(
                                "{name: web, ports: [80:8080, 53/udp], vips: [10.0.0.80], strategy: client-hash,"
                                        + " preferLocal: true, health: tcp:8080, healthInterval: 1s, healthTimeout: 0.5s, healthRetries: 2}"))
                .networks()
                .getFirst();
        assertThat(network.services().getFirst().spec())
                .isEqualTo(ServiceSpec.named("web")
                        .port(ServicePort.tcp(80).to(8080))
                        .port(ServicePort.udp(53))
                        .vip("10.0.0.80")
                        .strategy(Strategy.CLIENT_HASH)
                        .preferLocal()
                        .health(HealthCheck.tcp(8080)
                                .interval(Duration.ofSeconds(1))
                                .timeout(Duration.ofMillis(500))
                                .retries(2)));
        var endpoint = network.endpoints().getFirst().spec();
        assertThat(endpoint.service()).isEqualTo("web");
        assertThat(endpoint.weight()).isEqualTo(2);
        assertThat(NodeFile.parse("node.yaml", withService("{name: web, mode: dnsrr}"))
                        .networks()
                        .getFirst()
                        .services()
                        .getFirst()
                        .spec())
                .isEqualTo(ServiceSpec.named("web").dnsRoundRobin());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            mode: nat | .mode: mode "nat": allowed are vip and dnsrr
            strategy: random | .strategy: strategy "random": allowed are round-robin, least-flows and client-hash
            ports: [80, http] | .ports[1]: port "http": allowed are 80, 80:8080 (backends listen on 8080), and both with /tcp or /udp behind
            'vips: [10.0.0.5], mode: dnsrr' | : service "web" has VIPs [10.0.0.5] in DNS round robin mode: leave out the one or the other
            health: icmp | : health check "icmp": allowed are tcp:PORT and udp:PORT
            healthInterval: 1s | : a health check's interval, timeout or retries without the check: add the check, tcp:PORT or udp:PORT
            healthTimeout: 1s | : a health check's interval, timeout or retries without the check: add the check, tcp:PORT or udp:PORT
            healthRetries: 2 | : a health check's interval, timeout or retries without the check: add the check, tcp:PORT or udp:PORT
            'health: "tcp:80", healthInterval: 0s' | : health check with interval PT0S: allowed are PT0.1S to PT1H
            'health: "tcp:80", healthInterval: 0.0001s' | : health check with interval PT0.0001S: allowed are PT0.1S to PT1H
            'health: "tcp:80", healthInterval: 99999999999999h' | : health check with interval PT99999999999999H: allowed are PT0.1S to PT1H
            'health: "tcp:80", healthTimeout: 0s' | : health check with timeout PT0S: allowed are PT0.01S to PT1M
            'health: "tcp:80", healthTimeout: 99999999999999h' | : health check with timeout PT99999999999999H: allowed are PT0.01S to PT1M
            'health: "tcp:80", healthRetries: 0' | : health check with 0 retries: allowed are 1 to 100
            """)
    void aServiceThatCannotBeIsSaidWithItsPlace(String service, String reason) {
        assertThatThrownBy(() -> NodeFile.parse("node.yaml", withService("{name: web, " + service + "}")))
                .isInstanceOf(BadInput.class)
                .hasMessage("node.yaml:14: networks[0].services[0]" + reason);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {name: WEB} | 15: networks[0].services[1]: service "WEB" is there already in network "backend": give each its own name
            {name: db, vips: [10.0.0.80]} | 15: networks[0].services[1]: address 10.0.0.80 of service "db" is taken by service "web"
            {name: db, vips: [10.0.0.2]} | 15: networks[0].services[1]: address 10.0.0.2 of service "db" is taken by endpoint "web.1"
            {name: db, vips: [10.0.0.3]} | 15: networks[0].services[1]: address 10.0.0.3 of service "db" is taken by endpoint "web.2"
            {name: db, vips: [10.0.1.80]} | 15: networks[0].services[1]: address 10.0.1.80 is outside the subnets [10.0.0.0/24, fd00:a::/64] of network "backend"
            {name: db, vips: [10.0.0.1]} | 15: networks[0].services[1]: address 10.0.0.1 is the gateway of 10.0.0.0/24: services begin at 10.0.0.2
            {name: db, vips: [10.0.0.255]} | 15: networks[0].services[1]: address 10.0.0.255 is the broadcast address of 10.0.0.0/24, which no service can have
            {name: db, vips: ["fd00:a::"]} | 15: networks[0].services[1]: address fd00:a:: is the first address of fd00:a::/64, which no service can have
            """)
    void aServiceThatCannotBeBesideWhatElseIsThereIsRefused(String second, String reason) {
        String file = withService("{name: web, vips: [10.0.0.80]}\n      - " + second);
        assertThatThrownBy(() -> NodeFile.parse("node.yaml", file))
                .isInstanceOf(BadInput.class)
                .hasMessage("node.yaml:" + reason);
    }

    @Test
    void aServiceMayHaveAnEndpointsName() {
        assertThat(NodeFile.parse("node.yaml", withService("{name: web.1, vips: [10.0.0.80]}"))
                        .networks()
                        .getFirst()
                        .services())
                .hasSize(1);
    }

    @Test
    void readsHowKeysTurn(@TempDir Path directory) throws IOException {
        Path ring = keyFile(directory, "cluster.keys", "AAAAAAAAAAAAAAAAAAAAAA==\n", "rw-------");
        String gossip = GOOD + "gossip: {join: [192.168.39.2], keyFile: " + ring + "}\n";
        var keys = NodeFile.parse("node.yaml", gossip + "keys: {every: 1h30m, ringFile: /var/lib/dunlin/ring}\n")
                .node()
                .keys();
        assertThat(keys)
                .isEqualTo(KeysConfig.DEFAULT.every(Duration.ofMinutes(90)).ringFile(Path.of("/var/lib/dunlin/ring")));
        assertThat(NodeFile.parse("node.yaml", gossip).node().keys()).isEqualTo(KeysConfig.DEFAULT);
        assertThatThrownBy(() -> NodeFile.parse("node.yaml", gossip + "keys: {every: daily}\n"))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("\"daily\" is no time: allowed are hours, minutes and seconds like 12h or 1h30m");
        assertThatThrownBy(() -> NodeFile.parse("node.yaml", gossip + "keys: {every: 5s}\n"))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("interval PT5S is not longer than the grace time PT30S");
        assertThatThrownBy(() -> NodeFile.parse("node.yaml", GOOD + "keys: {every: 12h}\n"))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("keys turn among nodes whose gossip is encrypted");
    }

    private static Path keyFile(Path directory, String name, String content, String rights) throws IOException {
        Path file = Files.writeString(directory.resolve(name), content);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(rights));
    }

    private static String association(Path out, Path in) {
        return GOOD + "associations:\n  - {peer: 192.168.39.2, port: 4500, out: {spi: 0x1001, keyFile: " + out
                + ", extended: false, packets: 1000}, in: {spi: 0x80000001, keyFile: " + in + "}}\n";
    }

    @Test
    void readsEncryptionAndItsAssociations(@TempDir Path directory) throws IOException {
        Path out = keyFile(directory, "out", "0x" + "0123456789abcdef".repeat(2) + "00000001\n", "rw-------");
        Path in = keyFile(directory, "in", "00".repeat(36), "r--------");
        var plan = NodeFile.parse(
                "node.yaml",
                association(out, in).replace("socket: auto", "aead: jdk").replace("mtu: 1450", "encrypted: true"));

        assertThat(plan.node().aead()).isEqualTo(NodeConfig.Engine.JDK);
        assertThat(plan.networks().getFirst().spec().isEncrypted()).isTrue();
        var to = plan.associations().outbound().getFirst();
        assertThat(to.vtep()).isEqualTo(IpAddress.parse("192.168.39.2"));
        assertThat(to.port()).isEqualTo(4500);
        assertThat(to.sa().spi().value()).isEqualTo(0x1001);
        assertThat(to.sa().isExtended()).isFalse();
        var from = plan.associations().inbound().getFirst();
        assertThat(from.sa().spi().value()).isEqualTo(0x8000_0001);
        assertThat(from.sa().isExtended()).isTrue();
        assertThat(plan.toString()).doesNotContain("cdef");
        plan.associations().wipe();
    }

    @Test
    void refusesKeyFilesThatOthersMayReadAndOnesThatAreNone(@TempDir Path directory) throws IOException {
        String key = "ab".repeat(20);
        Path good = keyFile(directory, "good", key, "rw-------");
        Path open = keyFile(directory, "open", key, "rw-r-----");
        refused(
                association(good, open),
                "key file " + open + " has rights rw-r-----: allowed are rw-------" + " at most: chmod 600 " + open);
        Path short19 = keyFile(directory, "short", "ab".repeat(19), "rw-------");
        assertThatThrownBy(() -> NodeFile.parse("node.yaml", association(short19, good)))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("has 38 hexadecimal digits: allowed are 40 (AES-128")
                .hasMessageContaining("72 (AES-256");
        Path text = keyFile(directory, "text", "ab".repeat(19) + "xy", "rw-------");
        assertThatThrownBy(() -> NodeFile.parse("node.yaml", association(text, good)))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("byte 39 is no hexadecimal digit")
                .hasMessageNotContaining("abab");
        assertThatThrownBy(() -> NodeFile.parse("node.yaml", association(directory.resolve("none"), good)))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("does not exist: ")
                .hasMessageContaining("/dev/urandom");
        assertThatThrownBy(() ->
                        NodeFile.parse("node.yaml", association(good, good).replace("0x80000001", "0x2001")))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("SPI 0x00002001")
                .hasMessageContaining("allowed are 0x80000000 to 0xffffffff");
        assertThatThrownBy(() ->
                        NodeFile.parse("node.yaml", association(good, good).replace("packets: 1000", "packets: 0")))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("0 packets by one security association; allowed are 1 to 4294967295");
    }

    @Test
    void readsWhereSequenceNumbersBegin(@TempDir Path directory) throws IOException {
        Path key = keyFile(directory, "key", "ab".repeat(20), "rw-------");
        String good = association(key, key)
                .replace("packets: 1000", "first: 4294967000")
                .replace("spi: 0x80000001", "spi: 0x80000001, first: 0x100000000");
        var plan = NodeFile.parse("node.yaml", good);
        assertThat(plan.associations().outbound().getFirst().sa().used()).isZero();
        plan.associations().wipe();

        for (String none : List.of("0", "-1", "4294967296")) {
            assertThatThrownBy(() -> NodeFile.parse("node.yaml", good.replace("4294967000", none)))
                    .isInstanceOf(BadInput.class)
                    .hasMessageContaining("first sequence number " + none + ": allowed are 1 to 4294967295");
        }
        assertThatThrownBy(() -> NodeFile.parse("node.yaml", good.replace("0x100000000", "soon")))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("\"soon\" is no sequence number");
    }

    @Test
    void theMtuOfAnEncryptedNetworkLeavesRoomForIt() {
        refused(
                GOOD.replace("mtu: 1450", "mtu: 1409\n    encrypted: true"),
                "node.yaml:5: networks[0]: inner MTU 1409 does not fit: underlay 1500 − 92 leaves 1408");
    }

    @Test
    void theSmallestFileIsANameAndAnAddress() {
        var plan = NodeFile.parse("node.yaml", "node: a\ndataPath: {address: 10.1.1.1}\n");

        assertThat(plan.node().port()).isEqualTo(4789);
        assertThat(plan.networks()).isEmpty();
        assertThat(plan.control()).isEmpty();
    }

    private static GossipConfig gossip(String mapping) {
        var plan = NodeFile.parse("node.yaml", GOOD + "gossip: " + mapping + "\n");
        return Objects.requireNonNull(plan.node().gossip());
    }

    @Test
    void readsEveryKeyOfGossip(@TempDir Path directory) throws IOException {
        Path keys = Files.writeString(directory.resolve("keys"), "AAECAwQFBgcICQoLDA0ODw==\n");
        Files.setPosixFilePermissions(keys, PosixFilePermissions.fromString("rw-------"));

        GossipConfig gossip = gossip(
                "{listen: \"192.168.39.1:7000\", advertise: 203.0.113.1, join: [seed.example, \"10.1.1.2:7001\"],"
                        + " keyFile: " + keys + ", profile: wan, label: production, compression: false}");

        assertThat(gossip.name()).isEqualTo("host1");
        assertThat(gossip.listen()).isEqualTo(new HostPort("192.168.39.1", 7000));
        assertThat(gossip.advertise()).isEqualTo(new HostPort("203.0.113.1", 0));
        assertThat(gossip.seeds()).containsExactly(new HostPort("seed.example", 7946), new HostPort("10.1.1.2", 7001));
        assertThat(gossip.keyRing()).isNotNull();
        assertThat(gossip.profile()).isEqualTo(Profile.wan());
        assertThat(gossip.label()).isEqualTo("production");
        assertThat(gossip.compression()).isFalse();
        assertThat(gossip.tables()).isEqualTo(TableLimits.DEFAULT);
    }

    @Test
    void gossipListensAtTheDataPathsAddress() {
        assertThat(gossip("{join: [192.168.39.2]}").listen()).isEqualTo(new HostPort("192.168.39.1", 7946));
        assertThat(NodeFile.parse("node.yaml", GOOD).node().gossip()).isNull();
    }

    @Test
    void refusesGossipThatCannotBe() {
        refused(
                GOOD + "gossip: {listen: 0.0.0.0}\n",
                "node.yaml:13: gossip: it listens on all addresses (0.0.0.0:7946): give the one others reach it by as"
                        + " \"advertise\" (like advertise: 192.168.39.1)");
        refused(
                GOOD + "gossip: {join: [\"10.1.1.2:x\"]}\n",
                "node.yaml:13: gossip.join[0]: \"10.1.1.2:x\": the port is no number: allowed is HOST:PORT, as in"
                        + " 10.0.0.1:7946 or [fd00::1]:7946");
        refused(
                GOOD + "gossip: {profile: fast}\n",
                "node.yaml:13: gossip.profile: \"fast\" is no profile: allowed are lan, wan, local");
        refused(
                GOOD + "gossip: {keyFile: /none/keys}\n",
                "key file /none/keys does not exist: head -c 32 /dev/urandom | base64 makes a key");
        refused(
                GOOD + "gossip: {seeds: []}\n",
                "node.yaml:13: unknown key \"gossip.seeds\": allowed here: listen, advertise, join, keyFile, profile, label,"
                        + " compression");
    }

    private static NamesConfig names(String mapping) {
        return NodeFile.parse("node.yaml", GOOD + "names: " + mapping + "\n")
                .node()
                .names();
    }

    @Test
    void readsHowNamesAreAnswered() {
        NamesConfig names = names(
                "{upstream: [192.0.2.53, \"192.0.2.54:5353\", \"[fd00::53]:54\"], timeout: 0.5s, ttl: 1m, namespaceFiles: false}");
        UpstreamConfig upstream = Objects.requireNonNull(names.upstream());
        assertThat(upstream.servers())
                .containsExactly(
                        new InetSocketAddress("192.0.2.53", 53),
                        new InetSocketAddress("192.0.2.54", 5353),
                        new InetSocketAddress("fd00::53", 54));
        assertThat(upstream.timeout()).isEqualTo(Duration.ofMillis(500));
        assertThat(names.ttlSeconds()).isEqualTo(60);
        assertThat(names.namespaceFiles()).isNull();
        assertThat(names("{ttl: 7s}")).isEqualTo(NamesConfig.DEFAULT.ttlSeconds(7));
        assertThat(Objects.requireNonNull(names("{upstream: []}").upstream()).servers())
                .as("nobody is asked")
                .isEmpty();
        assertThat(NodeFile.parse("node.yaml", GOOD).node().names()).isEqualTo(NamesConfig.DEFAULT);
    }

    @Test
    void refusesNamesThatCannotBe() {
        refused(
                GOOD + "names: {upstream: [dns.example]}\n",
                "node.yaml:13: names.upstream[0]: not an IP address: \"dns.example\" (like 10.0.0.2 or fd00::2)");
        refused(
                GOOD + "names: {upstream: [\"192.0.2.53:0\"]}\n",
                "node.yaml:13: names.upstream[0]: \"192.0.2.53:0\": port 0: allowed are 1 to 65535");
        refused(
                GOOD + "names: {ttl: 1.5s}\n",
                "node.yaml:13: names: time to live of PT1.5S: allowed are whole seconds, up to a week");
        refused(
                GOOD + "names: {ttl: 200h}\n",
                "node.yaml:13: names: time to live of 720000 s: allowed are 0 to 604800 s");
        refused(
                GOOD + "names: {timeout: 1s}\n",
                "node.yaml:13: names: \"timeout\" is that of \"upstream\": give both (like upstream: [192.0.2.53])");
        refused(
                GOOD + "names: {upstream: [192.0.2.53], timeout: 1m}\n",
                "node.yaml:13: names: upstream timeout PT1M: allowed are 100 ms to 30 s");
    }

    @Test
    void aNetworkMayBeInternal() {
        var plan = NodeFile.parse("node.yaml", GOOD.replace("mtu: 1450", "internal: true"));
        assertThat(plan.networks().getFirst().spec().isInternal()).isTrue();
        refused(
                GOOD.replace("mtu: 1450", "internal: maybe"),
                "node.yaml:8: networks[0].internal: \"maybe\": allowed are true and false");
    }

    @Test
    void anEndpointMayNameAProcessOrNothing() {
        assertThat(place("pid: 1234")).isEqualTo(new EndpointSpec.Place.NamespacePid(1234));
        assertThat(place("device: eth0")).isEqualTo(new EndpointSpec.Place.OwnNamespace());
    }

    private static EndpointSpec.Place place(String instead) {
        var plan = NodeFile.parse("node.yaml", GOOD.replace("namespace: /run/netns/web1, device: eth0", instead));
        return plan.networks().getFirst().endpoints().getFirst().spec().place();
    }

    @Test
    void subnetsOfDifferentNetworksMayOverlap() {
        var plan = NodeFile.parse("node.yaml", GOOD + "  - {name: other, vni: 5000, subnets: [10.0.0.0/24]}\n");

        assertThat(plan.networks()).hasSize(2);
    }

    @Test
    void refusesAnUnknownKeyWithItsPlaceAndTheKeysThere() {
        refused(
                GOOD.replace("{name: web.1, addresses", "{name: web.1, adresses"),
                "node.yaml:10: unknown key \"networks[0].endpoints[0].adresses\": did you mean \"addresses\"? allowed here: name,"
                        + " addresses, namespace, pid, device, routes, service, weight");
        refused(
                GOOD + "swarm: true\n",
                "node.yaml:13: unknown key \"swarm\": allowed here: node, dataPath, gossip, keys, pools, names, control,"
                        + " associations, networks");
    }

    @Test
    void refusesADuplicateKey() {
        refused(
                "node: a\nnode: b\n",
                "node.yaml:2: key \"node\" stands here a second time (the first: line 1): keep one");
    }

    @Test
    void refusesABadCidr() {
        refused(
                GOOD.replace("10.0.0.0/24,", "10.0.0.0,"),
                "node.yaml:7: networks[0].subnets[0]: not a CIDR: \"10.0.0.0\" (like 10.0.0.0/24 or fd00::/64)");
        refused(
                GOOD.replace("10.0.0.0/24,", "10.0.0.7/24,"),
                "node.yaml:7: networks[0].subnets[0]: 10.0.0.7/24 has bits set behind its prefix: did you mean 10.0.0.0/24?");
    }

    @Test
    void refusesABadAddressOrMac() {
        refused(
                GOOD.replace("address: 192.168.39.1", "address: host.example"),
                "node.yaml:2: dataPath.address: not an IP address: \"host.example\" (like 10.0.0.2 or fd00::2)");
        refused(
                GOOD.replace("02:42:0a:00:00:03", "02-42-0a-00-00-03"),
                "node.yaml:12: networks[0].remotes[0].mac: not a MAC address: \"02-42-0a-00-00-03\" (like 02:42:0a:00:00:02)");
    }

    @Test
    void refusesAnAddressTwice() {
        refused(
                GOOD.replace("[10.0.0.3]", "[10.0.0.2]"),
                "node.yaml:12: networks[0].remotes[0]: address 10.0.0.2 of endpoint \"web.2\" is taken by endpoint \"web.1\"");
    }

    @Test
    void refusesANameTwice() {
        refused(
                GOOD.replace("{name: web.2", "{name: web.1"),
                "node.yaml:12: networks[0].remotes[0]: endpoint \"web.1\" is there already in network \"backend\": give each its own"
                        + " name");
        refused(
                GOOD + "  - {name: backend, vni: 5000, subnets: [10.9.0.0/24]}\n",
                "node.yaml:13: networks[1]: network \"backend\" is there already: give each its own name");
    }

    @Test
    void refusesAVniTwice() {
        refused(
                GOOD + "  - {name: other, vni: 4096, subnets: [10.9.0.0/24]}\n",
                "node.yaml:13: networks[1]: VNI 4096 of network \"other\" is taken by network \"backend\": give each network its own");
    }

    @Test
    void refusesADeviceTwiceInOneNamespace() {
        refused(
                GOOD
                        + "  - {name: other, vni: 5000, subnets: [10.9.0.0/24], endpoints: [{name: x, addresses: [10.9.0.2],"
                        + " namespace: /run/netns/web1, device: eth0}]}\n",
                "node.yaml:13: networks[1].endpoints[0]: device eth0 in namespace /run/netns/web1 is taken by endpoint \"web.1\":"
                        + " give one of them another \"device\"");
    }

    @Test
    void refusesAddressesThatNoEndpointCanHave() {
        refused(
                GOOD.replace("[10.0.0.3]", "[10.0.1.3]"),
                "node.yaml:12: networks[0].remotes[0]: address 10.0.1.3 is outside the subnets [10.0.0.0/24, fd00:a::/64] of network"
                        + " \"backend\"");
        refused(
                GOOD.replace("[10.0.0.3]", "[10.0.0.1]"),
                "node.yaml:12: networks[0].remotes[0]: address 10.0.0.1 is the gateway of 10.0.0.0/24: endpoints begin at 10.0.0.2");
        refused(
                GOOD.replace("[10.0.0.3]", "[10.0.0.255]"),
                "node.yaml:12: networks[0].remotes[0]: address 10.0.0.255 is the broadcast address of 10.0.0.0/24, which no endpoint"
                        + " can have");
        refused(
                GOOD.replace("[10.0.0.3]", "[]"),
                "node.yaml:12: networks[0].remotes[0]: endpoint \"web.2\" has no address (like addresses: [10.0.0.2])");
    }

    @Test
    void refusesASubnetWithTheUnderlaysAddress() {
        refused(
                GOOD.replace("10.0.0.0/24", "192.168.39.0/24"),
                "node.yaml:5: networks[0]: subnet 192.168.39.0/24 contains the data-path address 192.168.39.1: the overlay's"
                        + " addresses must differ from the underlay's");
    }

    @Test
    void refusesAnMtuThatDoesNotFit() {
        refused(
                GOOD.replace("mtu: 1450", "mtu: 1500"),
                "node.yaml:5: networks[0]: inner MTU 1500 does not fit: underlay 1500 − 50 leaves 1450");
        refused(
                GOOD.replace("mtu: 1450", "").replace("mtu: 1500", "mtu: 1300"),
                "node.yaml:5: networks[0]: underlay MTU 1300 − 50 leaves 1250, less than the 1280 that IPv6 (fd00:a::/64) needs");
    }

    @Test
    void refusesABadPortOrVni() {
        refused(
                GOOD.replace("port: 4789", "port: 65536"),
                "node.yaml:2: dataPath: node \"host1\": data-path port 65536: allowed are 1 to 65535");
        refused(
                GOOD.replace("vni: 4096", "vni: 0"),
                "node.yaml:5: networks[0]: VNI 0 is out of range: allowed are 1 to 16777215");
    }

    @Test
    void refusesAMissingKey() {
        refused("dataPath: {address: 10.1.1.1}\n", "node.yaml:1: \"node\" is missing (like node: host1)");
        refused("node: a\n", "node.yaml:1: \"dataPath\" is missing (like dataPath: {address: 192.168.39.1})");
        refused(
                GOOD.replace(", vtep: 192.168.39.2", ""),
                "node.yaml:12: networks[0].remotes[0]: \"vtep\" is missing (like vtep: 192.168.39.2)");
    }

    private static final String SHORT = """
            node: host1
            dataPath: {address: 192.168.39.1}
            """;

    @Test
    void aNetworkNeedsItsNameAndAnEndpointItsNameAlone() {
        var network = NodeFile.parse("node.yaml", SHORT + "networks: [{name: backend, endpoints: [{name: web}]}]")
                .networks()
                .getFirst();
        assertThat(network.spec()).isEqualTo(NetworkSpec.named("backend"));
        assertThat(network.endpoints().getFirst().spec().addresses()).isEmpty();
    }

    @Test
    void readsPools() {
        var pools = NodeFile.parse(
                        "node.yaml",
                        SHORT
                                + "pools: {ranges: [10.20.0.0/16, 10.30.0.0/16], maskLength: 26, exclude: [10.20.1.0/24], quarantine: 2m,"
                                + " stateFile: /var/lib/dunlin/pools, patience: 3s, reclaimAfter: 48h}")
                .node()
                .pools();
        assertThat(pools)
                .isEqualTo(new PoolsConfig(
                        IpamConfig.of()
                                .pool("10.20.0.0/16", 26)
                                .pool("10.30.0.0/16", 26)
                                .exclude(Subnet.parse("10.20.1.0/24"))
                                .quarantine(Duration.ofMinutes(2)),
                        Path.of("/var/lib/dunlin/pools"),
                        Duration.ofSeconds(3),
                        Duration.ofDays(2)));
        assertThat(NodeFile.parse("node.yaml", SHORT).node().pools()).isEqualTo(PoolsConfig.DEFAULT);
    }

    @Test
    void refusesPoolsThatCannotBe() {
        refused(
                SHORT + "pools: {ranges: [10.0.0.1/8]}",
                "node.yaml:3: pools: 10.0.0.1/8 has host bits set: did you mean 10.0.0.0/8?");
        refused(
                SHORT + "pools: {ranges: [10.0.0.0/8, 10.1.0.0/16]}",
                "node.yaml:3: pools: address pools: 10.1.0.0/16 overlaps the pool 10.0.0.0/8");
        refused(
                SHORT + "pools: {maskLength: 7}",
                "node.yaml:3: pools: address pools: a /7 subnet is larger than its pool 10.0.0.0/8: allowed are 8 to 31");
        refused(
                SHORT + "pools: {maskLength: 31}",
                "node.yaml:3: pools: address pools: mask length 31 of pool 10.0.0.0/8 makes subnets that no network can have: allowed are"
                        + " up to 30");
        refused(
                SHORT + "pools: {reclaimAfter: 0s}",
                "node.yaml:3: pools: address pools: reclaimAfter PT0S: allowed is more than zero, up to PT87600H");
    }

    @Test
    void refusesAWrongType() {
        refused(
                GOOD.replace("port: 4789", "port: \"4789\""),
                "node.yaml:2: dataPath.port: \"4789\" is text, as it stands in quotes (like port: 4789)");
        refused(
                GOOD.replace("mtu: 1450", "mtu: big"),
                "node.yaml:8: networks[0].mtu: \"big\" is not a whole number (like mtu: 1450)");
        refused("node: [a]\n", "node.yaml:1: node: a list is not a single value (like host1)");
        refused(
                GOOD.replace("[10.0.0.3]", "10.0.0.3"),
                "node.yaml:12: networks[0].remotes[0].addresses: \"10.0.0.3\" is not a list (like addresses: [10.0.0.3])");
        refused(
                "node: a\ndataPath: 10.1.1.1\n",
                "node.yaml:2: dataPath: \"10.1.1.1\" is not a mapping (like {address: 192.168.39.1})");
    }

    @Test
    void refusesAnUnknownKindOfSocket() {
        refused(
                GOOD.replace("socket: auto", "socket: fast"),
                "node.yaml:2: dataPath.socket: \"fast\" is no kind of socket: allowed are auto, linux, portable");
    }

    @Test
    void readsHowTheDataPathRuns() {
        var plan = NodeFile.parse(
                "node.yaml", "node: a\ndataPath: {address: 10.1.1.1, workers: 3, offloads: false, maxFlows: 2048}\n");
        assertThat(plan.node())
                .isEqualTo(NodeConfig.named("a")
                        .dataPath("10.1.1.1")
                        .workers(3)
                        .offloads(false)
                        .maxFlows(2048));
        var silent = NodeFile.parse("node.yaml", "node: a\ndataPath: {address: 10.1.1.1}\n");
        assertThat(silent.node().workers()).as("what suits the machine").isZero();
        assertThat(silent.node().offloads()).isTrue();
        assertThat(silent.node().maxFlows()).isEqualTo(1 << 20);
    }

    @Test
    void refusesImpossibleWorkersOffloadsAndFlows() {
        refused(
                "node: a\ndataPath: {address: 10.1.1.1, workers: 65}\n",
                "node.yaml:2: dataPath: node \"a\": 65 workers: allowed are 1 to 64, or 0 for as many as suit the machine");
        refused(
                "node: a\ndataPath: {address: 10.1.1.1, offloads: some}\n",
                "node.yaml:2: dataPath.offloads: \"some\": allowed are true and false");
        refused(
                "node: a\ndataPath: {address: 10.1.1.1, maxFlows: 1000}\n",
                "node.yaml:2: dataPath: node \"a\": 1000 flows of services: allowed are 1024 to 16777216");
    }

    @Test
    void refusesARouteWithoutAnAddressOfItsVersion() {
        refused(
                GOOD.replace("routes: [0.0.0.0/0]", "routes: [\"::/0\"]").replace(", \"fd00:a::2\"]", "]"),
                "node.yaml:10: networks[0].endpoints[0]: route ::/0 needs an IPv6 address, and endpoint \"web.1\" has [10.0.0.2]");
    }

    @Test
    void refusesTheNodesOwnVtep() {
        refused(
                GOOD.replace("vtep: 192.168.39.2", "vtep: 192.168.39.1"),
                "node.yaml:12: networks[0].remotes[0]: VTEP 192.168.39.1 is this node's own data-path address: write the endpoint"
                        + " under \"endpoints\", or name the VTEP it lives behind");
        refused(
                GOOD.replace("vtep: 192.168.39.2", "vtep: \"fd00:39::2\""),
                "node.yaml:12: networks[0].remotes[0]: VTEP fd00:39::2 cannot be reached from the data-path address 192.168.39.1:"
                        + " both must be IPv4 or both IPv6");
    }

    @Test
    void refusesTwoNamespacesForOneEndpoint() {
        refused(
                GOOD.replace("device: eth0", "pid: 12"),
                "node.yaml:10: networks[0].endpoints[0]: both \"namespace\" and \"pid\" are given: keep the one that names the"
                        + " workload's namespace");
    }

    @Test
    void refusesWhatIsNoNodesFile() {
        refused("", "node.yaml is empty: a node's file begins with \"node: NAME\" (overlay-node run --help shows one)");
        refused(
                "# nothing\n",
                "node.yaml is empty: a node's file begins with \"node: NAME\" (overlay-node run --help shows one)");
        refused(
                "- a\n",
                "node.yaml:1: a list is not a node's file, which begins with \"node: NAME\" (overlay-node run --help shows one)");
        refused("node: a\n---\nnode: b\n", "node.yaml:3: a second document begins here: one file describes one node");
    }

    @Test
    void refusesAliasesWhichMakeMuchOutOfLittle() {
        refused("node: &a b\ndataPath: *a\n", "node.yaml:2: aliases (*) are not taken: write the value out");
    }

    @Test
    void refusesMalformedYamlInOneLine() {
        assertThatThrownBy(() -> NodeFile.parse("node.yaml", "node: [a\n"))
                .isInstanceOf(BadInput.class)
                .message()
                .startsWith("node.yaml:2: not YAML: ")
                .doesNotContain("\n");
        assertThatThrownBy(() -> NodeFile.parse("node.yaml", "node: a\u0000b\n"))
                .isInstanceOf(BadInput.class)
                .message()
                .startsWith("node.yaml")
                .doesNotContain("\n");
    }

    @Test
    void refusesAFileThatIsTooDeep() {
        assertThatThrownBy(() -> NodeFile.parse("node.yaml", "node: " + "[".repeat(10_000)))
                .isInstanceOf(BadInput.class)
                .message()
                .isEqualTo("node.yaml:1: nested deeper than 16 levels");
    }

    @Test
    void refusesAFileThatIsNotThereOrTooLargeOrNotText(@TempDir Path directory) throws IOException {
        Path absent = directory.resolve("absent.yaml");
        assertThatThrownBy(() -> NodeFile.read(absent))
                .isInstanceOf(BadInput.class)
                .hasMessage(absent + ": no such file (overlay-node run --help shows one to start from)");
        Path large = Files.write(directory.resolve("large.yaml"), new byte[YamlReader.MAX_BYTES + 1]);
        assertThatThrownBy(() -> NodeFile.read(large))
                .isInstanceOf(BadInput.class)
                .hasMessage(large + " is larger than the 4194304 bytes a node's file may have");
        Path binary = Files.write(directory.resolve("binary.yaml"), new byte[] {(byte) 0xff, (byte) 0xfe});
        assertThatThrownBy(() -> NodeFile.read(binary))
                .isInstanceOf(BadInput.class)
                .hasMessage(binary + " is not UTF-8 text");
        assertThatThrownBy(() -> NodeFile.read(directory))
                .isInstanceOf(BadInput.class)
                .hasMessage(directory + " is a directory: --config takes a node's file");
    }

    private static void refused(String text, String message) {
        assertThatThrownBy(() -> NodeFile.parse("node.yaml", text))
                .isInstanceOf(BadInput.class)
                .hasMessage(message);
    }
}
