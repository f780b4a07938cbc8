package io.dunlin.node;

import io.dunlin.gossip.wire.Bytes;
import io.dunlin.vxlan.wire.IpAddress;
import java.io.ByteArrayOutputStream;
import java.util.List;

/** Writes what {@link RecordReader} reads. */
final class RecordWriter {
    static final int IPV4 = 4;
    static final int IPV6 = 6;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream(32);

    RecordWriter number(long value, int size) {
        for (int shift = 8 * (size - 1); shift >= 0; shift -= 8) {
            out.write((int) (value >>> shift));
        }
        return this;
    }

    RecordWriter addresses(List<IpAddress> addresses) {
        number(addresses.size(), 1);
        for (IpAddress address : addresses) {
            if (address.isIpv4()) {
                number(IPV4, 1).number(address.low(), Integer.BYTES);
            } else {
                number(IPV6, 1).number(address.high(), Long.BYTES).number(address.low(), Long.BYTES);
            }
        }
        return this;
    }

    Bytes bytes() {
        return Bytes.wrap(out.toByteArray());
    }
}
