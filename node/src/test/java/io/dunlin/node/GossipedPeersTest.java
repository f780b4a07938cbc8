package io.dunlin.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.gossip.Row;
import io.dunlin.gossip.RowChange.Added;
import io.dunlin.gossip.RowChange.Cause;
import io.dunlin.gossip.RowChange.Removed;
import io.dunlin.gossip.RowChange.Updated;
import io.dunlin.gossip.wire.Bytes;
import io.dunlin.vxlan.ForwardingTable;
import io.dunlin.vxlan.Route;
import io.dunlin.vxlan.wire.Cidr;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.MacAddress;
import io.dunlin.vxlan.wire.Vni;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The rules by which rows become routes. */
class GossipedPeersTest {
    private static final Vni VNI = new Vni(7);
    private static final int PORT = 4789;
    private static final Cidr SUBNET = Cidr.parse("10.0.0.0/24");

    private GossipedPeers peers = new GossipedPeers(
            "me",
            IpAddress.parse("192.0.2.1"),
            PORT,
            new Refusals("me"),
            new KnownServices("me", () -> 0, new Refusals("me"), new ErrorLog("me"), () -> {}, () -> {}));
    private ForwardingTable table = ForwardingTable.empty();
    private final Set<IpAddress> taken = new HashSet<>();

    private void open() {
        peers.opened(VNI, new GossipedPeers.Addresses() {
            @Override
            public boolean admits(IpAddress address) {
                return SUBNET.contains(address) && !address.equals(SUBNET.address(1));
            }

            @Override
            public boolean isTaken(IpAddress address) {
                return taken.contains(address);
            }
        });
    }

    private static Row node(String owner, int port, String... vteps) {
        List<IpAddress> addresses = Arrays.stream(vteps).map(IpAddress::parse).toList();
        return new Row(NodeRecord.TABLE, owner, new NodeRecord(port, addresses).encode(), owner, 1, 1);
    }

    private static Row endpoint(String owner, long life, String name, String... addresses) {
        var record = new EndpointRecord(
                VNI, 0, Arrays.stream(addresses).map(IpAddress::parse).toList());
        return new Row(EndpointRecord.TABLE, RowKey.of(VNI, name), record.encode(), owner, life, 2);
    }

    private void added(Row... rows) {
        for (Row row : rows) {
            peers.apply(new Added(row));
        }
    }

    private @Nullable Route route(String address) {
        table = table.with(peers::settle);
        IpAddress parsed = IpAddress.parse(address);
        return table.route(VNI.value(), parsed.high(), parsed.low());
    }

    private static Route to(String vtep) {
        return new Route.Remote(IpAddress.parse(vtep));
    }

    private Map<ClusterStats.Refusal, Long> refused() {
        return peers.stats(0).refused();
    }

    @Test
    void aRouteNeedsTheNodesRowAndTheEndpointsInWhateverOrder() {
        open();
        added(endpoint("a", 1, "web", "10.0.0.2"));
        assertThat(route("10.0.0.2")).isNull();
        added(node("a", PORT, "192.0.2.2"));
        assertThat(route("10.0.0.2")).isEqualTo(to("192.0.2.2"));
        peers.apply(new Updated(node("a", PORT, "192.0.2.2"), node("a", PORT, "192.0.2.3")));
        assertThat(route("10.0.0.2")).isEqualTo(to("192.0.2.3"));
        peers.apply(new Removed(node("a", PORT, "192.0.2.3"), Cause.REMOVED));
        assertThat(route("10.0.0.2")).isNull();
        assertThat(table.size()).isZero();
    }

    @Test
    void aMacOfItsOwnIsTakenOver() {
        open();
        var record = new EndpointRecord(
                VNI, MacAddress.parse("02:00:00:00:00:05").bits(), List.of(IpAddress.parse("10.0.0.2")));
        added(node("a", PORT, "192.0.2.2"), new Row("endpoint", "7/web", record.encode(), "a", 1, 2));
        assertThat(route("10.0.0.2")).isEqualTo(new Route.Remote(IpAddress.parse("192.0.2.2"), 0x0200_0000_0005L));
    }

