package io.dunlin.lb;

import io.dunlin.vxlan.packet.DropReason;
import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.IcmpHeader;
import io.dunlin.vxlan.wire.InternetChecksum;
import io.dunlin.vxlan.wire.IpProtocol;
import io.dunlin.vxlan.wire.Memory;
import io.dunlin.vxlan.wire.TcpHeader;
import io.dunlin.vxlan.wire.UdpHeader;

/**
 * Gives a packet other addresses and ports. Checksums are told what changed (RFC 1624) and not computed anew: so what was damaged on the
 * way stays damaged, and the payload of a super-packet is not looked at.
 */
final class AddressRewrite {
    /** Of UDP: the field says that there is none (RFC 768). */
    private static final int NO_CHECKSUM = 0;

    private AddressRewrite() {}

    /**
     * Rewrites a packet or super-packet. One whose partial checksum is not where its protocol has it is dropped.
     *
     * @param packet what it is
     * @param to what it becomes: addresses of the same IP version
     */
    static void rewrite(PacketBatch batch, int index, Ends packet, Ends to) {
        Memory memory = batch.memory();
        int transport = packet.transport;
        if (batch.isChecksumPartial(index) && batch.checksumAt(index) != transport + checksumOffset(packet.protocol)) {
            batch.drop(index, DropReason.OFFLOAD);
            return;
        }
        int before = packet.addresses.sum();
        int after = to.addresses.sum();
        to.addresses.write(memory, batch.start(index));
        if (hasPorts(packet.protocol)) {
            writePorts(memory, transport, to);
            if (batch.isChecksumPartial(index)) {
                // the sum over the pseudo-header, which has no ports, and not its complement
                int at = batch.checksumAt(index);
                memory.u16(at, ~InternetChecksum.update(~memory.u16(at) & 0xffff, before, after) & 0xffff);
                return;
            }
            before = OnesComplement.add(before, ports(packet));
            after = OnesComplement.add(after, ports(to));
        }
        updateTransport(memory, transport, packet.protocol, before, after);
    }

    /** Rewrites the addresses alone: of a fragment behind the first. */
    static void rewrite(PacketBatch batch, int index, Addresses to) {
        to.write(batch.memory(), batch.start(index));
    }

    /**
     * Rewrites an ICMP error and the packet it quotes, of which there may be little more than the ports.
     *
     * @param quoteAt where the quoted IP header begins
     */
    static void rewriteError(
            PacketBatch batch, int index, Ends error, Addresses to, int quoteAt, Ends quoted, Ends quotedTo) {
        Memory memory = batch.memory();
        int end = batch.start(index) + batch.length(index);
        int changed = Math.min(end, quoted.transport + TcpHeader.LENGTH) - quoteAt;
        int before = sum(memory, quoteAt, changed);
        rewriteQuote(memory, quoteAt, end, quoted, quotedTo);
        int after = sum(memory, quoteAt, changed);
        if (error.protocol == IpProtocol.ICMPV6) {
            before = OnesComplement.add(before, error.addresses.sum());
            after = OnesComplement.add(after, to.sum());
        }
        int icmp = error.transport;
        IcmpHeader.setChecksum(memory, icmp, InternetChecksum.update(IcmpHeader.checksum(memory, icmp), before, after));
        to.write(memory, batch.start(index));
    }

    private static void rewriteQuote(Memory memory, int ip, int end, Ends quoted, Ends to) {
        int before = quoted.addresses.sum();
        int after = to.addresses.sum();
        to.addresses.write(memory, ip);
        if (hasPorts(quoted.protocol)) {
            writePorts(memory, quoted.transport, to);
            before = OnesComplement.add(before, ports(quoted));
            after = OnesComplement.add(after, ports(to));
        }
        if (quoted.transport + checksumOffset(quoted.protocol) + 2 <= end) {
            updateTransport(memory, quoted.transport, quoted.protocol, before, after);
        }
    }

    private static void updateTransport(Memory memory, int transport, int protocol, int before, int after) {
        switch (protocol) {
            case IpProtocol.TCP ->
                TcpHeader.setChecksum(
                        memory,
                        transport,
                        InternetChecksum.update(TcpHeader.checksum(memory, transport), before, after));
            case IpProtocol.UDP -> {
                int checksum = UdpHeader.checksum(memory, transport);
                if (checksum != NO_CHECKSUM) {
                    int updated = InternetChecksum.update(checksum, before, after);
                    UdpHeader.setChecksum(memory, transport, updated == NO_CHECKSUM ? 0xffff : updated);
                }
            }
            case IpProtocol.ICMPV6 ->
                IcmpHeader.setChecksum(
                        memory,
                        transport,
                        InternetChecksum.update(IcmpHeader.checksum(memory, transport), before, after));
            default -> {} // ICMP of IPv4 has no pseudo-header
        }
    }

    private static boolean hasPorts(int protocol) {
        return protocol == IpProtocol.TCP || protocol == IpProtocol.UDP;
    }

    private static int checksumOffset(int protocol) {
        return switch (protocol) {
            case IpProtocol.TCP -> TcpHeader.CHECKSUM;
            case IpProtocol.UDP -> UdpHeader.CHECKSUM;
            default -> IcmpHeader.CHECKSUM;
        };
    }

    private static void writePorts(Memory memory, int transport, Ends to) {
        UdpHeader.setSourcePort(memory, transport, to.sourcePort);
        UdpHeader.setDestinationPort(memory, transport, to.destinationPort);
    }

    private static int ports(Ends ends) {
        return OnesComplement.add(ends.sourcePort, ends.destinationPort);
    }

    private static int sum(Memory memory, int from, int bytes) {
        return ~InternetChecksum.finish(InternetChecksum.sum(memory, from, bytes)) & 0xffff;
    }
}
