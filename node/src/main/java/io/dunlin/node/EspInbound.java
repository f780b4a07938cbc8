package io.dunlin.node;

import io.dunlin.ipsec.EspOpen;
import io.dunlin.ipsec.wire.EspHeader;
import io.dunlin.vxlan.EspRoom;
import io.dunlin.vxlan.packet.Counter;
import io.dunlin.vxlan.packet.Counters;
import io.dunlin.vxlan.packet.DropReason;
import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.IpProtocol;
import io.dunlin.vxlan.wire.Memory;
import io.dunlin.vxlan.wire.UdpHeader;
import org.jspecify.annotations.Nullable;

/**
 * The stage that opens ESP packets, where they lie, and takes the inner UDP header off. ESP and VXLAN come on one port: an SPI of ours has
 * its first bit set, and a VXLAN header has not. Worker's thread; allocates nothing but what the engine does.
 */
final class EspInbound {
    /** Of the first byte, which is the SPI's. */
    private static final int ESP = 0x80;

    /** All there is of a keepalive (RFC 3948 section 2.3). */
    private static final int KEEPALIVE = 0xff;

    private final EspContexts contexts;
    private final Counters counters;

    EspInbound(EspContexts contexts, Counters counters) {
        this.contexts = contexts;
        this.counters = counters;
    }

    /** Opens the packet if it is ESP, and then marks it as opened, or drops it. It begins with what is to be a VXLAN header then. */
    void open(PacketBatch batch, int index) {
        if (batch.length(index) == 0 || batch.memory().u8(batch.start(index)) < ESP) {
            return;
        }
        DropReason fault = fault(batch, index);
        if (fault != null) {
            batch.drop(index, fault);
        } else {
            batch.setOpened(index);
            counters.add(Counter.ESP_OPENED, 1);
        }
    }

    private @Nullable DropReason fault(PacketBatch batch, int index) {
        Memory memory = batch.memory();
        int at = batch.start(index);
        int length = batch.length(index);
        if (length == 1 && memory.u8(at) == KEEPALIVE) {
            return DropReason.NAT_KEEPALIVE;
        }
        if (!EspHeader.checkLength(length)) {
            return DropReason.ESP_MALFORMED;
        }
        EspContexts.Inbound from = contexts.inbound(EspHeader.spi(memory, at));
        if (from == null || from.low() != batch.peerLow(index) || from.high() != batch.peerHigh(index)) {
            return DropReason.ESP_UNKNOWN_SPI;
        }
        int payload = from.open().open(memory, at, length, IpProtocol.UDP);
        if (payload < 0) {
            return reason(payload);
        }
        int udp = at + EspHeader.LENGTH;
        if (!UdpHeader.checkLength(payload)) {
            return DropReason.ESP_MALFORMED;
        }
        if (UdpHeader.destinationPort(memory, udp) != NodeConfig.VXLAN_PORT) {
            return DropReason.ESP_OTHER_PROTOCOL;
        }
        int datagram =
                UdpHeader.datagramLength(memory, udp); // what is behind it hides the length (RFC 4303 section 2.7)
        if (datagram < UdpHeader.LENGTH || datagram > payload) {
            return DropReason.ESP_MALFORMED;
        }
        batch.strip(index, EspRoom.BEFORE);
        batch.resize(index, datagram - UdpHeader.LENGTH);
        return null;
    }

    private static DropReason reason(int failure) {
        return switch (failure) {
            case EspOpen.REPLAYED -> DropReason.ESP_REPLAYED;
            case EspOpen.NOT_AUTHENTIC -> DropReason.ESP_NOT_AUTHENTIC;
            case EspOpen.OTHER_PROTOCOL -> DropReason.ESP_OTHER_PROTOCOL;
            default -> DropReason.ESP_MALFORMED;
        };
    }
}
