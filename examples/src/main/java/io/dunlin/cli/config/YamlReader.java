package io.dunlin.cli.config;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import io.dunlin.cli.outcome.BadInput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.error.MarkedYAMLException;

/**
 * Reads one YAML document into {@link YamlNode}s.
 *
 * <p>Data binding was rejected: it forgets the lines, so that a message could not say where a mistake stands, and it lets a quoted number
 * pass for a number. Aliases are refused, for nine of them make a gigabyte out of a short file.
 */
final class YamlReader {
    /** A node with ten thousand endpoints fits. */
    static final int MAX_BYTES = 4 << 20;

    /** Ours is four deep. */
    private static final int MAX_DEPTH = 16;

    private final String file;
    private final YAMLParser parser;

    private YamlReader(String file, YAMLParser parser) {
        this.file = file;
        this.parser = parser;
    }

    /**
     * @param file what to call it in messages
     * @throws BadInput it is no YAML mapping
     */
    static YamlNode.Mapping read(String file, String text) {
        try (var parser = new YAMLFactory().createParser(text)) {
            return new YamlReader(file, parser).document();
        } catch (JacksonException e) {
            throw new BadInput(malformed(file, e), e);
        } catch (IOException e) {
            throw new BadInput(file + ": not YAML: " + e.getMessage(), e);
        }
    }

    /** The parser's own message is of several lines, and begins where the surrounding piece begins: we want the very spot. */
    private static String malformed(String file, JacksonException e) {
        if (e.getCause() instanceof MarkedYAMLException marked && marked.getProblemMark() != null) {
            return file + ":" + (marked.getProblemMark().getLine() + 1) + ": not YAML: " + marked.getProblem();
        }
        JsonLocation at = e.getLocation();
        return file + (at == null ? "" : ":" + at.getLineNr()) + ": not YAML: " + e.getOriginalMessage();
    }

    private YamlNode.Mapping document() throws IOException {
        if (parser.nextToken() == null) {
            throw new BadInput(
                    file + " is empty: a node's file begins with \"node: NAME\" (overlay-node run --help shows one)");
        }
        YamlNode root = value(0);
        if (!(root instanceof YamlNode.Mapping mapping)) {
            throw new BadInput(file + ":" + root.line() + ": " + root.kind()
                    + " is not a node's file, which begins with \"node: NAME\" (overlay-node run --help shows one)");
        }
        if (parser.nextToken() != null) {
            throw new BadInput(file + ":" + line() + ": a second document begins here: one file describes one node");
        }
        return mapping;
    }

    private YamlNode value(int depth) throws IOException {
        int line = line();
        if (parser.isCurrentAlias()) {
            throw new BadInput(file + ":" + line + ": aliases (*) are not taken: write the value out");
        }
        if (depth > MAX_DEPTH) {
            throw new BadInput(file + ":" + line + ": nested deeper than " + MAX_DEPTH + " levels");
        }
        return switch (parser.currentToken()) {
            case START_OBJECT -> mapping(line, depth);
            case START_ARRAY -> sequence(line, depth);
            case VALUE_NULL -> new YamlNode.Nothing(line);
            case VALUE_NUMBER_INT -> new YamlNode.Scalar(line, parser.getText(), true);
            case VALUE_STRING, VALUE_NUMBER_FLOAT, VALUE_TRUE, VALUE_FALSE ->
                new YamlNode.Scalar(line, parser.getText(), false);
            case null, default -> throw new BadInput(file + ":" + line + ": unexpected " + parser.currentToken());
        };
    }

    private YamlNode mapping(int line, int depth) throws IOException {
        Map<String, YamlNode.Entry> entries = new LinkedHashMap<>();
        for (@Nullable JsonToken token = parser.nextToken();
                token == JsonToken.FIELD_NAME;
                token = parser.nextToken()) {
            String key = parser.currentName();
            int keyLine = line();
            parser.nextToken();
            var entry = new YamlNode.Entry(keyLine, value(depth + 1));
            var earlier = entries.putIfAbsent(key, entry);
            if (earlier != null) {
                throw new BadInput(file + ":" + keyLine + ": key \"" + key
                        + "\" stands here a second time (the first: line " + earlier.line() + "): keep one");
            }
        }
        return new YamlNode.Mapping(line, entries);
    }

    private YamlNode sequence(int line, int depth) throws IOException {
        var items = new ArrayList<YamlNode>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            items.add(value(depth + 1));
        }
        return new YamlNode.Sequence(line, items);
    }

    private int line() {
        return parser.currentTokenLocation().getLineNr();
    }
}
