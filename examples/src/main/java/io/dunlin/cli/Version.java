package io.dunlin.cli;

import picocli.CommandLine.IVersionProvider;

/** The version this program was built as; the jar's manifest has it. */
final class Version implements IVersionProvider {
    static String text() {
        String version = Version.class.getPackage().getImplementationVersion();
        return version == null ? "unpackaged" : version;
    }

    @Override
    public String[] getVersion() {
        return new String[] {"overlay-node " + text()};
    }
}
