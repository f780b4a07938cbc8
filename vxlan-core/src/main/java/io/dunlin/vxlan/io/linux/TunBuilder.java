package io.dunlin.vxlan.io.linux;

import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.IpAddress;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Says what a {@link TunDevice} is to be, and opens it: all of it, or nothing. Arguments are checked as they are given. Used by one
 * thread.
 */
public final class TunBuilder {
    /** The kernel's IFNAMSIZ, less the closing zero. */
    private static final int MAX_NAME = 15;
    /** Least an IPv4 host must take in one piece (RFC 791), and the kernel's own limit. */
    private static final int MIN_MTU = 68;
    /** Below it the kernel takes IPv6 off the interface (RFC 8200 section 5). */
    private static final int MIN_IPV6_MTU = 1280;

    private static final int MAX_MTU = 65_535;

    /** Payload of the largest UDP datagram over IPv4. */
    private static final int MAX_DATAGRAM = 65_507;
    /** IPv4 (20), and TCP with timestamps (32). */
    private static final int TYPICAL_HEADERS = 52;

    /** The name until it is moved; the kernel puts the first free number for %d. */
    private static final String CREATED_AS = "dunlin%d";

    private record Address(IpAddress address, int prefixLength) {}

    private record Route(
            IpAddress destination,
            int prefixLength,
            @Nullable IpAddress gateway) {}

    private final String name;
    private final List<Address> addresses = new ArrayList<>();
    private final List<Route> routes = new ArrayList<>();
    private NetworkNamespace namespace = NetworkNamespace.current();
    private int mtu = 1500;
    private int encapsulation = 22; // VXLAN (8) and Ethernet (14)
    private int txQueueLength = 1000;
    private int queues = 1;
    private TunDevice.Offloads offloads = TunDevice.Offloads.TCP_AND_UDP;

