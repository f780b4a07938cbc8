package io.dunlin.vxlan.io.linux;

import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.dunlin.vxlan.io.PacketDevice;
import io.dunlin.vxlan.io.Signal;
import io.dunlin.vxlan.packet.DropReason;
import io.dunlin.vxlan.packet.PacketBatch;
import java.io.IOException;
import java.lang.foreign.Arena;

/**
 * A TUN device of the Linux kernel: what a workload in the device's network namespace sends is received here, and the other way round.
 * The device lives as long as this object is open.
 *
 * <p>It is created in the caller's namespace, under a name the kernel picks, and moved to its own: an open descriptor keeps the namespace
 * alive that it was opened in, and a workload's must be free to end (docs/adr/0006). When it does, the kernel destroys the device, and
 * {@link #receive} fails.
 *
 * <p>Built by any thread ({@link #named}), then used by the worker alone. Nothing is allocated after opening.
 */
public final class TunDevice implements PacketDevice {
    static final String CLONE_DEVICE = "/dev/net/tun";

    // linux/if_tun.h
    private static final long TUNSETIFF = 0x400454ca; // _IOW('T', 202, int), the same number on x86-64 and aarch64
    private static final short IFF_TUN = 0x0001;
    private static final short IFF_NO_PI = 0x1000;
    /** Refuse a name that exists: TUNSETIFF would attach to a persistent device of that name without a word. */
    private static final short IFF_TUN_EXCL = (short) 0x8000;

    // struct ifreq, 64-bit: name (16), flags (2), up to 40
    private static final int IFREQ_SIZE = 40;
    private static final int IFREQ_FLAGS = 16;

    private final CallState state = new CallState();
    private final String createdAs;
    private final String name;
    private final NetworkNamespace namespace;
    private int descriptor;

    private TunDevice(int descriptor, String createdAs, String name, NetworkNamespace namespace) {
        this.descriptor = descriptor;
        this.createdAs = createdAs;
        this.name = name;
        this.namespace = namespace;
    }

    /**
     * Begins to describe a device.
     *
     * @param name 1 to 15 printable ASCII characters, no {@code /}, {@code :} or {@code %}
     * @throws IllegalArgumentException it is not such a name
     */
    public static TunBuilder named(String name) {
        return new TunBuilder(name);
    }

    /**
     * Creates the device in the calling thread's namespace, without any configuration, down. Undone by {@link #close}.
     *
     * @param createAs its name there; {@code %d} in it is a number the kernel picks
     * @param name the one it will have
     * @param namespace the one it will be in
     */
    static TunDevice create(String createAs, String name, NetworkNamespace namespace) throws LinuxException {
        var state = new CallState();
        int flags = FileCalls.O_RDWR | FileCalls.O_NONBLOCK | FileCalls.O_CLOEXEC;
        int descriptor = LinuxException.check(FileCalls.open(state, CLONE_DEVICE, flags), "open", CLONE_DEVICE);
        try (var arena = Arena.ofConfined()) {
            var request = arena.allocate(IFREQ_SIZE, 8);
            request.setString(0, createAs);
            request.set(JAVA_SHORT, IFREQ_FLAGS, (short) (IFF_TUN | IFF_NO_PI | IFF_TUN_EXCL));
            LinuxException.check(FileCalls.ioctl(state, descriptor, TUNSETIFF, request), "TUNSETIFF", createAs);
            return new TunDevice(descriptor, request.getString(0), name, namespace);
        } catch (Throwable t) {
            FileCalls.close(descriptor);
            throw t;
        }
    }

    @Override
    public String name() {
        return name;
    }

    /** The name it got when it was created. */
    String createdAs() {
        return createdAs;
    }

    /** Where the device is. */
    public NetworkNamespace namespace() {
        return namespace;
    }

    @Override
    public int descriptor() {
        return descriptor;
    }

    /** Never asked: the descriptor tells. */
    @Override
    public boolean isReady() {
        return true;
    }

    /** Not needed: the descriptor tells. */
    @Override
    public void signalTo(Signal signal) {}

    /**
     * {@inheritDoc}
     *
     * <p>The batch's {@linkplain PacketBatch#room room} is to be the device's MTU at least: the kernel cuts what does not fit without
     * saying so, and the packet's own length field is what tells later.
     *
     * @throws LinuxException EBADFD: the device is gone, as when the workload deletes it
     */
    @Override
    public int receive(PacketBatch batch) throws IOException {
        int count = 0;
        while (!batch.isFull()) {
            long bytes = FileCalls.read(state, descriptor, batch.memory().address() + batch.nextStart(), batch.room());
            if (bytes >= 0) {
                batch.append((int) bytes);
                count++;
            } else if (bytes == -Errno.EAGAIN) {
                break;
            } else if (bytes != -Errno.EINTR) {
                throw new LinuxException("read", this.toString(), -bytes);
            }
        }
        return count;
    }

    @Override
    public void send(PacketBatch batch, int from, int to) {
        for (int i = from; i < to; i++) {
            if (!batch.isDropped(i)) {
                long result;
                do {
                    result = FileCalls.write(state, descriptor, batch.address(i), batch.length(i));
                } while (result == -Errno.EINTR);
                if (result < 0) {
                    batch.drop(i, dropReason((int) -result));
                }
            }
        }
    }

    private static DropReason dropReason(int errno) {
        return switch (errno) {
            case Errno.EAGAIN, Errno.ENOBUFS, Errno.ENOMEM -> DropReason.DEVICE_FULL;
            case Errno.EIO, Errno.EBADFD, Errno.EBADF, Errno.ENODEV, Errno.ENETDOWN -> DropReason.DEVICE_DOWN;
            default -> DropReason.DEVICE_REFUSED;
        };
    }

    @Override
    public synchronized void close() {
        if (descriptor != NO_DESCRIPTOR) {
            FileCalls.close(descriptor);
            descriptor = NO_DESCRIPTOR;
        }
    }

    @Override
    public String toString() {
        return "TUN " + name + " in " + namespace;
    }
}
