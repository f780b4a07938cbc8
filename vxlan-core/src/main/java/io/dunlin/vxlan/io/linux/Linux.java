package io.dunlin.vxlan.io.linux;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Whether this package can be used here. Asking loads no native code and prints no warning. Any thread. */
public final class Linux {
    private Linux() {}

    /** Whether TUN devices and sockets of this package can be opened, as far as the platform is concerned (privileges are another matter). */
    public static boolean isAvailable() {
        return unavailableReason().isEmpty();
    }

    /** Why not, in a line for people, with what to do about it; empty where it is available. */
    public static Optional<String> unavailableReason() {
        return unavailableReason(
                System.getProperty("os.name"),
                System.getProperty("os.arch"),
                Linux.class.getModule().isNativeAccessEnabled(),
                Linux.class.getModule().getName());
    }

    static Optional<String> unavailableReason(
            String system, String architecture, boolean nativeAccess, @Nullable String module) {
        if (!system.equals("Linux")) {
            return Optional.of("the operating system is " + system + ", not Linux");
        }
        if (!isX86(architecture) && !architecture.equals("aarch64")) {
            return Optional.of("the processor architecture is " + architecture + ", not x86-64 or aarch64");
        }
        if (!nativeAccess) {
            return Optional.of("native access is not enabled: start java with --enable-native-access="
                    + (module == null ? "ALL-UNNAMED" : module));
        }
        return Optional.empty();
    }

    /** Whether structures have the layout of x86-64; otherwise it is that of all younger architectures. */
    static boolean isX86(String architecture) {
        return architecture.equals("amd64") || architecture.equals("x86_64");
    }
}
