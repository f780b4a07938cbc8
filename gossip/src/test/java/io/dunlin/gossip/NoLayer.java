package io.dunlin.gossip;

import java.net.InetSocketAddress;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Nothing above membership. */
class NoLayer implements Layer {
    @Override
    public void start(Membership membership) {}

    @Override
    public void message(byte[] data) {}

    @Override
    public void gossip(int overhead, int space, Consumer<byte[]> out) {}

    @Override
    public byte[] localState(boolean join) {
        return new byte[0];
    }

    @Override
    public void remoteState(byte[] state, boolean join, @Nullable InetSocketAddress from) {}

    @Override
    public void joined(Member member) {}

    @Override
    public void updated(Member member) {}

    @Override
    public void gone(Member member) {}
}
