package io.dunlin.vxlan;

import static io.dunlin.testkit.Frames.payload;
import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.testkit.Frames;
import io.dunlin.testkit.Ipv4Packet;
import io.dunlin.testkit.Ipv6Packet;
import io.dunlin.testkit.Transport;
import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.Vni;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** {@link HeaderRun}, held against the stages it stands in for. */
class HeaderRunTest {
    private static final int VNI = 0x123456;
    private static final long US = 0x0242_0a00_0002L;
    private static final long THEM = 0x0242_0a00_0003L;
    private static final IpAddress VTEP = IpAddress.parse("192.0.2.1");
    private static final IpAddress OTHER_VTEP = IpAddress.parse("192.0.2.7");
    private static final ForwardingTable TABLE = ForwardingTable.empty().with(edit -> {
        edit.putNetwork(new ForwardingTable.Network(new Vni(VNI), 1450, false, null, null));
        edit.putRoute(new Vni(VNI), IpAddress.parse("10.0.0.3"), new Route.Remote(VTEP, THEM));
        edit.putRoute(new Vni(VNI), IpAddress.parse("10.0.0.4"), new Route.Remote(OTHER_VTEP, THEM));
    });
    private static final int VXLAN = 8;
    private static final int BEFORE_IP = 22;

    /** What bulk is made of. */
    enum Kind {
        IPV4_TCP(20, true),
        IPV4_UDP(20, false),
        IPV6_TCP(40, true),
        IPV6_UDP(40, false);

        private final int ipHeader;
        private final boolean tcp;

        Kind(int ipHeader, boolean tcp) {
            this.ipHeader = ipHeader;
            this.tcp = tcp;
        }

        private byte[] datagram(int bytes) {
            return datagram(Transport.ACK, bytes);
        }

        private byte[] datagram(int flags, int bytes) {
            var transport = tcp
                    ? Transport.tcp(
                            1000, 2000, flags, Frames.bytes(1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2), payload(bytes))
                    : Transport.udp(1000, 2000, payload(bytes));
            byte[] packet = ipHeader == 20
                    ? Ipv4Packet.of("10.0.0.3", "10.0.0.2").carrying(transport).bytes()
                    : Ipv6Packet.of("fd00::3", "fd00::2").carrying(transport).bytes();
            return Frames.vxlan(VNI, Frames.ethernet(US, THEM, packet));
        }

        private int transport() {
            return BEFORE_IP + ipHeader;
        }
    }

    /** What the stages left of a packet. */
    private record Outcome(boolean passes, int start, int length, int transport, int protocol, int flow) {
        private static Outcome of(PacketBatch batch, int i) {
            return batch.isDropped(i)
                    ? new Outcome(false, 0, 0, 0, 0, 0)
                    : new Outcome(
                            true,
                            batch.start(i),
                            batch.length(i),
                            batch.transport(i),
                            batch.protocol(i),
                            batch.flow(i));
        }
    }

    /** Two datagrams of which the first has begun a run. */
    private static final class Two implements AutoCloseable {
        private final PacketBatch batch = new PacketBatch(2, 2048);
        private final HeaderRun run = new HeaderRun();
        private final VxlanDecap decap = new VxlanDecap(batch.capacity());

        private Two(byte[] first, IpAddress from, byte[] second, IpAddress secondFrom) {
            add(first, from);
            add(second, secondFrom);
            check(0);
            assertThat(batch.isDropped(0)).isFalse();
            run.begin(batch, 0);
        }

        private void add(byte[] datagram, IpAddress from) {
            batch.memory().put(batch.nextStart(), datagram);
            batch.setPeer(batch.append(datagram.length), from.high(), from.low());
        }

        private void check(int index) {
            decap.decap(batch, index, TABLE);
            if (!batch.isDropped(index)) {
                IpCheck.check(batch, index);
            }
        }

        private boolean goesOn() {
            return run.goesOn(batch, 1);
        }

        @Override
        public void close() {
            batch.close();
        }
    }

    private static boolean goesOn(byte[] first, byte[] second) {
        try (var two = new Two(first, VTEP, second, VTEP)) {
            return two.goesOn();
        }
    }

    private static byte[] with(byte[] datagram, int at, int value) {
        byte[] changed = datagram.clone();
        changed[at] = (byte) value;
        return changed;
    }

    /** The same with its IPv4 checksum made right again. */
    private static byte[] summed(byte[] datagram) {
        byte[] packet = Arrays.copyOfRange(datagram, BEFORE_IP, datagram.length);
        SlowPacket.fixIpv4Checksum(packet);
        return Frames.concat(Arrays.copyOf(datagram, BEFORE_IP), packet);
    }

