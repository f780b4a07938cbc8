package io.dunlin.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.dunlin.gossip.wire.Bytes;

/** Any bytes as a node's, an endpoint's and a service's row: no exception, and what is understood of this version has one spelling only. */
class GossipedRecordsFuzzTest {
    @FuzzTest
    void anyBytesAreARecordOrNone(byte[] input) {
        var bytes = Bytes.wrap(input);
        boolean isThisVersion = input.length > 0 && input[0] == 1;
        boolean isKnownVersion = input.length > 0 && (input[0] == 1 || input[0] == 2);
        NodeRecord.decode(bytes)
                .filter(_ -> isThisVersion)
                .ifPresent(node -> assertThat(node.encode()).isEqualTo(bytes));
        EndpointRecord.decode(bytes)
                .filter(_ -> isKnownVersion)
                .ifPresent(endpoint -> assertThat(endpoint.encode()).isEqualTo(bytes));
        ServiceRecord.decode(bytes)
                .filter(_ -> isThisVersion)
                .ifPresent(service -> assertThat(service.encode()).isEqualTo(bytes));
    }
}
