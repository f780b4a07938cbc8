package io.dunlin.cli.config;

import io.dunlin.cli.outcome.BadInput;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Takes the values out of one mapping; whatever is wrong with them is a {@link BadInput} that says where it stands. */
final class MappingReader {
    private final String file;
    private final String path;
    private final YamlNode.Mapping mapping;

    /**
     * @param path where the mapping stands in the document: empty at the top, else like {@code networks[0].}
     * @param allowed every key that may be there
     * @throws BadInput there is another
     */
    MappingReader(String file, String path, YamlNode.Mapping mapping, String... allowed) {
        this.file = file;
        this.path = path;
        this.mapping = mapping;
        var known = List.of(allowed);
        mapping.entries().forEach((key, entry) -> {
            if (!known.contains(key)) {
                String meant = Suggestion.of(key, known)
                        .map(word -> ": did you mean \"" + word + "\"?")
                        .orElse(":");
                throw new BadInput(file + ":" + entry.line() + ": unknown key \"" + path + key + "\"" + meant
                        + " allowed here: " + String.join(", ", known));
            }
        });
    }

    /** Where the mapping stands, to begin a message with. */
    String place() {
        return place(mapping.line(), path.isEmpty() ? "" : path.substring(0, path.length() - 1));
    }

    boolean has(String key) {
        return mapping.entries().containsKey(key);
    }

    /** The value of {@code key}, which must be there, read by {@code parse}, whose {@link IllegalArgumentException} gets its place. */
    <T> T required(String key, String like, Function<String, T> parse) {
        return optional(key, like, parse)
                .orElseThrow(
                        () -> new BadInput(place() + "\"" + key + "\" is missing (like " + key + ": " + like + ")"));
    }

    <T> Optional<T> optional(String key, String like, Function<String, T> parse) {
        var entry = mapping.entries().get(key);
        return entry == null ? Optional.empty() : Optional.of(parsed(path + key, entry.value(), like, parse));
    }

    /** The whole number of {@code key}, or {@code otherwise} where the key is not there. */
    int whole(String key, int like, int otherwise) {
        var entry = mapping.entries().get(key);
        return entry == null ? otherwise : whole(key, entry.value(), like);
    }

    private int whole(String key, YamlNode value, int like) {
        if (value instanceof YamlNode.Scalar scalar
                && scalar.whole()
                && scalar.text().matches("[+-]?\\d{1,9}")) {
            return Integer.parseInt(scalar.text());
        }
        throw new BadInput(place(value.line(), path + key) + value.kind()
                + (value instanceof YamlNode.Scalar scalar && scalar.text().matches("\\d+") && !scalar.whole()
                        ? " is text, as it stands in quotes"
                        : " is not a whole number")
                + " (like " + key + ": " + like + ")");
    }

    /** The values of the list {@code key}, each read by {@code parse}; empty where the key is not there. */
    <T> List<T> each(String key, String like, Function<String, T> parse) {
        var values = new ArrayList<T>();
        var items = items(key, "[" + like + "]");
        for (int i = 0; i < items.size(); i++) {
            values.add(parsed(path + key + "[" + i + "]", items.get(i), like, parse));
        }
        return values;
    }

    /** The mapping that {@code key} has as its value, which must be there. */
    MappingReader mapping(String key, String like, String... allowed) {
        var entry = mapping.entries().get(key);
        if (entry == null) {
            throw new BadInput(place() + "\"" + key + "\" is missing (like " + key + ": " + like + ")");
        }
        return nested(path + key, entry.value(), like, allowed);
    }

    /** The mappings in the list {@code key}; empty where the key is not there. */
    List<MappingReader> mappings(String key, String like, String... allowed) {
        var readers = new ArrayList<MappingReader>();
        var items = items(key, "[" + like + "]");
        for (int i = 0; i < items.size(); i++) {
            readers.add(nested(path + key + "[" + i + "]", items.get(i), like, allowed));
        }
        return readers;
    }

    private MappingReader nested(String where, YamlNode value, String like, String... allowed) {
        if (!(value instanceof YamlNode.Mapping nested)) {
            throw new BadInput(place(value.line(), where) + value.kind() + " is not a mapping (like " + like + ")");
        }
        return new MappingReader(file, where + ".", nested, allowed);
    }

    private List<YamlNode> items(String key, String like) {
        var entry = mapping.entries().get(key);
        if (entry == null) {
            return List.of();
        }
        if (!(entry.value() instanceof YamlNode.Sequence sequence)) {
            throw new BadInput(place(entry.line(), path + key) + entry.value().kind() + " is not a list (like " + key
                    + ": " + like + ")");
        }
        return sequence.items();
    }

    private <T> T parsed(String where, YamlNode value, String like, Function<String, T> parse) {
        if (!(value instanceof YamlNode.Scalar scalar)) {
            throw new BadInput(
                    place(value.line(), where) + value.kind() + " is not a single value (like " + like + ")");
        }
        try {
            return parse.apply(scalar.text());
        } catch (IllegalArgumentException e) {
            throw new BadInput(place(value.line(), where) + e.getMessage(), e);
        }
    }

    private String place(int line, String where) {
        return file + ":" + line + ": " + (where.isEmpty() ? "" : where + ": ");
    }
}
