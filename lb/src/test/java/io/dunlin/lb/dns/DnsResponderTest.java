package io.dunlin.lb.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.Memory;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.ExtendedFlags;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Header;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.PTRRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

class DnsResponderTest {
    private final Asking backend = new Asking(Zones.backend());
    private final Asking internal = new Asking(Zones.internal());

    @Test
    void answersAServiceWithItsVirtualAddressOfTheFamilyAskedFor() {
        assertThat(texts(backend.ask("web", Type.A))).containsExactly("10.0.0.100");
        assertThat(texts(backend.ask("web", Type.AAAA))).containsExactly("fd00:0:0:0:0:0:0:100");
    }

    @Test
    void answersEveryNameWithTheNetworksNameBehindIt() {
        for (String name : List.of("web", "tasks.web", "rr", "tasks.rr", "web.1", "web.2")) {
            assertThat(texts(backend.ask(name + ".backend", Type.A)))
                    .as(name)
                    .containsExactlyInAnyOrderElementsOf(texts(backend.ask(name, Type.A)))
                    .isNotEmpty();
        }
    }

    @Test
    void answersTasksWithAllBackends() {
        assertThat(texts(backend.ask("tasks.web", Type.A))).containsExactlyInAnyOrder("10.0.0.11", "10.0.0.12");
        assertThat(texts(backend.ask("tasks.web", Type.AAAA))).containsExactly("fd00:0:0:0:0:0:0:12");
    }

    @Test
    void namesEachBackendFirstInItsTurn() {
        List<List<String>> answers = IntStream.range(0, 6)
                .mapToObj(i -> texts(backend.ask("rr", Type.A)))
                .toList();
        assertThat(answers.subList(0, 3))
                .containsExactly(
                        List.of("10.0.0.21", "10.0.0.22", "10.0.0.23"),
                        List.of("10.0.0.22", "10.0.0.23", "10.0.0.21"),
                        List.of("10.0.0.23", "10.0.0.21", "10.0.0.22"));
        assertThat(answers.subList(3, 6)).isEqualTo(answers.subList(0, 3));
    }

