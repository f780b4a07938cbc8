package io.dunlin.cli.config;

import java.util.List;
import java.util.Map;

/** A piece of a YAML document that knows the line it stands on. */
sealed interface YamlNode {
    int line();

    /** What it is, for a person who wrote something else there. */
    String kind();

    /** Keys in the order of the file; none comes twice. */
    record Mapping(int line, Map<String, Entry> entries) implements YamlNode {
        @Override
        public String kind() {
            return "a mapping";
        }
    }

    /** A value and the line of its key. */
    record Entry(int line, YamlNode value) {}

    record Sequence(int line, List<YamlNode> items) implements YamlNode {
        @Override
        public String kind() {
            return "a list";
        }
    }

    /**
     * A single value as it stands in the file.
     *
     * @param whole written as a whole number, without quotes
     */
    record Scalar(int line, String text, boolean whole) implements YamlNode {
        @Override
        public String kind() {
            return "\"" + text + "\"";
        }
    }

    /** A key without a value. */
    record Nothing(int line) implements YamlNode {
        @Override
        public String kind() {
            return "nothing";
        }
    }
}
