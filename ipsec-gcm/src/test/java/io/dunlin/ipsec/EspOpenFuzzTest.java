package io.dunlin.ipsec;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.dunlin.ipsec.aead.Aead;
import io.dunlin.ipsec.aead.AeadEngine;
import io.dunlin.ipsec.wire.EspHeader;
import io.dunlin.ipsec.wire.EspTrailer;
import io.dunlin.vxlan.wire.Memory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Opens whatever comes. The engine takes any tag for right: what lies behind the authentication is to hold by itself, as a peer that has the key
 * may be hostile, too.
 */
class EspOpenFuzzTest {
    private static final int UDP = 17;
    private static final int BEFORE = 8;

    @FuzzTest
    void staysWithinThePacket(FuzzedDataProvider data) throws Exception {
        boolean isExtended = data.consumeBoolean();
        boolean isIvSequence = data.consumeBoolean();
        try (var arena = Arena.ofConfined();
                var key = new SaKey(new byte[20]);
                var opening =
                        new EspOpen(new InboundSa(new Spi(256), key, isExtended, isIvSequence, 64), new Trusting())) {
            while (data.remainingBytes() > 0) {
                byte[] packet = data.consumeBytes(data.consumeInt(0, 200));
                // exactly as long as the packet, so that a byte too far is an exception
                Memory memory = Memory.of(arena.allocate(BEFORE + packet.length));
                memory.put(BEFORE, packet);
                int payload = opening.open(memory, BEFORE, packet.length, UDP);
                int most = packet.length - EspHeader.LENGTH - EspTrailer.MIN_LENGTH - Aead.TAG_LENGTH;
                assertThat(payload).isBetween(EspOpen.OTHER_PROTOCOL, Math.max(most, EspOpen.MALFORMED));
            }
        }
    }

    /** An engine without cryptography. */
    private static final class Trusting implements AeadEngine {
        @Override
        public String name() {
            return "none";
        }

        @Override
        public Aead withKey(MemorySegment key) {
            return new Aead() {
                @Override
                public void seal(Memory memory, int from, int length, int to, Memory beside, int aadLength) {}

                @Override
                public boolean open(Memory memory, int at, int length, Memory beside, int aadLength) {
                    return true;
                }

                @Override
                public void close() {}
            };
        }
    }
}
