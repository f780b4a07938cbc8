package io.dunlin.ipsec;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A security association that we receive by: its key, and which packets came already. Thread-safe: the network may spread a node's packets
 * over workers.
 */
public final class InboundSa {
    private static final VarHandle HIGHEST;

    static {
        try {
            HIGHEST = MethodHandles.lookup().findVarHandle(InboundSa.class, "highest", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Spi spi;
    private final SaKey key;
    private final boolean isExtended;
    private final boolean isIvSequence;
    private final ReplayWindow window;

    /** As the window has it, or had it a moment ago: a number that has come since is found out by {@link #accept}. */
    @SuppressWarnings("UnusedVariable") // through HIGHEST
    private long highest;

    /**
     * One that nothing came by.
     *
     * @param isExtended whether sequence numbers have 64 bits, of which the lower half travels
     * @param isIvSequence whether the sender is known to use the whole number as IV, as we do. Then it need not be guessed, and is found again
     *     after any gap; it is authenticated in either case
     * @param window numbers below the highest that may still come: 64 · (2^n − 1)
     */
    public InboundSa(Spi spi, SaKey key, boolean isExtended, boolean isIvSequence, int window) {
        this(spi, key, isExtended, isIvSequence, 1, window);
    }

    /**
     * One that takes nothing below a number, as if all of it had come: what a sender begins with that does not begin with 1. Of extended numbers whose
     * upper half is guessed it must be that number, or less than 2^31 away from it.
     *
     * @param first the lowest that may come
     */
    public InboundSa(Spi spi, SaKey key, boolean isExtended, boolean isIvSequence, long first, int window) {
        SequenceNumbers.checkFirst(first, isExtended);
        this.spi = spi;
        this.key = key;
        this.isExtended = isExtended;
        this.isIvSequence = isIvSequence;
        this.window = new ReplayWindow(first, window);
        this.highest = this.window.highest();
    }

    public Spi spi() {
        return spi;
    }

    public boolean isExtended() {
        return isExtended;
    }

    SaKey key() {
        return key;
    }

    /**
     * The sequence number of a packet that is worth opening; 0 if it came before, or is too old to tell. Of most, which go on from the highest that
     * came, that is seen without the lock, which took 2 % of what a node spent on receiving.
     */
    long expect(int low, long iv) {
        if (isExtended
                && isIvSequence
                && (int) iv == low
                && Long.compareUnsigned(iv, (long) HIGHEST.getOpaque(this)) > 0) {
            return iv;
        }
        return lookUp(low, iv);
    }

    private synchronized long lookUp(int low, long iv) {
        long sequence = Integer.toUnsignedLong(low);
        if (isExtended) {
            sequence = isIvSequence ? iv : ExtendedSequence.of(low, window.highest(), window.size());
        }
        return (int) sequence == low && window.isNew(sequence) ? sequence : 0;
    }

    /** Notes a packet that was authentic; false if another worker noted it first. */
    synchronized boolean accept(long sequence) {
        if (!window.isNew(sequence)) {
            return false;
        }
        window.accept(sequence);
        HIGHEST.setOpaque(this, window.highest()); // to expect(), which decides nothing by it
        return true;
    }
}
