package io.dunlin.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dunlin.gossip.wire.Bytes;
import io.dunlin.ipam.IpamState;
import io.dunlin.ipam.UsageListener;
import io.dunlin.node.AddressLedger.Holder;
import io.dunlin.node.AddressMessage.Attempt;
import io.dunlin.node.AddressMessage.Content;
import io.dunlin.vxlan.wire.Cidr;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.Vni;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The bytes of networks, of messages about addresses, and of a kept ledger. Those in hex were written by hand from the layouts in the docs. */
class AddressBytesTest {
    private static final String NETWORK = "01" + "01" + "001000" + "018bcfe56800" + "026e31" + "02" + "040a00000018"
            + "06fd00000a00000000000000000000000040";
    private static final NetworkRecord NETWORK_RECORD = new NetworkRecord(
            new Vni(4096),
            List.of(Cidr.parse("10.0.0.0/24"), Cidr.parse("fd00:a::/64")),
            true,
            false,
            "n1",
            1_700_000_000_000L);
    private static final String HEADER =
            "6461" + "01" + "%s" + "026e32" + "026e31" + "076261636b656e64" + "03776562" + "00000000000102";

    private static Bytes bytes(String hex) {
        return Bytes.wrap(HexFormat.of().parseHex(hex));
    }

    private static AddressMessage message(Content content) {
        return new AddressMessage("n2", "n1", new Attempt("backend", "web", 0x102), content);
    }

    @Test
    void aNetworksBytesAreThoseOfTheLayout() {
        assertThat(NETWORK_RECORD.encode()).isEqualTo(bytes(NETWORK));
        assertThat(NetworkRecord.decode(bytes(NETWORK))).contains(NETWORK_RECORD);
        assertThat(NetworkRecord.decode(bytes("02" + NETWORK.substring(2) + "cafe")))
                .as("a later version")
                .contains(NETWORK_RECORD);
        assertThat(NetworkRecord.decode(bytes(NETWORK + "00"))).isEmpty();
        for (int length = 0; length < NETWORK.length(); length += 2) {
            assertThat(NetworkRecord.decode(bytes(NETWORK.substring(0, length))))
                    .isEmpty();
        }
    }

    @Test
    void aNetworksFlagsAreReadOneByOne() {
        String[] flags = {"00", "01", "02", "03", "fd", "fe"};
        for (String hex : flags) {
            int bits = Integer.parseInt(hex, 16);
            assertThat(NetworkRecord.decode(bytes("01" + hex + NETWORK.substring(4))))
                    .get()
                    .satisfies(
                            record -> assertThat(record.isEncrypted()).isEqualTo((bits & 1) != 0),
                            record -> assertThat(record.isInternal()).isEqualTo((bits & 2) != 0),
                            record -> assertThat(NetworkRecord.decode(record.encode()))
                                    .contains(record));
        }
    }

    @Test
    void refusesNetworksThatNoNodeCouldHave() {
        assertThat(NetworkRecord.decode(bytes(NETWORK.replace("001000", "000000"))))
                .isEmpty();
        assertThat(NetworkRecord.decode(bytes(NETWORK.replace("0a00000018", "0a00000118"))))
                .as("host bits")
                .isEmpty();
        assertThat(NetworkRecord.decode(bytes(NETWORK.replace("0a00000018", "0a0000001f"))))
                .as("no room for a gateway and an endpoint")
                .isEmpty();
        assertThat(NetworkRecord.decode(bytes(NETWORK.replace("026e31", "022f31"))))
                .as("an owner that is no node's name")
                .isEmpty();
    }

    @Test
    void aMessagesBytesAreThoseOfTheLayout() {
        var addresses = List.of(IpAddress.parse("10.0.0.2"));
        check(new Content.Request(List.of()), "01", "00");
        check(new Content.Request(addresses), "01", "01040a000002");
        check(new Content.Release(), "02", "");
        check(new Content.Granted(addresses), "03", "01040a000002");
        check(new Content.Refused("full"), "04", "0466756c6c");
        check(new Content.Released(), "05", "");
        check(new Content.Stale(0x203), "06", "00000000000203");
    }

    private static void check(Content content, String kind, String rest) {
        String hex = HEADER.formatted(kind) + rest;
        assertThat(message(content).encode()).isEqualTo(bytes(hex));
        assertThat(AddressMessage.decode(bytes(hex))).contains(message(content));
        assertThat(AddressMessage.isOne(bytes(hex))).isTrue();
        assertThat(AddressMessage.decode(bytes(hex + "00"))).isEmpty();
        for (int length = 0; length < hex.length(); length += 2) {
            assertThat(AddressMessage.decode(bytes(hex.substring(0, length)))).isEmpty();
        }
    }

    @Test
    void passesOverMessagesThatAreNone() {
        assertThat(AddressMessage.decode(bytes(HEADER.formatted("07"))))
                .as("kind")
                .isEmpty();
        assertThat(AddressMessage.decode(bytes(HEADER.formatted("03") + "00")))
                .as("grants nothing")
                .isEmpty();
        assertThat(AddressMessage.decode(bytes(HEADER.formatted("02").replace("03776562", "03772f62"))))
                .as("an endpoint with a slash")
                .isEmpty();
        assertThat(AddressMessage.isOne(new KeyMessage("a", "b", Bytes.EMPTY).encode()))
                .isFalse();
    }

