package io.dunlin.lb.dns;

import io.dunlin.vxlan.wire.Memory;
import org.jspecify.annotations.Nullable;

/**
 * Answers queries for the names of a network, where they lie:
 *
 * <ol>
 *   <li>is it a query, and one that can be understood ({@link DnsQuery})
 *   <li>is the name one of the network's, or of one of its addresses ({@link Zone})
 *   <li>if so, the answer takes the query's place ({@link DnsAnswer}); if not, it is for others to know, or nobody
 * </ol>
 *
 * <p>Belongs to one thread; workers have one each. Allocates nothing.
 */
public final class DnsResponder {
    /** There is nothing to be said: it was no query. */
    public static final int NO_ANSWER = -1;
    /** The name is none of the network's: the query is as it was, to be sent on. */
    public static final int ASK_UPSTREAM = -2;

    /** Bytes of the longest message over TCP (RFC 1035 section 4.2.2). */
    public static final int MAX_MESSAGE = 65_535;

    private final DnsQuery query = new DnsQuery();
    private final DnsAnswer answer = new DnsAnswer();
    private final ReverseName reverse = new ReverseName();

    public DnsResponder() {}

    /**
     * Answers a query that came in a datagram. The answer has at most the bytes that the query allows, 512 where it does not say.
     *
     * @param at where the message begins
     * @param length its bytes
     * @param room bytes that its answer may have there at most, 512 or more
     * @return bytes of the answer, {@link #NO_ANSWER} or {@link #ASK_UPSTREAM}
     */
    public int answerDatagram(Memory memory, int at, int length, int room, Zone zone) {
        int fault = query.read(memory, at, length);
        return answer(fault, memory, at, Math.min(room, query.udpSize()), zone);
    }

    /**
     * Answers a query that came over TCP, as {@link #answerDatagram}, with all that fits.
     *
     * @param room bytes that its answer may have there at most, 512 or more
     */
    public int answerStream(Memory memory, int at, int length, int room, Zone zone) {
        return answer(query.read(memory, at, length), memory, at, Math.min(room, MAX_MESSAGE), zone);
    }

    /** Turns a query into the answer that no server could be asked, with room for {@link #answerDatagram}'s least answer. */
    public int fail(Memory memory, int at, int length) {
        int fault = query.read(memory, at, length);
        if (fault == DnsQuery.NO_ANSWER) {
            return NO_ANSWER;
        }
        answer.begin(memory, at, query, DnsQuery.LEAST_UDP_SIZE, 0);
        answer.setFlags(DnsHeader.RECURSION_AVAILABLE);
        return answer.finish(query, fault == Rcode.NOERROR ? Rcode.SERVFAIL : fault);
    }

    private int answer(int fault, Memory memory, int at, int size, Zone zone) {
        if (size < DnsQuery.LEAST_UDP_SIZE) {
            throw new IllegalArgumentException(
                    "room for an answer of " + size + " bytes: at least " + DnsQuery.LEAST_UDP_SIZE + " are wanted");
        }
        if (fault == DnsQuery.NO_ANSWER) {
            return NO_ANSWER;
        }
        answer.begin(memory, at, query, size, zone.spec().ttlSeconds());
        if (!zone.spec().isInternal()) {
            answer.setFlags(DnsHeader.RECURSION_AVAILABLE);
        }
        if (fault != Rcode.NOERROR) {
            return answer.finish(query, fault);
        }
        if (query.recordClass() != RecordType.CLASS_IN || RecordType.isMeta(query.type()) && !isAny()) {
            return answer.finish(query, Rcode.REFUSED);
        }
        NameEntry entry = zone.find(query.name());
        if (entry != null) {
            return answerWith(entry.addresses());
        }
        if (reverse.read(query.name().bytes(), query.name().length())) {
            byte[] owner = zone.ownerOf(reverse.high(), reverse.low());
            if (owner != null || zone.hasAddress(reverse.high(), reverse.low())) {
                return answerWith(owner);
            }
        }
        return zone.spec().isInternal() ? nothing(Rcode.NXDOMAIN) : ASK_UPSTREAM;
    }

    /** Who asks for {@link RecordType#ANY} is given one set of records (RFC 8482 section 4.1). */
    private int answerWith(Addresses addresses) {
        boolean isAny = isAny();
        if (addresses.ipv4Count() > 0 && (isAny || query.type() == RecordType.A)) {
            answer.addIpv4(addresses);
        } else if (addresses.ipv6Count() > 0 && (isAny || query.type() == RecordType.AAAA)) {
            answer.addIpv6(addresses);
        } else {
            return nothing(Rcode.NOERROR);
        }
        answer.setFlags(DnsHeader.AUTHORITATIVE);
        return answer.finish(query, Rcode.NOERROR);
    }

    /** @param owner null: nobody has the address */
    private int answerWith(byte @Nullable [] owner) {
        if (owner == null) {
            return nothing(Rcode.NXDOMAIN);
        }
        if (!isAny() && query.type() != RecordType.PTR) {
            return nothing(Rcode.NOERROR);
        }
        answer.addPointer(owner);
        answer.setFlags(DnsHeader.AUTHORITATIVE);
        return answer.finish(query, Rcode.NOERROR);
    }

    private boolean isAny() {
        return query.type() == RecordType.ANY;
    }

    private int nothing(int rcode) {
        answer.addAuthority();
        answer.setFlags(DnsHeader.AUTHORITATIVE);
        return answer.finish(query, rcode);
    }
}
