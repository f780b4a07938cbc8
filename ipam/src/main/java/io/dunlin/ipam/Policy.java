package io.dunlin.ipam;

/** Which of the free numbers of a pool is granted. */
public enum Policy {
    /**
     * The one after the last that was granted, round and round, as Docker does: what was released comes again only after all others had
     * their turn. Numbers that were asked for by name do not count.
     */
    NEXT_FIT(0),
    /** The lowest: grants stay together, and what was released comes again at once, after its quarantine. */
    LOWEST_FIRST(1);

    private final int number;

    Policy(int number) {
        this.number = number;
    }

    /** What it is called in a state that is stored. */
    int number() {
        return number;
    }
}
