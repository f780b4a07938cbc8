package io.dunlin.vxlan.io.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/**
 * Turns off that an interface completes checksums on sending, as {@code ethtool -K DEVICE tx off} does, so that the kernel completes them
 * before: for interfaces that promise it and never do.
 *
 * <p>A veth is one. Its packets stay in memory, so it leaves TCP's and UDP's sums half done, also within the kernel's own VXLAN frames; a
 * peer in user space then receives packets with a wrong checksum.
 */
public final class TransmitChecksums {
    /** linux/sockios.h. */
    private static final long SIOCETHTOOL = 0x8946;

    /** linux/ethtool.h: struct ethtool_value {u32 cmd; u32 data}. */
    private static final int ETHTOOL_STXCSUM = 0x17;

    private static final long ETHTOOL_VALUE_BYTES = 8;

    /** linux/if.h: struct ifreq {char ifr_name[16]; union, here a pointer}. */
    private static final long IFREQ_BYTES = 40;

    private static final int IFREQ_NAME = 16;

    private TransmitChecksums() {}

    /**
     * Turns it off for {@code device} of the calling thread's namespace; segmentation by the interface goes with it.
     *
     * @throws IllegalArgumentException the name is no interface's
     * @throws LinuxException there is no such interface, or the privilege (CAP_NET_ADMIN) is missing
     */
    public static void turnOff(String device) throws LinuxException {
        byte[] name = device.getBytes(StandardCharsets.US_ASCII);
        if (name.length == 0 || name.length >= IFREQ_NAME) {
            throw new IllegalArgumentException("not a device's name: \"" + device + "\" (1 to 15 characters)");
        }
        var state = new CallState();
        int socket = LinuxException.check(
                SocketCalls.socket(state, SocketCalls.AF_INET, SocketCalls.SOCK_DGRAM | SocketCalls.SOCK_CLOEXEC, 0),
                "socket",
                device);
        try (var arena = Arena.ofConfined()) {
            var value = arena.allocate(ETHTOOL_VALUE_BYTES, JAVA_INT.byteAlignment());
            value.set(JAVA_INT, 0, ETHTOOL_STXCSUM);
            value.set(JAVA_INT, JAVA_INT.byteSize(), 0);
            var request = arena.allocate(IFREQ_BYTES, ADDRESS.byteAlignment());
            request.asSlice(0, name.length).copyFrom(MemorySegment.ofArray(name));
            request.set(ADDRESS, IFREQ_NAME, value);
            LinuxException.check(FileCalls.ioctl(state, socket, SIOCETHTOOL, request), "ioctl SIOCETHTOOL", device);
        } finally {
            FileCalls.close(socket);
        }
    }
}
