/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it.spring;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configuration.EnableWebSecurity;
import org.springframework.security.config.annotation.web.configurers.SessionManagementConfigurer;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.provisioning.InMemoryUserDetailsManager;
import org.springframework.security.web.SecurityFilterChain;

/** Who may see what: two areas with a form login each, CSRF tokens and logout, which differ in what a login does to the id. */
@Configuration
@EnableWebSecurity
public class Security {
    /** The user's, tom's. */
    public static final String PASSWORD = "whiskers-never-to-be-stored";

    private static final String USER_ROLE = "cat";

    @Bean
    public UserDetailsService users() {
        return new InMemoryUserDetailsManager(User.withUsername("tom")
                .password("{noop}" + PASSWORD)
                .roles(USER_ROLE)
                .build());
    }

    @Bean
    public SecurityFilterChain changing(HttpSecurity http) throws Exception {
        return area(http, "/change", fixation -> fixation.changeSessionId());
    }

    @Bean
    public SecurityFilterChain migrating(HttpSecurity http) throws Exception {
        return area(http, "/migrate", fixation -> fixation.migrateSession());
    }

    private static SecurityFilterChain area(
            HttpSecurity http,
            String path,
            Customizer<SessionManagementConfigurer<HttpSecurity>.SessionFixationConfigurer> fixation)
            throws Exception {
        return http.securityMatcher(path + "/**")
                .authorizeHttpRequests(all -> all.anyRequest().hasRole(USER_ROLE))
                .formLogin(form -> form.loginPage(path + "/login").permitAll())
                .logout(logout -> logout.logoutUrl(path + "/logout").logoutSuccessUrl(path + "/login"))
                .sessionManagement(sessions -> sessions.sessionFixation(fixation))
                .build();
    }
}
