package io.dunlin.lb.dns;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.vxlan.wire.Memory;
import java.io.IOException;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.xbill.DNS.Message;
import org.xbill.DNS.Section;

/** What dnsjava writes is read as it was meant, and what is written dnsjava reads. */
class DnsQueryPropertyTest {
    @Property(tries = 500)
    void readsWhatAnotherImplementationWrites(
            @ForAll("labels") List<String> labels,
            @ForAll @IntRange(min = 1, max = 40) int type,
            @ForAll boolean hasEdns) {
        String name = String.join(".", labels);
        Message message = Asking.query(name, type);
        if (hasEdns) {
            Asking.edns(message, 0, 1400, 0);
        }
        byte[] bytes = message.toWire();
        var query = new DnsQuery();
        assertThat(query.read(Memory.of(bytes), 0, bytes.length)).isEqualTo(Rcode.NOERROR);
        assertThat(query.type()).isEqualTo(type);
        assertThat(query.recordClass()).isEqualTo(RecordType.CLASS_IN);
        assertThat(query.name().isEqual(DnsName.toLowerCase(DnsName.encode(name))))
                .isTrue();
        assertThat(query.name().hash()).isEqualTo(DnsName.hash(DnsName.toLowerCase(DnsName.encode(name))));
        assertThat(query.hasEdns()).isEqualTo(hasEdns);
        assertThat(query.udpSize()).isEqualTo(hasEdns ? 1400 : 512);
    }

    @Property(tries = 500)
    void whatIsWrittenAnotherImplementationReadsAndWritesTheSame(
            @ForAll("labels") List<String> labels,
            @ForAll @IntRange(min = 512, max = 1500) int room,
            @ForAll boolean hasEdns)
            throws IOException {
        String name = String.join(".", labels);
        Zone zone = Zone.of(ZoneSpec.named("n"))
                .with(edit -> edit.putRoundRobin(name, Zones.addresses("10.0.0.1", "10.0.0.2", "fd00::1")));
        Message message = Asking.query(name.toUpperCase(java.util.Locale.ROOT), RecordType.A);
        if (hasEdns) {
            Asking.edns(message, 0, 4096, 0);
        }
        byte[] bytes = new Asking(zone).bytes(message.toWire(), room);
        var answer = new Message(bytes);
        assertThat(answer.getSection(Section.ANSWER)).hasSize(2);
        // dnsjava compresses names as we do, so that the bytes are the same but for the case of letters behind pointers
        assertThat(answer.toWire()).isEqualTo(bytes);
    }

    @Provide
    Arbitrary<List<String>> labels() {
        return Arbitraries.strings()
                .withChars("abXYZ019_-")
                .ofMinLength(1)
                .ofMaxLength(20)
                .list()
                .ofMinSize(1)
                .ofMaxSize(9);
    }
}
