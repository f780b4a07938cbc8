package io.dunlin.gossip;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.gossip.TableExperiment.Line;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * What is promised of tables, shown on clusters that are simulated, membership and all. As in {@link SimulationTest}, the short table is a
 * reviewed file.
 *
 * <p>The long table has clusters of 1,000, and takes some 20 minutes and 8 GB of heap: mvn -Plong -pl gossip -am verify
 * -Dtest=TableSimulationTest -Dsurefire.failIfNoSpecifiedTests=false
 */
class TableSimulationTest {
    private static final long SEED = 1;

    private final StringBuilder table = new StringBuilder("## Tables\n" + TableExperiment.HEADER);

    @Test
    void shortTableIsAsReviewed() throws IOException {
        update(8, 0, 50);
        update(128, 0.05, 50);
        heal(8, 10);
        heal(96, 5);
        line(new TableExperiment(48, 0, SEED).burst(1_000), 2);
        line(new TableExperiment(3, 0, SEED).fresh(50_000), 5);
        line(new TableExperiment(128, 0, SEED).quiet(2), 0);
        ReviewedTable.compare("simulation-tables-short.md", table.toString(), SEED);
    }

    @Test
    @EnabledIfSystemProperty(named = "dunlin.long", matches = "true", disabledReason = "takes some 20 minutes: -Plong")
    void longTableHoldsWhatIsPromised() {
        update(1_000, 0.05, 100);
        heal(1_000, 10);
        line(new TableExperiment(1_000, 0, SEED).burst(1_000), 5);
        line(new TableExperiment(8, 0, SEED).fresh(100_000), 5);
        line(new TableExperiment(1_000, 0, SEED).quiet(10), 0);
        System.out.print(table);
    }

    private void update(int members, double loss, int changes) {
        Line line = new TableExperiment(members, loss, SEED).update(changes);
        table.append(line);
        assertThat(line.p99()).as(line.toString()).isLessThanOrEqualTo(1);
    }

    private void heal(int members, int rowsEach) {
        line(new TableExperiment(members, 0, SEED).heal(rowsEach), 10);
    }

    private void line(Line line, double most) {
        table.append(line);
        assertThat(line.max()).as(line.toString()).isLessThanOrEqualTo(most);
    }
}
