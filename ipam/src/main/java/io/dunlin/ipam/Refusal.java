package io.dunlin.ipam;

/** Why a request was refused. */
public sealed interface Refusal {
    /** One line for people. */
    String message();

    /**
     * Nothing is free.
     *
     * @param pool what was asked for something
     * @param size how many it has, unsigned
     * @param used how many of them are granted or in quarantine, unsigned
     */
    record Exhausted(String pool, long size, long used) implements Refusal {
        @Override
        public String message() {
            return pool + " is exhausted: " + Long.toUnsignedString(used) + " of " + Long.toUnsignedString(size)
                    + " are granted or in quarantine";
        }
    }

    /**
     * Two ranges that must have no address in common have some.
     *
     * @param with what is there: a granted subnet, a pool, a network of the host
     */
    record Overlaps(Subnet wanted, Subnet with, String what) implements Refusal {
        @Override
        public String message() {
            return wanted + " overlaps " + what + " " + with;
        }
    }

    /** The very number or address that was asked for is granted to someone else. */
    record Taken(String wanted) implements Refusal {
        @Override
        public String message() {
            return wanted + " is granted to another requester";
        }
    }

    /** It is kept free for a purpose: a network's own address, its broadcast address, its gateway. */
    record Reserved(String wanted, String pool) implements Refusal {
        @Override
        public String message() {
            return wanted + " is kept free in " + pool;
        }
    }

    /** It was released by someone else a short time ago. */
    record InQuarantine(String wanted, long quarantineMillis) implements Refusal {
        @Override
        public String message() {
            return wanted + " was released less than " + quarantineMillis + " ms ago and is in quarantine";
        }
    }

    /** The requester asks by name for another than it holds: it has to release that first. */
    record HoldsAnother(Requester requester, String holds, String wanted) implements Refusal {
        @Override
        public String message() {
            return requester + " holds " + holds + " and asks for " + wanted + ": it has to release the first";
        }
    }

    /** What is to be released or used was not granted, or to someone else. */
    record NotHeld(Requester requester, String what) implements Refusal {
        @Override
        public String message() {
            return what + " is not held by " + requester;
        }
    }

    /** A subnet of which addresses are granted cannot be released. */
    record InUse(Subnet subnet, long granted) implements Refusal {
        @Override
        public String message() {
            return subnet + " cannot be released: " + Long.toUnsignedString(granted) + " of its addresses are granted";
        }
    }

    /** It can never be granted. */
    record Invalid(String reason) implements Refusal {
        private static final int MAX_QUOTED = 64;

        @Override
        public String message() {
            return reason;
        }

        static <T> Result<T> because(String reason) {
            return new Result.Refused<>(new Invalid(reason));
        }

        /** What was given, in quotes, on one line and not too long. */
        static String quote(String text) {
            String start = text.length() <= MAX_QUOTED ? text : text.substring(0, MAX_QUOTED) + "…";
            return '"' + start.replaceAll("\\p{Cntrl}", "?") + '"';
        }
    }
}
