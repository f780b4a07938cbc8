package io.dunlin.ipsec;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A security association that we send by: its key, and the sequence numbers that are left. Thread-safe: workers that send to one node take
 * their numbers from here, each number once.
 */
public final class OutboundSa {
    private static final VarHandle USED;

    static {
        try {
            USED = MethodHandles.lookup().findVarHandle(OutboundSa.class, "used", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Spi spi;
    private final SaKey key;
    private final boolean isExtended;
    private final long before; // the first number
    private final long last;
    private final long ivMask;

    @SuppressWarnings("UnusedVariable") // through USED
    private volatile long used;

    /**
     * One that nothing was sent by.
     *
     * @param isExtended whether sequence numbers have 64 bits (RFC 4303 section 2.2.1), as the receiver must know
     * @param packets that may be sent, after which it is of no use: numbers never begin anew (RFC 4303 section 3.3.3)
     */
    public OutboundSa(Spi spi, SaKey key, boolean isExtended, long packets) {
        this(spi, key, isExtended, 1, packets, 0);
    }

    /**
     * One whose key may have been used before, as those that a person configures.
     *
     * @param first the first sequence number: 1, or one above all that the receiver has seen, so that it does not take what comes for a replay.
     *     From there numbers only go up, so that none is used twice wherever they begin
     * @param packets that may be sent, counted from the first
     * @param ivMask a random number, drawn anew each time: IVs are the sequence numbers XOR this, so that another run's are, in all
     *     likelihood, others
     */
    public OutboundSa(Spi spi, SaKey key, boolean isExtended, long first, long packets, long ivMask) {
        SequenceNumbers.checkFirst(first, isExtended);
        long most = SequenceNumbers.last(isExtended) - (first - 1);
        if (packets < 1 || packets > most) {
            throw new IllegalArgumentException(packets + " packets by one security association"
                    + (first == 1 ? "" : " from number " + first) + "; allowed are 1 to " + most);
        }
        this.spi = spi;
        this.key = key;
        this.isExtended = isExtended;
        this.before = first - 1;
        this.last = before + packets;
        this.used = before;
        this.ivMask = ivMask;
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

    /** The IV of a packet: no two sequence numbers have the same. */
    long iv(long sequence) {
        return sequence ^ ivMask;
    }

    /**
     * Takes sequence numbers.
     *
     * @return the first of {@code count}; 0 if there are not so many left
     */
    long take(int count) {
        long taken = (long) USED.getAndAdd(this, (long) count);
        if (taken > last - count) {
            USED.setVolatile(this, last); // so that it never comes round, however often it is asked
            return 0;
        }
        return taken + 1;
    }

    /** Packets that were sent, or could have been. */
    public long used() {
        return Math.min(used, last) - before;
    }
}
