package io.dunlin.lb.dns;

import io.dunlin.vxlan.wire.IpAddress;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** What a name stands for: addresses of both families, and which is named first. Immutable but for the {@link Rotation}. */
final class Addresses {
    static final Addresses NONE = new Addresses(List.of(), new Rotation());

    private final int[] ipv4;
    /** Two for each address. */
    private final long[] ipv6;

    private final Rotation rotation;

    Addresses(List<IpAddress> addresses, Rotation rotation) {
        List<IpAddress> distinct = addresses.stream().distinct().toList();
        this.ipv4 = distinct.stream()
                .filter(IpAddress::isIpv4)
                .mapToInt(IpAddress::lowInt)
                .toArray();
        this.ipv6 = distinct.stream()
                .filter(address -> !address.isIpv4())
                .flatMapToLong(address -> LongStream.of(address.high(), address.low()))
                .toArray();
        this.rotation = rotation;
    }

    int ipv4Count() {
        return ipv4.length;
    }

    int ipv6Count() {
        return ipv6.length / 2;
    }

    int ipv4(int index) {
        return ipv4[index];
    }

    long ipv6High(int index) {
        return ipv6[2 * index];
    }

    long ipv6Low(int index) {
        return ipv6[2 * index + 1];
    }

    Rotation rotation() {
        return rotation;
    }

    Stream<IpAddress> all() {
        return Stream.concat(
                IntStream.of(ipv4).mapToObj(IpAddress::ofIpv4),
                IntStream.range(0, ipv6Count()).mapToObj(i -> new IpAddress(ipv6High(i), ipv6Low(i))));
    }
}
