package io.dunlin.ipam;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.ipam.Refusal.Exhausted;
import io.dunlin.ipam.Refusal.HoldsAnother;
import io.dunlin.ipam.Refusal.InQuarantine;
import io.dunlin.ipam.Refusal.InUse;
import io.dunlin.ipam.Refusal.Invalid;
import io.dunlin.ipam.Refusal.NotHeld;
import io.dunlin.ipam.Refusal.Overlaps;
import io.dunlin.ipam.Refusal.Reserved;
import io.dunlin.ipam.Refusal.Taken;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What people read: one line that names what was asked for, and what stands against it. */
class RefusalTest {
    private static final Subnet NET = Subnet.parse("10.0.0.0/24");
    private static final Requester WEB = new Requester("web");

    @Test
    void namesWhatWasAskedForAndWhatStandsAgainstIt() {
        Map<Refusal, String> messages = Map.ofEntries(
                Map.entry(
                        new Exhausted("10.0.0.0/24", 253, 253),
                        "10.0.0.0/24 is exhausted: 253 of 253 are granted or in quarantine"),
                Map.entry(
                        new Exhausted("fd00::/64", -2, -3),
                        "fd00::/64 is exhausted: 18446744073709551613 of 18446744073709551614 are granted or in quarantine"),
                Map.entry(
                        new Overlaps(NET, Subnet.parse("10.0.0.0/8"), "the pool"),
                        "10.0.0.0/24 overlaps the pool 10.0.0.0/8"),
                Map.entry(new Taken("10.0.0.7"), "10.0.0.7 is granted to another requester"),
                Map.entry(new Reserved("10.0.0.1", "10.0.0.0/24"), "10.0.0.1 is kept free in 10.0.0.0/24"),
                Map.entry(
                        new InQuarantine("10.0.0.7", 60_000),
                        "10.0.0.7 was released less than 60000 ms ago and is in quarantine"),
                Map.entry(
                        new HoldsAnother(WEB, "10.0.0.7", "10.0.0.8"),
                        "web holds 10.0.0.7 and asks for 10.0.0.8: it has to release the first"),
                Map.entry(new NotHeld(WEB, "10.0.0.7"), "10.0.0.7 is not held by web"),
                Map.entry(new NotHeld(Requester.ANONYMOUS, "VNI 7"), "VNI 7 is not held by an anonymous requester"),
                Map.entry(new InUse(NET, 3), "10.0.0.0/24 cannot be released: 3 of its addresses are granted"),
                Map.entry(new Invalid("VNI 0 is out of range"), "VNI 0 is out of range"));
        messages.forEach((refusal, message) -> assertThat(refusal.message()).isEqualTo(message));
    }

    @Test
    void quotesTheBeginningOfWhatIsLongOnOneLine() {
        assertThat(Invalid.quote("x".repeat(64))).isEqualTo('"' + "x".repeat(64) + '"');
        assertThat(Invalid.quote("x".repeat(65))).isEqualTo('"' + "x".repeat(64) + "…\"");
        assertThat(Invalid.quote("a\nb\0c")).isEqualTo("\"a?b?c\"");
    }
}
