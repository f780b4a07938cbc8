package io.dunlin.ipsec.aead;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.dunlin.vxlan.wire.Memory;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.ref.Reference;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Intel's multi-buffer library, the fastest there is on x86-64. Its functions are reached through a structure whose layout belongs to one
 * version: any other version is refused.
 */
final class IpsecMb implements AeadEngine {
    private static final String FILE = "libIPSec_MB.so.1";
    private static final int VERSION = 0x1_03_00;

    private IpsecMb() {}

    /** The engine, or why there is none. */
    static AeadEngines.Probe probe() {
        NativeLibrary library = NativeLibrary.load(FILE);
        if (library == null) {
            return missing("no " + FILE + " here (Debian: libipsec-mb1)");
        }
        int version = version(library);
        if (version != VERSION) {
            return missing("version 0x%x; 0x%x is the one whose layout is known".formatted(version, VERSION));
        }
        String fault = Functions.FAULT;
        return fault == null ? new AeadEngines.Probe.Found(new IpsecMb()) : missing(fault);
    }

    private static AeadEngines.Probe missing(String why) {
        return new AeadEngines.Probe.Missing("ipsec-mb", why);
    }

    private static int version(NativeLibrary library) {
        try {
            return (int) library.link("imb_get_version", FunctionDescriptor.of(JAVA_INT))
                    .invokeExact();
        } catch (Throwable t) {
            throw NativeLibrary.unexpected(t);
        }
    }

    @Override
    public String name() {
        return "ipsec-mb 1.3.0";
    }

    @Override
    public Aead withKey(MemorySegment key) {
        return new Keyed(key);
    }

    private static final class Keyed implements Aead {
        private final boolean isAes256;
        private boolean isClosed;
        private final Arena arena = Arena.ofShared();
        private final MemorySegment keyData = arena.allocate(Functions.KEY_DATA_SIZE, Functions.ALIGNMENT);
        private final MemorySegment context = arena.allocate(Functions.CONTEXT_SIZE, Functions.ALIGNMENT);
        private final Memory tag = Memory.allocate(TAG_LENGTH);

        Keyed(MemorySegment key) {
            isAes256 = KeyLength.of(key) == KeyLength.AES_256;
            Functions.prepare(isAes256, key.address(), keyData.address());
        }

        @Override
        public void seal(Memory memory, int from, int length, int to, Memory beside, int aadLength) {
            try {
                SealedText.check(memory, from, length, to);
                long base = NativeText.base(memory, isClosed);
                long nonce = NativeText.besideAddress(beside, aadLength);
                Functions.encrypt(
                        isAes256,
                        keyData.address(),
                        context.address(),
                        base + to,
                        base + from,
                        length,
                        nonce,
                        aadLength);
            } finally {
                Reference.reachabilityFence(memory);
                Reference.reachabilityFence(beside);
            }
        }

        @Override
        public boolean open(Memory memory, int at, int length, Memory beside, int aadLength) {
            try {
                long text = NativeText.address(memory, at, length, isClosed);
                long nonce = NativeText.besideAddress(beside, aadLength);
                Functions.decrypt(
                        isAes256, keyData.address(), context.address(), text, length, nonce, aadLength, tag.address());
                return isTag(memory, at + length);
            } finally {
                Reference.reachabilityFence(memory);
                Reference.reachabilityFence(beside);
            }
        }

        /** Whether the tag that was computed is the one at {@code at}. It takes as long if not: time must not tell how much of it is right. */
        private boolean isTag(Memory memory, int at) {
            long difference =
                    (tag.hostI64(0) ^ memory.hostI64(at)) | (tag.hostI64(Long.BYTES) ^ memory.hostI64(at + Long.BYTES));
            return difference == 0;
        }

        @Override
        public void close() {
            if (!isClosed) {
                isClosed = true;
                keyData.fill((byte) 0);
                context.fill((byte) 0);
                arena.close();
            }
        }
    }

