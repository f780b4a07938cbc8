package io.dunlin.node;

import java.util.regex.Pattern;

/** What nodes, networks and endpoints may be called. */
final class Names {
    private static final Pattern LEGAL = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");

    private Names() {}

    static boolean isLegal(String name) {
        return LEGAL.matcher(name).matches();
    }

    /** @throws IllegalArgumentException naming what was given and what is allowed */
    static void check(String what, String name) {
        if (!isLegal(name)) {
            throw new IllegalArgumentException(
                    what + " name \"" + name
                            + "\": allowed are 1 to 63 letters, digits, dots, underscores and hyphens, a letter or digit first");
        }
    }
}
