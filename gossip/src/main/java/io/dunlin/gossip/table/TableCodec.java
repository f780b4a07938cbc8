package io.dunlin.gossip.table;

import io.dunlin.gossip.table.TableMessage.Buckets;
import io.dunlin.gossip.table.TableMessage.Busy;
import io.dunlin.gossip.table.TableMessage.Digests;
import io.dunlin.gossip.table.TableMessage.Fetch;
import io.dunlin.gossip.table.TableMessage.Rows;
import io.dunlin.gossip.table.TableMessage.Summary;
import io.dunlin.gossip.table.TableMessage.Update;
import io.dunlin.gossip.table.TableMessage.Want;
import io.dunlin.gossip.wire.MessageCodec;
import io.dunlin.gossip.wire.ProtocolException;
import java.util.ArrayList;
import java.util.List;

/**
 * {@link TableMessage}s as bytes: a magic of four bytes, a type, and the fields in their order. What other programs send in user messages
 * and as push/pull state does not begin so: memberlist's users write a type number (Serf), text or msgpack there.
 */
public final class TableCodec {
    /** The longest message that is accepted, and made. */
    public static final int MAX_MESSAGE = 256 << 10;

    /** Of a member's name, in bytes of UTF-8. */
    public static final int MAX_NAME = MessageCodec.MAX_NAME;

    public static final int MAX_TABLE = 64;
    public static final int MAX_KEY = 256;
    public static final int MAX_VALUE = 16 << 10;

    private static final byte[] MAGIC = {(byte) 0xd7, 'D', 'L', 1};
    private static final int HEADER = MAGIC.length + 1;

    private static final int UPDATE = 0;
    private static final int SUMMARY = 1;
    private static final int BUCKETS = 2;
    private static final int DIGESTS = 3;
    private static final int FETCH = 4;
    private static final int ROWS = 5;
    private static final int BUSY = 6;

    /** What a message with rows needs beside them and {@link #rangeSize}: header, sender, request, count. */
    private static final int ROWS_OVERHEAD = HEADER + stringSize(MAX_NAME) + 9 + 5;

    /** The longest sum of {@link #rangeSize} and {@link #entrySize} that {@link Rows} carries. */
    public static final int MAX_ROWS = MAX_MESSAGE - ROWS_OVERHEAD;

    private static final int REMOVED = 0;
    private static final int VALUE = 1;

    private static final int LEAST_DIGEST = 1 + 1 + 1 + 1 + 8;
    private static final int LEAST_WANT = 1 + 1 + 3;
    private static final int LEAST_RANGE = 1 + 1 + 5 + 1;
    private static final int LEAST_ENTRY = 1 + 1 + 1 + 1 + 1;

    private TableCodec() {}

    /** Whether it begins like one of these messages. */
    public static boolean isTableMessage(byte[] data) {
        return data.length > MAGIC.length
                && data[0] == MAGIC[0]
                && data[1] == MAGIC[1]
                && data[2] == MAGIC[2]
                && data[3] == MAGIC[3];
    }

    /** Bytes that an entry takes at most. */
    public static int entrySize(Entry entry) {
        int value = entry.value() == null
                ? 0
                : varintSize(entry.value().length()) + entry.value().length();
        return stringSize(utf8Length(entry.table()))
                + stringSize(utf8Length(entry.key()))
                + varintSize(entry.version())
                + 1
                + value;
    }

    /** Bytes that a range takes at most beside its entries. */
    public static int rangeSize(String owner) {
        return stringSize(utf8Length(owner)) + 5 * 9 + 3;
    }

    /** Bytes that an update takes at most beside its entries. */
    public static int updateSize(String owner) {
        return HEADER + rangeSize(owner);
    }

    /** Bytes that a digest takes at most. */
    public static int digestSize(OwnerDigest digest) {
        return stringSize(utf8Length(digest.owner()))
                + varintSize(digest.generation())
                + varintSize(digest.version())
                + 8;
    }

    /** Bytes that digests need at most beside themselves. */
    public static int digestsSize(String sender) {
        return HEADER + stringSize(utf8Length(sender)) + 8 + 5;
    }

