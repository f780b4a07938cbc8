package io.dunlin.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.dunlin.gossip.wire.Bytes;

/** Any bytes as a node's and as an endpoint's row: no exception, and what is understood of this version has one spelling only. */
class GossipedRecordsFuzzTest {
    @FuzzTest
    void anyBytesAreARecordOrNone(byte[] input) {
        var bytes = Bytes.wrap(input);
        boolean isThisVersion = input.length > 0 && input[0] == 1;
        NodeRecord.decode(bytes)
                .filter(_ -> isThisVersion)
                .ifPresent(node -> assertThat(node.encode()).isEqualTo(bytes));
        EndpointRecord.decode(bytes)
                .filter(_ -> isThisVersion)
                .ifPresent(endpoint -> assertThat(endpoint.encode()).isEqualTo(bytes));
    }
}
