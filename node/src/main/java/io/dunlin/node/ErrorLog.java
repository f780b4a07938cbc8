package io.dunlin.node;

import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Failures at run time, each kept once with how often it happened, and logged the first time only. Any thread. */
final class ErrorLog {
    /** What differs more often than this has something in its text that it should not. */
    private static final int DISTINCT = 64;

    private static final String REST = "further errors";
    private static final Logger LOG = LoggerFactory.getLogger(OverlayNode.class);

    private final String node;
    private final Map<String, Long> counts = new LinkedHashMap<>();

    ErrorLog(String node) {
        this.node = node;
    }

    void record(String what, Throwable error) {
        String line = what + ": " + error;
        boolean first;
        synchronized (counts) {
            String key = counts.containsKey(line) || counts.size() < DISTINCT ? line : REST;
            first = counts.merge(key, 1L, Long::sum) == 1;
        }
        if (first) {
            LOG.warn("node {}: {}", node, what, error);
        }
    }

    Map<String, Long> snapshot() {
        synchronized (counts) {
            return Map.copyOf(counts);
        }
    }
}
