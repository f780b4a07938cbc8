package io.dunlin.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dunlin.gossip.wire.Bytes;
import io.dunlin.lb.Backend;
import io.dunlin.lb.ServicePort;
import io.dunlin.lb.Strategy;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.MacAddress;
import io.dunlin.vxlan.wire.Vni;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The bytes of node, endpoint and service rows. The golden ones were written by hand from the layout in the records' docs. */
class GossipedRecordsTest {
    private static final String NODE = "01" + "12b5" + "02" + "04c0a82701" + "06fd000000000000000000000000000001";
    private static final String ENDPOINT =
            "01" + "001000" + "02420a000002" + "02" + "040a000002" + "06fd00000a000000000000000000000002";

    private static final String ROLE = "03776562" + "02" + "01" + "00007530";
    private static final String BACKEND = "02" + ENDPOINT.substring(2) + ROLE;
    private static final String SERVICE = "01" + "02" + "02" + "001000" + "018bcfe56800" + "026e31" + "03776562"
            + "02" + "040a000005" + "06fd00000a000000000000000000000005"
            + "02" + "06" + "0050" + "1f90" + "11" + "0035" + "0035"
            + "007270e0" + "00007530" + "0001d4c0" + "00002710" + "000493e0" + "00007530"
            + "01" + "1f90" + "000003e8" + "000000fa" + "02";

    private static Bytes bytes(String hex) {
        return Bytes.wrap(HexFormat.of().parseHex(hex));
    }

    private static final NodeRecord NODE_RECORD =
            new NodeRecord(4789, List.of(IpAddress.parse("192.168.39.1"), IpAddress.parse("fd00::1")));
    private static final EndpointRecord ENDPOINT_RECORD = new EndpointRecord(
            new Vni(4096),
            MacAddress.parse("02:42:0a:00:00:02").bits(),
            List.of(IpAddress.parse("10.0.0.2"), IpAddress.parse("fd00:a::2")));

    private static final EndpointRecord BACKEND_RECORD = new EndpointRecord(
            ENDPOINT_RECORD.vni(),
            ENDPOINT_RECORD.mac(),
            ENDPOINT_RECORD.addresses(),
            ServiceRole.of("web", 2).draining(Duration.ofSeconds(30)));
    private static final ServiceRecord SERVICE_RECORD = new ServiceRecord(
            new Vni(4096),
            ServiceSpec.named("web")
                    .vip("10.0.0.5")
                    .vip("fd00:a::5")
                    .port(ServicePort.parse("80:8080"))
                    .port(ServicePort.parse("53/udp"))
                    .strategy(Strategy.CLIENT_HASH)
                    .preferLocal()
                    .health(HealthCheck.tcp(8080)
                            .interval(Duration.ofSeconds(1))
                            .timeout(Duration.ofMillis(250))
                            .retries(2)),
            "n1",
            1_700_000_000_000L);

    @Test
    void bytesAreThoseOfTheLayout() {
        assertThat(BACKEND_RECORD.encode()).isEqualTo(bytes(BACKEND));
        assertThat(EndpointRecord.decode(bytes(BACKEND))).contains(BACKEND_RECORD);
        assertThat(SERVICE_RECORD.encode()).isEqualTo(bytes(SERVICE));
        assertThat(ServiceRecord.decode(bytes(SERVICE))).contains(SERVICE_RECORD);
        assertThat(NODE_RECORD.encode()).isEqualTo(bytes(NODE));
        assertThat(NodeRecord.decode(bytes(NODE))).contains(NODE_RECORD);
        assertThat(ENDPOINT_RECORD.encode()).isEqualTo(bytes(ENDPOINT));
        assertThat(EndpointRecord.decode(bytes(ENDPOINT))).contains(ENDPOINT_RECORD);
    }

    @Test
    void refusesWhatEndsTooEarlyAtEachLengthAndWhatEndsTooLate() {
        for (int length = 0; length < NODE.length(); length += 2) {
            assertThat(NodeRecord.decode(bytes(NODE.substring(0, length)))).isEmpty();
        }
        for (int length = 0; length < ENDPOINT.length(); length += 2) {
            assertThat(EndpointRecord.decode(bytes(ENDPOINT.substring(0, length))))
                    .isEmpty();
        }
        for (int length = 0; length < BACKEND.length(); length += 2) {
            assertThat(EndpointRecord.decode(bytes(BACKEND.substring(0, length))))
                    .isEmpty();
        }
        for (int length = 0; length < SERVICE.length(); length += 2) {
            assertThat(ServiceRecord.decode(bytes(SERVICE.substring(0, length))))
                    .isEmpty();
        }
        assertThat(EndpointRecord.decode(bytes(BACKEND + "00"))).isEmpty();
        assertThat(ServiceRecord.decode(bytes(SERVICE + "00"))).isEmpty();
        assertThat(NodeRecord.decode(bytes(NODE + "00"))).isEmpty();
        assertThat(EndpointRecord.decode(bytes(ENDPOINT + "00"))).isEmpty();
    }

    @Test
    void understandsTheBeginningOfALaterVersion() {
        assertThat(NodeRecord.decode(bytes("02" + NODE.substring(2) + "cafe"))).contains(NODE_RECORD);
        assertThat(EndpointRecord.decode(bytes("ff" + BACKEND.substring(2) + "cafe")))
                .contains(BACKEND_RECORD);
        assertThat(ServiceRecord.decode(bytes("02" + SERVICE.substring(2) + "cafe")))
                .contains(SERVICE_RECORD);
    }