    TunBuilder(String name) {
        boolean legal = !name.isEmpty() && name.length() <= MAX_NAME && !name.equals(".") && !name.equals("..");
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            legal &= c > ' ' && c < 127 && c != '/' && c != ':' && c != '%';
        }
        if (!legal) {
            throw new IllegalArgumentException("not a device's name: \"" + name + "\" (1 to " + MAX_NAME
                    + " printable ASCII characters, no space, '/', ':' or '%')");
        }
        this.name = name;
    }

    /** Where the device is to be; the calling thread's namespace unless said. */
    public TunBuilder namespace(NetworkNamespace namespace) {
        this.namespace = namespace;
        return this;
    }

    /**
     * Sets the largest packet; 1500 bytes unless said.
     *
     * @param bytes 68 to 65,535, from 1280 with IPv6 addresses
     */
    public TunBuilder mtu(int bytes) {
        if (bytes < MIN_MTU || bytes > MAX_MTU) {
            throw new IllegalArgumentException("MTU " + bytes + " is not between " + MIN_MTU + " and " + MAX_MTU);
        }
        this.mtu = bytes;
        return this;
    }

    /** Sets what a packet of the largest size has around it in a UDP datagram, by which super-packets are limited; 22 bytes unless said. */
    public TunBuilder encapsulation(int bytes) {
        this.encapsulation = bytes;
        return this;
    }

    /**
     * Sets how many packets wait in the kernel for the worker before more are dropped; 1000 unless said. More absorbs longer bursts and
     * pauses, and lets a queue's delay grow.
     *
     * @param packets 1 to 100,000
     */
    public TunBuilder txQueueLength(int packets) {
        if (packets < 1 || packets > 100_000) {
            throw new IllegalArgumentException("queue of " + packets + " packets: allowed are 1 to 100000");
        }
        this.txQueueLength = packets;
        return this;
    }

    /**
     * Sets how many queues the device has, for as many workers; 1 unless said.
     *
     * @param count 1 to 256, the kernel's limit
     */
    public TunBuilder queues(int count) {
        if (count < 1 || count > 256) {
            throw new IllegalArgumentException(count + " queues: allowed are 1 to 256");
        }
        this.queues = count;
        return this;
    }

    /** Sets the offloads to ask the kernel for; all unless said. It may grant less ({@link TunDevice#offloads}). */
    public TunBuilder offloads(TunDevice.Offloads offloads) {
        this.offloads = offloads;
        return this;
    }

    /**
     * Adds an address of the interface, with its network, to which it makes a route.
     *
     * @param prefixLength bits of the network, up to 32 or 128
     */
    public TunBuilder address(IpAddress address, int prefixLength) {
        requirePrefix(address, prefixLength);
        addresses.add(new Address(address, prefixLength));
        return this;
    }

    /** Adds a route to a network whose hosts answer on the device itself. */
    public TunBuilder route(IpAddress destination, int prefixLength) {
        requireNetwork(destination, prefixLength);
        routes.add(new Route(destination, prefixLength, null));
        return this;
    }

    /** Adds a route by way of {@code gateway}, which is in a network of one of the addresses. {@code 0.0.0.0/0} is the default route. */
    public TunBuilder route(IpAddress destination, int prefixLength, IpAddress gateway) {
        requireNetwork(destination, prefixLength);
        if (destination.isIpv4() != gateway.isIpv4()) {
            throw new IllegalArgumentException(
                    "route to " + destination + "/" + prefixLength + " via " + gateway + ": not of one family");
        }
        routes.add(new Route(destination, prefixLength, gateway));
        return this;
    }

    /**
     * Creates the device, configures it and sets it up.
     *
     * @throws IllegalArgumentException an MTU too small for IPv6
     * @throws LinuxException the step that failed; no device is left
     */
    public TunDevice open() throws IOException {
        for (var address : addresses) {
            if (!address.address.isIpv4() && mtu < MIN_IPV6_MTU) {
                throw new IllegalArgumentException(
                        "MTU " + mtu + " is too small for " + address.address + ": IPv6 needs " + MIN_IPV6_MTU);
            }
        }
        if (namespace.equals(NetworkNamespace.current())) {
            return configured(TunDevice.create(name, name, namespace, offloads, queues), this::configure);
        }
        namespace.call(() -> true); // says what is wrong with the namespace before anything is made
        return configured(TunDevice.create(CREATED_AS, name, namespace, offloads, queues), device -> {
            try (var netlink = NetlinkSocket.open()) {
                Link.named(netlink, device.createdAs()).moveTo(namespace, name);
            }
            namespace.call(() -> {
                configure(device);
                return true;
            });
        });
    }

    private interface Step {
        void apply(TunDevice device) throws IOException;
    }

    private static TunDevice configured(TunDevice device, Step step) throws IOException {
        try {
            step.apply(device);
            return device;
        } catch (Throwable t) {
            device.close(); // the kernel takes it away with its last descriptor, wherever it is by now
            throw t;
        }
    }

    /** In the device's namespace. */
    private void configure(TunDevice device) throws LinuxException {
        try (var netlink = NetlinkSocket.open()) {
            var link = Link.named(netlink, device.name());
            link.generateNoAddresses();
            link.setMtu(mtu);
            link.setTxQueueLength(txQueueLength);
            if (device.offloads() != TunDevice.Offloads.NONE) {
                link.setGsoLimits(PacketBatch.MAX_SEGMENTS, largestSuperPacket());
            }
            for (var address : addresses) {
                link.addAddress(address.address, address.prefixLength);
            }
            link.setUp();
            for (var route : routes) { // the kernel takes no route over a device that is down
                link.addRoute(route.destination, route.prefixLength, route.gateway);
            }
            for (var address : addresses) {
                if (!address.address.isIpv4()) {
                    link.awaitLocal(address.address);
                }
            }
        }
    }

    /**
     * Bytes of the largest super-packet whose segments, each with its own headers and an encapsulation before it, still fit one call with
     * UDP_SEGMENT: a few more would cost a second call for the rest.
     */
    private int largestSuperPacket() {
        int segments = MAX_DATAGRAM / (mtu + encapsulation);
        return Math.clamp((long) segments * (mtu - TYPICAL_HEADERS), mtu, MAX_MTU);
    }

    private static void requirePrefix(IpAddress address, int prefixLength) {
        if (prefixLength < 0 || prefixLength > address.bits()) {
            throw new IllegalArgumentException(
                    "prefix length " + prefixLength + " of " + address + " is not between 0 and " + address.bits());
        }
    }

    private static void requireNetwork(IpAddress address, int prefixLength) {
        requirePrefix(address, prefixLength);
        int hostBits = address.bits() - prefixLength;
        long lowMask = hostBits >= 64 ? -1 : (1L << hostBits) - 1;
        long highMask = hostBits <= 64 ? 0 : hostBits == 128 ? -1 : (1L << (hostBits - 64)) - 1;
        // An IPv4 address has its prefix ::ffff above its 32 bits, and at most 32 bits are looked at.
        if ((address.low() & lowMask) != 0 || (address.high() & highMask) != 0) {
            throw new IllegalArgumentException(
                    "route to " + address + "/" + prefixLength + ": the address has bits beyond the prefix");
        }
    }
}
