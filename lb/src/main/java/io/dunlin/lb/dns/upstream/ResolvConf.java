package io.dunlin.lb.dns.upstream;

import io.dunlin.vxlan.wire.IpAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * What resolv.conf(5) says, as far as we ask by it.
 *
 * @param nameservers whom to ask, in this order
 * @param search what a short name is tried with behind it; the last line that says so counts
 */
public record ResolvConf(List<IpAddress> nameservers, List<String> search) {
    /** As many as are asked: three is what the C library reads. */
    public static final int MAX_NAMESERVERS = 8;

    private static final int MAX_SEARCH = 32;
    /** Longer than any; what is behind is not looked at. */
    private static final int MAX_CHARACTERS = 65_536;

    public ResolvConf {
        nameservers = List.copyOf(nameservers);
        search = List.copyOf(search);
    }

    /**
     * Reads the file's text. What is not understood is left out, as the C library does: the file is the host's, and others wrote it.
     *
     * @param leftOut is told each line that was meant for us and is wrong
     */
    public static ResolvConf parse(String text, Consumer<String> leftOut) {
        var nameservers = new ArrayList<IpAddress>();
        List<String> search = List.of();
        String read = text.substring(0, Math.min(text.length(), MAX_CHARACTERS));
        for (String line : read.lines().toList()) {
            String[] words = line.strip().split("[ \t]+", MAX_SEARCH + 2);
            switch (words[0]) {
                case "nameserver" -> {
                    if (words.length < 2 || !addTo(nameservers, words[1])) {
                        leftOut.accept(line);
                    }
                }
                case "search", "domain" -> search = List.of(words).subList(1, Math.min(words.length, MAX_SEARCH + 1));
                default -> {} // options, comments, and what others may know
            }
        }
        return new ResolvConf(nameservers, search);
    }

    private static boolean addTo(List<IpAddress> nameservers, String word) {
        try {
            IpAddress address = IpAddress.parse(word);
            if (nameservers.size() == MAX_NAMESERVERS) {
                return false;
            }
            if (!nameservers.contains(address)) {
                nameservers.add(address);
            }
            return true;
        } catch (IllegalArgumentException e) {
            return false; // a link-local one with its interface, say
        }
    }
}
