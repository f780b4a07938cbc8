package io.dunlin.ipam;

import io.dunlin.ipam.Result.Granted;
import io.dunlin.ipam.Result.Refused;
import java.util.List;

/**
 * A {@link NumberPool} whose numbers stand for something: addresses, subnets, or numbers themselves.
 *
 * @param <T> what they stand for
 */
final class ValuePool<T> {
    /** What its numbers mean. Names are made when they are asked for: there may be a million pools. */
    interface Meaning<T> {
        T valueOf(long number);

        /** Of the whole, for refusals. */
        String name();

        /** Of a segment, for figures and warnings. */
        String nameOf(Segment segment);
    }

    private final NumberPool numbers;
    private final Meaning<T> meaning;

    ValuePool(NumberPool numbers, Meaning<T> meaning) {
        this.numbers = numbers;
        this.meaning = meaning;
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
            case GRANTED, HELD, RELEASED -> new Granted<>(meaning.valueOf(number));
            case EXHAUSTED -> new Refused<>(exhausted());
            case INDEX_FULL ->
                Refusal.Invalid.because(meaning.name() + " has no memory for the name of another requester");
            case TAKEN -> new Refused<>(new Refusal.Taken(text(number)));
            case RESERVED -> new Refused<>(new Refusal.Reserved(text(number), meaning.name()));
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
        return new Refusal.Exhausted(meaning.name(), size, used);
    }

    private String text(long number) {
        return String.valueOf(meaning.valueOf(number));
    }

    List<Usage> usage() {
        return numbers.segments().stream().map(this::usage).toList();
    }

    private Usage usage(Segment segment) {
        long inQuarantine = numbers.inQuarantine(segment);
        return new Usage(
                meaning.nameOf(segment),
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
