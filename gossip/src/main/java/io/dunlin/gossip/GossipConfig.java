package io.dunlin.gossip;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.dunlin.gossip.transport.HostPort;
import io.dunlin.gossip.wire.Bytes;
import io.dunlin.gossip.wire.KeyAnnouncement;
import io.dunlin.gossip.wire.KeyRing;
import io.dunlin.gossip.wire.Message;
import io.dunlin.gossip.wire.MessageCodec;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a member is and how it finds the others. Immutable; each method returns a changed copy:
 *
 * <pre>{@code GossipConfig.named("node-01").listen("192.168.39.1").join("192.168.39.2", "seed.example:7946")}</pre>
 *
 * <p>Addresses are {@code HOST:PORT} or {@code HOST} alone, which means port {@value #DEFAULT_PORT}; IPv6 as {@code [fd00::1]:7946}.
 *
 * @param name unique in the cluster: 1 to {@value MessageCodec#MAX_NAME} bytes of UTF-8 without spaces
 * @param listen where packets (UDP) and streams (TCP) are taken; port 0: one that is free for both. The unspecified address takes them on
 *     all of the host's, and needs {@code advertise}
 * @param advertise where others are told to reach it, if that is not where it listens: behind NAT, or where it listens on all addresses.
 *     Port 0: the one it listens on
 * @param seeds members to join through, some of which should always be there; a name is looked up at each attempt. Those that do not answer
 *     are tried for ever, at little cost: so also parts of a cluster that forgot each other find together again. None: it waits to be joined
 * @param profile how often it asks and how long it waits
 * @param label a cluster's name, up to {@value #MAX_LABEL} bytes; others' packets are refused. Not a secret; memberlist knows labels since
 *     0.3. Empty for none
 * @param keyRing keys that everything is encrypted with, but for what goes by keys that turn ({@link Gossip#turnKeys}); stays the caller's, and may be changed while in use. Null: in the clear, and what is
 *     encrypted is refused
 * @param compression whether to compress what becomes shorter by it: half the bytes in large clusters, for some microseconds each. What
 *     others compressed is always understood
 * @param meta what it tells all others of itself, up to {@value Message#MAX_META} bytes; with a key ring up to {@value #MAX_META_ENCRYPTED}, as a
 *     member also tells which keys it has
 * @param protocol the version of memberlist's protocol that it speaks, {@value #MIN_PROTOCOL} to {@value #MAX_PROTOCOL}. All are understood.
 *     {@value #DEFAULT_PROTOCOL} is what memberlist speaks by itself; 5 also protects packets by a checksum
 * @param tables how much the tables keep that the members share; null: there are none here. Members that know nothing of tables, because they
 *     are made of memberlist, get their messages as user messages that they do not understand
 */
public record GossipConfig(
        String name,
        HostPort listen,
        @Nullable HostPort advertise,
        List<HostPort> seeds,
        Profile profile,
        String label,
        @Nullable KeyRing keyRing,
        boolean compression,
        Bytes meta,
        int protocol,
        @Nullable TableLimits tables) {
    /** What memberlist's users have open. */
    public static final int DEFAULT_PORT = 7946;

    public static final int MIN_PROTOCOL = 1;
    public static final int MAX_PROTOCOL = 5;
    public static final int DEFAULT_PROTOCOL = 2;
    public static final int MAX_LABEL = 255;
    public static final int MAX_META_ENCRYPTED = Message.MAX_META - KeyAnnouncement.MAX_LENGTH;

    /** Each costs a call now and then for ever. */
    public static final int MAX_SEEDS = 64;

    public GossipConfig {
        int length = name.getBytes(UTF_8).length;
        if (length < 1 || length > MessageCodec.MAX_NAME || !name.codePoints().allMatch(GossipConfig::isPrintable)) {
            throw new IllegalArgumentException("member name \"" + name + "\": allowed are 1 to " + MessageCodec.MAX_NAME
                    + " bytes of UTF-8 without spaces and control characters");
        }
        seeds = List.copyOf(seeds);
        if (seeds.size() > MAX_SEEDS) {
            throw new IllegalArgumentException("member \"" + name + "\": " + seeds.size() + " seeds: allowed are up to "
                    + MAX_SEEDS + "; a few that are always there are enough");
        }
        int labelLength = label.getBytes(UTF_8).length;
        if (labelLength > MAX_LABEL) {
            throw new IllegalArgumentException("member \"" + name + "\": label of " + labelLength
                    + " bytes: allowed are up to " + MAX_LABEL + " bytes of UTF-8");
        }
        checkMeta(name, keyRing, meta);
        if (protocol < MIN_PROTOCOL || protocol > MAX_PROTOCOL) {
            throw new IllegalArgumentException("member \"" + name + "\": protocol version " + protocol
                    + ": allowed are " + MIN_PROTOCOL + " to " + MAX_PROTOCOL);
        }
    }

    private static void checkMeta(String name, @Nullable KeyRing keyRing, Bytes meta) {
        int most = keyRing == null ? Message.MAX_META : MAX_META_ENCRYPTED;
        if (meta.length() > most) {
            throw new IllegalArgumentException(
                    "member \"" + name + "\": metadata of " + meta.length() + " bytes: allowed are up to " + most);
        }
    }

    /** @throws IllegalArgumentException if a member that is configured so cannot say that of itself: it is too long */
    void checkMeta(Bytes other) {
        checkMeta(name, keyRing, other);
    }

    private static boolean isPrintable(int c) {
        return !Character.isISOControl(c) && !Character.isWhitespace(c) && !Character.isSpaceChar(c);
    }

    public static GossipConfig named(String name) {
        return new GossipConfig(
                name,
                new HostPort("0.0.0.0", DEFAULT_PORT),
                null,
                List.of(),
                Profile.lan(),
                "",
                null,
                true,
                Bytes.EMPTY,
                DEFAULT_PROTOCOL,
                null);
    }

    public GossipConfig listen(String address) {
        return new GossipConfig(
                name,
                HostPort.parse(address, DEFAULT_PORT),
                advertise,
                seeds,
                profile,
                label,
                keyRing,
                compression,
                meta,
                protocol,
                tables);
    }

    public GossipConfig advertise(String address) {
        return new GossipConfig(
                name,
                listen,
                HostPort.parse(address, 0),
                seeds,
                profile,
                label,
                keyRing,
                compression,
                meta,
                protocol,
                tables);
    }

    /** Adds seeds. */
    public GossipConfig join(String... addresses) {
        var more = new ArrayList<>(seeds);
        for (String address : addresses) {
            more.add(HostPort.parse(address, DEFAULT_PORT));
        }
        return seeds(more);
    }

    public GossipConfig profile(Profile profile) {
        return new GossipConfig(
                name, listen, advertise, seeds, profile, label, keyRing, compression, meta, protocol, tables);
    }

    public GossipConfig label(String label) {
        return new GossipConfig(
                name, listen, advertise, seeds, profile, label, keyRing, compression, meta, protocol, tables);
    }

    public GossipConfig encrypted(KeyRing keyRing) {
        return new GossipConfig(
                name, listen, advertise, seeds, profile, label, keyRing, compression, meta, protocol, tables);
    }

    public GossipConfig compression(boolean wanted) {
        return new GossipConfig(
                name, listen, advertise, seeds, profile, label, keyRing, wanted, meta, protocol, tables);
    }

    public GossipConfig meta(Bytes meta) {
        return new GossipConfig(
                name, listen, advertise, seeds, profile, label, keyRing, compression, meta, protocol, tables);
    }

    public GossipConfig protocol(int version) {
        return new GossipConfig(
                name, listen, advertise, seeds, profile, label, keyRing, compression, meta, version, tables);
    }

    public GossipConfig tables(TableLimits limits) {
        return new GossipConfig(
                name, listen, advertise, seeds, profile, label, keyRing, compression, meta, protocol, limits);
    }

    /** A copy with {@code seeds} in place of what there was. */
    public GossipConfig seeds(List<HostPort> seeds) {
        return new GossipConfig(
                name, listen, advertise, seeds, profile, label, keyRing, compression, meta, protocol, tables);
    }
}
