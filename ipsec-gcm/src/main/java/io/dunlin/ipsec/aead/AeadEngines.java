package io.dunlin.ipsec.aead;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.LongSupplier;

/** The engines that this machine has, each of which gave right answers, with how fast they were. */
public final class AeadEngines {
    /** Whether an engine can be used here. */
    public sealed interface Probe {
        record Found(AeadEngine engine) implements Probe {}

        record Missing(String engine, String why) implements Probe {}
    }

    /**
     * An engine that passed its test.
     *
     * @param nanosPerKilobyte to seal with AES-128, in a long text, the best of a few runs in a JVM that just started: good enough to choose by,
     *     not to quote
     */
    public record Tested(AeadEngine engine, long nanosPerKilobyte) {}

    private final List<Tested> tested;
    private final List<Probe.Missing> missing;

    private AeadEngines(List<Tested> tested, List<Probe.Missing> missing) {
        this.tested = tested;
        this.missing = missing;
    }

    /**
     * Looks for engines, and tries those that are there; takes some tens of milliseconds.
     *
     * @param nanoTime a monotonic clock, to measure by
     * @throws IllegalStateException if one gives a wrong answer: a machine whose AES is wrong is not to be trusted with any
     */
    public static AeadEngines find(LongSupplier nanoTime) {
        var tested = new ArrayList<Tested>();
        var missing = new ArrayList<Probe.Missing>();
        for (Probe probe :
                List.of(IpsecMb.probe(), Openssl.probe(), new Probe.Found(new JdkCipher()), BouncyCastle.probe())) {
            switch (probe) {
                case Probe.Found(AeadEngine engine) -> tested.add(new Tested(engine, SelfTest.run(engine, nanoTime)));
                case Probe.Missing it -> missing.add(it);
            }
        }
        return new AeadEngines(List.copyOf(tested), List.copyOf(missing));
    }

    /** In the order of preference that holds where they are equally fast: the native ones first. */
    public List<Tested> tested() {
        return tested;
    }

    public List<Probe.Missing> missing() {
        return missing;
    }

    /** The fastest, but Bouncy Castle by its name alone: interpreted, the JDK's is as slow, and twenty times faster once it is compiled. */
    public AeadEngine fastest() {
        Tested best = tested.getFirst();
        for (Tested each : tested) {
            if (!(each.engine() instanceof BouncyCastle) && each.nanosPerKilobyte() < best.nanosPerKilobyte()) {
                best = each;
            }
        }
        return best.engine();
    }

    /**
     * The engine whose name begins with {@code name}, in any case: {@code ipsec-mb}, {@code openssl}, {@code jdk}, {@code bouncy}.
     *
     * @throws IllegalArgumentException if there is none, naming those that there are, and why others are missing
     */
    public AeadEngine named(String name) {
        String wanted = name.toLowerCase(Locale.ROOT);
        for (Tested each : tested) {
            if (!wanted.isEmpty()
                    && each.engine().name().toLowerCase(Locale.ROOT).startsWith(wanted)) {
                return each.engine();
            }
        }
        var names = tested.stream().map(each -> each.engine().name()).toList();
        var whyNot =
                missing.stream().map(each -> each.engine() + ": " + each.why()).toList();
        throw new IllegalArgumentException("no AEAD engine \"" + name + "\"; there are " + String.join(", ", names)
                + (whyNot.isEmpty() ? "" : " (missing: " + String.join("; ", whyNot) + ")"));
    }
}
