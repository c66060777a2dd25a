/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.config.Config;
import com.hazelcast.config.MapConfig;
import com.hazelcast.config.XmlConfigBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The Hazelcast file among the examples says what we set up without one, and says all of it. */
class ExampleConfigTest {
    private static final Path EXAMPLE = Path.of("../conf-examples/hazelcast-config/hazelcast.xml");

    @Test
    void saysWhatWeSetUpWithoutAFile() throws Exception {
        Config shipped = MemberConfig.of(ClusterSettings.defaults());
        MemberConfig.complete(shipped, UUID.randomUUID());
        Config example;
        try (var in = Files.newInputStream(EXAMPLE)) {
            example = new XmlConfigBuilder(in).build(); // as it is: nothing filled in
        }

        assertThat(example.getClusterName()).isEqualTo(shipped.getClusterName());
        assertThat(example.getProperties()).isEqualTo(shipped.getProperties());
        assertThat(example.getNetworkConfig()).isEqualTo(shipped.getNetworkConfig());
        assertThat(map(example, MemberConfig.SESSION_MAPS)).isEqualTo(map(shipped, MemberConfig.SESSION_MAPS));
        assertThat(map(example, MemberConfig.VALUE_MAPS)).isEqualTo(map(shipped, MemberConfig.VALUE_MAPS));
        assertThat(map(example, MemberConfig.ROUTES_MAP)).isEqualTo(map(shipped, MemberConfig.ROUTES_MAP));
        assertThat(map(example, Tenure.MAP)).isEqualTo(map(shipped, Tenure.MAP));
        assertThat(example.getQueueConfigs().get(Mail.QUEUE + "*"))
                .isEqualTo(shipped.getQueueConfigs().get(Mail.QUEUE + "*"))
                .isNotNull();
        assertThat(example.getSerializationConfig().getJavaSerializationFilterConfig())
                .isEqualTo(MemberConfig.javaSerializationFilter());
        assertThat(example.getJetConfig().isEnabled()).isFalse();
        assertThat(example.getMetricsConfig()).isEqualTo(shipped.getMetricsConfig());
    }

    @Test
    void isAccepted() {
        Config config = MemberConfig.of(ClusterSettings.parse(
                null, null, null, null, EXAMPLE.toString(), Path.of("").toAbsolutePath()));
        MemberConfig.complete(config, UUID.randomUUID());
        MemberRules.check(config);
    }

    private static MapConfig map(Config config, String name) {
        MapConfig map = config.getMapConfigs().get(name);
        map.getEvictionConfig().setSize(1); // means nothing where nothing is evicted, and the file does not name it
        return map;
    }
}
