package io.dunlin.lb.dns;

import io.dunlin.vxlan.wire.Memory;

/**
 * What a query asks for, read where it lies. It belongs to one thread, is read into over and over, and allocates nothing.
 *
 * <pre>{@code
 * +---------------------+
 * |        Header       | DnsHeader
 * +---------------------+
 * |       Question      | one: name, type, class
 * +---------------------+
 * |  records of others  | of which the OPT record counts alone (EDNS, RFC 6891)
 * +---------------------+
 * }</pre>
 */
final class DnsQuery {
    /** Value of {@link #read}: nothing is to be answered. A response is never answered, or two servers could go on for ever. */
    static final int NO_ANSWER = -1;

    /** Bytes that a message over UDP may have where nothing else was said (RFC 1035 section 4.2.1). */
    static final int LEAST_UDP_SIZE = 512;

    /** Records beside the question that are looked at; queries have one or two. */
    static final int MAX_RECORDS = 16;

    private static final int TYPE_AND_CLASS = 4;
    /** Of a record, behind its name: type, class, time to live, and the length of what follows. */
    private static final int RECORD_LENGTH = 10;

    private static final int DNSSEC_OK = 0x8000;
    /** The only version there is. */
    private static final int EDNS_VERSION = 0;

    private final DnsName name = new DnsName();
    private int questionEnd;
    private boolean hasQuestion;
    private int type;
    private int recordClass;
    private boolean hasEdns;
    private int udpSize;
    private boolean isDnssecOk;

    /**
     * Reads the message at {@code at}.
     *
     * @return {@link Rcode#NOERROR}, or with what it is to be refused, or {@link #NO_ANSWER}
     */
    int read(Memory memory, int at, int length) {
        hasQuestion = false;
        questionEnd = at + DnsHeader.LENGTH;
        hasEdns = false;
        udpSize = LEAST_UDP_SIZE;
        isDnssecOk = false;
        if (!DnsHeader.checkLength(length) || DnsHeader.isResponse(memory, at)) {
            return NO_ANSWER;
        }
        int flags = DnsHeader.flags(memory, at);
        if ((flags & DnsHeader.OPCODE) != 0) {
            return Rcode.NOTIMP;
        }
        // Several questions are none that could be answered: one response code would be for all (RFC 9619).
        if (DnsHeader.questions(memory, at) != 1 || (flags & DnsHeader.TRUNCATED) != 0) {
            return Rcode.FORMERR;
        }
        int end = at + length;
        int nameEnd = name.read(memory, questionEnd, end);
        if (nameEnd < 0 || end - nameEnd < TYPE_AND_CLASS) {
            return Rcode.FORMERR;
        }
        type = memory.u16(nameEnd);
        recordClass = memory.u16(nameEnd + 2);
        questionEnd = nameEnd + TYPE_AND_CLASS;
        hasQuestion = true;
        return readRecords(memory, at, end);
    }

    private int readRecords(Memory memory, int at, int end) {
        int others = DnsHeader.answers(memory, at) + DnsHeader.authorities(memory, at);
        int records = others + DnsHeader.additionals(memory, at);
        if (records > MAX_RECORDS) {
            return Rcode.FORMERR;
        }
        int record = questionEnd;
        for (int i = 0; i < records; i++) {
            int fields = DnsName.skip(memory, record, end);
            if (fields < 0 || end - fields < RECORD_LENGTH) {
                return Rcode.FORMERR;
            }
            int next = fields + RECORD_LENGTH + memory.u16(fields + 8);
            if (next > end) {
                return Rcode.FORMERR;
            }
            if (memory.u16(fields) == RecordType.OPT) {
                boolean isOfRoot = fields == record + 1;
                if (hasEdns || !isOfRoot || i < others) {
                    return Rcode.FORMERR;
                }
                readEdns(memory, fields);
                if (memory.u8(fields + 5) != EDNS_VERSION) {
                    return Rcode.BADVERS;
                }
            }
            record = next;
        }
        return Rcode.NOERROR;
    }

    /** In an OPT record the class is the size of messages, and the time to live holds flags (RFC 6891 section 6.1.3). */
    private void readEdns(Memory memory, int fields) {
        hasEdns = true;
        udpSize = Math.max(LEAST_UDP_SIZE, memory.u16(fields + 2));
        isDnssecOk = (memory.u16(fields + 6) & DNSSEC_OK) != 0;
    }

    DnsName name() {
        return name;
    }

    /** Whether it has a question that could be read. */
    boolean hasQuestion() {
        return hasQuestion;
    }

    /** Behind the question; behind the header where there is none. */
    int questionEnd() {
        return questionEnd;
    }

    int type() {
        return type;
    }

    int recordClass() {
        return recordClass;
    }

    boolean hasEdns() {
        return hasEdns;
    }

    /** Bytes that the answer may have over UDP, as far as it is the asker's to say: 512 or more. */
    int udpSize() {
        return udpSize;
    }

    /** Whether the asker understands signatures, which the answer has to repeat (RFC 3225 section 3). */
    boolean isDnssecOk() {
        return isDnssecOk;
    }
}
