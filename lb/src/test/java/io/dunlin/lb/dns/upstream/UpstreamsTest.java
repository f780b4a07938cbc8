package io.dunlin.lb.dns.upstream;

import static io.dunlin.lb.dns.upstream.FakeServers.response;
import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.lb.dns.DnsHeader;
import io.dunlin.lb.dns.Rcode;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.Memory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.DClass;
import org.xbill.DNS.ExtendedFlags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

class UpstreamsTest {
    private static final InetSocketAddress FIRST = server("192.0.2.1");
    private static final InetSocketAddress SECOND = server("192.0.2.2");
    private static final InetSocketAddress THIRD = server("192.0.2.3");
    private static final Duration TIMEOUT = Duration.ofMillis(1500);

    private final FakeServers servers = new FakeServers();
    private final Upstreams upstreams = upstreams(address -> false);

    @Test
    void firstServerThatAnswersIsTheLastThatIsAsked() {
        servers.put(FIRST, UpstreamsTest::good);
        servers.put(SECOND, UpstreamsTest::good);
        assertThat(ask()).isEqualTo(response(query(), Rcode.NOERROR));
        assertThat(servers.asked).containsExactly(FIRST);
    }

    @Test
    void silentServerIsGivenUpAfterItsTimeAndAskedLastForAWhile() {
        servers.put(FIRST, UpstreamsTest::silent);
        servers.put(SECOND, UpstreamsTest::good);
        assertThat(ask()).isNotNull();
        assertThat(servers.nowNanos).isBetween(TIMEOUT.toNanos(), TIMEOUT.toNanos() + 2_000_000);
        assertThat(ask()).isNotNull();
        assertThat(servers.asked).containsExactly(FIRST, SECOND, SECOND);
        servers.nowNanos += Upstreams.PENALTY_NANOS;
        assertThat(ask()).isNotNull();
        assertThat(servers.asked.subList(3, 5)).containsExactly(FIRST, SECOND);
    }

    @Test
    void serverThatNobodyListensAtCostsNoTime() {
        servers.put(THIRD, UpstreamsTest::good);
        assertThat(ask()).isNotNull();
        assertThat(servers.nowNanos).isLessThan(Duration.ofMillis(2).toNanos());
        assertThat(servers.asked).containsExactly(FIRST, SECOND, THIRD);
    }

    @Test
    void withAllServersDeadThereIsNoAnswerAfterATimeEach() {
        servers.put(FIRST, UpstreamsTest::silent);
        servers.put(SECOND, UpstreamsTest::silent);
        servers.put(THIRD, UpstreamsTest::silent);
        assertThat(ask()).isNull();
        assertThat(servers.nowNanos).isEqualTo(3 * TIMEOUT.toNanos());
    }

    @Test
    void serversThatChangedAreAskedByTheNextQuery() {
        servers.put(FIRST, UpstreamsTest::good);
        servers.put(SECOND, UpstreamsTest::good);
        var now = new AtomicReference<>(UpstreamConfig.of(List.of()).servers(List.of(FIRST)));
        var changing = new Upstreams(now::get, _ -> false, servers, new Random(1), () -> 0);
        assertThat(changing.ask(query(), false)).isNotNull();
        now.set(now.get().servers(List.of(SECOND)));
        assertThat(changing.ask(query(), false)).isNotNull();
        assertThat(servers.asked).containsExactly(FIRST, SECOND);
    }

    @Test
    void withoutServersThereIsNoAnswer() {
        var none = new Upstreams(() -> UpstreamConfig.of(List.of()), _ -> false, servers, new Random(1), () -> 0);
        assertThat(none.ask(query(), false)).isNull();
    }

    @Test
    void ourOwnGatewaysAreNeverAsked() {
        servers.put(FIRST, UpstreamsTest::good);
        servers.put(SECOND, UpstreamsTest::good);
        Upstreams careful = upstreams(address -> address.equals(IpAddress.parse("192.0.2.1")));
        assertThat(careful.ask(query(), false)).isNotNull();
        assertThat(servers.asked).containsExactly(SECOND);
        Upstreams alone = upstreams(_ -> true);
        assertThat(alone.ask(query(), false)).isNull();
        assertThat(servers.asked).hasSize(1);
    }

