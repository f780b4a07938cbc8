package io.dunlin.vxlan.io.linux;

import static io.dunlin.vxlan.io.linux.Errno.*;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A system call failed. The message is one line: the call, what it was about, the error's name, and what to do about it where that is
 * known.
 */
public final class LinuxException extends IOException {
    private static final long serialVersionUID = 1L;

    private final String call;
    private final String object;
    private final int errno;

    /**
     * @param call the system call, the {@code ioctl}'s name, or what was asked of netlink
     * @param object what it was about: a path, a device, an address
     */
    LinuxException(String call, String object, int errno) {
        this(call, object, errno, null);
    }

    /** @param detail what the kernel itself said about it */
    LinuxException(String call, String object, int errno, @Nullable String detail) {
        super(message(call, object, errno, detail));
        this.call = call;
        this.object = object;
        this.errno = errno;
    }

    /**
     * @param result of a call: 0 or more, or the negative of its errno
     * @return the result
     * @throws LinuxException it is negative
     */
    static int check(int result, String call, String object) throws LinuxException {
        if (result < 0) {
            throw new LinuxException(call, object, -result);
        }
        return result;
    }

    /** The call that failed: {@code "bind"}, {@code "TUNSETIFF"}. */
    public String call() {
        return call;
    }

    /** What the call was about: a path, a device, an address. */
    public String object() {
        return object;
    }

    /** The kernel's error number. */
    public int errno() {
        return errno;
    }

    private static String message(String call, String object, int errno, @Nullable String detail) {
        var text =
                new StringBuilder(call).append(' ').append(object).append(": ").append(describe(errno));
        if (detail != null) {
            text.append(", the kernel says \"").append(detail).append('"');
        }
        String advice = advice(call, object, errno);
        if (advice != null) {
            text.append(": ").append(advice);
        }
        return text.toString();
    }

    private static @Nullable String advice(String call, String object, int errno) {
        if (errno == EMFILE) {
            return "raise the limit with 'ulimit -n'";
        }
        return switch (call) {
            case "open" -> object.equals(TunDevice.CLONE_DEVICE) ? tunAdvice(errno) : namespaceAdvice(object, errno);
            case "setns" ->
                switch (errno) {
                    case EINVAL -> "that is not a network namespace";
                    case EPERM -> "needs CAP_SYS_ADMIN in the namespace and outside: run as root";
                    default -> null;
                };
            case "bind" ->
                switch (errno) {
                    case EADDRINUSE -> "another socket receives there; 'ss -lunp' names its process";
                    case EADDRNOTAVAIL -> "no interface has that address";
                    case EACCES -> "ports below 1024 need CAP_NET_BIND_SERVICE";
                    default -> null;
                };
            case "TUNSETIFF" ->
                switch (errno) {
                    case EBUSY ->
                        "a device of that name is in use in this namespace; choose another, or 'ip link del' it";
                    case EPERM -> NEEDS_NET_ADMIN;
                    case EINVAL -> "the kernel takes no device of that name or kind";
                    default -> null;
                };
            case "move interface" ->
                errno == EEXIST
                        ? "a device of that name is in use there; choose another, or 'ip link del' it"
                        : errno == EPERM ? NEEDS_NET_ADMIN : null;
            case "read" -> errno == EBADFD || errno == EBADF ? "the device is gone, deleted or closed" : null;
            case "add address" ->
                errno == EACCES || errno == EAFNOSUPPORT || errno == EOPNOTSUPP
                        ? "IPv6 is disabled there (sysctl net.ipv6.conf.all.disable_ipv6)"
                        : errno == EPERM ? NEEDS_NET_ADMIN : null;
            case "add route" ->
                errno == ENETUNREACH || errno == EHOSTUNREACH
                        ? "the gateway is in no network of this device"
                        : errno == EPERM ? NEEDS_NET_ADMIN : null;
            default -> errno == EPERM ? NEEDS_NET_ADMIN : null;
        };
    }

    private static final String NEEDS_NET_ADMIN =
            "needs CAP_NET_ADMIN: run as root, or inside 'unshare --user --map-root-user --net'";

    private static @Nullable String tunAdvice(int errno) {
        return switch (errno) {
            case ENOENT ->
                "load the driver with 'modprobe tun', or in a container 'mkdir -p /dev/net && mknod /dev/net/tun c 10 200'";
            case ENODEV, ENXIO -> "the kernel has no TUN driver: 'modprobe tun'";
            case EACCES -> "'chmod 0666 /dev/net/tun', or run as root";
            case EPERM -> "a container needs the device allowed: --device /dev/net/tun";
            default -> null;
        };
    }

    private static @Nullable String namespaceAdvice(String path, int errno) {
        return switch (errno) {
            case ENOENT, ENOTDIR ->
                path.startsWith("/proc/")
                        ? "no process has that id"
                        : path.startsWith(NetworkNamespace.NAMED)
                                ? "create it with 'ip netns add " + path.substring(NetworkNamespace.NAMED.length())
                                        + "'"
                                : "no such namespace";
            case EACCES -> "that process or file belongs to another user: run as root";
            default -> null;
        };
    }
}