    /** Bytes of a string's UTF-8 form. */
    public static int utf8Length(String text) {
        int length = text.length();
        int bytes = length;
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            if (c >= 0x80) {
                // A surrogate pair has four bytes: two for each of its halves.
                bytes += c < 0x800 || Character.isSurrogate(c) ? 1 : 2;
            }
        }
        return bytes;
    }

    private static int stringSize(int bytes) {
        return varintSize(bytes) + bytes;
    }

    private static int varintSize(long value) {
        return value == 0 ? 1 : (Long.SIZE - Long.numberOfLeadingZeros(value) + 6) / 7;
    }

    public static byte[] encode(TableMessage message) {
        return switch (message) {
            case Update(var range) -> {
                var out = start(UPDATE, 256);
                range(out, range);
                yield out.toArray();
            }
            case Summary(var sender, var hash) -> {
                var out = start(SUMMARY, 64);
                out.string(sender);
                out.u64(hash);
                yield out.toArray();
            }
            case Buckets(var sender, var hashes) -> {
                var out = start(BUCKETS, 64 + hashes.size() * 8);
                out.string(sender);
                hashes.forEach(out::u64);
                yield out.toArray();
            }
            case Digests(var sender, var buckets, var digests) -> {
                var out = start(DIGESTS, 64 + digests.size() * 32);
                out.string(sender);
                out.u64(buckets);
                out.varint(digests.size());
                for (OwnerDigest digest : digests) {
                    out.string(digest.owner());
                    out.varint(digest.generation());
                    out.varint(digest.version());
                    out.u64(digest.hash());
                }
                yield out.toArray();
            }
            case Fetch(var sender, var request, var wants) -> {
                var out = start(FETCH, 64 + wants.size() * 32);
                out.string(sender);
                out.varint(request);
                out.varint(wants.size());
                for (Want want : wants) {
                    out.string(want.owner());
                    out.varint(want.generation());
                    out.varint(want.since());
                    out.varint(want.removalsKnown() - want.since());
                }
                yield out.toArray();
            }
            case Rows(var sender, var request, var ranges) -> {
                var out = start(ROWS, 1024);
                out.string(sender);
                out.varint(request);
                out.varint(ranges.size());
                ranges.forEach(range -> range(out, range));
                yield out.toArray();
            }
            case Busy(var sender, var request) -> {
                var out = start(BUSY, 64);
                out.string(sender);
                out.varint(request);
                yield out.toArray();
            }
        };
    }

    private static WireWriter start(int type, int expected) {
        var out = new WireWriter(expected);
        for (byte b : MAGIC) {
            out.u8(b);
        }
        out.u8(type);
        return out;
    }

    private static void range(WireWriter out, RowRange range) {
        out.string(range.owner());
        out.varint(range.generation());
        out.varint(range.from());
        out.varint(range.to() - range.from());
        out.varint(range.asOf() - range.to());
        out.varint(range.horizon());
        out.varint(range.entries().size());
        long last = range.from();
        for (Entry entry : range.entries()) {
            out.string(entry.table());
            out.string(entry.key());
            out.varint(entry.version() - last);
            last = entry.version();
            if (entry.value() == null) {
                out.u8(REMOVED);
            } else {
                out.u8(VALUE);
                out.bytes(entry.value());
            }
        }
    }

    /**
     * Reads a message.
     *
     * @throws ProtocolException if it is none, or one that breaks what the records promise
     */
    public static TableMessage decode(byte[] data) throws ProtocolException {
        if (!isTableMessage(data) || data.length > MAX_MESSAGE) {
            throw new ProtocolException("no message of tables: " + data.length + " bytes");
        }
        var in = new WireReader(data, MAGIC.length);
        int type = in.u8();
        TableMessage message = switch (type) {
            case UPDATE -> new Update(range(in));
            case SUMMARY -> new Summary(name(in), in.u64());
            case BUCKETS -> new Buckets(name(in), hashes(in));
            case DIGESTS -> new Digests(name(in), in.u64(), digests(in));
            case FETCH -> new Fetch(name(in), in.varint(), wants(in));
            case ROWS -> new Rows(name(in), in.varint(), ranges(in));
            case BUSY -> new Busy(name(in), in.varint());
            default -> throw new ProtocolException("message of tables of unknown type " + type);
        };
        if (in.remaining() > 0) {
            throw new ProtocolException(in.remaining() + " bytes after the message");
        }
        return message;
    }

    private static String name(WireReader in) throws ProtocolException {
        return in.string(1, MAX_NAME);
    }

    private static List<Long> hashes(WireReader in) throws ProtocolException {
        var hashes = new ArrayList<Long>(TableMessage.BUCKETS);
        for (int i = 0; i < TableMessage.BUCKETS; i++) {
            hashes.add(in.u64());
        }
        return hashes;
    }

    private static List<OwnerDigest> digests(WireReader in) throws ProtocolException {
        int count = in.count(LEAST_DIGEST);
        var digests = new ArrayList<OwnerDigest>(count);
        for (int i = 0; i < count; i++) {
            digests.add(new OwnerDigest(name(in), in.varint(), in.varint(), in.u64()));
        }
        return digests;
    }

    private static List<Want> wants(WireReader in) throws ProtocolException {
        int count = in.count(LEAST_WANT);
        var wants = new ArrayList<Want>(count);
        for (int i = 0; i < count; i++) {
            String owner = name(in);
            long generation = in.varint();
            long since = in.varint();
            wants.add(new Want(owner, generation, since, sum(since, in.varint())));
        }
        return wants;
    }

    private static List<RowRange> ranges(WireReader in) throws ProtocolException {
        int count = in.count(LEAST_RANGE);
        var ranges = new ArrayList<RowRange>(count);
        for (int i = 0; i < count; i++) {
            ranges.add(range(in));
        }
        return ranges;
    }

    private static RowRange range(WireReader in) throws ProtocolException {
        String owner = name(in);
        long generation = in.varint();
        long from = in.varint();
        long to = sum(from, in.varint());
        long asOf = sum(to, in.varint());
        long horizon = in.varint();
        if (horizon > asOf) {
            throw new ProtocolException("removals forgotten up to " + horizon + ", known up to " + asOf);
        }
        int count = in.count(LEAST_ENTRY);
        var entries = new ArrayList<Entry>(count);
        long last = from;
        for (int i = 0; i < count; i++) {
            String table = in.string(1, MAX_TABLE);
            String key = in.string(0, MAX_KEY);
            long version = sum(last, in.varint());
            if (version == last || version > to) {
                throw new ProtocolException("version " + version + " after " + last + " in a range to " + to);
            }
            last = version;
            int kind = in.u8();
            if (kind != REMOVED && kind != VALUE) {
                throw new ProtocolException("entry of unknown kind " + kind);
            }
            entries.add(new Entry(table, key, version, kind == VALUE ? in.bytes(MAX_VALUE) : null));
        }
        return new RowRange(owner, generation, from, to, asOf, horizon, entries);
    }

    private static long sum(long a, long b) throws ProtocolException {
        long sum = a + b;
        if (sum < 0) {
            throw new ProtocolException("version beyond 63 bits");
        }
        return sum;
    }
}
