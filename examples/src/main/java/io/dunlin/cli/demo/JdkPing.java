package io.dunlin.cli.demo;

import java.io.IOException;
import java.net.InetAddress;
import java.util.Locale;

/**
 * Stands in for ping(8) where that is not installed: the JDK's own ICMP echo, as a program by itself, so that it runs in a workload's
 * namespace. Prints the address, the answers to three requests, and the shortest time in milliseconds.
 */
final class JdkPing {
    private static final int REQUESTS = 3;
    private static final int LIMIT_MILLIS = 2000;

    private JdkPing() {}

    public static void main(String[] addresses) throws IOException {
        for (String text : addresses) {
            var address = InetAddress.getByName(text);
            int answers = 0;
            long shortest = Long.MAX_VALUE;
            for (int i = 0; i < REQUESTS; i++) {
                long began = System.nanoTime();
                if (address.isReachable(LIMIT_MILLIS)) {
                    answers++;
                    shortest = Math.min(shortest, System.nanoTime() - began);
                }
            }
            System.out.printf(Locale.ROOT, "%s %d %.2f%n", text, answers, answers == 0 ? 0 : shortest / 1e6);
        }
    }
}
