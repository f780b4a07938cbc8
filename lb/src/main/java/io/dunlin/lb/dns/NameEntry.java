package io.dunlin.lb.dns;

import org.jspecify.annotations.Nullable;

/**
 * All that is known of one name. Immutable; entries of one bucket are a chain.
 *
 * @param name in lower case
 * @param service what the service of this name is reached by
 * @param tasks where the name is {@code tasks.SERVICE}: the service's backends
 * @param endpoint the addresses of the endpoint of this name
 * @param below how many names that stand for something end with this one: it exists even if it stands for nothing (RFC 8020)
 */
@SuppressWarnings("ArrayRecordComponent") // never compared, never changed
record NameEntry(
        byte[] name,
        @Nullable Addresses service,
        @Nullable Addresses tasks,
        @Nullable Addresses endpoint,
        int below,
        @Nullable NameEntry next) {

    /** What a name can be; the first that it is, it is to those who ask. */
    enum Kind {
        SERVICE,
        TASKS,
        ENDPOINT
    }

    static NameEntry named(byte[] name, @Nullable NameEntry next) {
        return new NameEntry(name, null, null, null, 0, next);
    }

    /** What is to be answered; nothing where the name stands for nothing. */
    Addresses addresses() {
        if (service != null) {
            return service;
        }
        if (tasks != null) {
            return tasks;
        }
        return endpoint != null ? endpoint : Addresses.NONE;
    }

    boolean standsForSomething() {
        return service != null || tasks != null || endpoint != null;
    }

    @Nullable
    Addresses get(Kind kind) {
        return switch (kind) {
            case SERVICE -> service;
            case TASKS -> tasks;
            case ENDPOINT -> endpoint;
        };
    }

    NameEntry with(Kind kind, @Nullable Addresses addresses) {
        return switch (kind) {
            case SERVICE -> new NameEntry(name, addresses, tasks, endpoint, below, next);
            case TASKS -> new NameEntry(name, service, addresses, endpoint, below, next);
            case ENDPOINT -> new NameEntry(name, service, tasks, addresses, below, next);
        };
    }

    NameEntry withBelow(int count) {
        return new NameEntry(name, service, tasks, endpoint, count, next);
    }

    NameEntry before(@Nullable NameEntry following) {
        return new NameEntry(name, service, tasks, endpoint, below, following);
    }
}
