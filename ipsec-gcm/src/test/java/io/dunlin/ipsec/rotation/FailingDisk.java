package io.dunlin.ipsec.rotation;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * A disk whose power fails after so many steps. What was not synced may then be there wholly, in part, or not at all; a name that was moved may
 * be moved or not, unless the directory was synced.
 */
final class FailingDisk implements Disk {
    private static final class File {
        final byte[] content;
        final boolean isSynced;

        File(byte[] content, boolean isSynced) {
            this.content = content;
            this.isSynced = isSynced;
        }
    }

    private Map<Path, File> files = new HashMap<>();
    private final List<Map<Path, File>> undone = new ArrayList<>();
    private int stepsLeft = Integer.MAX_VALUE;

    void failAfter(int steps) {
        stepsLeft = steps;
    }

    /** The power is back. */
    void recover(RandomGenerator random) {
        stepsLeft = Integer.MAX_VALUE;
        if (!undone.isEmpty() && random.nextBoolean()) {
            files = undone.get(random.nextInt(undone.size()));
        }
        undone.clear();
        files.replaceAll((_, file) -> file.isSynced ? file : torn(file, random));
    }

    private static File torn(File file, RandomGenerator random) {
        byte[] content = Arrays.copyOf(file.content, random.nextInt(file.content.length + 1));
        if (content.length > 0 && random.nextBoolean()) {
            Arrays.fill(content, random.nextInt(content.length), content.length, (byte)
                    0); // blocks that were never written
        }
        return new File(content, true);
    }

    private void step() throws IOException {
        if (stepsLeft-- <= 0) {
            throw new IOException("no power");
        }
    }

    @Override
    public void create(Path file, byte[] content) throws IOException {
        step();
        undone.add(new HashMap<>(files));
        files.put(file, new File(content.clone(), false));
    }

    @Override
    public void sync(Path file) throws IOException {
        step();
        files.computeIfPresent(file, (_, old) -> new File(old.content, true));
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        step();
        undone.add(new HashMap<>(files));
        File moved = files.remove(from);
        if (moved == null) {
            throw new IOException("no file " + from);
        }
        files.put(to, moved);
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        step();
        undone.clear();
    }

    @Override
    public Optional<byte[]> read(Path file, int most) {
        return Optional.ofNullable(files.get(file)).map(each -> each.content.clone());
    }
}
