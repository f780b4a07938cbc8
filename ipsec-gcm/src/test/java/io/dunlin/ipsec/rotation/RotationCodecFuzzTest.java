package io.dunlin.ipsec.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.dunlin.ipsec.rotation.RotationMessage.Grant;

/** Any bytes as a message: refused by the one documented exception, or understood and written the same again. */
class RotationCodecFuzzTest {
    @FuzzTest
    void readsAnyBytes(byte[] data) {
        RotationMessage message;
        try {
            message = RotationCodec.decode(data);
        } catch (MalformedMessageException e) {
            return;
        }
        assertThat(RotationCodec.encode(message)).isEqualTo(data);
        if (message instanceof Grant(RingKey key, long _)) {
            key.close();
        }
    }
}
