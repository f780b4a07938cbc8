package io.dunlin.ipam;

import io.dunlin.ipam.Command.ClaimAddress;
import io.dunlin.ipam.Command.ClaimNumber;
import io.dunlin.ipam.Command.ClaimSubnet;
import io.dunlin.ipam.Command.ReleaseAddress;
import io.dunlin.ipam.Command.ReleaseNumber;
import io.dunlin.ipam.Command.ReleaseSubnet;
import io.dunlin.ipam.Command.RequestAddress;
import io.dunlin.ipam.Command.RequestNumber;
import io.dunlin.ipam.Command.RequestSubnet;
import io.dunlin.ipam.Command.RequestSubnetPair;
import java.util.List;

/** A log in which each kind of command succeeds, and the state after it has something in each of its parts. Golden files depend on it. */
final class SampleLog {
    static final IpamConfig CONFIG = IpamConfig.of()
            .pool("10.20.0.0/16", 26)
            .pool("10.30.0.0/16", 26)
            .pool("fd00::/8", 64)
            .exclude(Subnet.parse("10.20.1.0/24"), Subnet.parse("192.168.39.0/24"));

    private static final Requester BACKEND = new Requester("backend");
    private static final Requester FRONTEND = new Requester("frontend");
    private static final Requester WEB = new Requester("node-01/web.1");
    private static final Requester PROBE = new Requester("node-02/probe-ü");
    private static final Subnet FIRST = Subnet.parse("10.20.0.0/26");
    private static final Subnet BY_NAME = Subnet.parse("172.16.0.0/12");
    private static final AddressPlan PLAN =
            AddressPlan.of(BY_NAME).gateway(Address.parse("172.16.0.9")).range(Subnet.parse("172.16.4.0/22"));

    static final List<Command<?>> COMMANDS = List.of(
            new RequestSubnetPair(BACKEND, 1_000),
            new RequestSubnet(FRONTEND, Family.IPV4, 1_001),
            new RequestSubnet(Requester.ANONYMOUS, Family.IPV4, 1_002),
            new ClaimSubnet(WEB, PLAN, 1_003),
            new ClaimSubnet(PROBE, AddressPlan.of(Subnet.parse("10.30.128.0/17")), 1_004),
            new ClaimSubnet(Requester.ANONYMOUS, AddressPlan.of(Subnet.parse("10.30.64.16/28")), 1_005),
            new RequestAddress(WEB, FIRST, 1_006),
            new RequestAddress(PROBE, FIRST, 1_007),
            new RequestAddress(Requester.ANONYMOUS, FIRST, 1_008),
            new RequestAddress(Requester.ANONYMOUS, FIRST, 1_008),
            new ReleaseAddress(WEB, FIRST, Address.parse("10.20.0.2"), 1_009),
            new ReleaseAddress(Requester.ANONYMOUS, FIRST, Address.parse("10.20.0.4"), 1_010),
            new ReleaseAddress(Requester.ANONYMOUS, FIRST, Address.parse("10.20.0.5"), 1_010),
            new RequestAddress(WEB, BY_NAME, 1_011),
            new ClaimAddress(PROBE, BY_NAME, Address.parse("172.31.255.254"), 1_012),
            new ClaimAddress(PROBE, Subnet.parse("fd00::/64"), Address.parse("fd00::1234:56ff:fe78:9abc"), 1_013),
            new ReleaseSubnet(FRONTEND, Subnet.parse("10.20.0.64/26"), 1_014),
            new RequestNumber(BACKEND, NumberSpace.VNI, 1_015),
            new ClaimNumber(FRONTEND, NumberSpace.VNI, 42, 1_016),
            new RequestNumber(WEB, NumberSpace.TCP_PORT, 1_017),
            new ReleaseNumber(WEB, NumberSpace.TCP_PORT, 30_000, 1_018),
            new RequestNumber(WEB, NumberSpace.SCTP_PORT, 1_019));

    private SampleLog() {}

    /** The state after all of it. */
    static IpamState applied() {
        IpamState state = IpamState.of(CONFIG, UsageListener.NONE).orElseThrow();
        COMMANDS.forEach(command -> {
            var _ = state.apply(command).orElseThrow();
        });
        return state;
    }
}
