package io.dunlin.cli;

import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.dunlin.cli.outcome.BadInput;
import io.dunlin.cli.outcome.ExitCode;
import io.dunlin.ipam.Address;
import io.dunlin.ipam.AddressPlan;
import io.dunlin.ipam.Command.RequestSubnet;
import io.dunlin.ipam.Family;
import io.dunlin.ipam.IpamConfig;
import io.dunlin.ipam.IpamState;
import io.dunlin.ipam.Refusal;
import io.dunlin.ipam.Requester;
import io.dunlin.ipam.Result;
import io.dunlin.ipam.Result.Granted;
import io.dunlin.ipam.Result.Refused;
import io.dunlin.ipam.Subnet;
import io.dunlin.ipam.Usage;
import io.dunlin.ipam.UsageListener;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code overlay-node ipam plan}: the subnets that a fresh set of pools would hand out, one after the other. */
@Command(
        name = "plan",
        description =
                "Shows the subnets that networks without one of their own would get from these pools, in their order, and what is refused and why."
                        + " Nothing is changed anywhere.",
        footer = {
            "  overlay-node ipam plan",
            "  overlay-node ipam plan --default-addr-pool 10.20.0.0/16 --default-addr-pool 10.30.0.0/16 --default-addr-pool-mask-length 26 --take 5",
            "  overlay-node ipam plan --default-addr-pool fd00::/8 --exclude fd00:0:0:1::/64 --take 3 --json | jq .subnets"
        })
final class IpamPlanCommand implements Callable<Integer> {
    private static final int MAX_TAKE = 1_000_000;

    @Mixin
    private final PoolOptions pools = new PoolOptions();

    @Option(
            names = "--exclude",
            paramLabel = "CIDR",
            description =
                    "A network that is in use elsewhere; may be given several times. No subnet that touches it is handed out.")
    private List<String> exclusions = List.of();

    @Option(
            names = "--take",
            paramLabel = "N",
            defaultValue = "10",
            description = "How many subnets to show, of each IP version that has a pool: 1 to " + MAX_TAKE
                    + " (default: ${DEFAULT-VALUE}).")
    private int take;

    @Option(names = "--json", description = "Print JSON: the same, for scripts.")
    private boolean json;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    /** One subnet, as it is printed. */
    record Row(String subnet, String gateway, String endpoints) {
        static Row of(IpamState state, Subnet subnet) {
            Usage usage = state.usage(subnet).orElseThrow();
            return new Row(
                    subnet.toString(),
                    AddressPlan.of(subnet)
                            .gatewayAddress()
                            .map(Address::toString)
                            .orElse(""),
                    Long.toUnsignedString(usage.size()));
        }

        @Override
        public String toString() {
            return String.format("%-20s gateway %-16s endpoints %s", subnet, gateway, endpoints);
        }
    }

    /** A pool after that. */
    record PoolRow(String pool, String size, String left) {
        static PoolRow of(Usage usage) {
            return new PoolRow(usage.pool(), Long.toUnsignedString(usage.size()), Long.toUnsignedString(usage.free()));
        }
    }

    record Plan(List<Row> subnets, List<PoolRow> pools) {}

    @Override
    public Integer call() throws IOException {
        if (take < 1 || take > MAX_TAKE) {
            throw new BadInput("--take " + take + ": allowed are 1 to " + MAX_TAKE);
        }
        IpamConfig config = config();
        IpamState state = orBadInput(IpamState.of(config, UsageListener.NONE));
        var rows = new ArrayList<Row>();
        Refusal exhausted = null;
        for (Family family : Family.values()) {
            boolean isAsked =
                    config.pools().stream().anyMatch(pool -> pool.range().family() == family);
            for (int i = 0; isAsked && i < take && exhausted == null; i++) {
                switch (state.apply(new RequestSubnet(Requester.ANONYMOUS, family, 0))) {
                    case Granted<Subnet>(Subnet subnet) -> rows.add(Row.of(state, subnet));
                    case Refused<Subnet>(Refusal why) -> exhausted = why;
                }
            }
        }
        print(new Plan(rows, pools(state, config)));
        if (exhausted != null) {
            throw new IOException(exhausted.message());
        }
        return ExitCode.OK;
    }

    private static List<PoolRow> pools(IpamState state, IpamConfig config) {
        return state.usage().stream()
                .limit(config.pools().size())
                .map(PoolRow::of)
                .toList();
    }

    private void print(Plan plan) throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            var mapper = JsonMapper.builder()
                    .enable(SerializationFeature.INDENT_OUTPUT)
                    .build();
            out.println(mapper.writeValueAsString(plan));
            return;
        }
        plan.subnets().forEach(row -> out.println(row));
        plan.pools().forEach(pool -> out.println("left of " + pool.pool() + ": " + pool.left() + " of " + pool.size()));
    }

    private IpamConfig config() {
        IpamConfig config = pools.config();
        for (String text : exclusions) {
            config = config.exclude(orBadInput(Subnet.read(text)));
        }
        return config;
    }

    private static <T> T orBadInput(Result<T> result) {
        return switch (result) {
            case Granted<T>(T value) -> value;
            case Refused<T>(Refusal why) -> throw new BadInput(why.message());
        };
    }
}
