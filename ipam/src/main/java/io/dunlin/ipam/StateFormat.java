package io.dunlin.ipam;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A state as bytes. Numbers are in network order; an address is 16 bytes, a subnet an address and its prefix length in one byte, a pool a subnet and the
 * prefix length that it is cut into, a requester its length in one byte and its name.
 *
 * <pre>
 * "DUNLINIP" │ version (1)
 * policy (1) │ quarantine in ms (8) │ pools: count (2), each │ exclusions: count (4), each
 * of IPv4, then of IPv6:
 *     subnets of the pools ({@link PoolFormat}) │ other subnets: count (4), each: subnet, requester
 * addresses: count (4), each: subnet, has a gateway (1), its address, has a range (1), its subnet, {@link PoolFormat}
 * VNIs, TCP, UDP, SCTP ports: {@link PoolFormat} each
 * CRC-32C of all that (4)
 * </pre>
 *
 * <p>What is added goes to the end, under a new version; this and earlier ones stay readable. The sum is there to tell a torn file, not a forged one.
 */
final class StateFormat {
    private static final byte[] MAGIC = "DUNLINIP".getBytes(US_ASCII);
    private static final int VERSION = 1;
    private static final int SUM = Integer.BYTES;

    private static final int ADDRESS = 2 * Long.BYTES;
    private static final int SUBNET = ADDRESS + 1;

    private StateFormat() {}

    static byte[] encode(IpamState state) {
        var bytes = new ByteArrayOutputStream();
        try (var out = new DataOutputStream(bytes)) {
            out.write(MAGIC);
            out.writeByte(VERSION);
            write(state.config(), out);
            for (Family family : Family.values()) {
                write(state.pools(family), out);
            }
            out.writeInt(state.addresses().size());
            for (SubnetAddresses addresses : state.addresses()) {
                write(addresses.plan(), out);
                PoolFormat.write(addresses.pool().numbers(), out);
            }
            for (NumberSpace space : NumberSpace.values()) {
                PoolFormat.write(state.numbers(space).numbers(), out);
            }
            out.writeInt(sum(bytes.toByteArray(), bytes.size()));
        } catch (IOException e) {
            throw new UncheckedIOException("an array takes all", e);
        }
        return bytes.toByteArray();
    }

    private static void write(IpamConfig config, DataOutputStream out) throws IOException {
        out.writeByte(config.policy().number());
        out.writeLong(config.quarantine().toMillis());
        out.writeShort(config.pools().size());
        for (AddressPool pool : config.pools()) {
            write(pool.range(), out);
            out.writeByte(pool.subnetPrefix());
        }
        out.writeInt(config.exclusions().size());
        for (Subnet exclusion : config.exclusions()) {
            write(exclusion, out);
        }
    }

    private static void write(SubnetPools pools, DataOutputStream out) throws IOException {
        PoolFormat.write(pools.pool().numbers(), out);
        var others = pools.others();
        out.writeInt(others.size());
        for (var other : others.entrySet()) {
            write(other.getKey(), out);
            write(other.getValue().utf8(), out);
        }
    }

    private static void write(AddressPlan plan, DataOutputStream out) throws IOException {
        write(plan.subnet(), out);
        Address gateway = plan.gateway();
        out.writeBoolean(gateway != null);
        if (gateway != null) {
            write(gateway, out);
        }
        Subnet range = plan.range();
        out.writeBoolean(range != null);
        if (range != null) {
            write(range, out);
        }
    }

    private static void write(Subnet subnet, DataOutputStream out) throws IOException {
        write(subnet.base(), out);
        out.writeByte(subnet.prefix());
    }

    private static void write(Address address, DataOutputStream out) throws IOException {
        out.writeLong(address.high());
        out.writeLong(address.low());
    }

    static void write(byte[] requester, DataOutputStream out) throws IOException {
        out.writeByte(requester.length);
        out.write(requester);
    }

    static IpamState decode(byte[] bytes, UsageListener listener) throws MalformedStateException {
        if (bytes.length < MAGIC.length + 1 + SUM || !Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
            throw new MalformedStateException("no state of address pools: it begins with something else");
        }
        if (bytes[MAGIC.length] != VERSION) {
            throw new MalformedStateException(
                    "version " + (bytes[MAGIC.length] & 0xff) + " is not known, " + VERSION + " is");
        }
        int end = bytes.length - SUM;
        if (ByteBuffer.wrap(bytes).getInt(end) != sum(bytes, end)) {
            throw new MalformedStateException("torn or damaged: its sum is wrong");
        }
        try {
            return read(ByteBuffer.wrap(bytes, MAGIC.length + 1, end - MAGIC.length - 1), listener);
        } catch (IllegalArgumentException | BufferUnderflowException e) {
            throw new MalformedStateException("malformed, though its sum is right: " + e);
        }
    }

