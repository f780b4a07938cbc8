package io.dunlin.lb.dns;

import org.jspecify.annotations.Nullable;

/**
 * All that is known of one name. Immutable; entries of one bucket are a chain.
 *
 * @param name in lower case
 * @param byKind what it stands for, by the kind's place: {@code a.b} may be an endpoint, and at once the endpoint {@code a} of network
 *     {@code b}
 * @param addresses what is to be answered: the first of these
 * @param below how many names that stand for something end with this one: it exists even if it stands for nothing (RFC 8020)
 */
@SuppressWarnings("ArrayRecordComponent") // never compared, never changed
record NameEntry(
        byte[] name,
        @Nullable Addresses[] byKind,
        Addresses addresses,
        int below,
        @Nullable NameEntry next) {
    private static final @Nullable Addresses[] NOTHING = new Addresses[Kind.values().length];

    /** What a name can be; the first that it is, it is to those who ask. */
    enum Kind {
        SERVICE(0),
        SERVICE_OF_NETWORK(1),
        TASKS(2),
        TASKS_OF_NETWORK(3),
        ENDPOINT(4),
        ENDPOINT_OF_NETWORK(5);

        private final int place;

        Kind(int place) {
            this.place = place;
        }
    }

    /** A name that stands for nothing. */
    static NameEntry named(byte[] name) {
        return new NameEntry(name, NOTHING, Addresses.NONE, 0, null);
    }

    boolean standsForSomething() {
        for (Addresses one : byKind) {
            if (one != null) {
                return true;
            }
        }
        return false;
    }

    @Nullable
    Addresses get(Kind kind) {
        return byKind[kind.place];
    }

    NameEntry with(Kind kind, @Nullable Addresses changed) {
        @Nullable Addresses[] all = byKind.clone();
        all[kind.place] = changed;
        return new NameEntry(name, all, first(all), below, next);
    }

    private static Addresses first(@Nullable Addresses[] all) {
        for (Addresses one : all) {
            if (one != null) {
                return one;
            }
        }
        return Addresses.NONE;
    }

    NameEntry withBelow(int count) {
        return new NameEntry(name, byKind, addresses, count, next);
    }

    NameEntry before(@Nullable NameEntry following) {
        return new NameEntry(name, byKind, addresses, below, following);
    }
}
