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

/** OpenSSL's libcrypto, of version 3: on nearly every Linux. */
final class Openssl implements AeadEngine {
    private static final String FILE = "libcrypto.so.3";
    private static final int MAJOR = 3;

    private final String name;

    private Openssl(String name) {
        this.name = name;
    }

    /** The engine, or why there is none. */
    static AeadEngines.Probe probe() {
        NativeLibrary library = NativeLibrary.load(FILE);
        if (library == null) {
            return new AeadEngines.Probe.Missing("OpenSSL", "no " + FILE + " here (Debian: libssl3)");
        }
        long version = version(library);
        long major = version >>> 28;
        if (major != MAJOR) {
            return new AeadEngines.Probe.Missing("OpenSSL", "version " + major + "; 3 is the one that is known");
        }
        String text = "OpenSSL %d.%d.%d".formatted(major, version >>> 20 & 0xff, version >>> 4 & 0xff);
        return new AeadEngines.Probe.Found(new Openssl(text));
    }

    private static long version(NativeLibrary library) {
        try {
            return (long) library.link("OpenSSL_version_num", FunctionDescriptor.of(JAVA_LONG))
                    .invokeExact();
        } catch (Throwable t) {
            throw NativeLibrary.unexpected(t);
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Aead withKey(MemorySegment key) {
        return new Keyed(key);
    }

    private static final class Keyed implements Aead {
        private final Arena arena = Arena.ofShared();
        private final MemorySegment written = arena.allocate(JAVA_INT);
        private final long sealing;
        private final long opening;
        private boolean isClosed;

        Keyed(MemorySegment key) {
            boolean isAes256 = KeyLength.of(key) == KeyLength.AES_256;
            sealing = Functions.newContext(isAes256, key.address(), true);
            opening = Functions.newContext(isAes256, key.address(), false);
        }

        @Override
        public void seal(Memory memory, int from, int length, int to, Memory beside, int aadLength) {
            try {
                SealedText.check(memory, from, length, to);
                long base = NativeText.base(memory, isClosed);
                long tag = base + to + length;
                long nonce = NativeText.besideAddress(beside, aadLength);
                boolean isDone = Functions.begin(sealing, nonce)
                        && Functions.update(sealing, 0, written.address(), nonce + AAD, aadLength)
                        && Functions.update(sealing, base + to, written.address(), base + from, length)
                        && Functions.finish(sealing, tag, written.address())
                        && Functions.tag(sealing, Functions.GET_TAG, tag);
                if (!isDone) {
                    throw new IllegalStateException("OpenSSL did not encrypt " + length + " bytes");
                }
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
                boolean isReady = Functions.begin(opening, nonce)
                        && Functions.update(opening, 0, written.address(), nonce + AAD, aadLength)
                        && Functions.update(opening, text, written.address(), text, length)
                        && Functions.tag(opening, Functions.SET_TAG, text + length);
                if (!isReady) {
                    throw new IllegalStateException("OpenSSL did not decrypt " + length + " bytes");
                }
                boolean isRight = Functions.finish(opening, text + length, written.address());
                return isRight;
            } finally {
                Reference.reachabilityFence(memory);
                Reference.reachabilityFence(beside);
            }
        }

        @Override
        public void close() {
            if (!isClosed) {
                isClosed = true;
                Functions.free(sealing); // which wipes its key
                Functions.free(opening);
                arena.close();
            }
        }
    }

    /** EVP's functions, EVP_EncryptInit(3). Used only once the library's version is known. */
    private static final class Functions {
        static final int GET_TAG = 0x10;
        static final int SET_TAG = 0x11;

        private static final NativeLibrary LIBRARY = Objects.requireNonNull(NativeLibrary.load(FILE));
        private static final MethodHandle NEW = LIBRARY.link("EVP_CIPHER_CTX_new", FunctionDescriptor.of(JAVA_LONG));
        private static final MethodHandle FREE =
                LIBRARY.link("EVP_CIPHER_CTX_free", FunctionDescriptor.ofVoid(JAVA_LONG));
        /** {@code int (context, cipher, engine, key, nonce, encrypts)} */
        private static final MethodHandle INIT = LIBRARY.linkShort(
                "EVP_CipherInit_ex",
                FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT));
        /** {@code int (context, out, written, in, length)} */
        private static final MethodHandle UPDATE = LIBRARY.linkShort(
                "EVP_CipherUpdate",
                FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT));
        /** {@code int (context, out, written)} */
        private static final MethodHandle FINAL = LIBRARY.linkShort(
                "EVP_CipherFinal_ex", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG));
        /** {@code int (context, command, length, bytes)} */
        private static final MethodHandle CONTROL = LIBRARY.linkShort(
                "EVP_CIPHER_CTX_ctrl", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_LONG));

        private static final long AES_128 = cipher("EVP_aes_128_gcm");
        private static final long AES_256 = cipher("EVP_aes_256_gcm");

        private static final int AS_BEFORE = -1;

        private static long cipher(String name) {
            try {
                return ((MemorySegment) LIBRARY.link(name, FunctionDescriptor.of(ADDRESS))
                                .invokeExact())
                        .address();
            } catch (Throwable t) {
                throw NativeLibrary.unexpected(t);
            }
        }

        static long newContext(boolean isAes256, long key, boolean encrypts) {
            long context;
            int result;
            try {
                context = (long) NEW.invokeExact();
                result = (int) INIT.invokeExact(context, isAes256 ? AES_256 : AES_128, 0L, key, 0L, encrypts ? 1 : 0);
            } catch (Throwable t) {
                throw NativeLibrary.unexpected(t);
            }
            if (result != 1) {
                free(context);
                throw new IllegalStateException("OpenSSL refuses AES-GCM");
            }
            return context;
        }

        static void free(long context) {
            try {
                FREE.invokeExact(context);
            } catch (Throwable t) {
                throw NativeLibrary.unexpected(t);
            }
        }

        static boolean begin(long context, long nonce) {
            try {
                return (int) INIT.invokeExact(context, 0L, 0L, 0L, nonce, AS_BEFORE) == 1;
            } catch (Throwable t) {
                throw NativeLibrary.unexpected(t);
            }
        }

        /** @param out where the result goes; 0 if {@code in} is additional data */
        static boolean update(long context, long out, long written, long in, int length) {
            try {
                return (int) UPDATE.invokeExact(context, out, written, in, length) == 1;
            } catch (Throwable t) {
                throw NativeLibrary.unexpected(t);
            }
        }

        /** When it decrypts: whether the tag is right. */
        static boolean finish(long context, long out, long written) {
            try {
                return (int) FINAL.invokeExact(context, out, written) == 1;
            } catch (Throwable t) {
                throw NativeLibrary.unexpected(t);
            }
        }

        static boolean tag(long context, int command, long tag) {
            try {
                return (int) CONTROL.invokeExact(context, command, Aead.TAG_LENGTH, tag) == 1;
            } catch (Throwable t) {
                throw NativeLibrary.unexpected(t);
            }
        }
    }
}
