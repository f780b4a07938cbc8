package io.dunlin.ipsec.aead;

import java.util.List;

/** The engines that tests of this machine use: all that it has. Which are missing is the business of {@code AeadEnginesTest}. */
final class Engines {
    private static final List<AeadEngine> ALL = AeadEngines.find(System::nanoTime).tested().stream()
            .map(AeadEngines.Tested::engine)
            .toList();

    private Engines() {}

    static List<AeadEngine> all() {
        return ALL;
    }
}
