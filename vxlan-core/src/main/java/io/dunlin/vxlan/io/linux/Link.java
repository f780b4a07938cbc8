package io.dunlin.vxlan.io.linux;

import static io.dunlin.vxlan.io.linux.NetlinkRequest.*;

import io.dunlin.vxlan.wire.IpAddress;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** One network interface, configured by netlink. Each method is one request; a refusal names it. On the socket's thread. */
final class Link {
    // linux/if_link.h
    private static final int IFLA_IFNAME = 3;
    private static final int IFLA_MTU = 4;
    private static final int IFLA_TXQLEN = 13;
    private static final int IFLA_GSO_MAX_SEGS = 40;
    private static final int IFLA_GSO_MAX_SIZE = 41;
    private static final int IFLA_AF_SPEC = 26;
    private static final int IFLA_NET_NS_FD = 28;
    private static final int IFLA_INET6_ADDR_GEN_MODE = 8;
    private static final byte IN6_ADDR_GEN_MODE_NONE = 1;
    private static final int IFF_UP = 1;

    // linux/if_addr.h
    private static final int IFA_ADDRESS = 1;
    private static final int IFA_LOCAL = 2;
    private static final int IFA_FLAGS = 8;
    private static final int IFA_F_NODAD = 2;

    // linux/rtnetlink.h
    private static final int RTA_DST = 1;
    private static final int RTA_OIF = 4;
    private static final int RTA_GATEWAY = 5;
    private static final int RT_TABLE_MAIN = 254;
    private static final int RTPROT_STATIC = 4;
    private static final int RT_SCOPE_UNIVERSE = 0;
    private static final int RT_SCOPE_LINK = 253;
    private static final int RTN_UNICAST = 1;
    private static final int RTN_LOCAL = 2;

    /** Looks for {@link #awaitLocal}, a millisecond apart: it takes some ten microseconds, or a busy machine's time slice. */
    private static final int MAX_LOOKS = 1000;

    private final NetlinkSocket socket;
    private final String name;
    private final int index;

    private Link(NetlinkSocket socket, String name, int index) {
        this.socket = socket;
        this.name = name;
        this.index = index;
    }

    /** The interface of that name in the socket's namespace. */
    static Link named(NetlinkSocket socket, String name) throws LinuxException {
        socket.request().begin(RTM_GETLINK, 0).link(0, 0, 0).attribute(IFLA_IFNAME, name);
        int index = socket.exchange("find interface", name);
        if (index <= 0) {
            throw new LinuxException("find interface", name, Errno.ENODEV);
        }
        return new Link(socket, name, index);
    }

    void setMtu(int mtu) throws LinuxException {
        change().attribute(IFLA_MTU, mtu);
        socket.exchange("set MTU " + mtu, "of " + name);
    }

    /** @param packets that wait for the device's reader before more are dropped */
    void setTxQueueLength(int packets) throws LinuxException {
        change().attribute(IFLA_TXQLEN, packets);
        socket.exchange("set txqueuelen " + packets, "of " + name);
    }

    /**
     * Sets how large super-packets for it may be; the kernel cuts larger ones first. Kernels before 4.16 refuse it.
     *
     * @param segments in one super-packet
     * @param bytes of one super-packet
     */
    void setGsoLimits(int segments, int bytes) throws LinuxException {
        change().attribute(IFLA_GSO_MAX_SEGS, segments).attribute(IFLA_GSO_MAX_SIZE, bytes);
        socket.exchange("set gso_max_segs " + segments + ", gso_max_size " + bytes, "of " + name);
    }

    void setUp() throws LinuxException {
        socket.request().begin(RTM_NEWLINK, 0).link(index, IFF_UP, IFF_UP);
        socket.exchange("set up", name);
    }

    /**
     * Keeps the interface from giving itself a link-local IPv6 address, and so from asking for routers; to be called before {@link
     * #setUp}. Where IPv6 is disabled there is nothing to keep it from.
     */
    void generateNoAddresses() throws LinuxException {
        var request = change();
        int families = request.beginNested(IFLA_AF_SPEC);
        int inet6 = request.beginNested(SocketCalls.AF_INET6);
        request.attribute(IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE)
                .endNested(inet6)
                .endNested(families);
        try {
            socket.exchange("set addrgenmode none", "of " + name);
        } catch (LinuxException e) {
            switch (e.errno()) {
                case Errno.EAFNOSUPPORT, Errno.EOPNOTSUPP, Errno.EPROTONOSUPPORT, Errno.EINVAL -> {}
                default -> throw e;
            }
        }
    }

    /** IPv6 without duplicate address detection: the addresses come from a pool, and are usable at once. */
    void addAddress(IpAddress address, int prefixLength) throws LinuxException {
        var request = socket.request()
                .begin(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL)
                .address(Sockaddr.family(address), prefixLength, index)
                .attribute(IFA_LOCAL, address)
                .attribute(IFA_ADDRESS, address);
        if (!address.isIpv4()) {
            request.attribute(IFA_FLAGS, IFA_F_NODAD);
        }
        socket.exchange("add address", address + "/" + prefixLength + " to " + name);
    }

    /**
     * Waits until the kernel takes packets for an address of this interface, which is up. Of an IPv6 address it finishes the set-up on
     * its own time after it has acknowledged it, even without duplicate address detection (addrconf_dad_work), and drops packets till then.
     * If that takes longer than a second, whoever sends will notice; it is no reason not to go on.
     */
    void awaitLocal(IpAddress address) throws LinuxException {
        for (int i = 0; i < MAX_LOOKS && !isLocal(address); i++) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
    }

    private boolean isLocal(IpAddress address) throws LinuxException {
        socket.request()
                .begin(RTM_GETROUTE, 0)
                .route(Sockaddr.family(address), address.bits(), 0, 0, 0, 0)
                .attribute(RTA_DST, address);
        try {
            return socket.exchange("find route", "to " + address) == RTN_LOCAL;
        } catch (LinuxException e) {
            if (e.errno() == Errno.ENETUNREACH || e.errno() == Errno.EHOSTUNREACH) {
                return false;
            }
            throw e;
        }
    }

    /** @param gateway next hop, in a network of this interface; null: the destination is on the link */
    void addRoute(IpAddress destination, int prefixLength, @Nullable IpAddress gateway) throws LinuxException {
        int scope = gateway == null && destination.isIpv4() ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
        var request = socket.request()
                .begin(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL)
                .route(Sockaddr.family(destination), prefixLength, RT_TABLE_MAIN, RTPROT_STATIC, scope, RTN_UNICAST)
                .attribute(RTA_DST, destination)
                .attribute(RTA_OIF, index);
        if (gateway != null) {
            request.attribute(RTA_GATEWAY, gateway);
        }
        var via = gateway == null ? "" : " via " + gateway;
        socket.exchange("add route", destination + "/" + prefixLength + via + " dev " + name);
    }

    /**
     * Moves it to another namespace and renames it on the way; this object is of no use afterwards.
     *
     * @throws LinuxException EEXIST: the name is in use there; the interface may be there already then, under its old name
     */
    void moveTo(NetworkNamespace namespace, String newName) throws LinuxException {
        int descriptor = namespace.open();
        try {
            change().attribute(IFLA_NET_NS_FD, descriptor).attribute(IFLA_IFNAME, newName);
            socket.exchange("move interface", newName + " to " + namespace);
        } finally {
            FileCalls.close(descriptor);
        }
    }

    private NetlinkRequest change() {
        return socket.request().begin(RTM_NEWLINK, 0).link(index, 0, 0);
    }
}
