package io.dunlin.vxlan.wire;

/**
 * What IPv4's and IPv6's headers have in common, for those who handle a packet of either alike.
 *
 * <p>{@link IpAddress} is an allocation unless the compiler finds that it does not escape: code that runs for each packet reads the fields of {@link
 * Ipv4Header} and {@link Ipv6Header}.
 */
public final class IpHeader {
    private IpHeader() {}

    /** The version field: 4, 6, or what nobody has defined. */
    public static int version(Memory memory, int at) {
        return memory.u8(at) >>> 4;
    }

    /** Bytes of a header without options, of this address's version. */
    public static int length(IpAddress address) {
        return address.isIpv4() ? Ipv4Header.LENGTH : Ipv6Header.LENGTH;
    }

    public static IpAddress source(Memory memory, int at) {
        return version(memory, at) == 4
                ? IpAddress.ofIpv4(Ipv4Header.source(memory, at))
                : new IpAddress(Ipv6Header.sourceHigh(memory, at), Ipv6Header.sourceLow(memory, at));
    }

    public static IpAddress destination(Memory memory, int at) {
        return version(memory, at) == 4
                ? IpAddress.ofIpv4(Ipv4Header.destination(memory, at))
                : new IpAddress(Ipv6Header.destinationHigh(memory, at), Ipv6Header.destinationLow(memory, at));
    }

    /**
     * Writes a header without options.
     *
     * @param payload bytes that follow
     * @param hopLimit IPv4's time to live
     * @param protocol IPv6's next header
     * @param from of the same version as {@code to}
     * @return where the payload begins
     */
    public static int write(
            Memory memory, int at, int payload, int hopLimit, int protocol, IpAddress from, IpAddress to) {
        if (from.isIpv4()) {
            int bytes = Ipv4Header.LENGTH + payload;
            Ipv4Header.write(memory, at, bytes, hopLimit, protocol, from.lowInt(), to.lowInt());
            return at + Ipv4Header.LENGTH;
        }
        Ipv6Header.write(memory, at, payload, protocol, hopLimit, from.high(), from.low(), to.high(), to.low());
        return at + Ipv6Header.LENGTH;
    }
}
