/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.codec;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.tools.ToolProvider;

/** A class loader with classes of its own, as a web application has one. */
final class WebApp {
    private WebApp() {}

    /** Compiles the sources, by simple class name, into the folder and loads from there and from the platform only. */
    static URLClassLoader compiled(Path folder, Map<String, String> sources) throws IOException {
        List<String> arguments = new ArrayList<>(List.of("-proc:none", "-d", folder.toString()));
        for (Map.Entry<String, String> source : sources.entrySet()) {
            Path file = folder.resolve(source.getKey() + ".java");
            Files.writeString(file, source.getValue());
            arguments.add(file.toString());
        }
        int status = ToolProvider.getSystemJavaCompiler().run(null, null, null, arguments.toArray(String[]::new));
        if (status != 0) {
            throw new IllegalArgumentException("Does not compile: " + sources.keySet());
        }
        return new URLClassLoader(new URL[] {folder.toUri().toURL()}, ClassLoader.getPlatformClassLoader());
    }

    /** A new object of this class by its constructor without parameters. */
    static Object create(ClassLoader loader, String type) throws ReflectiveOperationException {
        return loader.loadClass(type).getDeclaredConstructor().newInstance();
    }

    static AttributeCodec codec(ClassLoader loader) {
        return new AttributeCodec(loader, null, value -> false);
    }
}
