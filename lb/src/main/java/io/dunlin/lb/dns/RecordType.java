package io.dunlin.lb.dns;

/** Types and classes of resource records (IANA, "DNS Resource Record (RR) TYPEs"), as far as they are looked at. */
public final class RecordType {
    public static final int A = 1;
    public static final int SOA = 6;
    public static final int PTR = 12;
    public static final int AAAA = 28;
    /** EDNS (RFC 6891); in no question. */
    public static final int OPT = 41;
    /** All there is, which is asked for to do harm more often than not (RFC 8482). */
    public static final int ANY = 255;

    /** The class "Internet". */
    public static final int CLASS_IN = 1;

    private static final int FIRST_META = 128;
    private static final int LAST_META = 255;

    private RecordType() {}

    /** Whether no record has that type, which asks for something else: a transfer of a zone, say (RFC 6895 section 3.1). */
    public static boolean isMeta(int type) {
        return type == OPT || type >= FIRST_META && type <= LAST_META;
    }
}
