package io.dunlin.ipsec.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What is promised of rotations, shown on simulated clusters: no packet lost to one, none accepted twice, no key and nonce used twice, and in the
 * end all nodes have one key, the same. A failure names its seed.
 */
class RotationSimulationTest {
    @ParameterizedTest
    @CsvSource({"1, 3, 70", "2, 4, 60", "3, 5, 40", "4, 8, 30"})
    void losesNothingThroughTwoHundredRotations(long seed, int nodes, int rotations) {
        holds(seed, nodes, rotations);
    }

    @Test
    @EnabledIfSystemProperty(named = "dunlin.long", matches = "true", disabledReason = "takes minutes: -Plong")
    void losesNothingInLargerClustersAndWithManySeeds() {
        for (long seed = 100; seed < 130; seed++) {
            holds(seed, 3 + (int) (seed % 10), 200);
        }
        holds(1000, 30, 200);
    }

    private static void holds(long seed, int nodes, int rotations) {
        var simulation = new RotationSimulation(seed, nodes);
        simulation.run(rotations);
        assertThat(simulation.faults()).as(simulation.toString()).isEmpty();
        // it did something: disasters there were, and most packets passed all the same
        assertThat(simulation.opened).as(simulation.toString()).isGreaterThan(rotations * 100L);
        assertThat(simulation.held + simulation.excused)
                .as(simulation.toString())
                .isLessThan(simulation.opened / 2);
        assertThat(simulation.disasters).as(simulation.toString()).isGreaterThan(rotations / 2);
    }
}
