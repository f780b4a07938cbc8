package io.dunlin.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/**
 * Dependencies point one way: examples → node → vxlan-core, and inside vxlan-core stages → io → packets → wire formats; gossip and ipam stand alone, lb
 * needs vxlan-core.
 * Each rule was seen to fail once (docs/adr/0003).
 */
class ArchitectureTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.dunlin");

    private static final DescribedPredicate<JavaClass> JDK_AND_ANNOTATIONS =
            resideInAnyPackage("java..", "javax..", "jdk..", "org.jspecify..").as("the JDK and JSpecify");

    @Test
    void theRulesSeeTheProject() {
        // a rule over no classes holds too: these are the ones the rules below name
        assertThat(CLASSES.stream().map(JavaClass::getPackageName))
                .contains(
                        "io.dunlin.vxlan",
                        "io.dunlin.vxlan.wire",
                        "io.dunlin.vxlan.packet",
                        "io.dunlin.vxlan.io",
                        "io.dunlin.vxlan.io.linux",
                        "io.dunlin.gossip",
                        "io.dunlin.gossip.netty",
                        "io.dunlin.gossip.transport",
                        "io.dunlin.gossip.wire",
                        "io.dunlin.ipam",
                        "io.dunlin.ipsec",
                        "io.dunlin.ipsec.aead",
                        "io.dunlin.ipsec.wire",
                        "io.dunlin.lb",
                        "io.dunlin.node",
                        "io.dunlin.cli");
    }

    @Test
    void wireFormatsDependOnNothing() {
        classes()
                .that(resideInAPackage("io.dunlin.vxlan.wire.."))
                .should()
                .onlyDependOnClassesThat(
                        resideInAPackage("io.dunlin.vxlan.wire..").or(JDK_AND_ANNOTATIONS))
                .check(CLASSES);
        classes()
                .that(resideInAPackage("io.dunlin.gossip.wire.."))
                .should()
                .onlyDependOnClassesThat(
                        resideInAPackage("io.dunlin.gossip.wire..").or(JDK_AND_ANNOTATIONS))
                .check(CLASSES);
    }

    @Test
    void gossipStandsAloneAndItsProtocolRunsOnAnyTransport() {
        noClasses()
                .that(resideInAPackage("io.dunlin.gossip.."))
                .should()
                .dependOnClassesThat(resideInAPackage("io.dunlin..").and(not(resideInAPackage("io.dunlin.gossip.."))))
                .check(CLASSES);
        noClasses()
                .that(resideInAPackage("io.dunlin.gossip.."))
                .and(not(resideInAPackage("io.dunlin.gossip.netty..")))
                .and(not(nameMatching("io\\.dunlin\\.gossip\\.Gossip(Threads)?(\\$.*)?"))) // where it is put together
                .should()
                .dependOnClassesThat(resideInAPackage("io.netty.."))
                .check(CLASSES);
    }

    @Test
    void poolsUseTheJdkAlone() {
        classes()
                .that(resideInAPackage("io.dunlin.ipam.."))
                .should()
                .onlyDependOnClassesThat(resideInAPackage("io.dunlin.ipam..").or(JDK_AND_ANNOTATIONS))
                .check(CLASSES);
    }

    @Test
    void servicesNeedTheCoreWithoutItsDevicesAndMapsThatShare() {
        classes()
                .that(resideInAPackage("io.dunlin.lb"))
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(
                                "io.dunlin.lb",
                                "io.dunlin.vxlan",
                                "io.dunlin.vxlan.packet..",
                                "io.dunlin.vxlan.wire..",
                                "org.pcollections..")
                        .or(JDK_AND_ANNOTATIONS))
                .check(CLASSES);
    }

    @Test
    void packetsDependOnWireFormatsAlone() {
        classes()
                .that(resideInAPackage("io.dunlin.vxlan.packet.."))
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage("io.dunlin.vxlan.packet..", "io.dunlin.vxlan.wire..")
                        .or(JDK_AND_ANNOTATIONS))
                .check(CLASSES);
    }

    @Test
    void encryptionUsesTheJdkTheCoresPacketsAndPerhapsBouncyCastle() {
        classes()
                .that(resideInAPackage("io.dunlin.ipsec.."))
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(
                                "io.dunlin.ipsec..",
                                "io.dunlin.vxlan.wire..",
                                "io.dunlin.vxlan.packet..",
                                "org.bouncycastle.crypto..")
                        .or(JDK_AND_ANNOTATIONS))
                .check(CLASSES);
    }

    @Test
    void devicesAndSocketsKnowNoStages() {
        noClasses()
                .that(resideInAPackage("io.dunlin.vxlan.io.."))
                .should()
                .dependOnClassesThat(resideInAPackage("io.dunlin.vxlan"))
                .check(CLASSES);
    }

    @Test
    void theCoreUsesTheJdkAlone() {
        classes()
                .that(resideInAPackage("io.dunlin.vxlan.."))
                .should()
                .onlyDependOnClassesThat(resideInAPackage("io.dunlin.vxlan..").or(JDK_AND_ANNOTATIONS))
                .check(CLASSES);
    }

    @Test
    void nobodyBelowKnowsTheNodeAndNobodyKnowsTheCommandLine() {
        noClasses()
                .that(resideInAPackage("io.dunlin.vxlan.."))
                .should()
                .dependOnClassesThat(resideInAnyPackage("io.dunlin.node..", "io.dunlin.cli..", "io.dunlin.examples.."))
                .check(CLASSES);
        noClasses()
                .that(resideInAPackage("io.dunlin.node.."))
                .should()
                .dependOnClassesThat(
                        resideInAnyPackage("io.dunlin.cli..", "io.dunlin.examples..", "io.dunlin.testkit.."))
                .check(CLASSES);
    }

    @Test
    void packagesFormNoCycles() {
        slices().matching("io.dunlin.(**)").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void onlyLinuxIoAndEnginesCallIntoNativeCode() {
        noClasses()
                .that(not(resideInAnyPackage("io.dunlin.vxlan.io.linux..", "io.dunlin.ipsec.aead..")))
                .should()
                .dependOnClassesThat(nameMatching("java\\.lang\\.foreign\\.(Linker|SymbolLookup|FunctionDescriptor).*"))
                .check(CLASSES);
    }

    @Test
    void coresTakeTimeAndRandomnessFromOutside() {
        noClasses()
                .that(not(resideInAnyPackage("io.dunlin.cli..", "io.dunlin.examples..", "io.dunlin.testkit..")))
                .should()
                .callCodeUnitWhere(readsClockOrSleepsOrRollsDice())
                .check(CLASSES);
    }

    private static DescribedPredicate<JavaCall<?>> readsClockOrSleepsOrRollsDice() {
        return target(owner(nameMatching("java\\.lang\\.System")))
                .and(target(nameMatching("nanoTime|currentTimeMillis")))
                .or(target(owner(nameMatching("java\\.lang\\.Thread"))).and(target(nameMatching("sleep"))))
                .or(target(owner(nameMatching("java\\.lang\\.Math"))).and(target(nameMatching("random"))))
                .or(target(owner(nameMatching("java\\.time\\.(Instant|Clock|Local.*|Zoned.*)")))
                        .and(target(nameMatching("now|system.*"))))
                .or(target(
                                owner(
                                        nameMatching(
                                                "java\\.util\\.(Random|UUID|concurrent\\.ThreadLocalRandom)|java\\.security\\.SecureRandom")))
                        .and(target(nameMatching("<init>|randomUUID|current|getInstance.*"))))
                .as("a clock, sleep or random numbers");
    }

    @Test
    void theLibraryEndsNoProgramAndPrintsNothing() {
        noClasses()
                .that(resideInAnyPackage(
                        "io.dunlin.vxlan..",
                        "io.dunlin.gossip..",
                        "io.dunlin.ipam..",
                        "io.dunlin.ipsec..",
                        "io.dunlin.lb..",
                        "io.dunlin.node.."))
                .should()
                .callMethod(System.class, "exit", int.class)
                .orShould()
                .accessField(System.class, "out")
                .orShould()
                .accessField(System.class, "err")
                .check(CLASSES);
    }

    @Test
    void namesSayWhatAThingIs() {
        noClasses()
                .that(resideInAPackage("io.dunlin.."))
                .should()
                .haveNameMatching(".*(Util|Utils|Helper|Manager|Impl)|.*\\.(Abstract|Base)[A-Z].*")
                .check(CLASSES);
    }
}
