package io.dunlin.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.testkit.NamespaceLab;
import java.time.Duration;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Random bytes through a TCP connection of socat's, with sha256sum at both ends. */
final class Transfer {
    private static final Pattern SHA_256 = Pattern.compile("\\b[0-9a-f]{64}\\b");
    private static final String PORT = "5001";

    private final int megabytes;
    private final Duration limit;
    private @Nullable NamespaceLab lab;
    private String sender = "";
    private String receiver = "";
    private String address = "";

    private Transfer(int megabytes) {
        this.megabytes = megabytes;
        this.limit = Duration.ofMinutes(2 + megabytes / 200);
    }

    static Transfer of(int megabytes) {
        return new Transfer(megabytes);
    }

    Transfer from(NamespaceLab lab, String namespace) {
        this.lab = lab;
        this.sender = namespace;
        return this;
    }

    /** @param address of the receiver, an IPv6 address in brackets */
    Transfer to(String namespace, String address) {
        this.receiver = namespace;
        this.address = address;
        return this;
    }

    void check() {
        NamespaceLab here = lab;
        if (here == null) {
            throw new IllegalStateException("from where?");
        }
        String family = address.startsWith("[") ? "6" : "4";
        String send = "set -e -o pipefail; file=$(mktemp); trap 'rm -f $file' EXIT; head -c " + megabytes
                + "M /dev/urandom >$file; sha256sum <$file; socat -u FILE:$file TCP" + family + ":" + address + ":"
                + PORT
                + ",retry=100,interval=0.1";
        String receive = "timeout " + limit.toSeconds() + " socat -u TCP" + family + "-LISTEN:" + PORT
                + ",reuseaddr - | sha256sum";
        Process receiving = here.start(receiver, "bash", "-c", receive);
        String sent = here.run(sender, limit, "bash", "-c", send).orFail().output();
        String received = receiving.inputReader().lines().findFirst().orElse("nothing");
        assertThat(hash(received)).isEqualTo(hash(sent));
    }

    private static String hash(String output) {
        var found = SHA_256.matcher(output);
        assertThat(found.find()).as("a SHA-256 in: %s", output).isTrue();
        return found.group();
    }
}
