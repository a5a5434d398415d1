/*
 * Printing what is in force: every key, its value, and where the value came from. Secrets are
 * hidden, those of the table by their row, those of the services' own by their names.
 */
#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "config/config.h"
#include "config/scalar.h"

#define HIDDEN       "(hidden)"
#define VALUE_COLUMN 56 /* where "# origin" begins, when what is before it is not longer */

typedef struct printer {
    minos_arena *arena; /* scratch */
    bool json;
    minos_buffer *out;
    minos_value *object; /* of JSON */
    minos_rc rc;         /* the first failure */
} printer;

static bool is_plain(minos_view text)
{
    static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-";
    const mn_yaml scalar = {.kind = MN_YAML_SCALAR, .text = text};

    for (size_t i = 0; i < text.size; i++)
        if (memchr(safe, text.data[i], sizeof safe - 1) == NULL)
            return false;
    return text.size != 0 && text.data[0] != '-' &&
           mn_yaml_resolve(&scalar).type == MINOS_TYPE_STRING;
}

/* Write a value as YAML that reads back as the same: JSON, but for text that needs no quotes. */
static const char *yaml_text(printer *p, const minos_value *value)
{
    minos_view json = {0};
    minos_rc rc;

    if (value->type == MINOS_TYPE_STRING && is_plain(minos_value_view(value)))
        return mn_text(p->arena, "%s", value->as.string);
    rc = minos_json_encode(value, p->arena, &json);
    if (rc != MINOS_OK)
        p->rc = rc;
    return rc == MINOS_OK ? mn_arena_try_dup(p->arena, json).data : "?";
}

/* Hide the password in "scheme://user:password@host"; it may hold what an address may not. */
static minos_value without_password(printer *p, minos_value text)
{
    const char *scheme = strstr(text.as.string, "://");
    const char *host = scheme == NULL ? NULL : strrchr(scheme, '@');
    const char *colon = host == NULL ? NULL : memchr(scheme + 3, ':', (size_t)(host - scheme - 3));

    if (colon == NULL)
        return text;
    return minos_value_text(mn_text(p->arena, "%.*s:" HIDDEN "%s", (int)(colon - text.as.string),
                                    text.as.string, host));
}

/* Copy a service's own value without its secrets, however deep in lists and maps they are. */
static minos_value without_secrets(printer *p, const char *key, minos_value value)
{
    minos_value *items;
    minos_pair *pairs;

    if (mn_key_looks_secret(key))
        return minos_value_text(HIDDEN);
    if (value.type == MINOS_TYPE_STRING)
        return without_password(p, value);
    if (value.type == MINOS_TYPE_LIST) {
        items = mn_arena_array(p->arena, minos_value, value.size);
        for (uint32_t i = 0; i < value.size; i++)
            items[i] = without_secrets(p, key, value.as.items[i]);
        value.as.items = items;
    } else if (value.type == MINOS_TYPE_MAP) {
        pairs = mn_arena_array(p->arena, minos_pair, value.size);
        for (uint32_t i = 0; i < value.size; i++) {
            pairs[i].key = value.as.named.pairs[i].key;
            pairs[i].value = without_secrets(p, pairs[i].key.data, value.as.named.pairs[i].value);
        }
        value.as.named.pairs = pairs;
    }
    return value;
}

static void put(printer *p, const char *key, const minos_value *value, const char *text,
                const char *origin)
{
    if (p->json) {
        minos_value *row = minos_value_map_new(p->arena);
        minos_rc rc = minos_value_put(p->arena, row, MINOS_VIEW("value"), *value);
        if (rc == MINOS_OK)
            rc = minos_value_put(p->arena, row, MINOS_VIEW("origin"), minos_value_text(origin));
        if (rc == MINOS_OK)
            rc = minos_value_put(p->arena, p->object, minos_view_of(key), *row);
        if (rc != MINOS_OK)
            p->rc = rc;
        return;
    }
    text = mn_text(p->arena, "%s: %s", key, text);
    mn_buffer_put_text(p->out, text);
    for (size_t column = strlen(text); column < VALUE_COLUMN; column++)
        mn_buffer_put_byte(p->out, ' ');
    mn_buffer_put_text(p->out, mn_text(p->arena, " # %s\n", origin));
}

/* A service's own keys: each leaf has an origin of its own. */
static void put_tree(printer *p, const char *key, const mn_yaml *node)
{
    minos_value value;

    if (node->kind == MN_YAML_MAP && node->count > 0) {
        for (size_t i = 0; i < node->count; i++)
            put_tree(p, mn_text(p->arena, "%s.%s", key, node->entries[i].key.data),
                     node->entries[i].value);
        return;
    }
    value = without_secrets(p, key, mn_yaml_value(p->arena, node));
    put(p, key, &value, mn_key_looks_secret(key) ? HIDDEN : yaml_text(p, &value),
        mn_origin_text(p->arena, node->at));
}

static void put_entry(printer *p, const mn_entry *entry)
{
    char unit[MN_UNIT_TEXT_BYTES];
    const char *origin = mn_origin_text(p->arena, entry->origin);
    minos_value value = entry->value;

    if (entry->tree != NULL) {
        put_tree(p, entry->key, entry->tree);
        return;
    }
    if (entry->row->type == MN_KEY_MAP || entry->row->type == MN_KEY_FREE ||
        (!entry->has_value && entry->row->absent != NULL) ||
        (!entry->has_value && mn_key_absent_above(entry->key) != NULL))
        return;
    if (!entry->has_value) {
        value = minos_value_null();
        put(p, entry->key, &value, "~", "not set");
        return;
    }
    if (entry->row->secret)
        value = minos_value_text(HIDDEN);
    else if (entry->row->type == MN_KEY_DURATION)
        mn_scalar_duration_text(value.as.integer * MINOS_US, unit);
    else if (entry->row->type == MN_KEY_BYTES)
        mn_scalar_bytes_text(value.as.integer, unit);
    if (entry->row->type == MN_KEY_DURATION || entry->row->type == MN_KEY_BYTES)
        value = minos_value_text(mn_text(p->arena, "%s", unit));
    if (!entry->is_set && entry->row->inherits != NULL)
        origin = mn_text(p->arena, "%s, as %s", origin, entry->row->inherits);
    put(p, entry->key, &value,
        value.type == MINOS_TYPE_STRING &&
                (entry->row->secret || entry->row->type == MN_KEY_DURATION ||
                 entry->row->type == MN_KEY_BYTES)
            ? value.as.string
            : yaml_text(p, &value),
        origin);
}

minos_rc mn_config_print(const minos_config *config, bool json, minos_buffer *out)
{
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
    printer p = {.arena = arena, .json = json, .out = out, .rc = MINOS_OK};
    minos_view text;

    p.object = minos_value_map_new(arena);
    for (size_t i = 0; i < config->entry_count; i++)
        put_entry(&p, &config->entries[i]);
    MINOS_TRY(p.rc);
    if (json) {
        MINOS_TRY(minos_json_encode(p.object, arena, &text));
        mn_buffer_put(out, text.data, text.size);
        mn_buffer_put_byte(out, '\n');
    }
    return mn_buffer_check(out);
}
