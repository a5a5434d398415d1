/*
 * Typed reads of a configuration.
 */
#include <string.h>

#include "config/config.h"
#include "config/scalar.h"

static const minos_value *find(const minos_config *config, const char *key)
{
    const minos_value *value = &config->root;
    while (value != NULL && *key != '\0') {
        size_t size = strcspn(key, ".");
        value = minos_value_find(value, minos_view_make(key, size));
        key += size + (key[size] == '.');
    }
    return value;
}

/* Find what a typed read asks for; it must be there. */
static minos_rc need(const minos_config *config, const char *key, const minos_value **ret_value)
{
    const minos_value *value = find(config, key);

    if (value == NULL && mn_key_find(key) == NULL && !mn_key_is_below(key, "settings"))
        return minos_fail(MINOS_ECONFIG, "there is no key \"%s\"", key);
    if (value == NULL || minos_value_is_null(value))
        return minos_fail(MINOS_ECONFIG, "%s: %s is not set",
                          config->path == NULL ? "configuration" : config->path, key);
    *ret_value = value;
    return MINOS_OK;
}

static minos_rc fail_type(const char *key, const minos_value *value, const char *wanted)
{
    return minos_fail(MINOS_ECONFIG, "%s is %s, not %s", key,
                      minos_type_name((minos_type)value->type), wanted);
}

minos_rc minos_config_text(const minos_config *config, const char *key, const char **ret_text)
{
    const minos_value *value;

    MINOS_TRY(need(config, key, &value));
    if (value->type != MINOS_TYPE_STRING)
        return fail_type(key, value, "a string");
    if (strlen(value->as.string) != value->size)
        return minos_fail(MINOS_ECONFIG, "%s holds a NUL character", key);
    *ret_text = value->as.string;
    return MINOS_OK;
}

minos_rc minos_config_int(const minos_config *config, const char *key, int64_t *ret_integer)
{
    const minos_value *value;

    MINOS_TRY(need(config, key, &value));
    if (value->type != MINOS_TYPE_INT)
        return fail_type(key, value, "an integer");
    *ret_integer = value->as.integer;
    return MINOS_OK;
}

minos_rc minos_config_bool(const minos_config *config, const char *key, bool *ret_boolean)
{
    const minos_value *value;

    MINOS_TRY(need(config, key, &value));
    if (value->type != MINOS_TYPE_BOOL)
        return fail_type(key, value, "a boolean");
    *ret_boolean = value->as.boolean;
    return MINOS_OK;
}

minos_rc minos_config_duration(const minos_config *config, const char *key,
                               minos_duration *ret_duration)
{
    const minos_value *value;
    minos_duration duration;

    MINOS_TRY(need(config, key, &value));
    if (value->type == MINOS_TYPE_TIMEDELTA) {
        *ret_duration = value->as.integer * MINOS_US;
        return MINOS_OK;
    }
    if (mn_key_find(key) != NULL)
        return fail_type(key, value, "a length of time");
    /* A key of the service's own: nobody knew its type before. */
    if (value->type == MINOS_TYPE_INT && value->as.integer >= 0 &&
        !__builtin_mul_overflow(value->as.integer, MINOS_S, &duration)) {
        *ret_duration = duration;
        return MINOS_OK;
    }
    if (value->type == MINOS_TYPE_DOUBLE && value->as.number >= 0 && value->as.number < 9e9) {
        *ret_duration = (minos_duration)(value->as.number * 1e6 + 0.5) * MINOS_US;
        return MINOS_OK;
    }
    if (value->type == MINOS_TYPE_STRING &&
        mn_scalar_duration(minos_value_view(value), &duration) == MN_UNIT_OK) {
        *ret_duration = duration;
        return MINOS_OK;
    }
    return fail_type(key, value, "a length of time such as 30 s");
}

const minos_value *minos_config_value(const minos_config *config, const char *key)
{
    return find(config, key);
}

bool minos_config_is_set(const minos_config *config, const char *key)
{
    size_t size = strlen(key);

    for (size_t i = 0; i < config->entry_count; i++) {
        const mn_entry *entry = &config->entries[i];
        if (!entry->is_set || strncmp(entry->key, key, size) != 0)
            continue;
        if (entry->key[size] == '\0' || entry->key[size] == '.')
            return true;
    }
    return mn_key_is_below(key, "settings") && find(config, key) != NULL;
}

const char *minos_config_name(const minos_config *config)
{
    return minos_value_get(&config->root, "name")->as.string;
}

const char *minos_config_path(const minos_config *config)
{
    return config->path;
}
