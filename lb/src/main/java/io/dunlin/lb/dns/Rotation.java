package io.dunlin.lb.dns;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Whose turn it is to be named first. It outlives the snapshots it is part of. Workers share it without waiting for each other: where two
 * count at once, one count is lost, which nobody notices.
 */
final class Rotation {
    private static final VarHandle TURN;

    static {
        try {
            TURN = MethodHandles.lookup().findVarHandle(Rotation.class, "turn", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    @SuppressWarnings("UnusedVariable") // through TURN
    private int turn;

    /** The next one of {@code count}, 0 at first. */
    int next(int count) {
        int now = (int) TURN.getOpaque(this);
        TURN.setOpaque(this, now + 1);
        return Integer.remainderUnsigned(now, count);
    }
}
