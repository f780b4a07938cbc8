package io.dunlin.cli.config;

import io.dunlin.cli.outcome.BadInput;
import io.dunlin.ipam.IpamConfig;
import io.dunlin.ipam.Subnet;
import io.dunlin.node.PoolsConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The {@code pools} of a node's file. */
final class PoolsReader {
    private static final List<String> DEFAULT_RANGES = List.of("10.0.0.0/8");

    private PoolsReader() {}

    static PoolsConfig read(MappingReader top) {
        if (!top.has("pools")) {
            return PoolsConfig.DEFAULT;
        }
        var from = top.mapping(
                "pools",
                "{ranges: [10.20.0.0/16], maskLength: 26}",
                "ranges",
                "maskLength",
                "exclude",
                "quarantine",
                "stateFile",
                "patience",
                "reclaimAfter");
        var file = from.optional("stateFile", "/var/lib/dunlin/pools", Path::of);
        var patience = from.optional("patience", "5s", NodeFile::duration);
        var reclaimAfter = from.optional("reclaimAfter", "24h", NodeFile::duration);
        try {
            PoolsConfig pools = PoolsConfig.DEFAULT.ranges(ranges(from));
            pools = file.map(pools::stateFile).orElse(pools);
            pools = patience.map(pools::patience).orElse(pools);
            return reclaimAfter.map(pools::reclaimAfter).orElse(pools);
        } catch (IllegalArgumentException | BadInput e) {
            throw new BadInput(from.place() + e.getMessage(), e);
        }
    }

    private static IpamConfig ranges(MappingReader from) {
        List<String> ranges = from.each("ranges", "10.20.0.0/16", Function.identity());
        @Nullable Integer mask = from.has("maskLength") ? Integer.valueOf(from.whole("maskLength", 26, 0)) : null;
        IpamConfig config = PoolRanges.of(ranges.isEmpty() ? DEFAULT_RANGES : ranges, mask);
        config = config.exclude(
                from.each("exclude", "10.20.7.0/24", Subnet::parse).toArray(Subnet[]::new));
        return from.optional("quarantine", "1m", NodeFile::duration)
                .map(config::quarantine)
                .orElse(config);
    }
}
