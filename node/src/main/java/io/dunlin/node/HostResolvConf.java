package io.dunlin.node;

import io.dunlin.lb.dns.upstream.ResolvConf;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the host's resolv.conf says now: it is looked at whenever it is asked for, and read again when it is another file or has changed. So a host that
 * moves to another network takes its workloads with it, as it does its own programs. One that cannot be read counts as it was. Any thread.
 */
final class HostResolvConf {
    /** More than a resolv.conf has. */
    private static final int MAX_BYTES = 65_536;

    private static final Logger LOG = LoggerFactory.getLogger(OverlayNode.class);

    private final Path file;
    private final String node;

    /** Replaced, never changed. Of threads that find the same change each reads it. */
    private volatile Seen seen;

    /** What tells a file from another, and from itself before. */
    private record Stamp(
            FileTime modified, long bytes, @Nullable Object key) {}

    /** @param stamp null: the file was not to be had */
    private record Seen(@Nullable Stamp stamp, ResolvConf content) {}

    /**
     * Reads it for the first time.
     *
     * @param node whose log lines it writes
     */
    HostResolvConf(Path file, String node) {
        this.file = file;
        this.node = node;
        this.seen = look(stamp(), new ResolvConf(List.of(), List.of()));
    }

    ResolvConf current() {
        Seen last = seen;
        Stamp now = stamp();
        if (!Objects.equals(now, last.stamp())) {
            last = look(now, last.content());
            seen = last;
        }
        return last.content();
    }

    private @Nullable Stamp stamp() {
        try {
            var attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return new Stamp(attributes.lastModifiedTime(), attributes.size(), attributes.fileKey());
        } catch (IOException e) {
            return null;
        }
    }

    /** @param now from before it is read: what is written meanwhile is found the next time */
    private Seen look(@Nullable Stamp now, ResolvConf before) {
        ResolvConf content = before;
        try (var in = Files.newInputStream(file)) {
            var text = new String(in.readNBytes(MAX_BYTES), StandardCharsets.UTF_8);
            content = ResolvConf.parse(text, line -> LOG.info("node {}: {}: left out \"{}\"", node, file, line));
            LOG.info("node {}: names that its networks do not know are asked of {}", node, content.nameservers());
        } catch (IOException e) {
            LOG.warn(
                    "node {}: {} cannot be read: names that its networks do not know are asked of {}",
                    node,
                    file,
                    before.nameservers(),
                    e);
        }
        return new Seen(now, content);
    }
}
