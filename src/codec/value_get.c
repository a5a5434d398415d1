/*
 * Typed reads: what a handler asks of its content. Each fault is the peer's, so each message names
 * the field and both types.
 */
#include <minos/value.h>

#include "codec/rfc3339.h"
#include "codec/value.h"

/* Find the field, or take the value itself when `key` is NULL. */
static minos_rc field(const minos_value *map, const char *key, const minos_value **ret_field)
{
    const minos_value *found;

    if (key == NULL) {
        if (map == NULL)
            return minos_fail(MINOS_EMISSING, "the value is missing");
        *ret_field = map;
        return MINOS_OK;
    }
    if (map != NULL && map->type != MINOS_TYPE_MAP)
        return minos_fail(MINOS_ETYPE, "expected a map with field \"%s\", not %s", key,
                          minos_type_name((minos_type)map->type));
    found = minos_value_get(map, key);
    if (found == NULL)
        return minos_fail(MINOS_EMISSING, "field \"%s\" is missing", key);
    *ret_field = found;
    return MINOS_OK;
}

MINOS_COLD static minos_rc wrong_type(const char *key, const minos_value *found,
                                      const char *expected)
{
    const char *name = minos_type_name((minos_type)found->type);
    if (key == NULL)
        return minos_fail(MINOS_ETYPE, "the value is %s, not %s", name, expected);
    return minos_fail(MINOS_ETYPE, "field \"%s\" is %s, not %s", key, name, expected);
}

/* For a string that does not spell what was asked for. */
MINOS_COLD static minos_rc wrong_text(const char *key, const char *expected)
{
    if (key == NULL)
        return minos_fail(MINOS_ETYPE, "the value does not spell %s", expected);
    return minos_fail(MINOS_ETYPE, "field \"%s\" does not spell %s", key, expected);
}

/* Plain returns: a trace line for each of these small steps would tell nothing. */
static minos_rc typed(const minos_value *map, const char *key, minos_type type,
                      const minos_value **ret_field)
{
    const minos_value *found = NULL;
    minos_rc rc = field(map, key, &found);
    if (rc != MINOS_OK)
        return rc;
    if (found->type != type)
        return wrong_type(key, found, minos_type_name(type));
    *ret_field = found;
    return MINOS_OK;
}

minos_rc minos_value_str_view(const minos_value *map, const char *key, minos_view *ret_view)
{
    const minos_value *found = NULL;
    minos_rc rc = typed(map, key, MINOS_TYPE_STRING, &found);
    if (rc == MINOS_OK)
        *ret_view = minos_value_view(found);
    return rc;
}

minos_rc minos_value_str(const minos_value *map, const char *key, const char **ret_text)
{
    const minos_value *found = NULL;
    const char *nul;
    minos_rc rc = typed(map, key, MINOS_TYPE_STRING, &found);

    if (rc != MINOS_OK)
        return rc;
    nul = found->size == 0 ? NULL : memchr(found->as.string, '\0', found->size);
    if (nul != NULL)
        return minos_fail(MINOS_ETYPE, "%s%s%s holds a NUL character at byte %zu",
                          key == NULL ? "the value" : "field \"", key == NULL ? "" : key,
                          key == NULL ? "" : "\"", (size_t)(nul - found->as.string));
    if ((found->flags & MINOS_VALUE_TERMINATED) == 0)
        return minos_fail(MINOS_EINVAL, "a string made from a view is no C string: read it with "
                                        "minos_value_str_view or copy it with minos_value_dup");
    *ret_text = found->as.string;
    return MINOS_OK;
}

minos_rc minos_value_i64(const minos_value *map, const char *key, int64_t *ret_integer)
{
    const minos_value *found = NULL;
    minos_rc rc = typed(map, key, MINOS_TYPE_INT, &found);
    if (rc == MINOS_OK)
        *ret_integer = found->as.integer;
    return rc;
}

minos_rc minos_value_f64(const minos_value *map, const char *key, double *ret_number)
{
    const minos_value *found = NULL;
    minos_rc rc = field(map, key, &found);

    if (rc != MINOS_OK)
        return rc;
    if (found->type == MINOS_TYPE_INT)
        *ret_number = (double)found->as.integer;
    else if (found->type == MINOS_TYPE_DOUBLE)
        *ret_number = found->as.number;
    else
        return wrong_type(key, found, minos_type_name(MINOS_TYPE_DOUBLE));
    return MINOS_OK;
}

minos_rc minos_value_flag(const minos_value *map, const char *key, bool *ret_boolean)
{
    const minos_value *found = NULL;
    minos_rc rc = typed(map, key, MINOS_TYPE_BOOL, &found);
    if (rc == MINOS_OK)
        *ret_boolean = found->as.boolean;
    return rc;
}

minos_rc minos_value_id(const minos_value *map, const char *key, minos_uuid *ret_uuid)
{
    const minos_value *found = NULL;
    minos_rc rc = field(map, key, &found);

    if (rc != MINOS_OK)
        return rc;
    if (found->type == MINOS_TYPE_UUID)
        *ret_uuid = found->as.uuid;
    else if (found->type != MINOS_TYPE_STRING)
        return wrong_type(key, found, minos_type_name(MINOS_TYPE_UUID));
    else if (minos_uuid_parse(minos_value_view(found), ret_uuid) != MINOS_OK)
        return wrong_text(key, minos_type_name(MINOS_TYPE_UUID));
    return MINOS_OK;
}

minos_rc minos_value_when(const minos_value *map, const char *key, minos_timestamp *ret_at)
{
    const minos_value *found = NULL;
    minos_rc rc = field(map, key, &found);

    if (rc != MINOS_OK)
        return rc;
    if (found->type == MINOS_TYPE_DATETIME)
        *ret_at = found->as.integer;
    else if (found->type != MINOS_TYPE_STRING)
        return wrong_type(key, found, minos_type_name(MINOS_TYPE_DATETIME));
    else if (!mn_rfc3339_read(minos_value_view(found), ret_at))
        return wrong_text(key, "a date and time in RFC 3339 (2022-05-09T18:30:15Z)");
    return MINOS_OK;
}

minos_rc minos_value_list(const minos_value *map, const char *key, const minos_value **ret_list)
{
    return typed(map, key, MINOS_TYPE_LIST, ret_list);
}

minos_rc minos_value_map(const minos_value *map, const char *key, const minos_value **ret_map)
{
    return typed(map, key, MINOS_TYPE_MAP, ret_map);
}
