package io.dunlin.node;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.dunlin.gossip.wire.Bytes;
import io.dunlin.node.AddressLedger.Holder;
import io.dunlin.node.AddressLedger.Holding;
import io.dunlin.vxlan.wire.IpAddress;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.zip.CRC32C;

/**
 * An {@link AddressLedger} as bytes. Numbers are in network order, a text is its length in one byte and its UTF-8.
 *
 * <pre>
 * "DUNLINAL" │ version (1)
 * networks: count (4), each: name, length (2), {@link NetworkRecord}
 * networks with holdings, of those before: count (4), each:
 *     name, count (4), each: node, endpoint, attempt (8), addresses: count (1), each 16
 * pools: length (4), {@link io.dunlin.ipam.IpamState#toBytes}
 * CRC-32C of all that (4)
 * </pre>
 *
 * <p>The sum is there to tell a torn file, not a forged one.
 */
final class LedgerFormat {
    private static final byte[] MAGIC = "DUNLINAL".getBytes(US_ASCII);
    private static final int VERSION = 1;
    private static final int SUM = Integer.BYTES;
    private static final int ADDRESS = 2 * Long.BYTES;
    private static final int LEAST_NETWORK = 2 + 2;
    private static final int LEAST_HOLDING = 2 + 2 + Long.BYTES + 1;

    private LedgerFormat() {}

    /**
     * What was read.
     *
     * @param holdings of networks of which there are any; the maps are the reader's
     * @param pools to be read in their turn
     */
    record Content(Map<String, NetworkRecord> networks, Map<String, Map<Holder, Holding>> holdings, Bytes pools) {}

    static byte[] encode(
            Map<String, NetworkRecord> networks, Map<String, Map<Holder, Holding>> holdings, byte[] pools) {
        var bytes = new ByteArrayOutputStream();
        try (var out = new DataOutputStream(bytes)) {
            out.write(MAGIC);
            out.writeByte(VERSION);
            out.writeInt(networks.size());
            for (var network : networks.entrySet()) {
                text(network.getKey(), out);
                byte[] record = network.getValue().encode().array();
                out.writeShort(record.length);
                out.write(record);
            }
            out.writeInt(holdings.size());
            for (var network : holdings.entrySet()) {
                text(network.getKey(), out);
                out.writeInt(network.getValue().size());
                for (var each : network.getValue().entrySet()) {
                    write(each.getKey(), each.getValue(), out);
                }
            }
            out.writeInt(pools.length);
            out.write(pools);
            out.writeInt(sum(bytes.toByteArray(), bytes.size()));
        } catch (IOException e) {
            throw new UncheckedIOException("an array takes all", e);
        }
        return bytes.toByteArray();
    }

    private static void write(Holder holder, Holding holding, DataOutputStream out) throws IOException {
        text(holder.node(), out);
        text(holder.name(), out);
        out.writeLong(holding.attempt());
        out.writeByte(holding.addresses().size());
        for (IpAddress address : holding.addresses()) {
            out.writeLong(address.high());
            out.writeLong(address.low());
        }
    }

    private static void text(String text, DataOutputStream out) throws IOException {
        byte[] utf8 = text.getBytes(UTF_8);
        out.writeByte(utf8.length);
        out.write(utf8);
    }

    /** @throws IOException if these bytes are nothing of the kind, and why */
    static Content decode(byte[] bytes) throws IOException {
        if (bytes.length < MAGIC.length + 1 + SUM || !Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
            throw new IOException("no record of granted addresses: it begins with something else");
        }
        if (bytes[MAGIC.length] != VERSION) {
            throw new IOException("version " + (bytes[MAGIC.length] & 0xff) + " is not known, " + VERSION + " is");
        }
        int end = bytes.length - SUM;
        if (ByteBuffer.wrap(bytes).getInt(end) != sum(bytes, end)) {
            throw new IOException("torn or damaged: its sum is wrong");
        }
        try {
            return read(ByteBuffer.wrap(bytes, MAGIC.length + 1, end - MAGIC.length - 1));
        } catch (IllegalArgumentException | BufferUnderflowException e) {
            throw new IOException("malformed, though its sum is right: " + e, e);
        }
    }

    private static Content read(ByteBuffer in) {
        var networks = new TreeMap<String, NetworkRecord>();
        int count = count(in, LEAST_NETWORK);
        for (int i = 0; i < count; i++) {
            String name = name(in);
            var record = new byte[in.getShort() & 0xffff];
            in.get(record);
            networks.put(
                    name,
                    NetworkRecord.decode(Bytes.wrap(record))
                            .orElseThrow(() -> new IllegalArgumentException("network " + name + " is none")));
        }
        var holdings = new TreeMap<String, Map<Holder, Holding>>();
        int withHoldings = count(in, LEAST_NETWORK);
        for (int i = 0; i < withHoldings; i++) {
            String name = name(in);
            if (!networks.containsKey(name)) {
                throw new IllegalArgumentException("addresses of network " + name + ", which is none");
            }
            var ofNetwork = new TreeMap<Holder, Holding>();
            int held = count(in, LEAST_HOLDING);
            for (int j = 0; j < held; j++) {
                var holder = new Holder(name(in), name(in, Names::isHolder));
                ofNetwork.put(holder, holding(in));
            }
            if (!ofNetwork.isEmpty()) {
                holdings.put(name, ofNetwork);
            }
        }
        var pools = new byte[count(in, 1)];
        in.get(pools);
        if (in.hasRemaining()) {
            throw new IllegalArgumentException(in.remaining() + " bytes too many");
        }
        return new Content(networks, holdings, Bytes.wrap(pools));
    }

    private static Holding holding(ByteBuffer in) {
        long attempt = in.getLong();
        int count = in.get() & 0xff;
        if (attempt < 0 || count > in.remaining() / ADDRESS) {
            throw new IllegalArgumentException(count + " addresses of attempt " + attempt);
        }
        List<IpAddress> addresses = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            addresses.add(new IpAddress(in.getLong(), in.getLong()));
        }
        return new Holding(attempt, List.copyOf(addresses));
    }

    private static String name(ByteBuffer in) {
        return name(in, Names::isLegal);
    }

    private static String name(ByteBuffer in, Predicate<String> isName) {
        var utf8 = new byte[in.get() & 0xff];
        in.get(utf8);
        var name = new String(utf8, UTF_8);
        if (!isName.test(name)) {
            throw new IllegalArgumentException("a name that is none");
        }
        return name;
    }

    /** Of things of which each takes at least so many bytes: no more is believed than there can be. */
    private static int count(ByteBuffer in, int bytesEach) {
        int count = in.getInt();
        if (count < 0 || count > in.remaining() / bytesEach) {
            throw new IllegalArgumentException(count + " things in " + in.remaining() + " bytes");
        }
        return count;
    }

    private static int sum(byte[] bytes, int length) {
        var sum = new CRC32C();
        sum.update(bytes, 0, length);
        return (int) sum.getValue();
    }
}
