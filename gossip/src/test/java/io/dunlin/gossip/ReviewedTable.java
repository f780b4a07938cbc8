package io.dunlin.gossip;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** A table of results that is a reviewed file: what differs is written to target/, to be looked at and put in the other's place. */
final class ReviewedTable {
    private ReviewedTable() {}

    static void compare(String name, String table, long seed) throws IOException {
        String reviewed = "";
        try (InputStream file = ReviewedTable.class.getResourceAsStream(name)) {
            if (file != null) {
                reviewed = new String(file.readAllBytes(), UTF_8);
            }
        }
        String expected = reviewed.substring(Math.max(0, reviewed.indexOf("## ")));
        if (!table.equals(expected)) {
            Files.writeString(Path.of("target", name), table);
        }
        assertThat(table)
                .as("target/" + name + " has what was found, from seed " + seed)
                .isEqualTo(expected);
    }
}
