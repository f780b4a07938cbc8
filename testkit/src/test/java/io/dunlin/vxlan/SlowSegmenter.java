package io.dunlin.vxlan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a host sends that cuts a super-packet itself: the model {@link Segmenter} is held against, by the RFCs and by what Linux does
 * (tcp_gso_segment, __udp_gso_segment, inet_gso_segment). Each segment is built whole, from its own copy of the headers.
 */
final class SlowSegmenter {
    private SlowSegmenter() {}

    /**
     * @param whole a TCP or UDP packet; what its checksum field holds does not matter
     * @param size bytes of payload in each segment
     * @param summed false for UDP without a checksum (RFC 768)
     */
    static List<byte[]> cut(byte[] whole, int size, boolean summed) {
        int headers = SlowPacket.payload(whole);
        var segments = new ArrayList<byte[]>();
        for (int from = headers; from < whole.length; from += size) {
            int to = Math.min(from + size, whole.length);
            byte[] segment = Arrays.copyOf(whole, headers + to - from);
            System.arraycopy(whole, from, segment, headers, to - from);
            if (SlowPacket.isIpv4(whole)) {
                SlowPacket.put16(segment, 4, SlowPacket.u16(whole, 4) + segments.size());
            }
            SlowPacket.fixLengths(segment);
            if (SlowPacket.protocol(whole) == SlowPacket.TCP) {
                int sequence = SlowPacket.transport(whole) + 4;
                SlowPacket.put32(segment, sequence, SlowPacket.i32(whole, sequence) + from - headers);
                int flags = SlowPacket.u8(whole, SlowPacket.flags(whole));
                flags &= to < whole.length ? ~(SlowPacket.PSH | SlowPacket.FIN) : 0xff;
                flags &= from > headers ? ~SlowPacket.CWR : 0xff;
                SlowPacket.put8(segment, SlowPacket.flags(segment), flags);
            }
            SlowPacket.put16(segment, SlowPacket.checksum(segment), 0);
            if (summed) {
                SlowPacket.complete(segment);
            }
            segments.add(segment);
        }
        return segments;
    }
}
