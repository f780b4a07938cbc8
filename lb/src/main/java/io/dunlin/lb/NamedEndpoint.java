package io.dunlin.lb;

import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.Vni;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An endpoint as names know it, whether it stands behind a service or not.
 *
 * @param network the network it is attached to
 * @param name its name, unique in the network without regard to case
 * @param addresses its addresses: at most one of each IP version
 */
public record NamedEndpoint(Vni network, String name, List<IpAddress> addresses) {
    public NamedEndpoint {
        Service.checkName("endpoint", name);
        addresses = Service.checkAddresses("endpoint \"" + name + "\"", addresses);
    }

    /** Its address of one IP version; null if it has none. */
    public @Nullable IpAddress address(boolean ipv4) {
        return Service.ofVersion(addresses, ipv4);
    }
}
