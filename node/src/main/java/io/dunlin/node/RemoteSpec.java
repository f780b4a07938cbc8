package io.dunlin.node;

import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.MacAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An endpoint that lives behind another VTEP: another node, or any VXLAN device. Immutable; each method returns a changed copy.
 *
 * @param name the endpoint's name, unique in its network
 * @param addresses its addresses, out of the network's subnets
 * @param vtep the underlay address of the VTEP it lives behind; to be given before it is used
 * @param mac its MAC address; null: 02:42 and its address, as Dunlin's nodes have it
 */
public record RemoteSpec(
        String name,
        List<IpAddress> addresses,
        @Nullable IpAddress vtep,
        @Nullable MacAddress mac) {
    public RemoteSpec {
        Names.check("endpoint", name);
        addresses = List.copyOf(addresses);
        if (mac != null && (MacAddress.isGroup(mac.bits()) || mac.bits() == 0)) {
            throw new IllegalArgumentException(
                    "endpoint \"" + name + "\": MAC " + mac + " is not that of one interface");
        }
    }

    public static RemoteSpec named(String name) {
        return new RemoteSpec(name, List.of(), null, null);
    }

    /** Adds an address. */
    public RemoteSpec address(String address) {
        var all = new ArrayList<>(addresses);
        all.add(IpAddress.parse(address));
        return new RemoteSpec(name, all, vtep, mac);
    }

    public RemoteSpec vtep(String address) {
        return new RemoteSpec(name, addresses, IpAddress.parse(address), mac);
    }

    public RemoteSpec mac(String mac) {
        return new RemoteSpec(name, addresses, vtep, MacAddress.parse(mac));
    }
}
