package io.dunlin.benchmarks.gossip;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.dunlin.gossip.Gossip;
import io.dunlin.gossip.GossipConfig;
import io.dunlin.gossip.GossipListener;
import io.dunlin.gossip.GossipThreads;
import io.dunlin.gossip.Member;
import io.dunlin.gossip.transport.HostPort;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.ArrayList;

/**
 * Many members in this JVM, with the events and the command of the Go program that they are compared with (gossip/src/test/go/agent.go):
 * {@code stop N} ends one of them without a word.
 */
final class GossipSwarm {
    private static final int THREADS = 2;

    private GossipSwarm() {}

    /** Takes the number of members. */
    public static void main(String[] arguments) throws IOException {
        var members = new ArrayList<Gossip>();
        try (var threads = GossipThreads.start(THREADS);
                var commands = new BufferedReader(new InputStreamReader(System.in, UTF_8))) {
            for (int i = 0; i < Integer.parseInt(arguments[0]); i++) {
                String name = "n" + i;
                GossipConfig config = GossipConfig.named(name).listen("127.0.0.1:0");
                if (i > 0) {
                    config =
                            config.join(HostPort.text(members.getFirst().local().address()));
                }
                members.add(Gossip.start(config, new Teller(name), threads));
            }
            for (String line = commands.readLine(); line != null; line = commands.readLine()) {
                members.get(Integer.parseInt(line.substring("stop ".length()))).close();
            }
            members.forEach(Gossip::close);
        }
    }

    private record Teller(String agent) implements GossipListener {
        @Override
        public void joined(Member member) {
            tell("join", member);
        }

        @Override
        public void left(Member member) {
            tell("leave", member);
        }

        @Override
        public void failed(Member member) {
            tell("leave", member);
        }

        private void tell(String kind, Member member) {
            System.out.println("{\"agent\":\"" + agent + "\",\"ev\":\"" + kind + "\",\"name\":\"" + member.name()
                    + "\",\"t\":" + System.currentTimeMillis() + "}");
        }
    }
}
