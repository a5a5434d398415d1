/*
 * Fuzzes the configuration. What is taken must print, its JSON must read back, and every key must
 * say where it came from; what is refused must say a place and a reason. Time and memory are
 * bounded by the limits of config/yaml.h.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const minos_config *config)
{
    minos_arena *arena = minos_arena_new(0);
    const minos_value *object;
    minos_buffer *out;

    if (minos_buffer_new((size_t)64 << 20, &out) != MINOS_OK ||
        mn_config_print(config, false, out) != MINOS_OK)
        abort();
    minos_buffer_clear(out);
    if (mn_config_print(config, true, out) != MINOS_OK)
        abort();
    if (minos_json_decode(minos_buffer_view(out), arena, &object) != MINOS_OK ||
        minos_value_get(minos_value_get(object, "name"), "origin") == NULL)
        abort();
    minos_buffer_free(out);
    minos_arena_free(arena);
}

/* Up to the first NUL it is the file; behind it come variables and a parameter, each to a NUL. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    size_t text_size = strnlen(text, size);
    char *rest = calloc(1, size - text_size + 1);
    char *variables[4] = {NULL};
    minos_override overrides[2] = {{NULL, NULL}, {NULL, NULL}};
    minos_config *config = NULL;
    size_t count = 0;
    char *at = rest;

    if (rest == NULL)
        abort();
    if (text_size < size)
        memcpy(rest, text + text_size + 1, size - text_size - 1);
    while (count < 3 && *at != '\0') {
        variables[count++] = at;
        at += strlen(at) + (at + strlen(at) < rest + size - text_size);
    }
    if (count == 3) { /* the third is the parameter: key, a space, its value */
        char *space = strchr(variables[2], ' ');
        overrides[0].key = variables[2];
        overrides[0].value = space == NULL ? NULL : space + 1;
        if (space != NULL)
            *space = '\0';
        variables[2] = NULL;
    }
    if (mn_config_build(minos_view_make(text, text_size), "conf/c.yml", "c.yml", overrides,
                        variables, &config) == MINOS_OK)
        check(config);
    else if (strstr(minos_error_message(minos_error_last()), ": ") == NULL)
        abort();
    minos_config_free(config);
    minos_error_clear();
    free(rest);
    return 0;
}
