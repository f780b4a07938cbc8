package io.dunlin.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dunlin.gossip.wire.Bytes;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.MacAddress;
import io.dunlin.vxlan.wire.Vni;
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

/** The bytes of node and endpoint rows. The golden ones were written by hand from the layout in the records' docs. */
class GossipedRecordsTest {
    private static final String NODE = "01" + "12b5" + "02" + "04c0a82701" + "06fd000000000000000000000000000001";
    private static final String ENDPOINT =
            "01" + "001000" + "02420a000002" + "02" + "040a000002" + "06fd00000a000000000000000000000002";

    private static Bytes bytes(String hex) {
        return Bytes.wrap(HexFormat.of().parseHex(hex));
    }

    private static final NodeRecord NODE_RECORD =
            new NodeRecord(4789, List.of(IpAddress.parse("192.168.39.1"), IpAddress.parse("fd00::1")));
    private static final EndpointRecord ENDPOINT_RECORD = new EndpointRecord(
            new Vni(4096),
            MacAddress.parse("02:42:0a:00:00:02").bits(),
            List.of(IpAddress.parse("10.0.0.2"), IpAddress.parse("fd00:a::2")));

    @Test
    void bytesAreThoseOfTheLayout() {
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
        assertThat(NodeRecord.decode(bytes(NODE + "00"))).isEmpty();
        assertThat(EndpointRecord.decode(bytes(ENDPOINT + "00"))).isEmpty();
    }

    @Test
    void understandsTheBeginningOfALaterVersion() {
        assertThat(NodeRecord.decode(bytes("02" + NODE.substring(2) + "cafe"))).contains(NODE_RECORD);
        assertThat(EndpointRecord.decode(bytes("ff" + ENDPOINT.substring(2) + "cafe")))
                .contains(ENDPOINT_RECORD);
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
