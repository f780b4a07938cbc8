package io.dunlin.node;

import io.dunlin.gossip.wire.Bytes;
import io.dunlin.vxlan.wire.Cidr;
import io.dunlin.vxlan.wire.IpAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Reads the fields of a gossiped record, which may be any bytes. What is not there reads as 0, and what is none reads as nothing: from then
 * on it {@link #isWrong}, which is to be asked once, at the end. Numbers have their highest byte first.
 */
final class RecordReader {
    private final byte[] bytes;
    private int at;
    private boolean wrong;

    RecordReader(Bytes bytes) {
        this.bytes = bytes.array();
    }

    /** A number of so many bytes, up to seven. */
    long number(int size) {
        if (bytes.length - at < size) {
            refuse();
            return 0;
        }
        long value = 0;
        for (int i = 0; i < size; i++) {
            value = value << 8 | bytes[at++] & 0xff;
        }
        return value;
    }

    /** A byte that counts them, then the addresses: 1 to {@code most}. */
    List<IpAddress> addresses(int most) {
        return addresses(1, most);
    }

    /** The same, of {@code least} to {@code most}. */
    List<IpAddress> addresses(int least, int most) {
        int count = (int) number(1);
        if (count < least || count > most) {
            refuse();
            return List.of();
        }
        var addresses = new ArrayList<IpAddress>();
        for (int i = 0; i < count && !wrong; i++) {
            addresses.add(address());
        }
        return addresses;
    }

    /** A byte that counts them, then the subnets: 1 to {@code most}. */
    List<Cidr> subnets(int most) {
        int count = (int) number(1);
        if (count < 1 || count > most) {
            refuse();
            return List.of();
        }
        var subnets = new ArrayList<Cidr>();
        for (int i = 0; i < count && !wrong; i++) {
            IpAddress base = address();
            int prefix = (int) number(1);
            try {
                subnets.add(new Cidr(base, prefix));
            } catch (IllegalArgumentException e) {
                refuse();
            }
        }
        return subnets;
    }

    /** A byte that counts its bytes, then the text, which has to be UTF-8: else it would be another when it is written again. */
    String text() {
        int length = (int) number(1);
        if (bytes.length - at < length) {
            refuse();
            return "";
        }
        at += length;
        var text = new String(bytes, at - length, length, StandardCharsets.UTF_8);
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        if (!Arrays.equals(bytes, at - length, at, utf8, 0, utf8.length)) {
            refuse();
            return "";
        }
        return text;
    }

    private IpAddress address() {
        long family = number(1);
        if (family == RecordWriter.IPV4) {
            return IpAddress.ofIpv4((int) number(Integer.BYTES));
        }
        long high = number(4) << 32 | number(4);
        long low = number(4) << 32 | number(4);
        var address = new IpAddress(high, low);
        if (family != RecordWriter.IPV6 || address.isIpv4()) {
            refuse();
        }
        return address;
    }

    void refuse() {
        wrong = true;
    }

    boolean isWrong() {
        return wrong;
    }

    boolean isAtEnd() {
        return at == bytes.length;
    }
}
