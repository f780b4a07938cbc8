package io.dunlin.ipam;

import io.dunlin.ipam.Result.Granted;
import io.dunlin.ipam.Result.Refused;
import java.util.List;
import java.util.function.Function;
import java.util.function.LongFunction;

/**
 * A {@link NumberPool} whose numbers stand for something: addresses, subnets, or numbers themselves.
 *
 * @param <T> what they stand for
 */
final class ValuePool<T> {
    private final String name;
    private final NumberPool numbers;
    private final LongFunction<T> valueOf;
    private final Function<Segment, String> nameOf;

    /**
     * @param name of the whole, for refusals
     * @param nameOf the name of a segment, for figures and warnings
     */
    ValuePool(String name, NumberPool numbers, LongFunction<T> valueOf, Function<Segment, String> nameOf) {
        this.name = name;
        this.numbers = numbers;
        this.valueOf = valueOf;
        this.nameOf = nameOf;
    }

    NumberPool numbers() {
        return numbers;
    }

    Result<T> request(Requester requester, long nowMillis) {
        return result(numbers.request(requester, nowMillis), CellTree.NONE, requester);
    }

    Result<T> claim(long number, Requester requester, long nowMillis) {
        return result(numbers.claim(number, requester, nowMillis), number, requester);
    }

    Result<T> release(long number, Requester requester, long nowMillis) {
        return result(numbers.release(number, requester, nowMillis), number, requester);
    }

    private Result<T> result(NumberPool.Outcome outcome, long wanted, Requester requester) {
        long number = outcome.number();
        return switch (outcome.kind()) {
            case GRANTED, HELD, RELEASED -> new Granted<>(valueOf.apply(number));
            case EXHAUSTED -> new Refused<>(exhausted());
            case INDEX_FULL -> Refusal.Invalid.because(name + " has no memory for the name of another requester");
            case TAKEN -> new Refused<>(new Refusal.Taken(text(number)));
            case RESERVED -> new Refused<>(new Refusal.Reserved(text(number), name));
            case IN_QUARANTINE -> new Refused<>(new Refusal.InQuarantine(text(number), numbers.quarantineMillis()));
            case HOLDS_ANOTHER -> new Refused<>(new Refusal.HoldsAnother(requester, text(number), text(wanted)));
            case NOT_HELD -> new Refused<>(new Refusal.NotHeld(requester, text(number)));
        };
    }

    Refusal exhausted() {
        long size = 0;
        long used = 0;
        for (Segment segment : numbers.segments()) {
            size += segment.size();
            used += segment.used();
        }
        return new Refusal.Exhausted(name, size, used);
    }

    private String text(long number) {
        return String.valueOf(valueOf.apply(number));
    }

    List<Usage> usage() {
        return numbers.segments().stream().map(this::usage).toList();
    }

    private Usage usage(Segment segment) {
        long inQuarantine = numbers.inQuarantine(segment);
        return new Usage(
                nameOf.apply(segment),
                segment.size(),
                segment.used() - inQuarantine,
                inQuarantine,
                numbers.longestFreeRun(segment));
    }

    /** Tells of pools that have become full to a warning's share. */
    void warn(UsageListener listener) {
        for (Segment segment : numbers.segments()) {
            int percent = segment.warning();
            if (percent != 0) {
                listener.onWarning(percent, usage(segment));
            }
        }
    }
}
