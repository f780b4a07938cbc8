package io.dunlin.lb;

import io.dunlin.vxlan.wire.IpProtocol;

/**
 * A port that a service offers at its VIP, and the one its backends listen on.
 *
 * @param protocol {@link IpProtocol#TCP} or {@link IpProtocol#UDP}
 * @param port at the VIP, 1 to 65535
 * @param target at the backends, 1 to 65535
 */
public record ServicePort(int protocol, int port, int target) {
    static final int MAX = 65_535;

    public ServicePort {
        if (protocol != IpProtocol.TCP && protocol != IpProtocol.UDP) {
            throw new IllegalArgumentException("port " + port + " of protocol " + protocol + ": allowed are "
                    + IpProtocol.TCP + " (TCP) and " + IpProtocol.UDP + " (UDP)");
        }
        if (port < 1 || port > MAX || target < 1 || target > MAX) {
            throw new IllegalArgumentException("port " + port + ":" + target + ": allowed are 1 to " + MAX);
        }
    }

    public static ServicePort tcp(int port) {
        return new ServicePort(IpProtocol.TCP, port, port);
    }

    public static ServicePort udp(int port) {
        return new ServicePort(IpProtocol.UDP, port, port);
    }

    /** The same port, for backends that listen on another. */
    public ServicePort to(int target) {
        return new ServicePort(protocol, port, target);
    }
}