    // ------------------------------------------------------------------ the ledger

    /** Made by {@link #sample} when version 1 was. */
    private static byte[] golden() throws IOException {
        try (InputStream in = Objects.requireNonNull(AddressBytesTest.class.getResourceAsStream("ledger-v1"))) {
            return in.readAllBytes();
        }
    }

    private static AddressLedger ledger() {
        var pools =
                IpamState.of(PoolsConfig.DEFAULT.ranges(), UsageListener.NONE).orElseThrow();
        return new AddressLedger("n1", pools, () -> 1_700_000_000_000L);
    }

    private static AddressLedger sample() {
        AddressLedger ledger = ledger();
        var _ = ledger.create(NetworkSpec.named("backend")).orElseThrow();
        ledger.learn(
                "other",
                new NetworkRecord(
                        new Vni(7), List.of(Cidr.parse("10.0.1.0/24")), true, false, "n2", 1_600_000_000_000L));
        for (int i = 0; i < 3; i++) {
            var _ = ledger.request("backend", new Holder("n" + i, "web"), 5 + i, List.of());
        }
        ledger.release("backend", new Holder("n1", "web"), 6);
        return ledger;
    }

    @Test
    void aLedgersBytesAreStillRead() throws IOException {
        assertThat(sample().toBytes()).isEqualTo(golden());
        LedgerFormat.Content content = LedgerFormat.decode(golden());
        assertThat(content.networks()).containsOnlyKeys("backend", "other");
        assertThat(content.holdings().get("backend"))
                .containsOnlyKeys(new Holder("n0", "web"), new Holder("n2", "web"));
        LedgerStore kept = new LedgerStore() {
            @Override
            public Optional<byte[]> read() throws IOException {
                return Optional.of(golden());
            }

            @Override
            public void write(byte[] content) {}
        };
        AddressLedger read =
                GossipedAddresses.ledger("n1", PoolsConfig.DEFAULT.ranges(), kept, () -> 1_700_000_000_000L);
        assertThat(read.toBytes()).isEqualTo(golden());
    }

    @Test
    void aTextThatIsTooLongEndsWithAWholeCharacter() {
        for (String before : List.of("", "x", "xy", "xyz")) {
            String text = before + "€".repeat(100);
            var read = new RecordReader(new RecordWriter().text(text).bytes());
            assertThat(text).startsWith(read.text());
            assertThat(read.isWrong()).as("%d before", before.length()).isFalse();
        }
    }

    @Test
    void aTextThatIsNoUtf8IsRefused() {
        var read = new RecordReader(Bytes.wrap(new byte[] {2, 'a', (byte) 0xff}));
        assertThat(read.text()).isEmpty();
        assertThat(read.isWrong()).isTrue();
    }

    /** Six bytes of a file would else be a map with its name. */
    @Test
    void aNetworkOfWhichNothingIsHeldTakesNoMemory() throws IOException {
        var networks = Map.of("a", NETWORK_RECORD, "b", NETWORK_RECORD);
        byte[] bytes = LedgerFormat.encode(networks, Map.of("a", Map.of(), "b", Map.of()), new byte[0]);
        assertThat(LedgerFormat.decode(bytes).networks()).isEqualTo(networks);
        assertThat(LedgerFormat.decode(bytes).holdings()).isEmpty();
    }

    @Test
    void refusesAddressesOfANetworkThatIsNone() {
        byte[] bytes = LedgerFormat.encode(Map.of("a", NETWORK_RECORD), Map.of("b", Map.of()), new byte[0]);
        assertThatThrownBy(() -> LedgerFormat.decode(bytes))
                .hasMessageStartingWith("malformed, though its sum is right: ")
                .hasMessageEndingWith("addresses of network b, which is none");
    }

    @Test
    void refusesEachTornDamagedOrForeignLedger() throws IOException {
        byte[] whole = golden();
        for (int length = 0; length < whole.length; length++) {
            byte[] torn = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> LedgerFormat.decode(torn)).isInstanceOf(IOException.class);
        }
        for (int i = 0; i < whole.length; i++) {
            byte[] damaged = whole.clone();
            damaged[i] ^= 4;
            assertThatThrownBy(() -> LedgerFormat.decode(damaged)).isInstanceOf(IOException.class);
        }
        assertThatThrownBy(() -> LedgerFormat.decode(new byte[100]))
                .hasMessage("no record of granted addresses: it begins with something else");
        byte[] later = whole.clone();
        later[8] = 2;
        assertThatThrownBy(() -> LedgerFormat.decode(later)).hasMessage("version 2 is not known, 1 is");
        byte[] damaged = whole.clone();
        damaged[60] ^= 1;
        assertThatThrownBy(() -> LedgerFormat.decode(damaged)).hasMessage("torn or damaged: its sum is wrong");
    }
}
