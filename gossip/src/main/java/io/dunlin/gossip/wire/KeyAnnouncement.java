package io.dunlin.gossip.wire;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Which keys that turn a member has, at the end of what it says of itself (its metadata), so that whoever hears of the member hears of its
 * keys as well, and a member that starts anew overrules what it said before:
 *
 * <pre>
 * other metadata │ key ids (8 each), the newest first │ their count (1) │ "DKey" (4)
 * </pre>
 *
 * <p>A key's id is the beginning of its SHA-256. To programs made of memberlist all of it is metadata.
 */
public final class KeyAnnouncement {
    /** The newest are enough: one is in use, another comes or goes, and the fourth is another half's of a cluster. */
    public static final int MAX_KEYS = 4;

    private static final int MARK = 0x444b_6579;
    private static final int TRAILER = 1 + Integer.BYTES;
    /** Bytes that an announcement takes at most. */
    public static final int MAX_LENGTH = MAX_KEYS * Long.BYTES + TRAILER;

    private KeyAnnouncement() {}

    /** Metadata with the first of these ids; the same without ids. */
    static Bytes append(Bytes meta, long[] ids) {
        if (ids.length == 0) {
            return meta;
        }
        int count = Math.min(ids.length, MAX_KEYS);
        byte[] other = meta.array();
        var all =
                ByteBuffer.allocate(other.length + count * Long.BYTES + TRAILER).put(other);
        for (int i = 0; i < count; i++) {
            all.putLong(ids[i]);
        }
        return Bytes.wrap(all.put((byte) count).putInt(MARK).array());
    }

    /** Whether metadata ends with an announcement of that key. */
    static boolean names(Bytes meta, long id) {
        int count = count(meta);
        var bytes = ByteBuffer.wrap(meta.array());
        for (int i = 0; i < count; i++) {
            if (bytes.getLong(meta.length() - TRAILER - (i + 1) * Long.BYTES) == id) {
                return true;
            }
        }
        return false;
    }

    /** Metadata without the announcement. */
    public static Bytes strip(Bytes meta) {
        int count = count(meta);
        return count == 0
                ? meta
                : Bytes.wrap(Arrays.copyOf(meta.array(), meta.length() - TRAILER - count * Long.BYTES));
    }

    /** Ids in an announcement; 0 where there is none. */
    private static int count(Bytes meta) {
        if (meta.length() < TRAILER) {
            return 0;
        }
        var bytes = ByteBuffer.wrap(meta.array());
        int count = bytes.get(meta.length() - TRAILER);
        boolean isAnnouncement = bytes.getInt(meta.length() - Integer.BYTES) == MARK
                && count >= 1
                && count <= MAX_KEYS
                && meta.length() >= TRAILER + count * Long.BYTES;
        return isAnnouncement ? count : 0;
    }
}