    /** The library's functions for this processor. Used only once its version is known. */
    private static final class Functions {
        // struct IMB_MGR and struct gcm_key_data of version 1.3.0 (intel-ipsec-mb.h)
        private static final long GCM128_ENC = 256;
        private static final long GCM256_ENC = 272;
        private static final long GCM128_DEC = 280;
        private static final long GCM256_DEC = 296;
        private static final long GCM128_PRE = 448;
        private static final long GCM256_PRE = 464;
        private static final long MANAGER_SIZE = 472;
        static final long KEY_DATA_SIZE = 1008;
        static final long CONTEXT_SIZE = 88;
        static final long ALIGNMENT = 64;

        /** {@code void (key data, context, out, in, length, nonce, aad, aad length, tag, tag length)} */
        private static final FunctionDescriptor CRYPT = FunctionDescriptor.ofVoid(
                JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
                JAVA_LONG);

        /** {@code void (key, key data)} */
        private static final FunctionDescriptor PREPARE = FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_LONG);

        private static final MemorySegment MANAGER;
        /** What is wrong with the library here, or null. */
        static final @Nullable String FAULT;

        static {
            NativeLibrary library = Objects.requireNonNull(NativeLibrary.load(FILE));
            var create = library.link("alloc_mb_mgr", FunctionDescriptor.of(ADDRESS, JAVA_LONG));
            var initialize = library.link("init_mb_mgr_auto", FunctionDescriptor.ofVoid(ADDRESS, ADDRESS));
            var error = library.link("imb_get_errno", FunctionDescriptor.of(JAVA_INT, ADDRESS));
            try {
                var manager = (MemorySegment) create.invokeExact(0L);
                initialize.invokeExact(manager, MemorySegment.NULL);
                int errno = (int) error.invokeExact(manager);
                MANAGER = NativeLibrary.memory(manager.address(), MANAGER_SIZE); // small, and never freed
                FAULT = errno == 0 ? null : "it does not work on this processor: error " + errno;
            } catch (Throwable t) {
                throw NativeLibrary.unexpected(t);
            }
        }

        private static final MethodHandle ENCRYPT_128 = at(GCM128_ENC, CRYPT);
        private static final MethodHandle ENCRYPT_256 = at(GCM256_ENC, CRYPT);
        private static final MethodHandle DECRYPT_128 = at(GCM128_DEC, CRYPT);
        private static final MethodHandle DECRYPT_256 = at(GCM256_DEC, CRYPT);
        private static final MethodHandle PREPARE_128 = at(GCM128_PRE, PREPARE);
        private static final MethodHandle PREPARE_256 = at(GCM256_PRE, PREPARE);

        private static MethodHandle at(long offset, FunctionDescriptor type) {
            return NativeLibrary.linkShort(MANAGER.get(ADDRESS, offset), type);
        }

        static void prepare(boolean isAes256, long key, long keyData) {
            try {
                if (isAes256) {
                    PREPARE_256.invokeExact(key, keyData);
                } else {
                    PREPARE_128.invokeExact(key, keyData);
                }
            } catch (Throwable t) {
                throw NativeLibrary.unexpected(t);
            }
        }

        static void encrypt(
                boolean isAes256, long key, long context, long to, long from, long length, long nonce, long aad) {
            long tag = to + length;
            try {
                if (isAes256) {
                    ENCRYPT_256.invokeExact(key, context, to, from, length, nonce, nonce + Aead.AAD, aad, tag, 16L);
                } else {
                    ENCRYPT_128.invokeExact(key, context, to, from, length, nonce, nonce + Aead.AAD, aad, tag, 16L);
                }
            } catch (Throwable t) {
                throw NativeLibrary.unexpected(t);
            }
        }

        static void decrypt(
                boolean isAes256, long key, long context, long text, long length, long nonce, long aad, long tag) {
            try {
                if (isAes256) {
                    DECRYPT_256.invokeExact(key, context, text, text, length, nonce, nonce + Aead.AAD, aad, tag, 16L);
                } else {
                    DECRYPT_128.invokeExact(key, context, text, text, length, nonce, nonce + Aead.AAD, aad, tag, 16L);
                }
            } catch (Throwable t) {
                throw NativeLibrary.unexpected(t);
            }
        }
    }
}
