package io.dunlin.lb;

import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.Memory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A service as the data path knows it: by a number that no other ever gets, with its backends sorted out. Immutable but for the cursors, which
 * all snapshots it is part of share.
 *
 * <p>What each packet needs lies in the object itself: among ten thousand services, any other object would be one more that has to be waited for
 * (docs/adr/0021).
 */
final class VirtualService {
    /** Result of {@link #target} where the service does not offer the port. */
    static final int NO_PORT = -1;

    private final int id;
    private final Service service;
    private final List<Member> members;
    private final Candidates ipv4;
    private final Candidates ipv6;
    private final FlowClock.Timeouts timeouts;

    // the VIPs' halves; 0 in both, the unspecified address, stands for none
    private final long vip4Low;
    private final long vip6High;
    private final long vip6Low;

    /** Bit n: the member whose number is {@link #firstMember} + n keeps its flows, whatever the time. Those further away are not in it. */
    private final long sound;

    /** The lowest number of a member. */
    private final int firstMember;

    /** Those that new flows of one IP version may go to, and how one is chosen. */
    private static final class Candidates {
        private final AtomicLong cursor;
        private final Member[] members;
        private final @Nullable BackendChoice choice;

        private Candidates(Service service, List<Member> all, boolean ipv4, String node, AtomicLong cursor) {
            this.cursor = cursor;
            var healthy = new ArrayList<Member>();
            var local = new ArrayList<Member>();
            for (Member member : all) {
                if (member.takesNewFlows(ipv4)) {
                    healthy.add(member);
                    if (member.backend().node().equals(node)) {
                        local.add(member);
                    }
                }
            }
            var chosen = service.prefersLocal() && !local.isEmpty() ? local : healthy;
            this.members = chosen.toArray(Member[]::new);
            this.choice = chosen.isEmpty() ? null : BackendChoice.of(service.strategy(), members, cursor);
        }
    }

    /**
     * @param members of the service's backends, in their order
     * @param before the same service until now; null if it is new
     * @param node the one that this table is for
     */
    VirtualService(int id, Service service, List<Member> members, @Nullable VirtualService before, String node) {
        this.id = id;
        this.service = service;
        this.members = List.copyOf(members);
        this.ipv4 =
                new Candidates(service, members, true, node, before == null ? new AtomicLong() : before.ipv4.cursor);
        this.ipv6 =
                new Candidates(service, members, false, node, before == null ? new AtomicLong() : before.ipv6.cursor);
        this.timeouts = FlowClock.Timeouts.of(service.timeouts());
        IpAddress vip4 = service.vip(true);
        this.vip4Low = vip4 == null ? 0 : vip4.low();
        IpAddress vip6 = service.vip(false);
        this.vip6High = vip6 == null ? 0 : vip6.high();
        this.vip6Low = vip6 == null ? 0 : vip6.low();
        int first = members.stream().mapToInt(Member::id).min().orElse(0);
        long bits = 0;
        for (Member member : members) {
            if (member.isSound() && member.id() - first < Long.SIZE) {
                bits |= 1L << (member.id() - first);
            }
        }
        this.firstMember = first;
        this.sound = bits;
    }

    int id() {
        return id;
    }

    Service service() {
        return service;
    }

    List<Member> members() {
        return members;
    }

    /** Whether there is an address that clients of an IP version know it by. */
    boolean hasVip(boolean ipv4) {
        return vipLow(ipv4) != 0 || vipHigh(ipv4) != 0;
    }

    /** Upper half of that address. */
    long vipHigh(boolean ipv4) {
        return ipv4 ? 0 : vip6High;
    }

    /** Lower half of that address. */
    long vipLow(boolean ipv4) {
        return ipv4 ? vip4Low : vip6Low;
    }

    /**
     * Whether the member with that number is known to keep its flows. False proves nothing: it has to be looked at. For nearly all packets it is
     * true, and spares them the member, which among many services is not near the processor.
     */
    boolean isSound(int member) {
        int n = member - firstMember;
        return n >= 0 && n < Long.SIZE && (sound >>> n & 1) != 0;
    }

    /** Whether a flow of the service has been without a packet for longer than it may. */
    boolean hasForgotten(Memory records, int at, long nowNanos) {
        int idle = FlowClock.ticks(nowNanos) - FlowRecord.lastSeen(records, at);
        return idle > FlowState.timeout(FlowRecord.state(records, at), FlowRecord.protocol(records, at), timeouts);
    }

    /** Where backends listen for what comes to a port of the VIP; {@link #NO_PORT} if it is not offered. */
    int target(int protocol, int port) {
        List<ServicePort> ports = service.ports();
        if (ports.isEmpty()) {
            return port;
        }
        for (int i = 0; i < ports.size(); i++) {
            ServicePort offered = ports.get(i);
            if (offered.port() == port && offered.protocol() == protocol) {
                return offered.target();
            }
        }
        return NO_PORT;
    }

    /** Backends that new flows may go to. */
    int candidates(boolean ipv4) {
        return (ipv4 ? this.ipv4 : ipv6).members.length;
    }

    /** The candidate that a new flow goes to. There must be one. */
    int choose(boolean ipv4, long clientHigh, long clientLow) {
        BackendChoice choice = (ipv4 ? this.ipv4 : ipv6).choice;
        if (choice == null) {
            throw new IllegalStateException("service \"" + service.name() + "\" has no backend");
        }
        return choice.choose(clientHigh, clientLow);
    }

    Member candidate(boolean ipv4, int index) {
        return (ipv4 ? this.ipv4 : ipv6).members[index];
    }
}