    @ParameterizedTest
    @EnumSource
    void goesOnWithTheNextSegmentAsTheStagesWould(Kind kind) {
        for (int bytes : new int[] {1000, 999, 1, 0}) {
            byte[] second = kind.datagram(bytes);
            if (kind.tcp) {
                second[kind.transport() + 7] ^= 0x55; // the sequence number
                second[kind.transport() + 13] |= 0x09; // PSH, FIN
            }
            try (var fast = new Two(kind.datagram(1000), VTEP, second, VTEP);
                    var slow = new Two(kind.datagram(1000), VTEP, second, VTEP)) {
                assertThat(fast.goesOn()).as("%d bytes", bytes).isTrue();
                slow.check(1);
                assertThat(Outcome.of(fast.batch, 1)).isEqualTo(Outcome.of(slow.batch, 1));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void stopsWhereAHeaderDiffers(Kind kind) {
        byte[] first = kind.datagram(1000);
        int ip = BEFORE_IP;
        Stream<Integer> anyOf = Stream.of(
                0,
                1,
                4,
                6,
                7, // VXLAN: flags, reserved, VNI, reserved
                VXLAN,
                VXLAN + 5,
                VXLAN + 6,
                VXLAN + 11,
                VXLAN + 12, // MACs, EtherType
                ip,
                ip + 1, // version, traffic class
                kind.transport(),
                kind.transport() + 3); // ports
        anyOf.forEach(at -> assertThat(goesOn(first, with(first, at, first[at] ^ 0x21)))
                .as("byte %d", at)
                .isFalse());
        Stream<Integer> ofIp = kind.ipHeader == 20
                ? Stream.of(6, 7, 8, 9, 12, 15, 16, 19) // fragment, TTL, protocol, addresses
                : Stream.of(1, 2, 3, 6, 7, 8, 23, 24, 39); // flow label, next header, hop limit, addresses
        ofIp.forEach(at -> {
            byte[] changed = with(first, ip + at, first[ip + at] ^ 0x21);
            assertThat(goesOn(first, kind.ipHeader == 20 ? summed(changed) : changed))
                    .as("IP byte %d", at)
                    .isFalse();
        });
    }

    @ParameterizedTest
    @EnumSource
    void stopsWhereAPacketIsNotRightByItself(Kind kind) {
        byte[] first = kind.datagram(1000);
        int ip = BEFORE_IP;
        assertThat(goesOn(first, kind.datagram(1001))).as("longer").isFalse();
        assertThat(goesOn(first, Arrays.copyOf(first, first.length - 1)))
                .as("cut off")
                .isFalse();
        assertThat(goesOn(kind.datagram(1200), Arrays.copyOf(first, first.length + 2)))
                .as("padded: left to the stages")
                .isFalse();
        for (int length = 0; length < kind.transport() + 8; length++) {
            assertThat(goesOn(first, Arrays.copyOf(first, length)))
                    .as("%d bytes", length)
                    .isFalse();
        }
        if (kind.ipHeader == 20) {
            assertThat(goesOn(first, with(first, ip + 10, first[ip + 10] ^ 1)))
                    .as("checksum")
                    .isFalse();
            assertThat(goesOn(first, with(first, ip + 4, first[ip + 4] ^ 1)))
                    .as("identification")
                    .isFalse();
        }
        if (kind.tcp) {
            assertThat(goesOn(first, kind.datagram(Transport.SYN, 100)))
                    .as("SYN")
                    .isFalse();
            byte[] pure = kind.datagram(0);
            assertThat(goesOn(first, with(pure, kind.transport() + 12, 0xf0)))
                    .as("offset behind the end")
                    .isFalse();
            assertThat(goesOn(first, with(pure, kind.transport() + 12, 0x40)))
                    .as("offset in the header")
                    .isFalse();
        } else {
            assertThat(goesOn(first, with(first, kind.transport() + 4, 0xff)))
                    .as("UDP length")
                    .isFalse();
            assertThat(goesOn(first, with(with(first, kind.transport() + 4, 0), kind.transport() + 5, 7)))
                    .as("UDP length")
                    .isFalse();
        }
    }

    @ParameterizedTest
    @EnumSource
    void knowsTheSenderAndItsEnd(Kind kind) {
        byte[] datagram = kind.datagram(100);
        try (var two = new Two(datagram, VTEP, datagram, OTHER_VTEP)) {
            assertThat(two.goesOn()).isFalse();
        }
        try (var two = new Two(datagram, VTEP, datagram, VTEP)) {
            two.run.end();
            assertThat(two.goesOn()).isFalse();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"IPV4_TCP", "IPV4_UDP"})
    void neverBeginsWithAFragmentOrOptions(Kind kind) {
        byte[] fragment = kind.datagram(1000); // with its header a multiple of 8
        fragment[BEFORE_IP + 6] = 0x20; // more fragments
        assertThat(goesOn(summed(fragment), summed(fragment))).isFalse();
        byte[] options = Frames.vxlan(
                VNI,
                Frames.ethernet(
                        US,
                        THEM,
                        Ipv4Packet.of("10.0.0.3", "10.0.0.2")
                                .options(1, 1, 1, 1)
                                .carrying(Transport.udp(1, 2, payload(10)))
                                .bytes()));
        assertThat(goesOn(options, options)).isFalse();
    }

    /** Whatever is changed: a run that goes on says what the stages would have said. */
    @Property(tries = 20_000)
    void neverDisagreesWithTheStages(
            @ForAll long seed, @ForAll @IntRange(max = 3) int kind, @ForAll @IntRange(max = 4) int changes) {
        var random = new Random(seed);
        byte[] first = Kind.values()[kind].datagram(200);
        byte[] second = Kind.values()[kind].datagram(random.nextInt(210));
        for (int i = 0; i < changes; i++) {
            second[random.nextInt(Math.min(second.length, 80))] ^= (byte) (1 << random.nextInt(8));
        }
        if (random.nextBoolean()) {
            second = summed(second);
        }
        if (random.nextInt(4) == 0) {
            second = Arrays.copyOf(second, Math.max(0, second.length + random.nextInt(41) - 20));
        }
        IpAddress from = random.nextInt(8) == 0 ? OTHER_VTEP : VTEP;
        try (var fast = new Two(first, VTEP, second, from);
                var slow = new Two(first, VTEP, second, from)) {
            if (fast.goesOn()) {
                slow.check(1);
                assertThat(Outcome.of(fast.batch, 1)).isEqualTo(Outcome.of(slow.batch, 1));
                assertThat(slow.decap.network(1)).isEqualTo(slow.decap.network(0));
                assertThat(slow.decap.sourceMac(1)).isEqualTo(slow.decap.sourceMac(0));
                assertThat(slow.decap.destinationMac(1)).isEqualTo(slow.decap.destinationMac(0));
            }
        }
    }
}
