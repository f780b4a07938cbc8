package io.dunlin.node;

import io.dunlin.gossip.wire.Bytes;
import io.dunlin.vxlan.wire.Cidr;
import io.dunlin.vxlan.wire.IpAddress;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Writes what {@link RecordReader} reads. */
final class RecordWriter {
    static final int IPV4 = 4;
    static final int IPV6 = 6;
    static final int MAX_TEXT = 255;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream(32);

    RecordWriter number(long value, int size) {
        for (int shift = 8 * (size - 1); shift >= 0; shift -= 8) {
            out.write((int) (value >>> shift));
        }
        return this;
    }

    RecordWriter addresses(List<IpAddress> addresses) {
        number(addresses.size(), 1);
        addresses.forEach(this::address);
        return this;
    }

    private RecordWriter address(IpAddress address) {
        return address.isIpv4()
                ? number(IPV4, 1).number(address.low(), Integer.BYTES)
                : number(IPV6, 1).number(address.high(), Long.BYTES).number(address.low(), Long.BYTES);
    }

    /** A byte that counts them, then the subnets. */
    RecordWriter subnets(List<Cidr> subnets) {
        number(subnets.size(), 1);
        for (Cidr subnet : subnets) {
            address(subnet.base()).number(subnet.prefix(), 1);
        }
        return this;
    }

    /** As many of its characters as {@value #MAX_TEXT} bytes hold, behind the bytes' number. */
    RecordWriter text(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        int length = Math.min(utf8.length, MAX_TEXT);
        while (length < utf8.length && isContinuation(utf8[length])) {
            length--;
        }
        number(length, 1);
        out.write(utf8, 0, length);
        return this;
    }

    /** Whether this byte of UTF-8 belongs to a character that began before it. */
    private static boolean isContinuation(byte utf8) {
        return (utf8 & 0xc0) == 0x80;
    }

    Bytes bytes() {
        return Bytes.wrap(out.toByteArray());
    }
}
