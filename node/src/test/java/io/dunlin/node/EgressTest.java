package io.dunlin.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.vxlan.ForwardingTable;
import io.dunlin.vxlan.Route;
import io.dunlin.vxlan.io.PacketDevice;
import io.dunlin.vxlan.io.Signal;
import io.dunlin.vxlan.io.UdpBatchSocket;
import io.dunlin.vxlan.packet.Counters;
import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.Vni;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EgressTest {
    private final PacketBatch batch = new PacketBatch(8, 2000);
    private final Sink whole = new Sink(true);
    private final Sink plain = new Sink(false);
    private final Sink underlay = new Sink(false);
    private final Egress egress = new Egress(
            0, underlay, new EspOutbound(new EspContexts(), new Counters()), new Counters(), batch.capacity());

    @AfterEach
    void close() {
        batch.close();
    }

    /** Their bytes are another workload's. */
    @Test
    void partsOfASuperPacketReachNobodyButItsDevice() {
        for (int i = 0; i < 5; i++) {
            batch.append(100);
        }
        egress.toDevice(0, endpointAt(whole));
        egress.toDevice(1, endpointAt(plain));
        egress.toDevice(2, endpointAt(whole));
        egress.toUnderlay(batch, 3, new ForwardingTable.Network(new Vni(7), 1450, false, null, null), 0);
        egress.toDevice(4, endpointAt(whole));
        batch.setSegmentSize(0, 80);
        batch.join(0, 0, 2);
        batch.join(0, 2, 4);

        egress.flush(batch);

        assertThat(whole.handedOver).containsExactly(0);
        assertThat(plain.handedOver).containsExactly(1);
        assertThat(underlay.handedOver).containsExactly(3);
    }

    /** One of several addresses behind a device, as each call has its own. */
    private static Route.Local endpointAt(PacketDevice device) {
        return new Route.Local(device, 0);
    }

    /** Takes down what it is handed; parts are left out only by what takes super-packets. */
    static class Sink implements PacketDevice, UdpBatchSocket {
        private final boolean superPackets;
        final List<Integer> handedOver = new ArrayList<>();

        Sink(boolean superPackets) {
            this.superPackets = superPackets;
        }

        @Override
        public void send(PacketBatch batch, int from, int to) {
            for (int i = from; i < to; i++) {
                if (!batch.isDropped(i) && !(superPackets && batch.isPart(i))) {
                    handedOver.add(i);
                }
            }
        }

        @Override
        public boolean takesSuperPackets(int protocol) {
            return superPackets;
        }

        @Override
        public boolean takesPartialChecksums() {
            return superPackets;
        }

        @Override
        public String name() {
            return "sink";
        }

        @Override
        public String kind() {
            return "sink";
        }

        @Override
        public InetSocketAddress localAddress() {
            return new InetSocketAddress(0);
        }

        @Override
        public int receive(PacketBatch into) {
            return 0;
        }

        @Override
        public int descriptor() {
            return NO_DESCRIPTOR;
        }

        @Override
        public boolean isReady() {
            return false;
        }

        @Override
        public void signalTo(Signal signal) {}

        @Override
        public void close() {}
    }
}
