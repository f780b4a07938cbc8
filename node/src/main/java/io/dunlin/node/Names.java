package io.dunlin.node;

import java.util.regex.Pattern;

/** What nodes, networks, endpoints and services may be called. */
final class Names {
    /** What is no DNS name could not be asked for. */
    private static final Pattern LEGAL = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]*(\\.[A-Za-z0-9_-]+)*");

    private static final int MAX_LENGTH = 63;

    /** Before the name of a service, where its virtual addresses are granted: no endpoint can be called so. */
    private static final String VIP = "vip:";

    private Names() {}

    static boolean isLegal(String name) {
        return name.length() <= MAX_LENGTH && LEGAL.matcher(name).matches();
    }

    /** Who a service's virtual addresses are granted to. */
    static String holderOfVip(String service) {
        return VIP + service;
    }

    /** Whether addresses are granted to such: an endpoint, or a service's {@link #holderOfVip}. */
    static boolean isHolder(String name) {
        return isLegal(name.startsWith(VIP) ? name.substring(VIP.length()) : name);
    }

    /** An {@link #isHolder holder} for people. */
    static String textOfHolder(String name) {
        return name.startsWith(VIP) ? "service \"" + name.substring(VIP.length()) + "\"" : "endpoint \"" + name + "\"";
    }

    /** @throws IllegalArgumentException naming what was given and what is allowed */
    static void check(String what, String name) {
        if (!isLegal(name)) {
            throw new IllegalArgumentException(
                    what + " name \"" + name
                            + "\": allowed are 1 to 63 letters, digits, dots, underscores and hyphens, a letter or digit first, and something between dots and behind them");
        }
    }
}
