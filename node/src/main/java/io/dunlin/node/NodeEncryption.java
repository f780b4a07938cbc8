package io.dunlin.node;

import io.dunlin.ipsec.EspTable;
import io.dunlin.ipsec.SecurityAssociations;
import io.dunlin.ipsec.aead.AeadEngine;
import io.dunlin.ipsec.aead.AeadEngines;
import io.dunlin.vxlan.wire.IpAddress;
import java.io.IOException;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * By what packets of a node's encrypted networks are sealed and opened: associations that were given by hand, those that follow from the cluster's keys, which stand
 * back where both are for one VTEP, and the engine. Under the node's lock.
 */
final class NodeEncryption {
    private static final Logger LOG = LoggerFactory.getLogger(OverlayNode.class);

    private final OverlayNode node;
    private final DataPaths dataPaths;
    private final BooleanSupplier isNeeded;

    private SecurityAssociations byHand = SecurityAssociations.NONE;
    private SecurityAssociations derived = SecurityAssociations.NONE;
    private @Nullable AeadEngine engine;

    /** @param isNeeded whether the node takes part in an encrypted network */
    NodeEncryption(OverlayNode node, DataPaths dataPaths, BooleanSupplier isNeeded) {
        this.node = node;
        this.dataPaths = dataPaths;
        this.isNeeded = isNeeded;
    }

    /** By these from now on, in place of those by hand. When it returns no worker holds others. */
    void associate(SecurityAssociations associations) throws IOException {
        byHand = associations;
        adopt();
    }

    /** The same, in place of those that followed from the cluster's keys. */
    void derive(SecurityAssociations associations) throws IOException {
        derived = associations;
        adopt();
    }

    /** The workers seal and open by what is known now. Keys of a cluster are of no use where nothing is encrypted, and not prepared then. */
    void adopt() throws IOException {
        SecurityAssociations all = associations();
        if (engine != null || !all.equals(SecurityAssociations.NONE)) {
            dataPaths.adopt(all, engine());
        }
    }

    private SecurityAssociations associations() {
        return isNeeded.getAsBoolean() ? byHand.and(derived) : byHand;
    }

    /** The associations in use, with their keys, as lines of Wireshark's table. */
    List<String> reveal(IpAddress dataPath) {
        return EspTable.lines(dataPath, associations());
    }

    /** Null where nothing is encrypted. */
    @Nullable
    AeadEngine engineInUse() {
        return engine;
    }

    /**
     * The node's one, which is chosen when it is needed first.
     *
     * @throws IllegalArgumentException if this machine does not have the one that is asked for
     */
    AeadEngine engine() {
        AeadEngine chosen = engine;
        if (chosen == null) {
            chosen = node.config().aead().of(AeadEngines.find(node.nanoClock()));
            engine = chosen;
            LOG.info("node {}: AES-GCM by {}", node.name(), chosen.name());
        }
        return chosen;
    }
}
