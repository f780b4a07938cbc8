package io.dunlin.cli.demo;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Locale;

/** Stands in for curl where that is not installed: the JDK's HTTP client as a program by itself. Body to standard output, bytes and seconds to standard error. Arguments: URL, seconds that connecting and each read may take. */
final class JdkFetch {
    private JdkFetch() {}

    public static void main(String[] arguments) throws IOException {
        int millis = (int) Duration.ofSeconds(Long.parseLong(arguments[1])).toMillis();
        long began = System.nanoTime();
        var connection = URI.create(arguments[0]).toURL().openConnection();
        connection.setConnectTimeout(millis);
        connection.setReadTimeout(millis);
        long bytes;
        try (var in = connection.getInputStream()) {
            bytes = in.transferTo(System.out);
        }
        System.out.flush();
        System.err.printf(Locale.ROOT, "%d %.3f%n", bytes, (System.nanoTime() - began) / 1e9);
    }
}
