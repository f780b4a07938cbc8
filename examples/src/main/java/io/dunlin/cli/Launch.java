package io.dunlin.cli;

/**
 * Where the jar begins. Compiled for an old Java (examples/pom.xml), so that a Java too old for the rest can say so in one line instead of
 * an UnsupportedClassVersionError; hence also the old-fashioned code and the look-up by name.
 */
public final class Launch {
    private static final int NEEDED = 25;

    private Launch() {}

    public static void main(String[] arguments) throws Exception {
        String version = System.getProperty("java.specification.version", "unknown");
        if (!recentEnough(version)) {
            System.err.println("overlay-node needs Java " + NEEDED + " or newer, and this is Java " + version + " ("
                    + System.getProperty("java.home")
                    + "): start it with ./overlay-node, which finds one, or set JAVA_HOME");
            System.exit(2);
        }
        Class.forName("io.dunlin.cli.Main").getMethod("main", String[].class).invoke(null, (Object) arguments);
    }

    private static boolean recentEnough(String version) {
        try {
            return Integer.parseInt(version) >= NEEDED;
        } catch (NumberFormatException e) {
            return false; // "1.8"
        }
    }
}
