package io.dunlin.vxlan;

import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.IpHeader;
import io.dunlin.vxlan.wire.IpProtocol;
import io.dunlin.vxlan.wire.Ipv4Header;
import io.dunlin.vxlan.wire.Ipv6Header;
import io.dunlin.vxlan.wire.Memory;
import io.dunlin.vxlan.wire.TcpHeader;

/**
 * Lowers the maximum segment size that a TCP SYN announces (RFC 9293 section 3.7.1) to what the inner MTU carries, so that TCP needs no
 * ICMP to find it.
 */
public final class MssClamp {
    private MssClamp() {}

    /**
     * To be called for packets that passed {@link IpCheck}.
     *
     * @param mtu the inner MTU, in bytes
     * @return whether the packet was changed
     */
    public static boolean clamp(PacketBatch batch, int index, int mtu) {
        int tcp = batch.transport(index);
        if (batch.protocol(index) != IpProtocol.TCP || tcp == PacketBatch.NO_TRANSPORT) {
            return false;
        }
        Memory memory = batch.memory();
        if ((TcpHeader.flags(memory, tcp) & TcpHeader.FLAG_SYN) == 0) {
            return false;
        }
        boolean ipv4 = IpHeader.version(memory, batch.start(index)) == 4;
        int limit = mtu - (ipv4 ? Ipv4Header.LENGTH : Ipv6Header.LENGTH) - TcpHeader.LENGTH;
        int header = TcpHeader.headerLength(memory, tcp);
        int at = TcpHeader.LENGTH;
        while (at < header) {
            int kind = TcpHeader.optionByte(memory, tcp, at);
            if (kind == TcpHeader.OPTION_END) {
                return false;
            }
            if (kind == TcpHeader.OPTION_NOP) {
                at++;
                continue;
            }
            int length = at + 1 < header ? TcpHeader.optionByte(memory, tcp, at + 1) : 0;
            if (length < 2 || at + length > header) {
                return false; // it does not parse; its receiver will not be able to either
            }
            if (kind == TcpHeader.OPTION_MSS && length == 4) {
                if (TcpHeader.optionWord(memory, tcp, at + 2) <= limit) {
                    return false;
                }
                Segmenter.completeChecksum(batch, index); // an update of it must find it whole
                TcpHeader.setOptionWord(memory, tcp, at + 2, limit);
                return true;
            }
            at += length;
        }
        return false;
    }
}
