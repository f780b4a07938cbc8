package io.dunlin.gossip;

import io.dunlin.gossip.table.TableCodec;
import java.net.InetSocketAddress;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Tables and the program's own user messages on one membership: tables know their messages, all others are the program's. */
record LayerPair(Layer tables, UserMessages messages) implements Layer {
    @Override
    public void start(Membership membership) {
        tables.start(membership);
        messages.start(membership);
    }

    @Override
    public void message(byte[] data) {
        if (TableCodec.isTableMessage(data)) {
            tables.message(data);
        } else {
            messages.message(data);
        }
    }

    @Override
    public void gossip(int overhead, int space, Consumer<byte[]> out) {
        tables.gossip(overhead, space, out);
    }

    @Override
    public byte[] localState(boolean join) {
        return tables.localState(join);
    }

    @Override
    public void remoteState(byte[] state, boolean join, @Nullable InetSocketAddress from) {
        tables.remoteState(state, join, from);
    }

    @Override
    public void joined(Member member) {
        tables.joined(member);
    }

    @Override
    public void updated(Member member) {
        tables.updated(member);
    }

    @Override
    public void gone(Member member) {
        tables.gone(member);
    }
}
