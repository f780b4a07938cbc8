package io.dunlin.lb.dns.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.vxlan.wire.IpAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ResolvConfTest {
    private final List<String> leftOut = new ArrayList<>();

    @Test
    void readsServersInTheirOrder() {
        ResolvConf read = ResolvConf.parse("""
                # by hand
                ; the old way
                nameserver 192.0.2.1
                \tnameserver\t 2001:db8::53   trailing
                nameserver 192.0.2.1
                options edns0 timeout:1
                """, leftOut::add);
        assertThat(read.nameservers()).map(IpAddress::toString).containsExactly("192.0.2.1", "2001:db8::53");
        assertThat(read.search()).isEmpty();
        assertThat(leftOut).isEmpty();
    }

    @Test
    void lastSearchOrDomainCounts() {
        assertThat(ResolvConf.parse("domain a.example\nsearch b.example c.example\n", leftOut::add)
                        .search())
                .containsExactly("b.example", "c.example");
        assertThat(ResolvConf.parse("search b.example\ndomain a.example", leftOut::add)
                        .search())
                .containsExactly("a.example");
    }

    @Test
    void leavesOutWhatIsNoAddressAndSaysSo() {
        ResolvConf read = ResolvConf.parse(
                "nameserver fe80::1%eth0\nnameserver\nnameserver dns.example\nnameserver 192.0.2.9\n", leftOut::add);
        assertThat(read.nameservers()).map(IpAddress::toString).containsExactly("192.0.2.9");
        assertThat(leftOut).containsExactly("nameserver fe80::1%eth0", "nameserver", "nameserver dns.example");
    }

    @Test
    void takesAsManyServersAsAreAsked() {
        var text = new StringBuilder();
        for (int i = 0; i < 100; i++) {
            text.append("nameserver 192.0.2.").append(i).append('\n');
        }
        assertThat(ResolvConf.parse(text.toString(), leftOut::add).nameservers())
                .hasSize(ResolvConf.MAX_NAMESERVERS);
        assertThat(leftOut).hasSize(100 - ResolvConf.MAX_NAMESERVERS);
    }

    @Test
    void emptyFileNamesNobody() {
        assertThat(ResolvConf.parse("", leftOut::add)).isEqualTo(new ResolvConf(List.of(), List.of()));
    }

    @Test
    void hugeFileIsReadToALimit() {
        assertThat(ResolvConf.parse("nameserver 192.0.2.1\n".repeat(100_000), leftOut::add)
                        .nameservers())
                .hasSize(1);
    }
}
