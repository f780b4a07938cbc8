package io.dunlin.node;

import java.io.IOException;
import java.util.Optional;

/** Where a node keeps its {@link AddressLedger} from one start to the next. */
interface LedgerStore {
    /** In memory alone: nothing is kept. */
    LedgerStore NONE = new LedgerStore() {
        @Override
        public Optional<byte[]> read() {
            return Optional.empty();
        }

        @Override
        public void write(byte[] content) {}
    };

    /**
     * What was written last; empty if nothing ever was.
     *
     * @throws IOException if it is not to be used, and why
     */
    Optional<byte[]> read() throws IOException;

    /** When it returns, no failure of power brings back what was there before. */
    void write(byte[] content) throws IOException;
}
