package io.dunlin.benchmarks.names;

import io.dunlin.lb.dns.Zone;
import io.dunlin.lb.dns.ZoneSpec;
import io.dunlin.lb.dns.server.DnsServer;
import io.dunlin.lb.dns.upstream.Forwarder;
import io.dunlin.lb.dns.upstream.SocketExchange;
import io.dunlin.lb.dns.upstream.UpstreamConfig;
import io.dunlin.lb.dns.upstream.Upstreams;
import io.dunlin.vxlan.wire.IpAddress;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.List;
import java.util.stream.IntStream;

/** Answers on loopback for as many hosts as are asked for, as {@code host-N}, until it is ended: what benchmarks/names compares dnsmasq with. */
public final class NamesServer {
    private NamesServer() {}

    /** Begins, with a port and a number of hosts as arguments. */
    public static void main(String[] args) throws Exception {
        int port = Integer.parseInt(args[0]);
        int hosts = Integer.parseInt(args[1]);
        Zone zone = Zone.of(ZoneSpec.named("backend"))
                .with(edit -> IntStream.range(0, hosts)
                        .forEach(n -> edit.putEndpoint("host-" + n, List.of(IpAddress.ofIpv4(0x0a00_0000 + n)))));
        UpstreamConfig nobody = UpstreamConfig.of(List.of());
        var random = new SecureRandom();
        var exchange = new SocketExchange(random, System::nanoTime);
        var upstreams = new Upstreams(() -> nobody, _ -> false, exchange, random, System::nanoTime);
        try (var forwarder = new Forwarder(nobody, upstreams);
                var server = DnsServer.start(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
                        () -> zone,
                        forwarder,
                        System::nanoTime)) {
            System.out.println("ready at " + server.address());
            Thread.currentThread().join();
        }
    }
}
