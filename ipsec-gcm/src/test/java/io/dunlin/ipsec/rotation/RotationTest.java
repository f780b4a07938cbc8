package io.dunlin.ipsec.rotation;

import static java.util.Comparator.naturalOrder;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class RotationTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final long INTERVAL = Hall.CONFIG.interval().toMillis();

    private final Hall hall = new Hall();

    private static KeyRing ring(long epoch, long due) {
        return KeyRing.EMPTY.with(RingKey.random(new KeyId(epoch, 7), 16, new SplittableRandom(epoch)), due);
    }

    private void threeAtOne() {
        hall.start("a");
        hall.wallMillis++;
        hall.start("b");
        hall.start("c");
        hall.pass(MINUTE);
        for (Hall.Station station : hall.stations.values()) {
            assertThat(station.epoch()).as(station.name).isEqualTo(1);
        }
    }

    private long sendAllWays() {
        long arrived = 0;
        for (String from : hall.stations.keySet()) {
            for (String to : hall.stations.keySet()) {
                arrived += from.equals(to) ? 0 : hall.packet(from, to).stream().count();
            }
        }
        return arrived;
    }

    @Test
    void theFirstMemberMakesTheFirstKeyAndAllCanTalk() {
        threeAtOne();
        assertThat(sendAllWays()).isEqualTo(6);
    }

    @Test
    void switchesWhenAllOfferTheNewKeyAndRetiresTheOldOneAfterTheGraceTime() {
        threeAtOne();
        hall.station("a").rotation.rotate();
        hall.pass(Duration.ofSeconds(3));
        for (Hall.Station station : hall.stations.values()) {
            assertThat(station.epoch()).as(station.name).isEqualTo(2);
            assertThat(station.ring().keys()).as(station.name).hasSize(2);
        }
        hall.pass(Hall.CONFIG.grace().minusSeconds(4));
        assertThat(hall.station("a").ring().keys()).hasSize(2);
        hall.pass(Duration.ofSeconds(6));
        for (Hall.Station station : hall.stations.values()) {
            assertThat(station.ring().isSettled()).as(station.name).isTrue();
        }
        assertThat(sendAllWays()).isEqualTo(6);
    }

    @Test
    void losesNoPacketInTheSecondsOfARotation() {
        threeAtOne();
        for (int rotation = 0; rotation < 20; rotation++) {
            hall.station("a").rotation.rotate();
            for (int second = 0; second < 40; second++) {
                hall.pass(Duration.ofSeconds(1));
                assertThat(sendAllWays()).isEqualTo(6);
            }
        }
        assertThat(hall.station("c").epoch()).isEqualTo(21);
        assertThat(hall.oracle.repetitions()).isZero();
    }

    @Test
    void anyoneCanAskForARotation() {
        threeAtOne();
        hall.station("c").rotation.rotate();
        hall.pass(MINUTE);
        assertThat(hall.station("c").epoch()).isEqualTo(2);
        hall.pass(MINUTE);
        assertThat(hall.station("c").epoch()).as("asked once, done once").isEqualTo(2);
    }

    @Test
    void aRestartDoesNotRestartTheTwelveHours() {
        hall.start("a", ring(5, Hall.START + 2 * Hall.HOUR));
        hall.pass(MINUTE);
        hall.skip(Duration.ofMinutes(110));
        hall.restart("a");
        hall.pass(MINUTE);
        assertThat(hall.station("a").epoch()).isEqualTo(5);
        hall.pass(Duration.ofMinutes(9));
        assertThat(hall.station("a").epoch()).isEqualTo(6);
        assertThat(hall.station("a").ring().dueMillis())
                .as("in step with the one before")
                .isEqualTo(Hall.START + 2 * Hall.HOUR + INTERVAL);
    }

    @Test
    void aChangeOfLeaderDoesNotRestartTheTwelveHours() {
        threeAtOne();
        long due = hall.station("c").ring().dueMillis();
        hall.skip(Duration.ofMillis(due - hall.wallMillis).minusMinutes(2));
        hall.stop("a");
        hall.pass(MINUTE);
        assertThat(hall.station("c").epoch()).isEqualTo(1);
        hall.pass(Duration.ofMinutes(3));
        assertThat(hall.station("c").epoch()).isEqualTo(2);
        assertThat(hall.station("c").ring().dueMillis()).isEqualTo(due + INTERVAL);
    }

    /** Neither clock says a word, as a virtual machine's may not. */
    @Test
    void whoWasSetBackIsToldByItsPeersWhoRememberMore() {
        threeAtOne();
        hall.pass(MINUTE);
        int moment = hall.station("b").moment();
        hall.station("a").rotation.rotate();
        hall.pass(MINUTE.multipliedBy(2));
        assertThat(hall.stations.values()).noneMatch(each -> each.rotation.isSetBack());
        Hall.Station back = hall.setBack("b", moment);
        hall.pass(Hall.CONFIG.grace().multipliedBy(2));
        assertThat(back.rotation.isSetBack()).isTrue();
        back.rotation.beginAnew(new BootId(1, 2), hall.nowNanos());
        assertThat(back.rotation.isSetBack()).isFalse();
        hall.pass(MINUTE);
        assertThat(sendAllWays()).isEqualTo(6);
        assertThat(hall.stations.values()).noneMatch(each -> each.rotation.isSetBack());
    }

    @Test
    void aPeerThatWasForgottenByOneSideAloneIsTalkedToOnItsReturn() {
        threeAtOne();
        hall.cutOff("b");
        hall.pass(MINUTE);
        hall.station("a").rotation.forget("b");
        hall.cutOff();
        hall.pass(MINUTE);
        hall.station("c").rotation.rotate();
        hall.pass(MINUTE.multipliedBy(2));
        for (Hall.Station station : hall.stations.values()) {
            assertThat(station.epoch()).as(station.name).isEqualTo(2);
            assertThat(station.ring().isSettled()).as(station.name).isTrue();
            assertThat(station.rotation.isSetBack()).as(station.name).isFalse();
        }
        assertThat(sendAllWays()).isEqualTo(6);
    }

    @Test
    void aDueTimeLongPastMakesOneRotation() {
        hall.start("a", ring(5, Hall.START - 10 * INTERVAL));
        hall.pass(Duration.ofHours(2));
        assertThat(hall.station("a").epoch()).isEqualTo(6);
        assertThat(hall.station("a").ring().dueMillis())
                .isBetween(Hall.START + INTERVAL, Hall.START + INTERVAL + 60_000);
    }

    @Test
    void aDueTimeThatAStrayClockPutFarAheadIsDrawnNear() {
        hall.start("a", ring(5, Hall.START + 365 * 24 * Hall.HOUR));
        hall.pass(Duration.ofSeconds(1));
        assertThat(hall.station("a").ring().dueMillis()).isEqualTo(hall.wallMillis + INTERVAL);
    }

    @Test
    void turnsEarlyWhenAnAssociationIsNearlyUsedUpAndStopsWhenItIs() {
        hall.with(new RotationConfig(
                16,
                Duration.ofHours(12),
                1_000,
                150_000, // of 1,500 each: 100 packets
                1_500,
                Duration.ofSeconds(30),
                Duration.ofSeconds(1),
                Duration.ofSeconds(5)));
        threeAtOne();
        for (int i = 0; i < 99; i++) {
            assertThat(hall.packet("b", "c")).isPresent();
        }
        hall.pass(MINUTE);
        assertThat(hall.station("c").epoch()).isEqualTo(1);
        assertThat(hall.packet("b", "c")).isPresent();
        hall.pass(MINUTE);
        assertThat(hall.station("c").epoch()).isEqualTo(2);
        for (int i = 0; i < 200; i++) {
            assertThat(hall.packet("b", "c")).isPresent();
        }
        assertThat(hall.packet("b", "c"))
                .as("twice the limit, and nobody turned the key")
                .isEmpty();
        hall.pass(MINUTE);
        assertThat(hall.packet("b", "c")).isPresent();
    }

    @Test
    void twoHalvesWithKeysOfOneEpochHealToOneAndEachHalfTalksAllTheWhile() {
        threeAtOne();
        hall.start("d");
        hall.pass(MINUTE);
        hall.cutOff("c", "d");
        hall.station("a").rotation.rotate();
        hall.station("c").rotation.rotate();
        hall.pass(Duration.ofMinutes(2));
        KeyRing one = hall.station("a").ring();
        KeyRing other = hall.station("c").ring();
        assertThat(one.isSettled() && other.isSettled()).isTrue();
        assertThat(one.current()).isNotEqualTo(other.current());
        assertThat(hall.station("a").epoch())
                .isEqualTo(hall.station("c").epoch())
                .isEqualTo(2);
        assertThat(hall.packet("a", "d")).as("across").isEmpty();
        hall.cutOff();
        for (int second = 0; second < 60; second++) {
            hall.pass(Duration.ofSeconds(1));
            assertThat(hall.packet("a", "b")).isPresent();
            assertThat(hall.packet("d", "c")).isPresent();
        }
        assertThat(sendAllWays()).isEqualTo(12);
        var later = Set.of(one, other).stream()
                .map(KeyRing::newest)
                .filter(Objects::nonNull)
                .max(naturalOrder());
        for (Hall.Station station : hall.stations.values()) {
            assertThat(station.ring().current()).as(station.name).isEqualTo(later.orElseThrow());
            assertThat(station.ring().isSettled()).as(station.name).isTrue();
        }
    }

    @Test
    void whoStoodStillThroughARotationIsSentNothingItCannotOpenAndCatchesUp() {
        threeAtOne();
        hall.pause("c", true);
        hall.station("a").rotation.rotate();
        hall.pass(Duration.ofMinutes(2));
        assertThat(hall.station("a").ring().isSettled()).isTrue();
        assertThat(hall.station("a").traffic.canSend("c"))
                .as("it offers no key that is left")
                .isFalse();
        hall.pause("c", false);
        hall.pass(Duration.ofSeconds(3));
        assertThat(sendAllWays()).isEqualTo(6);
        hall.pass(MINUTE);
        assertThat(hall.station("c").ring().isSettled()).isTrue();
        assertThat(hall.station("c").epoch()).isEqualTo(2);
    }

    @Test
    void whoComesBackWithoutItsDiskGetsTheNewestKeyAloneAndTheOthersHaveWipedTheRest() {
        threeAtOne();
        RingKey old = hall.station("a").ring().keys().getFirst();
        byte[] captured = hall.station("a").traffic.seal("c", 1).orElseThrow();
        hall.station("a").rotation.rotate();
        hall.pass(Duration.ofMinutes(2));
        hall.stop("c");
        hall.start("c");
        hall.pass(MINUTE);
        assertThat(sendAllWays()).isEqualTo(6);
        assertThat(hall.station("c").traffic.open(captured)).isEmpty();
        assertThat(hall.station("c").ring().keys()).hasSize(1);
        assertThatThrownBy(old::copy).as("wiped").isInstanceOf(IllegalStateException.class);
    }

    @Test
    void packetsFromBeforeARestartOfTheReceiverAreNotTakenAgain() {
        threeAtOne();
        byte[] captured = hall.station("a").traffic.seal("c", 1).orElseThrow();
        assertThat(hall.station("c").traffic.open(captured)).isPresent();
        hall.restart("c");
        hall.pass(MINUTE);
        assertThat(sendAllWays()).isEqualTo(6);
        for (var spi : hall.station("c").rotation.table().inbound().keySet()) {
            byte[] again = captured.clone(); // also with an SPI that is in use now
            ByteBuffer.wrap(again).putInt(spi.value());
            assertThat(hall.station("c").traffic.open(again)).isEmpty();
        }
    }

    /** 50 packets from c to a, then c is what it was before them. */
    private Hall.Station setBack() {
        threeAtOne();
        int moment = hall.station("c").moment();
        for (int i = 0; i < 50; i++) {
            assertThat(hall.packet("c", "a")).isPresent();
        }
        assertThat(hall.oracle.repetitions()).isZero();
        return hall.setBack("c", moment);
    }

    @Test
    void aMachineThatWasSetBackAndNoticedUsesNoNonceTwice() {
        Hall.Station back = setBack();
        back.rotation.beginAnew(new BootId(2, 2), hall.nowNanos());
        assertThat(back.traffic.canSend("a")).as("before a knows its new start").isFalse();
        hall.pass(Duration.ofSeconds(2));
        for (int i = 0; i < 50; i++) {
            assertThat(hall.packet("c", "a")).isPresent();
            assertThat(hall.packet("a", "c")).isPresent();
        }
        assertThat(hall.oracle.repetitions()).isZero();
    }

    @Test
    void theOracleSeesAMachineThatWasSetBackAndDidNotNotice() {
        setBack();
        assertThat(hall.packet("c", "a")).as("it is a replay to a").isEmpty();
        assertThat(hall.oracle.repetitions()).isEqualTo(1);
    }

    @Test
    void countsWhatIsNoMessageAndDropsWhatComesFromNoMember() {
        threeAtOne();
        Rotation rotation = hall.station("a").rotation;
        rotation.receive("b", new byte[] {9, 9}, hall.nowNanos());
        rotation.receive("b", new byte[] {1}, hall.nowNanos());
        rotation.receive("stranger", new byte[] {9, 9}, hall.nowNanos());
        assertThat(rotation.malformed()).isEqualTo(2);
        assertThat(sendAllWays()).isEqualTo(6);
    }

    @Test
    void namesThoseThatARotationWaitsFor() {
        threeAtOne();
        assertThat(hall.station("a").rotation.waitingFor()).isEmpty();
        hall.station("c").isPaused = true; // and nobody noticed yet
        hall.station("a").rotation.rotate();
        hall.pass(MINUTE);
        assertThat(hall.station("a").rotation.waitingFor()).containsExactly("c");
        assertThat(hall.station("a").epoch()).as("not all can receive").isEqualTo(1);
        hall.pause("c", true);
        hall.pass(Duration.ofSeconds(3));
        assertThat(hall.station("a").epoch()).as("who failed is not waited for").isEqualTo(2);
    }
}