    @Test
    void anEndpointOfALaterVersionMayStandBehindNoService() {
        assertThat(EndpointRecord.decode(bytes("02" + ENDPOINT.substring(2) + "00")))
                .contains(ENDPOINT_RECORD);
        assertThat(EndpointRecord.decode(bytes("03" + ENDPOINT.substring(2) + "00" + "cafe")))
                .contains(ENDPOINT_RECORD);
    }

    @Test
    void whatALaterVersionHasInPlaceOfWhatIsKnownIsTakenForTheSafest() {
        String paused = "03" + ENDPOINT.substring(2) + "03776562" + "02" + "07" + "00007530";
        assertThat(EndpointRecord.decode(bytes(paused)).orElseThrow().role())
                .isEqualTo(ServiceRole.of("web", 2).state(Backend.State.UNHEALTHY));
        String later = SERVICE.replaceFirst("^010202", "020203").replaceFirst("011f90", "031f90");
        assertThat(ServiceRecord.decode(bytes(later + "cafe")).orElseThrow().spec())
                .isEqualTo(SERVICE_RECORD.spec().strategy(Strategy.ROUND_ROBIN).health(null));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "00" + "12b5" + "01" + "04c0a82701", // version 0
                "01" + "0000" + "01" + "04c0a82701", // port 0
                "01" + "12b5" + "00", // no VTEP
                "01" + "12b5" + "05" + "0401010101" + "0401010102" + "0401010103" + "0401010104" + "0401010105",
                "01" + "12b5" + "ff" + "04c0a82701", // a count beyond all
                "01" + "12b5" + "01" + "05c0a82701", // no family
                "01" + "12b5" + "01" + "0600000000000000000000ffffc0a82701" // IPv4 in the clothes of IPv6
            })
    void refusesWhatIsNoNode(String hex) {
        assertThat(NodeRecord.decode(bytes(hex))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "00" + "001000" + "000000000000" + "01" + "040a000002", // version 0
                "01" + "000000" + "000000000000" + "01" + "040a000002", // VNI 0
                "01" + "001000" + "01005e000001" + "01" + "040a000002", // a group's MAC
                "01" + "001000" + "000000000000" + "00", // no address
                "01" + "001000" + "000000000000" + "31" + "040a000002" // 49
            })
    void refusesWhatIsNoEndpoint(String hex) {
        assertThat(EndpointRecord.decode(bytes(hex))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "00" + "01" + "00" + "00000000", // no name
                "03776562" + "00" + "00" + "00000000", // weight 0
                "03776562" + "65" + "00" + "00000000", // weight 101
                "03776562" + "01" + "03" + "00000000", // a state that is none
                "03776562" + "01" + "00" + "00000001", // healthy, and yet with a time to drain
                "03776562" + "01" + "01" + "ffffffff" // a drain of 49 days
            })
    void refusesWhatIsNoRoleOfAService(String hex) {
        String endpoint = "001000" + "000000000000" + "01" + "040a000002";
        assertThat(EndpointRecord.decode(bytes("02" + endpoint + ROLE))).isPresent();
        assertThat(EndpointRecord.decode(bytes("02" + endpoint + hex))).isEmpty();
    }

    @Test
    void refusesWhatIsNoService() {
        for (String[] change : new String[][] {
            {"^01", "00"}, // version 0
            {"^0102", "0106"}, // a flag that there is not
            {"^010202", "010203"}, // a strategy that there is not
            {"001000", "000000"}, // VNI 0
            {"026e31", "00"}, // no maker
            {"03776562", "032d6562"}, // a name that is none
            {"02040a000005", "03040a000005"}, // three VIPs
            {"0206005", "ff06005"}, // ports beyond all
            {"060050", "070050"}, // neither TCP nor UDP
            {"00501f90", "00001f90"}, // port 0
            {"110035", "060050"}, // a port twice
            {"007270e0", "00000001"}, // a timeout of a millisecond
            {"011f90", "031f90"}, // a health check that there is not
            {"000003e8", "00000001"}, // an interval of a millisecond
        }) {
            String changed = SERVICE.replaceFirst(change[0], change[1]);
            assertThat(changed).isNotEqualTo(SERVICE);
            assertThat(ServiceRecord.decode(bytes(changed))).as(change[1]).isEmpty();
        }
    }

    @Test
    void refusesToTellMoreThanOthersRead() {
        var many = Collections.nCopies(49, IpAddress.parse("10.0.0.2"));
        assertThatThrownBy(() -> new EndpointRecord(new Vni(1), 0, many))
                .hasMessage("49 addresses of an endpoint to be gossiped: allowed are 1 to 48");
        assertThatThrownBy(() -> new NodeRecord(1, many)).hasMessage("49 VTEPs: allowed are 1 to 4");
        assertThatThrownBy(() -> new NodeRecord(0, many.subList(0, 1)))
                .hasMessage("data-path port 0: allowed are 1 to 65535");
    }

    @Property
    void whatIsWrittenIsRead(
            @ForAll @IntRange(min = 1, max = Vni.MAX) int vni,
            @ForAll @LongRange(min = 0, max = 0xffff_ffff_ffffL) long mac,
            @ForAll @Size(min = 1, max = EndpointRecord.MAX_ADDRESSES) long[] addresses) {
        List<IpAddress> all = Arrays.stream(addresses)
                .mapToObj(bits -> bits % 2 == 0 ? IpAddress.ofIpv4((int) bits) : new IpAddress(bits, ~bits))
                .toList();
        var endpoint = new EndpointRecord(new Vni(vni), mac & ~0x0100_0000_0000L, all);
        assertThat(EndpointRecord.decode(endpoint.encode())).contains(endpoint);
        var node = new NodeRecord(vni % 65_535 + 1, all.subList(0, Math.min(all.size(), NodeRecord.MAX_VTEPS)));
        assertThat(NodeRecord.decode(node.encode())).contains(node);
    }
}