    @Test
    void aNetworkThatIsOpenedLaterHasTheKnownRoutesAtOnceAndLosesThemWhenClosed() {
        added(node("a", PORT, "192.0.2.2"), endpoint("a", 1, "web", "10.0.0.2", "10.0.0.3"));
        assertThat(route("10.0.0.2")).isNull();
        open();
        assertThat(route("10.0.0.2")).isEqualTo(to("192.0.2.2"));
        assertThat(route("10.0.0.3")).isEqualTo(to("192.0.2.2"));
        table = table.with(edit -> peers.closed(VNI, edit));
        assertThat(table.size()).isZero();
        added(endpoint("a", 1, "db", "10.0.0.4"));
        assertThat(route("10.0.0.4")).isNull();
    }

    @Test
    void addressesOutsideTheSubnetAndTheGatewaysAreRefused() {
        open();
        added(node("a", PORT, "192.0.2.2"), endpoint("a", 1, "web", "10.0.0.1", "10.0.1.2", "10.0.0.2"));
        assertThat(route("10.0.0.1")).isNull();
        assertThat(route("10.0.1.2")).isNull();
        assertThat(route("10.0.0.2")).isEqualTo(to("192.0.2.2"));
        assertThat(refused()).isEqualTo(Map.of(ClusterStats.Refusal.ADDRESS, 2L));
    }

    @Test
    void whatIsHereGoesBeforeWhatIsGossiped() {
        open();
        IpAddress address = IpAddress.parse("10.0.0.2");
        taken.add(address);
        added(node("a", PORT, "192.0.2.2"), endpoint("a", 1, "web", "10.0.0.2"));
        assertThat(route("10.0.0.2")).isNull();
        assertThat(peers.stats(0).conflicts()).isEqualTo(1);
        taken.clear();
        peers.released(VNI, List.of(address));
        assertThat(route("10.0.0.2")).isEqualTo(to("192.0.2.2"));
        peers.taken(VNI, List.of(address));
        assertThat(peers.stats(0).conflicts()).isEqualTo(2);
    }

    @Test
    void theLongestStandingOwnerKeepsAnAddressUntilItGivesItUp() {
        open();
        added(node("young", PORT, "192.0.2.2"), node("old", PORT, "192.0.2.3"));
        added(endpoint("young", 20, "web", "10.0.0.2"));
        assertThat(route("10.0.0.2")).isEqualTo(to("192.0.2.2"));
        added(endpoint("old", 10, "web", "10.0.0.2"));
        assertThat(route("10.0.0.2")).isEqualTo(to("192.0.2.3"));
        assertThat(peers.stats(0).conflicts()).isEqualTo(1);
        peers.apply(new Removed(endpoint("old", 10, "web", "10.0.0.2"), Cause.REMOVED));
        assertThat(route("10.0.0.2")).isEqualTo(to("192.0.2.2"));
    }

    @Test
    void whatAFailedNodeHadStaysUntilItIsForgotten() {
        open();
        Row node = node("a", PORT, "192.0.2.2");
        Row web = endpoint("a", 1, "web", "10.0.0.2");
        added(node, web);
        peers.apply(new Removed(node, Cause.OWNER_FAILED));
        peers.apply(new Removed(web, Cause.OWNER_FAILED));
        assertThat(route("10.0.0.2")).isEqualTo(to("192.0.2.2"));
        peers.forgot(NodeRecord.TABLE, "a");
        peers.forgot(EndpointRecord.TABLE, "a");
        assertThat(route("10.0.0.2")).isNull();
        assertThat(peers.stats(0)).isEqualTo(new ClusterStats(0, 0, 0, 0, Map.of()));
    }

    @Test
    void aFailedNodeThatReturnsKeepsWhatItTellsAnewAndLosesTheRest() {
        open();
        Row node = node("a", PORT, "192.0.2.2");
        added(node, endpoint("a", 1, "web", "10.0.0.2"), endpoint("a", 1, "db", "10.0.0.3"));
        for (Row row : List.of(node, endpoint("a", 1, "web", "10.0.0.2"), endpoint("a", 1, "db", "10.0.0.3"))) {
            peers.apply(new Removed(row, Cause.OWNER_FAILED));
        }
        added(node, endpoint("a", 1, "db", "10.0.0.3"));
        peers.forgot(NodeRecord.TABLE, "a");
        peers.forgot(EndpointRecord.TABLE, "a");
        assertThat(route("10.0.0.2")).isNull();
        assertThat(route("10.0.0.3")).isEqualTo(to("192.0.2.2"));
    }

