package io.dunlin.gossip;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.gossip.CrashExperiment.Conditions;
import io.dunlin.gossip.PauseExperiment.Illness;
import io.dunlin.gossip.TurmoilExperiment.Kind;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * What is promised of the failure detector, shown on clusters that are simulated. All is drawn from seeds, so the tables are the same on each
 * machine: they are reviewed files, and a change of the protocol shows as a change in them. A table that differs is written to target/, to be
 * looked at and put in the other's place.
 *
 * <p>The long table has clusters of 1,000 and 10,000, and takes some 20 minutes and 3 GB of heap: mvn -Plong -pl gossip -am verify
 * -Dtest=SimulationTest -Dsurefire.failIfNoSpecifiedTests=false
 */
class SimulationTest {
    private static final long SEED = 1;
    private static final int ENOUGH_FOR_A_MEDIAN = 10;

    private final StringBuilder table = new StringBuilder();

    @Test
    void shortTableIsAsReviewed() throws IOException {
        section("Crashes", CrashExperiment.HEADER);
        crashes(8, Conditions.GOOD, 40, 1);
        crashes(8, Conditions.LOSS_5, 20, 1);
        crashes(8, Conditions.LOSS_25, 20, 1);
        crashes(8, Conditions.ASYMMETRIC, 20, 1);
        crashes(128, Conditions.GOOD, 1, 12);
        crashes(128, Conditions.LOSS_5, 1, 5);
        crashes(1_000, Conditions.GOOD, 1, 10);
        section("Members that stand still", PauseExperiment.HEADER);
        pauses(64, 4, Illness.PACKETS, Duration.ofMinutes(4));
        section("Turmoil", TurmoilExperiment.HEADER);
        turmoil(8, Kind.PARTITION, 0);
        turmoil(8, Kind.MASS_RESTART, 0.05);
        turmoil(8, Kind.COLD_START, 0.25);
        turmoil(128, Kind.SHORT_PARTITION, 0);
        turmoil(128, Kind.MASS_RESTART, 0);
        turmoil(128, Kind.CHURN, 0);
        turmoil(1_000, Kind.MASS_RESTART, 0);
        section("Quiet", QuietExperiment.HEADER);
        quiet(8, false);
        quiet(128, false);
        compare("simulation-short.md");
    }

    @Test
    @EnabledIfSystemProperty(named = "dunlin.long", matches = "true", disabledReason = "takes some 20 minutes: -Plong")
    void longTableIsAsReviewed() throws IOException {
        section("Crashes", CrashExperiment.HEADER);
        for (Conditions conditions : Conditions.values()) {
            crashes(8, conditions, 200, 1);
        }
        for (Conditions conditions : Conditions.values()) {
            crashes(128, conditions, 2, 20);
        }
        crashes(1_000, Conditions.GOOD, 1, 20);
        crashes(1_000, Conditions.LOSS_5, 1, 5);
        crashes(1_000, Conditions.LOSS_25, 1, 1);
        crashes(10_000, Conditions.GOOD, 1, 11);
        section("Members that stand still", PauseExperiment.HEADER);
        pauses(128, 4, Illness.PACKETS, Duration.ofMinutes(10));
        pauses(128, 16, Illness.PACKETS, Duration.ofMinutes(10));
        pauses(128, 16, Illness.PROCESS, Duration.ofMinutes(10));
        section("Turmoil", TurmoilExperiment.HEADER);
        for (Kind kind : Kind.values()) {
            turmoil(8, kind, 0);
        }
        for (Kind kind : Kind.values()) {
            turmoil(128, kind, 0);
        }
        for (Kind kind : Kind.values()) {
            turmoil(128, kind, 0.05);
        }
        for (Kind kind : Kind.values()) {
            turmoil(1_000, kind, 0);
        }
        section("Quiet", QuietExperiment.HEADER);
        quiet(8, false);
        quiet(128, false);
        quiet(1_000, false);
        quiet(1_000, true);
        quiet(10_000, false);
        compare("simulation-long.md");
    }

    private void section(String title, String header) {
        table.append(table.isEmpty() ? "" : "\n")
                .append("## ")
                .append(title)
                .append("\n")
                .append(header);
    }

    private void crashes(int members, Conditions conditions, int clusters, int crashesInEach) {
        var experiment = new CrashExperiment(members, conditions);
        for (int i = 0; i < clusters; i++) {
            experiment.run(SEED + i, crashesInEach);
        }
        table.append(experiment.row());
        if (experiment.firstSuspicion.size() >= ENOUGH_FOR_A_MEDIAN) {
            assertThat(experiment.firstSuspicion.median()).as(experiment.row()).isLessThanOrEqualTo(2.5);
        }
        if (conditions == Conditions.GOOD) {
            double minimum = Suspicion.minimum(Duration.ofSeconds(1), 4, members) / 1e9;
            assertThat(experiment.firstDead.median()).as(experiment.row()).isLessThanOrEqualTo(minimum + 3);
            assertThat(experiment.allKnow.max() - experiment.firstDead.max())
                    .as(experiment.row())
                    .isLessThanOrEqualTo(3);
            assertThat(experiment.falsePositivesPerNodeHour())
                    .as(experiment.row())
                    .isZero();
        }
    }

    private void pauses(int members, int ill, Illness illness, Duration duration) {
        PauseExperiment ours = new PauseExperiment(members, ill, illness, true, duration).run(SEED);
        PauseExperiment plain = new PauseExperiment(members, ill, illness, false, duration).run(SEED);
        table.append(ours.row()).append(plain.row());
        assertThat(ours.wronged() * 100).as(ours.row() + plain.row()).isLessThanOrEqualTo(plain.wronged());
    }

    private void turmoil(int members, Kind kind, double loss) {
        TurmoilExperiment experiment = new TurmoilExperiment(members, kind, loss).run(SEED);
        table.append(experiment.row());
        assertThat(experiment.agreedAfterSeconds()).as(experiment.row()).isLessThanOrEqualTo(60);
    }

    private void quiet(int members, boolean compressed) {
        QuietExperiment experiment = new QuietExperiment(members, compressed, Duration.ofMinutes(10)).run(SEED);
        table.append(experiment.row());
        if (members <= 1_000) {
            assertThat(experiment.bytesPerNodeSecond()).as(experiment.row()).isLessThanOrEqualTo(2_000);
        }
    }

    private void compare(String name) throws IOException {
        ReviewedTable.compare(name, table.toString(), SEED);
    }
}
