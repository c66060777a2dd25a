/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/**
 * A class that waits for most of its time, for a timeout or for a cluster, and whose nodes no class without this annotation uses:
 * those run beside it, one after the other. What is {@code Isolated} runs when all that is over. The lock has one such class run at
 * a time, and makes JUnit run its methods one after the other, which it would not do with the mode alone.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("MostlyWaits")
@interface MostlyWaits {}
