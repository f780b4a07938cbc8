package io.dunlin.lb.dns;

/** How a query went: response codes (IANA, "DNS RCODEs"), as far as they are used. Those above 15 need EDNS. */
public final class Rcode {
    public static final int NOERROR = 0;
    /** The query is no right message. */
    public static final int FORMERR = 1;
    /** No server that was asked had an answer. */
    public static final int SERVFAIL = 2;
    /** There is no such name. */
    public static final int NXDOMAIN = 3;
    /** No such kind of query. */
    public static final int NOTIMP = 4;

    public static final int REFUSED = 5;
    /** No such version of EDNS (RFC 6891 section 9). */
    public static final int BADVERS = 16;

    private Rcode() {}
}
