/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it.spring;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.context.annotation.SessionScope;

/** The beans of the application. */
@Configuration
public class Shop {

    @Bean
    @SessionScope
    public Basket basket() {
        return new Basket();
    }
}
