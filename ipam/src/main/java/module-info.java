/**
 * Pools that hand out subnets, addresses, VNIs and ports, none of them twice. Stands alone: it needs none of the other modules, and nothing but
 * the JDK.
 */
module io.dunlin.ipam {
    requires static transitive org.jspecify;

    exports io.dunlin.ipam;
}
