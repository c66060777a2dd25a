/**
 * The live sessions of one node and the rules they follow: when a copy may serve, what is saved when, who ends a session.
 * Knows no container; depends on {@code codec} and {@code store}.
 */
@NullMarked
package io.clowder.session;

import org.jspecify.annotations.NullMarked;
