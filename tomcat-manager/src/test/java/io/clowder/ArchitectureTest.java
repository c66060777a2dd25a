/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Set;

/** The direction of dependency: manager, then Hazelcast, then core, and in the core session, then codec and store. */
@AnalyzeClasses(packages = "io.clowder", importOptions = ArchitectureTest.MainClasses.class)
class ArchitectureTest {
    private static final String SESSION = "io.clowder.session..";
    private static final String CODEC = "io.clowder.codec..";
    private static final String STORE = "io.clowder.store..";
    private static final String HAZELCAST = "io.clowder.hazelcast..";
    private static final String TOMCAT = "io.clowder.tomcat..";
    private static final String[] TOMCAT_ITSELF = {"org.apache.catalina..", "org.apache.coyote..", "org.apache.tomcat.."
    };

    @ArchTest
    static final ArchRule everyClassIsInAKnownPackage =
            classes().should().resideInAnyPackage(SESSION, CODEC, STORE, HAZELCAST, TOMCAT);

    @ArchTest
    static final ArchRule codecNeedsTheJdkAlone = classes()
            .that()
            .resideInAPackage(CODEC)
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(CODEC, "java..", "javax..", "org.jspecify..");

    @ArchTest
    static final ArchRule storeNeedsTheJdkAlone = classes()
            .that()
            .resideInAPackage(STORE)
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(STORE, "java..", "javax..", "org.jspecify..");

    @ArchTest
    static final ArchRule sessionNeedsCodecStoreAndTheJdk = classes()
            .that()
            .resideInAPackage(SESSION)
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(SESSION, CODEC, STORE, "java..", "javax..", "org.jspecify..");

    @ArchTest
    static final ArchRule onlyOurHazelcastPackageKnowsHazelcast = noClasses()
            .that()
            .resideOutsideOfPackage(HAZELCAST)
            .should()
            .dependOnClassesThat()
            .resideInAPackage("com.hazelcast..");

    @ArchTest
    static final ArchRule onlyOurTomcatPackageKnowsTomcat = noClasses()
            .that()
            .resideOutsideOfPackage(TOMCAT)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(TOMCAT_ITSELF);

    @ArchTest
    static final ArchRule nothingDependsOnOurTomcatPackage = noClasses()
            .that()
            .resideOutsideOfPackage(TOMCAT)
            .should()
            .dependOnClassesThat()
            .resideInAPackage(TOMCAT);

    @ArchTest
    static final ArchRule noCycles =
            slices().matching("io.clowder.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule nobodyForcesAccess = noClasses().should().accessTargetWhere(forcedAccess());

    private static DescribedPredicate<JavaAccess<?>> forcedAccess() {
        Set<String> names = Set.of("setAccessible", "trySetAccessible", "getDeclaredField", "getDeclaredFields");
        return describe(
                "the target is one of " + names,
                access -> names.contains(access.getTarget().getName())
                        && access.getTargetOwner().getPackageName().startsWith("java.lang"));
    }

    /** Test classes of other modules come in as a folder or as a jar, by the phase that Maven reached. */
    static final class MainClasses implements ImportOption {
        @Override
        public boolean includes(Location location) {
            return !location.contains("/test-classes/") && !location.contains("-tests.jar");
        }
    }
}
