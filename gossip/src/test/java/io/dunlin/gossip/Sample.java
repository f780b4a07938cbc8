package io.dunlin.gossip;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/** Times that were measured, and what is told of them. */
final class Sample {
    private final List<Double> seconds = new ArrayList<>();

    void add(long nanos) {
        seconds.add(nanos / 1e9);
    }

    int size() {
        return seconds.size();
    }

    /** The smallest value that {@code share} of all do not exceed. */
    double percentile(double share) {
        var sorted = new ArrayList<>(seconds);
        Collections.sort(sorted);
        return sorted.isEmpty() ? Double.NaN : sorted.get((int) Math.ceil(share * sorted.size()) - 1);
    }

    double median() {
        return percentile(0.5);
    }

    double max() {
        return percentile(1);
    }

    /** Median, 99th percentile and maximum, in seconds. */
    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%.1f / %.1f / %.1f", median(), percentile(0.99), max());
    }
}
