package io.dunlin.node;

import io.dunlin.ipam.Address;
import io.dunlin.ipam.Subnet;
import io.dunlin.vxlan.wire.Cidr;
import io.dunlin.vxlan.wire.IpAddress;

/** Addresses and subnets as the pools have them, and as the data path does: the same 128 bits in modules that do not know each other. */
final class IpamAddresses {
    private IpamAddresses() {}

    static Subnet subnet(Cidr cidr) {
        return new Subnet(address(cidr.base()), cidr.prefix());
    }

    static Cidr cidr(Subnet subnet) {
        return new Cidr(ip(subnet.base()), subnet.prefix());
    }

    static Address address(IpAddress address) {
        return new Address(address.high(), address.low());
    }

    static IpAddress ip(Address address) {
        return new IpAddress(address.high(), address.low());
    }
}
