package io.dunlin.lb;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.vxlan.wire.Memory;
import java.util.HashSet;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FlowGroupsTest {
    private final FlowGroups groups = new FlowGroups(256, new FlowMemory(Memory::allocate, long[]::new));

    @Test
    void manyFlowsOfOneClientLeaveOtherClientsTheirGroups() {
        for (int n = 0; n < 1000; n++) {
            groups.take(0x1234_5678_9abcL);
        }
        var random = new Random(1);
        int strays = 0;
        for (int n = 0; n < 1500; n++) {
            strays += groups.isStray(groups.take(random.nextLong())) ? 1 : 0;
        }
        assertThat(strays).isLessThan(20); // where the thousand lie in a row, a quarter of the groups is full of them
    }

    @Test
    void everyPlaceIsTakenOnceAndAgainWhenItIsFree() {
        for (int round = 0; round < 2; round++) {
            var taken = new HashSet<Integer>();
            for (int n = 0; n < groups.capacity(); n++) {
                taken.add(groups.take(7));
            }
            assertThat(taken).hasSize(groups.capacity());
            taken.forEach(groups::free);
        }
    }
}
