package io.dunlin.ipam;

import io.dunlin.ipam.Refusal.Invalid;
import java.util.List;

/** The addresses of one subnet, by the number of the host in it. */
final class SubnetAddresses implements ValuePool.Meaning<Address> {
    private final AddressPlan plan;
    private final ValuePool<Address> addresses;

    /**
     * @param plan one without a refusal
     * @param gateway as {@link #gateway} gives it
     */
    SubnetAddresses(AddressPlan plan, CellTree gateway, Policy policy, long quarantineMillis) {
        this.plan = plan;
        var segment = new Segment(plan.firstInRange(), plan.lastInRange());
        this.addresses =
                new ValuePool<>(new NumberPool(bits(plan), List.of(segment), gateway, policy, quarantineMillis), this);
    }

    /** The number that is kept free for the gateway. */
    static CellTree gateway(AddressPlan plan) {
        var gateway = new CellTree(bits(plan));
        long host = plan.gatewayHost();
        if (host != CellTree.NONE) {
            gateway.take(host);
        }
        return gateway;
    }

    private static int bits(AddressPlan plan) {
        return Math.max(1, plan.subnet().hostBits());
    }

    @Override
    public Address valueOf(long host) {
        return plan.subnet().address(host);
    }

    @Override
    public String name() {
        return plan.subnet().toString();
    }

    @Override
    public String nameOf(Segment segment) {
        return name();
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
