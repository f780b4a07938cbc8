package io.dunlin.ipam;

import io.dunlin.ipam.Refusal.Invalid;
import java.util.List;

/** The addresses of one subnet, by the number of the host in it. */
final class SubnetAddresses {
    private final AddressPlan plan;
    private final ValuePool<Address> addresses;

    /** @param plan one without a refusal */
    SubnetAddresses(AddressPlan plan, Policy policy, long quarantineMillis) {
        this.plan = plan;
        var segment = new Segment(plan.firstInRange(), plan.lastInRange());
        var numbers = new NumberPool(bits(plan), List.of(segment), policy, quarantineMillis);
        long gateway = plan.gatewayHost();
        if (gateway != CellTree.NONE) {
            numbers.reserve(gateway, gateway);
        }
        Subnet subnet = plan.subnet();
        this.addresses = new ValuePool<>(subnet.toString(), numbers, subnet::address, _ -> subnet.toString());
    }

    private static int bits(AddressPlan plan) {
        return Math.max(1, plan.subnet().hostBits());
    }

    AddressPlan plan() {
        return plan;
    }

    ValuePool<Address> pool() {
        return addresses;
    }

    Result<Address> request(Requester requester, long nowMillis) {
        return addresses.request(requester, nowMillis);
    }

    Result<Address> claim(Address address, Requester requester, long nowMillis) {
        if (!plan.subnet().contains(address)) {
            return Invalid.because(address + " is not in " + plan.subnet());
        }
        long host = plan.subnet().hostOf(address);
        return plan.isUsable(host)
                ? addresses.claim(host, requester, nowMillis)
                : new Result.Refused<>(
                        new Refusal.Reserved(address.toString(), plan.subnet().toString()));
    }

    Result<Address> release(Address address, Requester requester, long nowMillis) {
        boolean canBe =
                plan.subnet().contains(address) && plan.isUsable(plan.subnet().hostOf(address));
        return canBe
                ? addresses.release(plan.subnet().hostOf(address), requester, nowMillis)
                : new Result.Refused<>(new Refusal.NotHeld(requester, address.toString()));
    }
}
