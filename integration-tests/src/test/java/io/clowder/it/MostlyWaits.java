/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * A class that waits for most of its time, for a timeout or for a cluster, and whose nodes no class uses that runs at the same
 * time: the classes without this annotation run beside it, one after the other. What is {@code Isolated} runs when all that is over.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Execution(ExecutionMode.CONCURRENT)
@interface MostlyWaits {}
