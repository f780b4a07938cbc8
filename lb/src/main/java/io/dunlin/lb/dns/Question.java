package io.dunlin.lb.dns;

import io.dunlin.vxlan.wire.Memory;

/** What a query and its answer have in common: the id, and the question. For messages as others wrote them. */
public final class Question {
    private static final int TYPE_AND_CLASS = 4;

    private Question() {}

    /** Whether a message answers a query: it is a response with the query's id and question, but for the case of letters. */
    public static boolean isAnswered(byte[] query, byte[] received) {
        Memory sent = Memory.of(query);
        Memory answer = Memory.of(received);
        return DnsHeader.checkLength(received.length)
                && DnsHeader.isResponse(answer, 0)
                && DnsHeader.id(answer, 0) == DnsHeader.id(sent, 0)
                && (DnsHeader.flags(answer, 0) & DnsHeader.OPCODE) == 0
                && DnsHeader.questions(answer, 0) == 1
                && isSame(sent, query.length, answer, received.length);
    }

    private static boolean isSame(Memory query, int queryLength, Memory answer, int answerLength) {
        var asked = new DnsName();
        var answered = new DnsName();
        int end = asked.read(query, DnsHeader.LENGTH, queryLength);
        return end > 0
                && answered.read(answer, DnsHeader.LENGTH, answerLength) == end
                && queryLength - end >= TYPE_AND_CLASS
                && answerLength - end >= TYPE_AND_CLASS
                && query.i32(end) == answer.i32(end)
                && asked.isEqual(answered);
    }

    /** Gives an answer the query's id, and its question in the case it was asked in, which some servers lose. */
    public static void restore(byte[] query, byte[] answer) {
        Memory memory = Memory.of(answer);
        DnsHeader.setId(memory, 0, DnsHeader.id(Memory.of(query), 0));
        int end = DnsName.skip(memory, DnsHeader.LENGTH, answer.length);
        memory.put(DnsHeader.LENGTH, query, DnsHeader.LENGTH, end - DnsHeader.LENGTH);
    }

    /**
     * Makes an answer fit: without its records, if it is too long, and with the word that there is more. It keeps its EDNS no more than its
     * other records, as a server may do that has nothing to say (RFC 6891 section 7).
     *
     * @param at where a message with a question begins
     * @return the bytes it has now
     */
    public static int truncate(Memory memory, int at, int length, int most) {
        if (length <= most) {
            return length;
        }
        int end = DnsName.skip(memory, at + DnsHeader.LENGTH, at + length) + TYPE_AND_CLASS;
        DnsHeader.setFlags(memory, at, DnsHeader.flags(memory, at) | DnsHeader.TRUNCATED);
        DnsHeader.setCounts(memory, at, 1, 0, 0, 0);
        return end - at;
    }
}
