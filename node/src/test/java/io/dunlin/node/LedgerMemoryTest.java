package io.dunlin.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.node.AddressLedger.Holder;
import io.dunlin.node.AddressLedger.Holding;
import io.dunlin.vxlan.wire.Cidr;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.Vni;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a ledger takes of the heap that somebody made to take as much as it can, beside its pools ({@code StateMemoryTest} of {@code ipam}). */
class LedgerMemoryTest {
    private static final int MOST_PER_BYTE = 13;
    private static final int COUNT = 1 << 16;
    private static final String NODE = "n";

    static Stream<Named<byte[]>> shapes() {
        var address = IpAddress.ofIpv4(0x0a00_0002);
        return Stream.of(
                Named.of("endpoints without an address", encoded(networks(1), Map.of(name(0), holders(List.of())))),
                Named.of("endpoints with one", encoded(networks(1), Map.of(name(0), holders(List.of(address))))),
                Named.of("networks", encoded(networks(COUNT), Map.of())),
                Named.of("networks of one endpoint", encoded(networks(COUNT), networksOfOne())),
                Named.of("pools alone", LedgerFormat.encode(Map.of(), Map.of(), new byte[16 * COUNT])));
    }

    private static byte[] encoded(Map<String, NetworkRecord> networks, Map<String, Map<Holder, Holding>> holdings) {
        return LedgerFormat.encode(networks, holdings, new byte[0]);
    }

    /** As short as can be for so many. */
    private static String name(int i) {
        return Integer.toString(i, Character.MAX_RADIX);
    }

    private static Map<Holder, Holding> holders(List<IpAddress> addresses) {
        var holders = new TreeMap<Holder, Holding>();
        for (int i = 0; i < COUNT; i++) {
            holders.put(new Holder(NODE, name(i)), new Holding(0, addresses));
        }
        return holders;
    }

    private static Map<String, NetworkRecord> networks(int count) {
        var networks = new TreeMap<String, NetworkRecord>();
        var subnets = List.of(Cidr.parse("10.0.0.0/24"));
        for (int i = 0; i < count; i++) {
            networks.put(name(i), new NetworkRecord(new Vni(4096), subnets, false, false, NODE, 0));
        }
        return networks;
    }

    private static Map<String, Map<Holder, Holding>> networksOfOne() {
        var networks = new TreeMap<String, Map<Holder, Holding>>();
        for (int i = 0; i < COUNT; i++) {
            networks.put(name(i), Map.of(new Holder(NODE, NODE), new Holding(0, List.of())));
        }
        return networks;
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void takesThirteenTimesItsBytesAtMost(byte[] bytes) throws IOException {
        long before = used();
        LedgerFormat.Content content = LedgerFormat.decode(bytes);
        long taken = used() - before;
        assertThat(taken).as("%d bytes", bytes.length).isLessThan((long) MOST_PER_BYTE * bytes.length);
        byte[] again = LedgerFormat.encode(
                content.networks(), content.holdings(), content.pools().array());
        assertThat(again).isEqualTo(bytes);
    }

    /** Bytes of the heap: the least after a few collections, as some thread may be given megabytes to allocate from right after one. */
    private static long used() {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 4; i++) {
            System.gc();
            least = Math.min(
                    least,
                    Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory());
        }
        return least;
    }
}