    private static IpamState read(ByteBuffer in, UsageListener listener) {
        IpamState state = IpamState.of(readConfig(in), listener).orElseThrow();
        for (Family family : Family.values()) {
            SubnetPools pools = state.pools(family);
            PoolFormat.read(pools.pool().numbers(), 0, pools.size() - 1, in);
            int count = count(in, SUBNET + 1);
            Subnet before = null;
            for (int i = 0; i < count; i++) {
                Subnet subnet = readSubnet(in);
                check(before == null || before.compareTo(subnet) < 0, subnet + " is out of order");
                pools.restore(subnet, readRequester(in));
                before = subnet;
            }
        }
        int count = count(in, SUBNET + 2);
        Subnet before = null;
        for (int i = 0; i < count; i++) {
            AddressPlan plan = readPlan(in);
            Subnet subnet = plan.subnet();
            check(before == null || before.compareTo(subnet) < 0, subnet + " is out of order");
            check(plan.refusal().isEmpty(), "the plan of " + subnet + " is refused");
            check(state.pools(subnet.family()).isGranted(subnet), subnet + " is not granted");
            SubnetAddresses addresses = state.newAddresses(plan);
            PoolFormat.read(addresses.pool().numbers(), plan.firstUsable(), plan.lastUsable(), in);
            state.restore(addresses);
            before = subnet;
        }
        for (NumberSpace space : NumberSpace.values()) {
            PoolFormat.read(state.numbers(space).numbers(), 1, space.max(), in);
        }
        check(!in.hasRemaining(), in.remaining() + " bytes too many");
        return state;
    }

    private static IpamConfig readConfig(ByteBuffer in) {
        Policy policy = readPolicy(in);
        var quarantine = Duration.ofMillis(in.getLong());
        int poolCount = in.getShort();
        check(poolCount >= 0 && poolCount <= IpamConfig.MAX_POOLS, poolCount + " pools");
        List<AddressPool> pools = new ArrayList<>();
        for (int i = 0; i < poolCount; i++) {
            pools.add(new AddressPool(readSubnet(in), in.get() & 0xff));
        }
        int exclusionCount = count(in, SUBNET);
        List<Subnet> exclusions = new ArrayList<>();
        for (int i = 0; i < exclusionCount; i++) {
            exclusions.add(readSubnet(in));
        }
        return new IpamConfig(pools, exclusions, policy, quarantine);
    }

    private static Policy readPolicy(ByteBuffer in) {
        int number = in.get();
        for (Policy policy : Policy.values()) {
            if (policy.number() == number) {
                return policy;
            }
        }
        throw new IllegalArgumentException("policy " + number);
    }

    private static AddressPlan readPlan(ByteBuffer in) {
        Subnet subnet = readSubnet(in);
        @Nullable Address gateway = readBoolean(in) ? readAddress(in) : null;
        @Nullable Subnet range = readBoolean(in) ? readSubnet(in) : null;
        return new AddressPlan(subnet, gateway, range);
    }

    private static boolean readBoolean(ByteBuffer in) {
        byte value = in.get();
        check(value == 0 || value == 1, value + " where 0 or 1 is meant");
        return value == 1;
    }

    private static Subnet readSubnet(ByteBuffer in) {
        return new Subnet(readAddress(in), in.get() & 0xff);
    }

    private static Address readAddress(ByteBuffer in) {
        return new Address(in.getLong(), in.getLong());
    }

    static Requester readRequester(ByteBuffer in) {
        var name = new byte[in.get() & 0xff];
        in.get(name);
        return Requester.ofUtf8(name);
    }

    /** A count of things of which each takes at least so many bytes: no more is believed than there can be. */
    static int count(ByteBuffer in, int bytesEach) {
        int count = in.getInt();
        check(count >= 0 && count <= in.remaining() / bytesEach, count + " things in " + in.remaining() + " bytes");
        return count;
    }

    static void check(boolean isSo, String otherwise) {
        if (!isSo) {
            throw new IllegalArgumentException(otherwise);
        }
    }

    private static int sum(byte[] bytes, int length) {
        var sum = new CRC32C();
        sum.update(bytes, 0, length);
        return (int) sum.getValue();
    }
}
