package io.dunlin.ipam;

import java.util.List;
import java.util.Optional;

/** Ranges that no pool and no subnet may touch, as they mean something else to every host (RFC 6890). */
record SpecialRange(Subnet range, String text) {
    private static final List<SpecialRange> ALL = List.of(
            new SpecialRange(Subnet.parse("0.0.0.0/8"), "\"this network\""),
            new SpecialRange(Subnet.parse("127.0.0.0/8"), "loopback"),
            new SpecialRange(Subnet.parse("169.254.0.0/16"), "link-local"),
            new SpecialRange(Subnet.parse("224.0.0.0/4"), "multicast"),
            new SpecialRange(Subnet.parse("240.0.0.0/4"), "the reserved range"),
            new SpecialRange(Subnet.parse("::/128"), "the unspecified address"),
            new SpecialRange(Subnet.parse("::1/128"), "loopback"),
            new SpecialRange(Subnet.parse("fe80::/10"), "link-local"),
            new SpecialRange(Subnet.parse("ff00::/8"), "multicast"));

    static Optional<Refusal> refusal(Subnet subnet) {
        for (SpecialRange special : ALL) {
            if (special.range.overlaps(subnet)) {
                return Optional.of(new Refusal.Overlaps(subnet, special.range, special.text));
            }
        }
        return Optional.empty();
    }
}
