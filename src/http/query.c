/*
 * Query strings: see query.h.
 */
#include "http/query.h"

#include <string.h>

#include "base/arena.h"
#include "codec/simd.h"
#include "http/limits.h"
#include "http/target.h"

/* Decode one name or value: `+` is a space. */
static minos_rc decode(minos_view text, minos_arena *arena, minos_view *ret_text)
{
    char *out, *spaced = NULL;
    size_t size;

    if (text.size != 0 && memchr(text.data, '+', text.size) != NULL) {
        spaced = mn_arena_raw(arena, text.size);
        for (size_t i = 0; i < text.size; i++)
            spaced[i] = text.data[i];
        for (size_t i = 0; i < text.size; i++)
            if (spaced[i] == '+')
                spaced[i] = ' ';
        text.data = spaced;
    }
    out = mn_arena_raw(arena, text.size + 1);
    size = mn_http_percent_decode(text, out);
    out[size] = '\0';
    *ret_text = minos_view_make(out, size);
    if (!mn_utf8_valid(*ret_text))
        return minos_fail(MINOS_EPARSE, "the query is not UTF-8");
    return MINOS_OK;
}

static minos_rc add(minos_arena *arena, minos_value *map, minos_view name, minos_view value)
{
    const minos_value *there = minos_value_find(map, name);
    minos_value *list;

    if (there == NULL) {
        if (minos_value_count(map) == MN_HTTP_QUERY_PARAMS_MAX)
            return minos_fail(MINOS_EPARSE, "the query holds more than %d params",
                              MN_HTTP_QUERY_PARAMS_MAX);
        return minos_value_put(arena, map, name, minos_value_text_view(value));
    }
    if (minos_value_type(there) == MINOS_TYPE_LIST) {
        /* Made below, and not seen by anybody yet. */
        return minos_value_append(arena, (minos_value *)(uintptr_t)there,
                                  minos_value_text_view(value));
    }
    list = minos_value_list_new(arena);
    MINOS_TRY(minos_value_append(arena, list, *there));
    MINOS_TRY(minos_value_append(arena, list, minos_value_text_view(value)));
    return minos_value_put(arena, map, name, *list);
}

static minos_rc add_pair(minos_arena *arena, minos_value *map, minos_view pair)
{
    const char *equals = memchr(pair.data, '=', pair.size);
    size_t name_size = equals == NULL ? pair.size : (size_t)(equals - pair.data);
    minos_view name, value = {"", 0};

    MINOS_TRY(decode(minos_view_make(pair.data, name_size), arena, &name));
    if (equals != NULL)
        MINOS_TRY(decode(minos_view_make(equals + 1, pair.size - name_size - 1), arena, &value));
    return add(arena, map, name, value);
}

minos_rc mn_http_query_decode(minos_view query, minos_arena *arena, const minos_value **ret_map)
{
    minos_value *map = minos_value_map_new(arena);
    const char *at = query.data, *end = at + query.size;

    while (at < end) {
        const char *ampersand = memchr(at, '&', (size_t)(end - at));
        if (ampersand == NULL)
            ampersand = end;
        if (ampersand != at)
            MINOS_TRY(add_pair(arena, map, minos_view_make(at, (size_t)(ampersand - at))));
        at = ampersand + 1;
    }
    *ret_map = minos_value_count(map) == 0 ? NULL : map;
    return MINOS_OK;
}
