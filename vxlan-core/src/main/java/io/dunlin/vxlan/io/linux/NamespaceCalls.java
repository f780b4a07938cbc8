package io.dunlin.vxlan.io.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.invoke.MethodHandle;

/** setns(2). */
final class NamespaceCalls {
    private static final int CLONE_NEWNET = 0x4000_0000;

    private static final MethodHandle SETNS = Libc.link("setns", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));

    private NamespaceCalls() {}

    /** Moves the calling thread, and no other, into the network namespace that {@code descriptor} stands for. */
    static int enterNetwork(CallState state, int descriptor) {
        try {
            return state.orError((int) SETNS.invokeExact(state.memory(), descriptor, CLONE_NEWNET));
        } catch (Throwable t) {
            throw Libc.unexpected(t);
        }
    }
}
