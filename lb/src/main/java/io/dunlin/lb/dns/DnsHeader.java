package io.dunlin.lb.dns;

import io.dunlin.vxlan.wire.Memory;

/**
 * Header of a DNS message (RFC 1035 section 4.1.1, RFC 4035 section 3.2).
 *
 * <pre>{@code
 *  0  1  2  3  4  5  6  7  8  9  0  1  2  3  4  5
 * +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
 * |                      ID                       |
 * +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
 * |QR|   Opcode  |AA|TC|RD|RA| Z|AD|CD|   RCODE   |
 * +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
 * |                    QDCOUNT                    |
 * |                    ANCOUNT                    |
 * |                    NSCOUNT                    |
 * |                    ARCOUNT                    |
 * +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
 * }</pre>
 */
public final class DnsHeader {
    public static final int ID = 0;
    public static final int FLAGS = 2;
    public static final int QUESTIONS = 4;
    public static final int ANSWERS = 6;
    public static final int AUTHORITIES = 8;
    public static final int ADDITIONALS = 10;
    public static final int LENGTH = 12;

    /** Of the flags: the message is a response. */
    public static final int RESPONSE = 0x8000;
    /** Of the flags: the kind of query. */
    public static final int OPCODE = 0x7800;
    /** Of the flags: the answer comes from the one that knows. */
    public static final int AUTHORITATIVE = 0x0400;
    /** Of the flags: there is more than fits. */
    public static final int TRUNCATED = 0x0200;
    /** Of the flags: ask others, too. */
    public static final int RECURSION_DESIRED = 0x0100;
    /** Of the flags: others can be asked. */
    public static final int RECURSION_AVAILABLE = 0x0080;
    /** Of the flags: signatures are not to be checked (RFC 4035 section 3.2.2). */
    public static final int CHECKING_DISABLED = 0x0010;
    /** Of the flags: how it went, one of {@link Rcode}. */
    public static final int RCODE = 0x000f;

    private DnsHeader() {}

    /** Whether {@code available} bytes hold a header: the only proof of bounds for the accessors. */
    public static boolean checkLength(int available) {
        return available >= LENGTH;
    }

    public static int id(Memory memory, int at) {
        return memory.u16(at + ID);
    }

    public static void setId(Memory memory, int at, int id) {
        memory.u16(at + ID, id);
    }

    public static int flags(Memory memory, int at) {
        return memory.u16(at + FLAGS);
    }

    public static void setFlags(Memory memory, int at, int flags) {
        memory.u16(at + FLAGS, flags);
    }

    public static boolean isResponse(Memory memory, int at) {
        return (flags(memory, at) & RESPONSE) != 0;
    }

    public static int rcode(Memory memory, int at) {
        return flags(memory, at) & RCODE;
    }

    public static int questions(Memory memory, int at) {
        return memory.u16(at + QUESTIONS);
    }

    public static int answers(Memory memory, int at) {
        return memory.u16(at + ANSWERS);
    }

    public static int authorities(Memory memory, int at) {
        return memory.u16(at + AUTHORITIES);
    }

    public static int additionals(Memory memory, int at) {
        return memory.u16(at + ADDITIONALS);
    }

    /** How many records each section has. */
    public static void setCounts(Memory memory, int at, int questions, int answers, int authorities, int additionals) {
        memory.u16(at + QUESTIONS, questions);
        memory.u16(at + ANSWERS, answers);
        memory.u16(at + AUTHORITIES, authorities);
        memory.u16(at + ADDITIONALS, additionals);
    }
}