    @Test
    void turnsOfOneNameDoNotDependOnThoseOfAnother() {
        var zone = Zones.backend().with(edit -> edit.putRoundRobin("two", Zones.addresses("10.0.0.31", "10.0.0.32")));
        var asking = new Asking(zone);
        List<String> first = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            first.add(texts(asking.ask("two", Type.A)).getFirst());
            asking.ask("rr", Type.A);
        }
        assertThat(first).containsExactly("10.0.0.31", "10.0.0.32", "10.0.0.31", "10.0.0.32");
    }

    @Test
    void keepsTheTurnWhenTheZoneChanges() {
        Zone zone = Zones.backend();
        assertThat(texts(new Asking(zone).ask("rr", Type.A)).getFirst()).isEqualTo("10.0.0.21");
        Zone changed = zone.with(
                edit -> edit.putRoundRobin("rr", Zones.addresses("10.0.0.21", "10.0.0.22", "10.0.0.23", "10.0.0.24")));
        assertThat(texts(new Asking(changed).ask("rr", Type.A)).getFirst()).isEqualTo("10.0.0.22");
    }

    @Test
    void repeatsTheQuestionInTheCaseItWasAskedIn() {
        Message answer = backend.ask("wEb.BaCKend", Type.A);
        assertThat(answer.getQuestion().getName().toString()).isEqualTo("wEb.BaCKend.");
        assertThat(answer.getSection(Section.ANSWER).getFirst().getName().toString())
                .isEqualTo("wEb.BaCKend.");
        assertThat(texts(answer)).containsExactly("10.0.0.100");
        assertThat(texts(backend.ask("WEB.1", Type.A))).containsExactly("10.0.0.11");
    }

    @Test
    void saysThatThereIsNoAddressOfTheOtherFamilyAndForHowLong() {
        Message answer = backend.ask("six", Type.A);
        assertThat(answer.getRcode()).isEqualTo(Rcode.NOERROR);
        assertThat(answer.getSection(Section.ANSWER)).isEmpty();
        var soa = (SOARecord) answer.getSection(Section.AUTHORITY).getFirst();
        assertThat(soa.getName()).isEqualTo(answer.getQuestion().getName());
        assertThat(soa.getTTL()).isEqualTo(5);
        assertThat(soa.getMinimum()).isEqualTo(5);
        assertThat(soa.getAdmin().toString()).isEqualTo("nobody.invalid.");
    }

    @Test
    void answersOtherTypesOfItsNamesWithNothing() {
        for (int type : new int[] {Type.MX, Type.TXT, Type.SRV, Type.NS, Type.HTTPS, Type.PTR, Type.CNAME}) {
            Message answer = backend.ask("web", type);
            assertThat(answer.getRcode()).isEqualTo(Rcode.NOERROR);
            assertThat(answer.getSection(Section.ANSWER)).isEmpty();
            assertThat(answer.getSection(Section.AUTHORITY)).hasSize(1);
        }
    }

    @Test
    void givesWhoAsksForEverythingOneSetOfRecords() {
        assertThat(texts(backend.ask("web", Type.ANY))).containsExactly("10.0.0.100");
        assertThat(texts(backend.ask("six", Type.ANY))).containsExactly("fd00:0:0:0:0:0:0:6");
        assertThat(backend.ask("11.0.0.10.in-addr.arpa", Type.ANY).getSection(Section.ANSWER))
                .hasSize(1);
    }

    @Test
    void namesTheOwnersOfAddresses() {
        assertThat(owner("11.0.0.10.in-addr.arpa")).isEqualTo("Web.1.backend.");
        assertThat(owner("100.0.0.10.IN-ADDR.arpa")).isEqualTo("web.backend.");
        assertThat(owner("6.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa"))
                .isEqualTo("six.backend.");
        assertThat(owner("0.0.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.D.F.ip6.arpa"))
                .isEqualTo("web.backend.");
    }

    @Test
    void saysThatNobodyHasAnAddressOfItsOwnSubnets() {
        Message answer = backend.ask("77.0.0.10.in-addr.arpa", Type.PTR);
        assertThat(answer.getRcode()).isEqualTo(Rcode.NXDOMAIN);
        assertThat(answer.getSection(Section.AUTHORITY)).hasSize(1);
        assertThat(backend.ask("9.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa", Type.PTR)
                        .getRcode())
                .isEqualTo(Rcode.NXDOMAIN);
    }

    @Test
    void leavesAddressesOfOthersAndNamesLikeAddressesToOthers() {
        for (String name : List.of(
                "1.1.0.10.in-addr.arpa",
                "011.0.0.10.in-addr.arpa",
                "11.0.0.256.in-addr.arpa",
                "11.0.0.10.in-addr.arpa.example",
                "0.0.10.in-addr.arpa",
                "5.11.0.0.10.in-addr.arpa",
                "a.0.0.10.in-addr.arpa",
                "g.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa",
                "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa")) {
            assertThat(backend.outcome(Asking.query(name, Type.PTR))).as(name).isEqualTo(DnsResponder.ASK_UPSTREAM);
        }
    }

    @Test
    void leavesUnknownNamesToOthersUnlessTheNetworkIsInternal() {
        for (String name : List.of("example.com", "webb", "we", "xweb", "tasks.six", "web.frontend", "a.web")) {
            assertThat(backend.outcome(Asking.query(name, Type.A))).as(name).isEqualTo(DnsResponder.ASK_UPSTREAM);
            Message answer = internal.ask(name, Type.A);
            assertThat(answer.getRcode()).as(name).isEqualTo(Rcode.NXDOMAIN);
            assertThat(answer.getSection(Section.AUTHORITY)).hasSize(1);
        }
        assertThat(texts(internal.ask("web", Type.A))).containsExactly("10.0.0.100");
    }

    @Test
    void saysThatRecursionIsAvailableWhereItIs() {
        assertThat(backend.ask("web", Type.A).getHeader().getFlag(Flags.RA)).isTrue();
        assertThat(internal.ask("web", Type.A).getHeader().getFlag(Flags.RA)).isFalse();
    }

    @Test
    void nameThatOthersEndWithExistsThoughItStandsForNothing() {
        // RFC 8020: "there is no 1" would say that there is no web.1
        assertThat(internal.ask("1", Type.A).getRcode()).isEqualTo(Rcode.NOERROR);
        assertThat(internal.ask("1.backend", Type.A).getRcode()).isEqualTo(Rcode.NOERROR);
        assertThat(internal.ask("backend", Type.A).getRcode()).isEqualTo(Rcode.NOERROR);
    }

    @Test
    void namesOfAnotherNetworkAreNotAnswered() {
        var frontend = Zone.of(ZoneSpec.named("frontend").internal())
                .with(edit -> edit.putEndpoint("probe", Zones.addresses("10.9.0.2")));
        var asking = new Asking(frontend);
        assertThat(asking.ask("web", Type.A).getRcode()).isEqualTo(Rcode.NXDOMAIN);
        assertThat(asking.ask("web.backend", Type.A).getRcode()).isEqualTo(Rcode.NXDOMAIN);
        assertThat(asking.ask("probe.backend", Type.A).getRcode()).isEqualTo(Rcode.NXDOMAIN);
        assertThat(asking.ask("probe", Type.A).getRcode()).isEqualTo(Rcode.NOERROR);
    }

    @Test
    void repeatsIdAndFlagsOfTheQuery() {
        Message query = Asking.query("web", Type.A);
        query.getHeader().setFlag(Flags.CD);
        query.getHeader().setFlag(Flags.AD);
        Header header = backend.ask(query).getHeader();
        assertThat(header.getID()).isEqualTo(Asking.ID);
        assertThat(List.of(Flags.QR, Flags.AA, Flags.RD, Flags.CD)).allMatch(flag -> header.getFlag((int) flag));
        assertThat(header.getFlag(Flags.AD)).isFalse();
        query.getHeader().unsetFlag(Flags.RD);
        assertThat(backend.ask(query).getHeader().getFlag(Flags.RD)).isFalse();
    }

    @Test
    void answersLiveAsLongAsTheNetworkSays() {
        var zone = Zone.of(ZoneSpec.named("n").ttlSeconds(77))
                .with(edit -> edit.putEndpoint("e", Zones.addresses("10.0.0.2")));
        assertThat(new Asking(zone)
                        .ask("e", Type.A)
                        .getSection(Section.ANSWER)
                        .getFirst()
                        .getTTL())
                .isEqualTo(77);
        assertThat(backend.ask("web", Type.A)
                        .getSection(Section.ANSWER)
                        .getFirst()
                        .getTTL())
                .isEqualTo(5);
    }

    @Test
    void answersEdnsWithEdns() {
        Message answer = backend.ask(Asking.edns(Asking.query("web", Type.A), 0, 4096, ExtendedFlags.DO));
        assertThat(answer.getOPT().getPayloadSize()).isEqualTo(1232);
        assertThat(answer.getOPT().getVersion()).isZero();
        assertThat(answer.getOPT().getFlags()).isEqualTo(ExtendedFlags.DO);
        assertThat(texts(answer)).containsExactly("10.0.0.100");
        assertThat(backend.ask(Asking.query("web", Type.A)).getOPT()).isNull();
    }

    @Test
    void knowsOneVersionOfEdns() {
        Message answer = backend.ask(Asking.edns(Asking.query("web", Type.A), 1, 4096, 0));
        assertThat(answer.getRcode()).isEqualTo(Rcode.BADVERS);
        assertThat(answer.getOPT().getVersion()).isZero();
        assertThat(answer.getSection(Section.ANSWER)).isEmpty();
    }

    @Test
    void twoOptRecordsAreNoQuery() {
        Message query = Asking.edns(Asking.edns(Asking.query("web", Type.A), 0, 4096, 0), 0, 4096, 0);
        assertThat(backend.ask(query).getRcode()).isEqualTo(Rcode.FORMERR);
    }

    @Test
    void otherOpcodesAreNotImplemented() {
        for (int opcode : new int[] {Opcode.IQUERY, Opcode.STATUS, Opcode.NOTIFY, Opcode.UPDATE, 6, 15}) {
            Message query = Asking.query("web", Type.A);
            query.getHeader().setOpcode(opcode);
            Message answer = backend.ask(query);
            assertThat(answer.getRcode()).isEqualTo(Rcode.NOTIMP);
            assertThat(answer.getHeader().getOpcode()).isEqualTo(opcode);
            assertThat(answer.getHeader().getID()).isEqualTo(Asking.ID);
        }
    }

    @Test
    void otherClassesAndTransfersAreRefused() throws Exception {
        for (int recordClass : new int[] {DClass.CH, DClass.HS, DClass.ANY, DClass.NONE, 999}) {
            Message query = Message.newQuery(Record.newRecord(Name.fromString("version.bind."), Type.TXT, recordClass));
            assertThat(backend.ask(query).getRcode()).isEqualTo(Rcode.REFUSED);
        }
        for (int type : new int[] {Type.AXFR, Type.IXFR, Type.MAILA, Type.MAILB, Type.TKEY, Type.TSIG}) {
            assertThat(backend.ask("example.com", type).getRcode()).isEqualTo(Rcode.REFUSED);
        }
    }

    @Test
    void severalQuestionsOrNoneAreNoQuery() throws Exception {
        Message two = Asking.query("web", Type.A);
        two.addRecord(Record.newRecord(Name.fromString("rr."), Type.A, DClass.IN), Section.QUESTION);
        assertThat(backend.ask(two).getRcode()).isEqualTo(Rcode.FORMERR);
        byte[] none = Asking.query("web", Type.A).toWire();
        none[5] = 0;
        assertThat(backend.ask(none).getRcode()).isEqualTo(Rcode.FORMERR);
    }

    @Test
    void aResponseIsNeverAnswered() {
        Message response = Asking.query("web", Type.A);
        response.getHeader().setFlag(Flags.QR);
        assertThat(backend.outcome(response)).isEqualTo(DnsResponder.NO_ANSWER);
        assertThat(new DnsResponder().fail(Memory.of(new byte[600]), 0, 11)).isEqualTo(DnsResponder.NO_ANSWER);
    }

    @Test
    void cutQueriesAreAnsweredAsSuchFromTheHeaderOn() {
        byte[] query =
                Asking.edns(Asking.query("web.backend", Type.A), 0, 1232, 0).toWire();
        for (int length = 0; length < query.length; length++) {
            byte[] cut = java.util.Arrays.copyOf(query, length);
            if (length < 12) {
                assertThat(backend.outcome(cut)).isEqualTo(DnsResponder.NO_ANSWER);
            } else {
                assertThat(backend.ask(cut).getRcode()).as("%d bytes", length).isEqualTo(Rcode.FORMERR);
            }
        }
    }

    @Test
    void compressedAndOverlongNamesAreNoQuestion() {
        byte[] query = Asking.query("web", Type.A).toWire();
        query[12] = (byte) 0xc0; // a pointer to itself
        query[13] = 12;
        assertThat(backend.ask(query).getRcode()).isEqualTo(Rcode.FORMERR);
        query[12] = 64; // neither a length nor a pointer
        assertThat(backend.ask(query).getRcode()).isEqualTo(Rcode.FORMERR);
        assertThat(backend.outcome(Asking.query("a.".repeat(126) + "a", Type.A)))
                .isEqualTo(DnsResponder.ASK_UPSTREAM); // 255 bytes
        byte[] tooLong = new byte[12 + 2 * 128 + 1 + 4];
        tooLong[5] = 1;
        for (int i = 0; i < 128; i++) {
            tooLong[12 + 2 * i] = 1;
        }
        assertThat(backend.ask(tooLong).getRcode()).isEqualTo(Rcode.FORMERR);
    }

    @Test
    void moreRecordsThanAnyQueryHasAreNoQuery() {
        byte[] query = Asking.query("web", Type.A).toWire();
        query[10] = (byte) 0xff;
        assertThat(backend.ask(query).getRcode()).isEqualTo(Rcode.FORMERR);
    }

    @Test
    void saysWhenMoreBackendsThereAreThanFit() {
        List<IpAddress> many = IntStream.range(0, 100)
                .mapToObj(i -> IpAddress.ofIpv4(0x0a000000 + i))
                .toList();
        Zone zone = Zones.backend().with(edit -> edit.putRoundRobin("many", many));
        var asking = new Asking(zone);
        Message small = asking.ask("many", Type.A);
        assertThat(small.getHeader().getFlag(Flags.TC)).isTrue();
        assertThat(small.toWire().length).isLessThanOrEqualTo(512);
        assertThat(small.getSection(Section.ANSWER)).hasSize((512 - 12 - 10) / 16);
        Message larger = asking.ask(Asking.edns(Asking.query("many", Type.A), 0, 4096, 0));
        assertThat(larger.getHeader().getFlag(Flags.TC)).isTrue();
        assertThat(larger.getSection(Section.ANSWER)).hasSize((1232 - 12 - 10 - 11) / 16);
        Message whole = asking.askStream(Asking.query("many", Type.A));
        assertThat(whole.getHeader().getFlag(Flags.TC)).isFalse();
        assertThat(whole.getSection(Section.ANSWER)).hasSize(100);
    }

    @Test
    void overTcpTooGivesAsManyAsFit() {
        List<IpAddress> many = IntStream.range(0, 10_000)
                .mapToObj(i -> IpAddress.ofIpv4(0x0a000000 + i))
                .toList();
        Zone zone = Zones.backend().with(edit -> edit.putRoundRobin("many", many));
        Message whole = new Asking(zone).askStream(Asking.query("many", Type.A));
        assertThat(whole.getHeader().getFlag(Flags.TC)).isTrue();
        assertThat(whole.getSection(Section.ANSWER)).hasSize((65_535 - 12 - 10) / 16);
    }

    @Test
    void serviceGoesBeforeAnEndpointOfItsName() {
        Zone zone = Zones.backend().with(edit -> edit.putEndpoint("web", Zones.addresses("10.0.0.50")));
        assertThat(texts(new Asking(zone).ask("web", Type.A))).containsExactly("10.0.0.100");
        Zone without = zone.with(edit -> edit.removeService("web"));
        assertThat(texts(new Asking(without).ask("web", Type.A))).containsExactly("10.0.0.50");
        assertThat(new Asking(without).outcome(Asking.query("tasks.web", Type.A)))
                .isEqualTo(DnsResponder.ASK_UPSTREAM);
    }

    @Test
    void serviceWithoutBackendsExists() {
        Zone zone = Zones.backend().with(edit -> edit.putRoundRobin("rr", List.of()));
        Message answer = new Asking(zone).ask("rr", Type.A);
        assertThat(answer.getRcode()).isEqualTo(Rcode.NOERROR);
        assertThat(answer.getSection(Section.ANSWER)).isEmpty();
    }

    @Test
    void failsAQueryThatNobodyCouldAnswer() throws Exception {
        byte[] query =
                Asking.edns(Asking.query("example.com", Type.A), 0, 1232, 0).toWire();
        Memory memory = Memory.of(java.util.Arrays.copyOf(query, 512));
        int length = new DnsResponder().fail(memory, 0, query.length);
        var answer = new Message(memory.toArray(0, length));
        assertThat(answer.getRcode()).isEqualTo(Rcode.SERVFAIL);
        assertThat(answer.getQuestion().getName().toString()).isEqualTo("example.com.");
        assertThat(answer.getHeader().getFlag(Flags.RA)).isTrue();
        assertThat(answer.getOPT()).isNotNull();
    }

    @Test
    void writesTheBytesThatTheRfcSays() {
        byte[] query = HexFormat.of()
                .parseHex(
                        "abcd 0100 0001 0000 0000 0001 03576562 0762 61636b656e64 00 0001 0001 00 0029 1000 0000 8000 0000"
                                .replace(" ", ""));
        assertThat(HexFormat.of().formatHex(backend.bytes(query, 512)))
                .isEqualTo(("abcd 8580 0001 0001 0000 0001 03576562 0762 61636b656e64 00 0001 0001"
                                + " c00c 0001 0001 00000005 0004 0a000064 00 0029 04d0 0000 8000 0000")
                        .replace(" ", ""));
    }

    @Test
    void wantsRoomForTheLeastAnswer() {
        byte[] query = Asking.query("web", Type.A).toWire();
        assertThatThrownBy(() -> backend.bytes(query, 511))
                .hasMessageContaining("511")
                .hasMessageContaining("512");
    }

    private String owner(String name) {
        List<Record> answer = backend.ask(name, Type.PTR).getSection(Section.ANSWER);
        assertThat(answer).hasSize(1);
        return ((PTRRecord) answer.getFirst()).getTarget().toString();
    }

    private static List<String> texts(Message answer) {
        assertThat(answer.getRcode()).isEqualTo(Rcode.NOERROR);
        return answer.getSection(Section.ANSWER).stream()
                .map(record -> switch (record) {
                    case ARecord a -> a.getAddress().getHostAddress();
                    case AAAARecord aaaa -> aaaa.getAddress().getHostAddress();
                    default -> record.toString();
                })
                .toList();
    }
}
