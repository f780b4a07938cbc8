package io.dunlin.lb.dns;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.vxlan.wire.IpAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.Message;
import org.xbill.DNS.PTRRecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Any changes, and the zone answers what a slow model, which looks at all there is for each question, says. */
class ZonePropertyTest {
    private static final List<String> NAMES =
            List.of("a", "b", "a.b", "b.a", "tasks.a", "A", "n", "a.n", "x.y.z", "y.z", "z", "a..b", "very-long");

    /** A change, to the zone and the model alike. */
    record Change(Consumer<Zone.Edit> toZone, Consumer<Model> toModel, String text) {
        @Override
        public String toString() {
            return text;
        }
    }

    static final class Model {
        private final Map<String, List<IpAddress>> services = new HashMap<>();
        private final Map<String, List<IpAddress>> tasks = new HashMap<>();
        private final Map<String, List<IpAddress>> endpoints = new HashMap<>();
        private final Map<IpAddress, String> owners = new HashMap<>();

        private static String key(String name) {
            return name.toLowerCase(Locale.ROOT);
        }

        private void put(Map<String, List<IpAddress>> kind, String name, List<IpAddress> addresses, boolean owns) {
            remove(kind, name);
            if (!name.contains("..")) {
                kind.put(key(name), addresses);
                if (owns) {
                    addresses.forEach(address -> owners.put(address, name + ".n."));
                }
            }
        }

        @SuppressWarnings("ReferenceEquality") // two kinds may hold the same
        private void remove(Map<String, List<IpAddress>> kind, String name) {
            List<IpAddress> before = kind.remove(key(name));
            if (before != null && kind != tasks) {
                before.forEach(address -> owners.computeIfPresent(
                        address, (_, owner) -> owner.equalsIgnoreCase(name + ".n.") ? null : owner));
            }
        }

        @SuppressWarnings("ReferenceEquality") // two kinds may hold the same
        private String prefix(Map<String, List<IpAddress>> kind) {
            return kind == tasks ? "tasks." : "";
        }

        /** Null: there is no such name. */
        private @Nullable List<IpAddress> find(String name) {
            String asked = key(name);
            for (var kind : List.of(services, tasks, endpoints)) {
                for (String suffix : List.of("", ".n")) {
                    for (var entry : kind.entrySet()) {
                        if (asked.equals(prefix(kind) + entry.getKey() + suffix)) {
                            return entry.getValue();
                        }
                    }
                }
            }
            boolean isBelow = List.of(services, tasks, endpoints).stream()
                    .flatMap(kind -> kind.keySet().stream().map(n -> prefix(kind) + n))
                    .anyMatch(n -> n.endsWith("." + asked) || (n + ".n").endsWith("." + asked));
            return isBelow ? List.of() : null;
        }
    }

    @Property(tries = 300)
    void answersWhatWasPut(@ForAll("changes") List<Change> changes) {
        Zone zone = Zone.of(ZoneSpec.named("n").internal());
        var model = new Model();
        for (Change change : changes) {
            zone = zone.with(change.toZone);
            change.toModel.accept(model);
        }
        var asking = new Asking(zone);
        for (String name : NAMES) {
            if (name.contains("..")) {
                continue;
            }
            for (String asked : List.of(name, name + ".n", "tasks." + name)) {
                Message answer = asking.ask(asked, Type.A);
                List<IpAddress> expected = model.find(asked);
                assertThat(answer.getRcode()).as(asked).isEqualTo(expected == null ? Rcode.NXDOMAIN : Rcode.NOERROR);
                Set<IpAddress> found = answer.getSection(Section.ANSWER).stream()
                        .map(record -> IpAddress.of(((ARecord) record).getAddress()))
                        .collect(Collectors.toCollection(TreeSet::new));
                assertThat(found).as(asked).isEqualTo(expected == null ? Set.of() : new TreeSet<>(expected));
            }
        }
        for (int i = 0; i < 8; i++) {
            Message answer = asking.ask(i + ".0.0.10.in-addr.arpa", Type.PTR);
            String owner = model.owners.get(address(i));
            assertThat(answer.getSection(Section.ANSWER).stream()
                            .map(record -> ((PTRRecord) record).getTarget().toString())
                            .toList())
                    .isEqualTo(owner == null ? List.of() : List.of(owner));
        }
    }

    @Property(tries = 20)
    void findsEachOfManyNamesAndNoneOfThoseThatLeft(@ForAll("sizes") int size) {
        Zone full = Zone.of(ZoneSpec.named("n").internal())
                .with(edit -> IntStream.range(0, size)
                        .forEach(i -> edit.putEndpoint("e" + i, List.of(IpAddress.ofIpv4(0x0a000000 + i)))));
        Zone half = full.with(
                edit -> IntStream.range(0, size).filter(i -> i % 2 == 0).forEach(i -> edit.removeEndpoint("e" + i)));
        var asking = new Asking(half);
        for (int i = 0; i < size; i++) {
            assertThat(asking.ask("e" + i, Type.A).getRcode()).isEqualTo(i % 2 == 0 ? Rcode.NXDOMAIN : Rcode.NOERROR);
            assertThat(new Asking(full).ask("e" + i + ".n", Type.A).getRcode()).isEqualTo(Rcode.NOERROR);
        }
    }

    @Provide
    Arbitrary<Integer> sizes() {
        return Arbitraries.integers().between(0, 300);
    }

    @Provide
    Arbitrary<List<Change>> changes() {
        Arbitrary<String> names = Arbitraries.of(NAMES);
        Arbitrary<List<IpAddress>> addresses = Arbitraries.integers()
                .between(0, 7)
                .map(ZonePropertyTest::address)
                .list()
                .uniqueElements()
                .ofMaxSize(3);
        return Combinators.combine(Arbitraries.integers().between(0, 4), names, addresses)
                .as(ZonePropertyTest::change)
                .list()
                .ofMaxSize(30);
    }

    private static Change change(int kind, String name, List<IpAddress> addresses) {
        return switch (kind) {
            case 0 ->
                new Change(
                        edit -> edit.putService(name, addresses, List.of()),
                        model -> {
                            model.put(model.services, name, addresses, true);
                            model.put(model.tasks, name, List.of(), false);
                        },
                        "service " + name + addresses);
            case 1 ->
                new Change(
                        edit -> edit.putRoundRobin(name, addresses),
                        model -> {
                            model.put(model.services, name, addresses, false);
                            model.put(model.tasks, name, addresses, false);
                        },
                        "round robin " + name + addresses);
            case 2 ->
                new Change(
                        edit -> edit.removeService(name),
                        model -> {
                            model.remove(model.services, name);
                            model.remove(model.tasks, name);
                        },
                        "no service " + name);
            case 3 ->
                new Change(
                        edit -> edit.putEndpoint(name, addresses),
                        model -> model.put(model.endpoints, name, addresses, true),
                        "endpoint " + name + addresses);
            default ->
                new Change(
                        edit -> edit.removeEndpoint(name),
                        model -> model.remove(model.endpoints, name),
                        "no endpoint " + name);
        };
    }

    private static IpAddress address(int number) {
        return IpAddress.ofIpv4(0x0a000000 + number);
    }
}
