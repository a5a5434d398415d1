/*
 * Configurations that are right: values, defaults, precedence, layouts, reads, printing.
 */
#include "support/support.h"

#include <string.h>

#include "base/buffer.h"
#include "config/config.h"

static minos_config *build(const char *text, const minos_override *overrides,
                           char *const *variables)
{
    minos_config *config = NULL;
    assert_ok(mn_config_build(minos_view_of(text), "conf/config.yml", "config.yml", overrides,
                              variables, &config));
    return config;
}

static void defaults_and_file(void **state)
{
    minos_config *config =
        build("name: shop\ninterfaces: {http: {connector: {port: 8900}}}\n", NULL, NULL);
    const char *text = NULL;
    minos_duration duration = 0;
    int64_t integer = 0;

    (void)state;
    assert_string_equal(minos_config_name(config), "shop");
    assert_ok(minos_config_int(config, "interfaces.http.connector.port", &integer));
    assert_int_equal(integer, 8900);
    assert_ok(minos_config_text(config, "interfaces.broker.common.client", &text));
    assert_string_equal(text, "memory");
    assert_ok(
        minos_config_duration(config, "interfaces.http.connector.request_timeout", &duration));
    assert_int_equal(duration, 30 * MINOS_S);
    minos_config_free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_and_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
