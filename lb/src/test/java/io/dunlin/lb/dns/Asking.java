package io.dunlin.lb.dns;

import io.dunlin.vxlan.wire.Memory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.TextParseException;

/** Asks a responder as a client would, with messages that another implementation, dnsjava, writes and reads. */
final class Asking {
    static final int ID = 0x1234;
    /** Bytes that no message reaches into. */
    private static final int MARGIN = 64;

    private static final byte UNTOUCHED = (byte) 0xa5;

    private final DnsResponder responder = new DnsResponder();
    private final Zone zone;

    Asking(Zone zone) {
        this.zone = zone;
    }

    static Message query(String name, int type) {
        try {
            Message query = Message.newQuery(Record.newRecord(Name.fromString(name + "."), type, DClass.IN));
            query.getHeader().setID(ID);
            return query;
        } catch (TextParseException e) {
            throw new IllegalArgumentException(name, e);
        }
    }

    static Message edns(Message query, int version, int size, int flags) {
        query.addRecord(new OPTRecord(size, 0, version, flags), Section.ADDITIONAL);
        return query;
    }

    /** The answer, which there has to be. */
    Message ask(Message query) {
        return ask(query.toWire());
    }

    Message ask(String name, int type) {
        return ask(query(name, type));
    }

    Message ask(byte[] query) {
        try {
            return new Message(bytes(query, 1232));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Message askStream(Message query) {
        try {
            byte[] bytes = query.toWire();
            var memory = Memory.of(Arrays.copyOf(bytes, 65_535));
            return new Message(memory.toArray(0, responder.answerStream(memory, 0, bytes.length, 65_535, zone)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    byte[] bytes(byte[] query, int room) {
        Memory memory = placed(query, room);
        int length = responder.answerDatagram(memory, MARGIN, query.length, room, zone);
        if (length < 0) {
            throw new AssertionError("no answer: " + length);
        }
        checkMargins(memory, query.length, room);
        return memory.toArray(MARGIN, length);
    }

    /** What the responder returned. */
    int outcome(byte[] query) {
        Memory memory = placed(query, 512);
        int outcome = responder.answerDatagram(memory, MARGIN, query.length, 512, zone);
        checkMargins(memory, query.length, 512);
        if (outcome < 0 && !Arrays.equals(memory.toArray(MARGIN, query.length), query)) {
            throw new AssertionError("a query that is not answered was changed");
        }
        return outcome;
    }

    int outcome(Message query) {
        return outcome(query.toWire());
    }

    /** Exactly the room that there is, between bytes that are to stay as they are. */
    private static Memory placed(byte[] query, int room) {
        var bytes = new byte[MARGIN + Math.max(room, query.length) + MARGIN];
        Arrays.fill(bytes, UNTOUCHED);
        System.arraycopy(query, 0, bytes, MARGIN, query.length);
        return Memory.of(bytes);
    }

    private static void checkMargins(Memory memory, int length, int room) {
        for (int i = 0; i < MARGIN; i++) {
            if (memory.u8(i) != (UNTOUCHED & 0xff)
                    || memory.u8(MARGIN + Math.max(room, length) + i) != (UNTOUCHED & 0xff)) {
                throw new AssertionError("wrote beyond the room there is");
            }
        }
    }
}