    @Test
    void refusalIsPassedOnWhereNobodyKnowsBetter() {
        servers.put(FIRST, query -> List.of(response(query, Rcode.SERVFAIL)));
        servers.put(SECOND, query -> List.of(response(query, Rcode.REFUSED)));
        assertThat(ask()).isEqualTo(response(query(), Rcode.REFUSED));
        servers.put(THIRD, query -> List.of(response(query, Rcode.NXDOMAIN)));
        assertThat(ask()).isEqualTo(response(query(), Rcode.NXDOMAIN));
    }

    @Test
    void whatIsNoAnswerToTheQueryIsNotTaken() {
        servers.put(FIRST, query -> {
            byte[] otherId = response(query, Rcode.NOERROR);
            otherId[1] ^= 1;
            byte[] otherName = response(query, Rcode.NOERROR);
            otherName[14] ^= 1;
            byte[] otherType = response(query, Rcode.NOERROR);
            otherType[otherType.length - 3] ^= 1;
            byte[] cut = Arrays.copyOf(response(query, Rcode.NOERROR), 20);
            return List.of(otherId, otherName, otherType, cut, query, new byte[0], response(query, Rcode.NXDOMAIN));
        });
        assertThat(ask()).isEqualTo(response(query(), Rcode.NXDOMAIN));
    }

    @Test
    void floodOfWrongAnswersDoesNotMakeItWaitLonger() {
        servers.put(FIRST, query -> {
            byte[] wrong = response(query, Rcode.NOERROR);
            wrong[0] ^= 1;
            return Collections.nCopies(100_000, wrong);
        });
        servers.put(SECOND, UpstreamsTest::good);
        assertThat(ask()).isNotNull();
        assertThat(servers.nowNanos).isLessThan(TIMEOUT.toNanos() + 3_000_000);
    }

    @Test
    void eachQueryGoesOutWithAnIdOfItsOwn() {
        servers.put(FIRST, UpstreamsTest::good);
        for (int i = 0; i < 100; i++) {
            assertThat(DnsHeader.id(Memory.of(Objects.requireNonNull(ask())), 0))
                    .isEqualTo(0x1234);
        }
        assertThat(new HashSet<>(servers.ids)).hasSizeGreaterThan(95);
    }

    @Test
    void ednsAndAllElsePassesUntouched() throws Exception {
        Message query = new Message(query());
        query.addRecord(new OPTRecord(4096, 0, 0, ExtendedFlags.DO), Section.ADDITIONAL);
        byte[] bytes = query.toWire();
        servers.put(FIRST, sent -> {
            byte[] like = sent.clone();
            DnsHeader.setId(Memory.of(like), 0, 0x1234);
            return Arrays.equals(like, bytes) ? List.of(response(sent, Rcode.NOERROR)) : List.of();
        });
        assertThat(upstreams.ask(bytes, false)).isEqualTo(response(bytes, Rcode.NOERROR));
    }

    @Test
    void serverThatForgetsTheCaseOfLettersIsCorrected() {
        servers.put(FIRST, query -> {
            byte[] lower = response(query, Rcode.NOERROR);
            lower[13] |= 0x20;
            return List.of(lower);
        });
        assertThat(ask()).isEqualTo(response(query(), Rcode.NOERROR));
    }

    private Upstreams upstreams(Predicate<IpAddress> isOwnGateway) {
        UpstreamConfig config = UpstreamConfig.of(List.of())
                .servers(List.of(FIRST, SECOND, THIRD))
                .timeout(TIMEOUT);
        return new Upstreams(() -> config, isOwnGateway, servers, new Random(1), () -> servers.nowNanos);
    }

    private static List<byte[]> silent(byte[] query) {
        return List.of();
    }

    private static List<byte[]> good(byte[] query) {
        return List.of(response(query, Rcode.NOERROR));
    }

    private byte @Nullable [] ask() {
        return upstreams.ask(query(), false);
    }

    private static byte[] query() {
        try {
            Message query = Message.newQuery(Record.newRecord(Name.fromString("Example.com."), Type.A, DClass.IN));
            query.getHeader().setID(0x1234);
            return query.toWire();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static InetSocketAddress server(String address) {
        return new InetSocketAddress(IpAddress.parse(address).toInetAddress(), 53);
    }
}
