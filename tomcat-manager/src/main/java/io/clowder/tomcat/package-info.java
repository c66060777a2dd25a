/**
 * The Manager, Session and Valve of Tomcat 10.1 and 11. {@code ClowderManager} and {@code ServerListener} are named in
 * configuration files, the rest is internal. The only package that knows Tomcat; depends on {@code session}, {@code store},
 * {@code codec} and {@code hazelcast}.
 */
@NullMarked
package io.clowder.tomcat;

import org.jspecify.annotations.NullMarked;
