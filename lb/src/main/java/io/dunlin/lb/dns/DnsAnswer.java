package io.dunlin.lb.dns;

import io.dunlin.vxlan.wire.Memory;

/**
 * Turns a query into its answer where it lies: the header is changed, the question stays as it was asked, to the case of its letters, and
 * records are put behind it. It belongs to one thread, is used over and over, and allocates nothing.
 *
 * <p>All records but those of RFC 1035's SOA are of the name that was asked for, which a pointer to the question stands for.
 */
final class DnsAnswer {
    /** Bytes of answers over UDP that we would take ourselves: what no path has to fragment (DNS flag day 2020). */
    static final int UDP_SIZE = 1232;

    /** A record of an IPv4 address. */
    private static final int A_LENGTH = 16;
    /** A record of an IPv6 address. */
    private static final int AAAA_LENGTH = 28;
    /** What stands before a record's data. */
    private static final int RECORD_HEADER = 12;

    private static final int OPT_LENGTH = 11;

    /** To the name in the question, right behind the header. */
    private static final int POINTER_TO_QUESTION = 0xc000 | DnsHeader.LENGTH;

    /** The mailbox of nobody, as RFC 6303 section 3 has it for zones like these. */
    private static final byte[] NOBODY = DnsName.encode("nobody.invalid");

    private static final int SOA_NUMBERS = 20;
    private static final int SOA_SERIAL = 1;
    private static final int SOA_REFRESH = 3600;
    private static final int SOA_RETRY = 1200;
    private static final int SOA_EXPIRE = 604_800;

    private Memory memory = Memory.of(new byte[0]);
    private int start;
    private int end;
    private int limit;
    private int flags;
    private int answers;
    private int authorities;
    private int ttl;

    /**
     * Begins with what was asked.
     *
     * @param size bytes that the answer may have
     * @param ttlSeconds of all its records
     */
    void begin(Memory memory, int at, DnsQuery query, int size, int ttlSeconds) {
        this.memory = memory;
        start = at;
        end = query.questionEnd();
        limit = at + size - (query.hasEdns() ? OPT_LENGTH : 0);
        flags = DnsHeader.RESPONSE
                | DnsHeader.flags(memory, at)
                        & (DnsHeader.OPCODE | DnsHeader.RECURSION_DESIRED | DnsHeader.CHECKING_DISABLED);
        answers = 0;
        authorities = 0;
        ttl = ttlSeconds;
    }

    void setFlags(int more) {
        flags |= more;
    }

    /** All IPv4 addresses, as many as fit, beginning with the one whose turn it is. */
    void addIpv4(Addresses addresses) {
        int count = addresses.ipv4Count();
        int fit = fit(count, A_LENGTH);
        int next = addresses.rotation().next(count);
        for (int i = 0; i < fit; i++) {
            writeRecordHeader(RecordType.A, A_LENGTH - RECORD_HEADER);
            memory.i32(end + RECORD_HEADER, addresses.ipv4(next));
            end += A_LENGTH;
            next = next + 1 < count ? next + 1 : 0;
        }
    }

    /** All IPv6 addresses, as many as fit, beginning with the one whose turn it is. */
    void addIpv6(Addresses addresses) {
        int count = addresses.ipv6Count();
        int fit = fit(count, AAAA_LENGTH);
        int next = addresses.rotation().next(count);
        for (int i = 0; i < fit; i++) {
            writeRecordHeader(RecordType.AAAA, AAAA_LENGTH - RECORD_HEADER);
            memory.i64(end + RECORD_HEADER, addresses.ipv6High(next));
            memory.i64(end + RECORD_HEADER + 8, addresses.ipv6Low(next));
            end += AAAA_LENGTH;
            next = next + 1 < count ? next + 1 : 0;
        }
    }

    /** Those that do not fit are left out, and that is said: some resolvers make do with the rest, all others ask over TCP. */
    private int fit(int count, int length) {
        int fit = Math.min(count, (limit - end) / length);
        if (fit < count) {
            setFlags(DnsHeader.TRUNCATED);
        }
        answers += fit;
        return fit;
    }

    /** The name of who has the address that was asked for. */
    void addPointer(byte[] name) {
        writeRecordHeader(RecordType.PTR, name.length);
        memory.put(end + RECORD_HEADER, name);
        end += RECORD_HEADER + name.length;
        answers++;
    }

    /**
     * Says how long it may be remembered that there is nothing (RFC 2308): without this record it must not be at all. Each name is the
     * top of a zone of its own, as whoever keeps the answer wants the record's name to be a part of the one that was asked for.
     */
    void addAuthority() {
        int data = end + RECORD_HEADER;
        int numbers = data + 2 + NOBODY.length;
        writeRecordHeader(RecordType.SOA, 2 + NOBODY.length + SOA_NUMBERS);
        memory.u16(data, POINTER_TO_QUESTION);
        memory.put(data + 2, NOBODY);
        memory.i32(numbers, SOA_SERIAL);
        memory.i32(numbers + 4, SOA_REFRESH);
        memory.i32(numbers + 8, SOA_RETRY);
        memory.i32(numbers + 12, SOA_EXPIRE);
        memory.i32(numbers + 16, ttl);
        end = numbers + SOA_NUMBERS;
        authorities++;
    }

    private void writeRecordHeader(int type, int dataLength) {
        memory.u16(end, POINTER_TO_QUESTION);
        memory.i32(end + 2, type << 16 | RecordType.CLASS_IN);
        memory.i32(end + 6, ttl);
        memory.u16(end + 10, dataLength);
    }

    /**
     * Completes the message.
     *
     * @return its bytes
     */
    int finish(DnsQuery query, int rcode) {
        if (query.hasEdns()) {
            memory.u8(end, 0); // the root's name
            memory.u16(end + 1, RecordType.OPT);
            memory.u16(end + 3, UDP_SIZE);
            memory.i32(end + 5, rcode >>> 4 << 24 | (query.isDnssecOk() ? 0x8000 : 0));
            memory.u16(end + 9, 0);
            end += OPT_LENGTH;
        }
        DnsHeader.setFlags(memory, start, flags | rcode & DnsHeader.RCODE);
        DnsHeader.setCounts(memory, start, query.hasQuestion() ? 1 : 0, answers, authorities, query.hasEdns() ? 1 : 0);
        return end - start;
    }
}
