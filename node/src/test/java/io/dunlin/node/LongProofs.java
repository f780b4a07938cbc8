package io.dunlin.node;

/** Whether proofs that take minutes are asked for: {@code mvn -Plong verify}. */
final class LongProofs {
    private LongProofs() {}

    /** How much of something a proof takes: {@code usual}, or {@code asked} where the long proofs are asked for. */
    static int either(int usual, int asked) {
        return Boolean.getBoolean("dunlin.long") ? asked : usual;
    }
}
