package io.dunlin.gossip.wire;

import static io.dunlin.gossip.wire.MessageCodec.MAX_UNSIGNED_32;
import static io.dunlin.gossip.wire.MessageCodec.bytes;
import static io.dunlin.gossip.wire.MessageCodec.unsigned32;

import io.dunlin.gossip.wire.Message.NodeState;
import io.dunlin.gossip.wire.Message.PushPull;
import io.dunlin.gossip.wire.Message.State;
import io.dunlin.gossip.wire.Message.Versions;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * All that a node knows:
 *
 * <pre>
 *   [6] {Nodes, UserStateLen, Join} | nodes × {Name, Addr, Port, Meta, Incarnation, State, Vsn} | user state, as it is
 * </pre>
 *
 * Both lengths and the state are of a signed type in Go.
 */
final class PushPullCodec {
    /** A node with an address alone: what its list may take of memory is bounded by the bytes that came. */
    private static final int SHORTEST_NODE = 11;

    private static final int EXPECTED_NODE = 128;
    private static final List<State> STATES = List.of(State.values());

    private PushPullCodec() {}

    static byte[] encode(PushPull state) {
        int nodes = state.nodes().size();
        int userState = state.userState().length();
        if (nodes > StreamCodec.MAX_NODES || userState > StreamCodec.MAX_USER_STATE) {
            throw new IllegalArgumentException(nodes + " nodes and " + userState + " bytes of state; at most "
                    + StreamCodec.MAX_NODES + " and " + StreamCodec.MAX_USER_STATE);
        }
        MsgPackWriter out = new MsgPackWriter(64 + EXPECTED_NODE * nodes + userState)
                .type(MessageType.PUSH_PULL)
                .map(3)
                .field(Field.JOIN)
                .bool(state.join())
                .field(Field.NODES)
                .signed(nodes)
                .field(Field.USER_STATE_LENGTH)
                .signed(userState);
        for (NodeState node : state.nodes()) {
            encode(out, node);
            if (out.length() > StreamCodec.MAX_CLEAR - userState) {
                throw new IllegalArgumentException("a push/pull of more than " + StreamCodec.MAX_CLEAR + " bytes");
            }
        }
        return out.append(state.userState().array()).toBytes();
    }

    private static void encode(MsgPackWriter out, NodeState node) {
        out.map(7)
                .field(Field.ADDR)
                .raw(MessageCodec.address(node.address()))
                .field(Field.INCARNATION)
                .unsigned(unsigned32(node.incarnation()))
                .field(Field.META);
        bytes(out, node.meta(), Message.MAX_META)
                .field(Field.NAME)
                .raw(MessageCodec.name(node.name()))
                .field(Field.PORT)
                .unsigned(node.address().getPort())
                .field(Field.STATE)
                .signed(STATES.indexOf(node.state()))
                .field(Field.VERSIONS)
                .raw(bytes(node.versions()));
    }

    static PushPull decode(MsgPackReader in) throws ProtocolException {
        Header header = header(in);
        var nodes = new ArrayList<NodeState>(Math.min(header.nodes, in.remaining() / SHORTEST_NODE));
        for (int i = 0; i < header.nodes; i++) {
            nodes.add(node(in));
        }
        byte[] userState = in.take(header.userState);
        return new PushPull(header.join, List.copyOf(nodes), Bytes.wrap(userState));
    }

    static Header header(MsgPackReader in) throws ProtocolException {
        boolean join = false;
        int nodes = 0;
        int userState = 0;
        for (int fields = in.fields(); fields > 0; fields--) {
            switch (in.field()) {
                case JOIN -> join = in.bool();
                case NODES -> nodes = (int) in.unsigned(StreamCodec.MAX_NODES);
                case USER_STATE_LENGTH -> userState = (int) in.unsigned(StreamCodec.MAX_USER_STATE);
                case null, default -> in.skip();
            }
        }
        return new Header(join, nodes, userState);
    }

    private static NodeState node(MsgPackReader in) throws ProtocolException {
        String name = "";
        InetAddress address = null;
        int port = 0;
        byte[] meta = Bytes.EMPTY.array();
        long incarnation = 0;
        State state = State.ALIVE;
        Versions versions = MessageCodec.UNKNOWN_VERSIONS;
        for (int fields = in.fields(); fields > 0; fields--) {
            switch (in.field()) {
                case NAME -> name = in.text(MessageCodec.MAX_NAME);
                case ADDR -> address = MessageCodec.address(in);
                case PORT -> port = MessageCodec.port(in);
                case META -> meta = in.raw(Message.MAX_META);
                case INCARNATION -> incarnation = in.unsigned(MAX_UNSIGNED_32);
                case STATE -> state = STATES.get((int) in.unsigned(STATES.size() - 1));
                case VERSIONS -> versions = MessageCodec.versions(in);
                case null, default -> in.skip();
            }
        }
        return new NodeState(
                name, MessageCodec.required(address, port), Bytes.wrap(meta), incarnation, state, versions);
    }

    /** What tells how much follows. */
    record Header(boolean join, int nodes, int userState) {}
}
