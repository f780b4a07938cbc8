package io.dunlin.ipsec.rotation;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.dunlin.ipsec.aead.Aead;
import io.dunlin.ipsec.aead.AeadEngine;
import io.dunlin.vxlan.wire.Memory;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Sees each text that anyone seals, and whether a key was used with one nonce twice. */
final class NonceOracle implements AeadEngine {
    private final AeadEngine engine;
    private final Map<ByteBuffer, Set<ByteBuffer>> noncesByKey = new HashMap<>();
    private long seals;
    private long repetitions;

    NonceOracle(AeadEngine engine) {
        this.engine = engine;
    }

    long seals() {
        return seals;
    }

    long repetitions() {
        return repetitions;
    }

    @Override
    public String name() {
        return engine.name();
    }

    @Override
    public Aead withKey(MemorySegment key) {
        Aead aead = engine.withKey(key);
        Set<ByteBuffer> nonces =
                noncesByKey.computeIfAbsent(ByteBuffer.wrap(key.toArray(JAVA_BYTE)), _ -> new HashSet<>());
        return new Aead() {
            @Override
            public void seal(Memory memory, int from, int length, int to, Memory beside, int aadLength) {
                byte[] nonce = beside.toArray(NONCE, NONCE_LENGTH);
                seals++;
                repetitions += nonces.add(ByteBuffer.wrap(nonce)) ? 0 : 1;
                aead.seal(memory, from, length, to, beside, aadLength);
            }

            @Override
            public boolean open(Memory memory, int at, int length, Memory beside, int aadLength) {
                return aead.open(memory, at, length, beside, aadLength);
            }

            @Override
            public void close() {
                aead.close();
            }
        };
    }
}
