package io.dunlin.vxlan.io.linux;

/** setns(2). */
final class NamespaceCalls {
    private static final int CLONE_NEWNET = 0x4000_0000;

    private static final LibcFunction SETNS = LibcFunction.named("setns");

    private NamespaceCalls() {}

    /** Moves the calling thread, and no other, into the network namespace that {@code descriptor} stands for. */
    static int enterNetwork(CallState state, int descriptor) {
        return SETNS.call(state, descriptor, CLONE_NEWNET, 0);
    }
}
