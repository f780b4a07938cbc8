package io.dunlin.node;

import io.dunlin.vxlan.wire.Vni;
import java.util.Locale;

/**
 * The name of a service or an endpoint in its network. Upper and lower case are one, as in DNS (RFC 4343).
 *
 * @param folded to lower case
 */
record NameInNetwork(Vni vni, String folded) {
    static NameInNetwork of(Vni vni, String name) {
        return new NameInNetwork(vni, name.toLowerCase(Locale.ROOT));
    }
}
