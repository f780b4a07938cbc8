package io.dunlin.lb.dns;

import io.dunlin.vxlan.wire.Cidr;
import io.dunlin.vxlan.wire.IpAddress;
import java.util.List;
import java.util.stream.Stream;

/** The network most tests ask about. */
final class Zones {
    private static final ZoneSpec SPEC =
            ZoneSpec.named("backend").subnets(List.of(Cidr.parse("10.0.0.0/24"), Cidr.parse("fd00::/64")));

    private Zones() {}

    static Zone backend() {
        return fill(SPEC);
    }

    static Zone internal() {
        return fill(SPEC.internal());
    }

    private static Zone fill(ZoneSpec spec) {
        return Zone.of(spec).with(edit -> {
            edit.putService(
                    "web", addresses("10.0.0.100", "fd00::100"), addresses("10.0.0.11", "10.0.0.12", "fd00::12"));
            edit.putRoundRobin("rr", addresses("10.0.0.21", "10.0.0.22", "10.0.0.23"));
            edit.putEndpoint("Web.1", addresses("10.0.0.11"));
            edit.putEndpoint("web.2", addresses("10.0.0.12", "fd00::12"));
            edit.putEndpoint("six", addresses("fd00::6"));
        });
    }

    static List<IpAddress> addresses(String... texts) {
        return Stream.of(texts).map(IpAddress::parse).toList();
    }
}
