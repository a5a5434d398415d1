/*
 * Rows of wrong configurations, for the tests of this folder.
 */
#ifndef MN_CONFIG_TEST_ROWS_H
#define MN_CONFIG_TEST_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <minos/compiler.h>

#include "config/config.h"

typedef struct wrong_row {
    const char *name;
    const char *text; /* of the file c.yml */
    const char *const
        *settings;        /* NAME=value: variables; -key=value: parameters; NULL-terminated */
    const char *expected; /* the whole message; NULL: it is right */
} wrong_row;

#define MN_SETTINGS(...) ((const char *const[]){__VA_ARGS__, NULL})

#define MN_SETTINGS_MAX 16

/* Divide settings into variables and parameters; the parameters' keys are copied into `keys`. */
MINOS_UNUSED static void divide_settings(const char *const *settings, const char **variables,
                                         minos_override *overrides, char keys[][256])
{
    size_t override_count = 0;
    for (; settings != NULL && *settings != NULL; settings++) {
        const char *equals = strchr(*settings, '=');
        if (**settings != '-') {
            *variables++ = *settings;
            continue;
        }
        assert_true(override_count + 1 < MN_SETTINGS_MAX && equals - *settings < 256);
        memcpy(keys[override_count], *settings + 1, (size_t)(equals - *settings - 1));
        keys[override_count][equals - *settings - 1] = '\0';
        overrides[override_count].key = keys[override_count];
        overrides[override_count].value = equals + 1;
        override_count++;
    }
    *variables = NULL;
    overrides[override_count].key = NULL;
}

/* Build with settings; gives the code. */
MINOS_UNUSED static minos_rc build_with(const char *text, const char *path,
                                        const char *const *settings, minos_config **ret_config)
{
    const char *variables[MN_SETTINGS_MAX];
    minos_override overrides[MN_SETTINGS_MAX];
    char keys[MN_SETTINGS_MAX][256];

    divide_settings(settings, variables, overrides, keys);
    return mn_config_build(minos_view_of(text), path, "c.yml", overrides,
                           (char *const *)(const void *)variables, ret_config);
}

MINOS_UNUSED static void check_wrong(const wrong_row *row)
{
    minos_config *config = NULL;
    minos_rc rc = build_with(row->text, NULL, row->settings, &config);
    const char *message = rc == MINOS_OK ? NULL : minos_error_message(minos_error_last());
    bool good = row->expected == NULL ? rc == MINOS_OK
                                      : rc == MINOS_ECONFIG && strcmp(message, row->expected) == 0;

    if (!good)
        fail_msg("%s: gave %s\n%s\ninstead of\n%s", row->name, minos_rc_name(rc),
                 message == NULL ? "" : message, row->expected == NULL ? "success" : row->expected);
    minos_config_free(config);
    minos_error_clear();
}

MINOS_UNUSED static void run_wrong_rows(const wrong_row *rows)
{
    for (; rows->name != NULL; rows++)
        check_wrong(rows);
}

#endif