    @Test
    void whoIsThereTakesTheAddressOfOneThatFailedAndThatIsNoConflict() {
        open();
        added(node("a", PORT, "192.0.2.2"), node("b", PORT, "192.0.2.3"), endpoint("a", 1, "web", "10.0.0.2"));
        peers.apply(new Removed(endpoint("a", 1, "web", "10.0.0.2"), Cause.OWNER_FAILED));
        added(endpoint("b", 99, "web", "10.0.0.2"));
        assertThat(route("10.0.0.2")).isEqualTo(to("192.0.2.3"));
        assertThat(peers.stats(0).conflicts()).isZero();
        added(endpoint("a", 1, "web", "10.0.0.2"));
        assertThat(route("10.0.0.2")).isEqualTo(to("192.0.2.2"));
    }

    @Test
    void whatOneThatLeftHadIsGone() {
        open();
        added(node("a", PORT, "192.0.2.2"), endpoint("a", 1, "web", "10.0.0.2"));
        peers.apply(new Removed(node("a", PORT, "192.0.2.2"), Cause.OWNER_LEFT));
        peers.apply(new Removed(endpoint("a", 1, "web", "10.0.0.2"), Cause.OWNER_LEFT));
        assertThat(route("10.0.0.2")).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"192.0.2.1", "0.0.0.0", "224.0.0.1", "127.0.0.1", "fd00::2"})
    void refusesAVtepThatCannotBeReached(String vtep) {
        open();
        added(node("a", PORT, vtep), endpoint("a", 1, "web", "10.0.0.2"));
        assertThat(route("10.0.0.2")).isNull();
        assertThat(refused()).isEqualTo(Map.of(ClusterStats.Refusal.VTEP, 1L));
    }

    @Test
    void takesTheFirstVtepThatSuits() {
        open();
        added(node("a", PORT, "fd00::2", "127.0.0.1", "192.0.2.2", "192.0.2.3"), endpoint("a", 1, "web", "10.0.0.2"));
        assertThat(route("10.0.0.2")).isEqualTo(to("192.0.2.2"));
    }

    @Test
    void aNodeOnTheLoopbackKnowsOthersThereAndNobodyElse() {
        peers = new GossipedPeers(
                "me",
                IpAddress.parse("127.0.0.1"),
                PORT,
                new Refusals("me"),
                new KnownServices("me", () -> 0, new Refusals("me"), new ErrorLog("me"), () -> {}, () -> {}));
        open();
        added(node("a", PORT, "127.0.0.2"), endpoint("a", 1, "web", "10.0.0.2"));
        added(node("b", PORT, "192.0.2.2"), endpoint("b", 1, "db", "10.0.0.3"));
        assertThat(route("10.0.0.2")).isEqualTo(to("127.0.0.2"));
        assertThat(route("10.0.0.3")).isNull();
    }

    @Test
    void refusesANodeWithAnotherDataPathPort() {
        open();
        added(node("a", PORT + 1, "192.0.2.2"), endpoint("a", 1, "web", "10.0.0.2"));
        assertThat(route("10.0.0.2")).isNull();
        assertThat(refused()).isEqualTo(Map.of(ClusterStats.Refusal.PORT, 1L));
    }

    @Test
    void refusesBytesThatAreNoRecordAndRowsUnderAForeignKey() {
        open();
        added(new Row(NodeRecord.TABLE, "a", Bytes.utf8("?"), "a", 1, 1));
        added(new Row(EndpointRecord.TABLE, "7/x", Bytes.utf8("?"), "a", 1, 1));
        Row web = endpoint("a", 1, "web", "10.0.0.2");
        added(new Row(EndpointRecord.TABLE, "8/web", web.value(), "a", 1, 1));
        Row b = node("b", PORT, "192.0.2.2");
        added(new Row(NodeRecord.TABLE, "b", b.value(), "a", 1, 1));
        assertThat(refused()).isEqualTo(Map.of(ClusterStats.Refusal.MALFORMED, 2L, ClusterStats.Refusal.KEY, 2L));
        assertThat(route("10.0.0.2")).isNull();
    }

    @Test
    void ourOwnRowsAreNoNews() {
        open();
        added(node("me", PORT, "192.0.2.9"), endpoint("me", 1, "web", "10.0.0.2"));
        assertThat(route("10.0.0.2")).isNull();
        assertThat(peers.stats(1)).isEqualTo(new ClusterStats(1, 0, 0, 0, Map.of()));
    }
}
