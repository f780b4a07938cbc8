package io.dunlin.lb;

import io.dunlin.vxlan.wire.IpProtocol;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A port that a service offers at its VIP, and the one its backends listen on.
 *
 * @param protocol {@link IpProtocol#TCP} or {@link IpProtocol#UDP}
 * @param port at the VIP, 1 to 65535
 * @param target at the backends, 1 to 65535
 */
public record ServicePort(int protocol, int port, int target) {
    static final int MAX = 65_535;

    private static final Pattern TEXT = Pattern.compile("(\\d{1,5})(?::(\\d{1,5}))?(?:/(tcp|udp))?");

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

    /**
     * As people write it: {@code 80}, {@code 80:8080} where backends listen on 8080, {@code 53/udp}, {@code 53:5353/udp}.
     *
     * @throws IllegalArgumentException naming what was given and what is allowed
     */
    public static ServicePort parse(String text) {
        Matcher matcher = TEXT.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("port \"" + text
                    + "\": allowed are 80, 80:8080 (backends listen on 8080), and both with /tcp or /udp behind");
        }
        int port = Integer.parseInt(matcher.group(1));
        int target = matcher.group(2) == null ? port : Integer.parseInt(matcher.group(2));
        return new ServicePort("udp".equals(matcher.group(3)) ? IpProtocol.UDP : IpProtocol.TCP, port, target);
    }

    /** As {@link #parse} reads it. */
    @Override
    public String toString() {
        String ports = port == target ? Integer.toString(port) : port + ":" + target;
        return ports + (protocol == IpProtocol.UDP ? "/udp" : "/tcp");
    }

    /** The same port, for backends that listen on another. */
    public ServicePort to(int target) {
        return new ServicePort(protocol, port, target);
    }
}
