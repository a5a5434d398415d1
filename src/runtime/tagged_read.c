/*
 * Reading tagged JSON: see tagged.h.
 */
#include "runtime/tagged.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "codec/rfc3339.h"

#define NUMBER_BYTES_MAX 400 /* the longest decimal fraction of a double has fewer that matter */

typedef minos_rc read_fn(const minos_value *json, minos_arena *arena, minos_value *ret_value);

MINOS_COLD static minos_rc refuse(const char *tag, const char *what)
{
    return minos_fail(MINOS_EPARSE, "malformed tagged JSON: \"%s\" is not %s", tag, what);
}

/* ---- tags ---- */

/* A text as a C string of digits; NULL when it is none. */
static const char *number_text(const minos_value *json)
{
    minos_view text = minos_value_view(json);

    if (minos_value_type(json) != MINOS_TYPE_STRING || text.size == 0 ||
        text.size > NUMBER_BYTES_MAX || memchr(text.data, '\0', text.size) != NULL ||
        strchr(" \t\n\v\f\r", text.data[0]) != NULL)
        return NULL;
    return text.data; /* what a decoder made has a NUL behind it */
}

static minos_rc read_int(const minos_value *json, minos_arena *arena, minos_value *ret_value)
{
    const char *text = number_text(json);
    char *end;
    long long integer;

    (void)arena;
    errno = 0;
    if (text == NULL || (integer = strtoll(text, &end, 10), *end != '\0' || errno != 0))
        return refuse("$int", "a text of an integer of 64 bits");
    *ret_value = minos_value_int(integer);
    return MINOS_OK;
}

static minos_rc read_float(const minos_value *json, minos_arena *arena, minos_value *ret_value)
{
    const char *text = number_text(json);
    char *end;
    double number;

    (void)arena;
    if (text == NULL || (number = strtod(text, &end), *end != '\0'))
        return refuse("$float", "a text of a number, \"inf\", \"-inf\" or \"nan\"");
    *ret_value = minos_value_double(number);
    return MINOS_OK;
}

static int hex_digit(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

static minos_rc read_bytes(const minos_value *json, minos_arena *arena, minos_value *ret_value)
{
    minos_view text = minos_value_view(json);
    char *bytes;
    void *memory;

    if (minos_value_type(json) != MINOS_TYPE_STRING || text.size % 2 != 0)
        return refuse("$bytes", "a text of pairs of hexadecimal digits");
    MINOS_TRY(minos_arena_try_alloc(arena, text.size / 2 + 1, &memory));
    bytes = memory;
    for (size_t i = 0; i < text.size; i += 2) {
        int high = hex_digit(text.data[i]), low = hex_digit(text.data[i + 1]);
        if (high < 0 || low < 0)
            return refuse("$bytes", "a text of pairs of hexadecimal digits, in lower case");
        bytes[i / 2] = (char)(high << 4 | low);
    }
    *ret_value = minos_value_bytes(minos_view_make(bytes, text.size / 2));
    return MINOS_OK;
}

static minos_rc read_datetime(const minos_value *json, minos_arena *arena, minos_value *ret_value)
{
    minos_timestamp at;

    (void)arena;
    if (minos_value_type(json) != MINOS_TYPE_STRING ||
        !mn_rfc3339_read(minos_value_view(json), &at))
        return refuse("$datetime", "a text like 2022-05-09T18:30:15.123456Z");
    *ret_value = minos_value_datetime(at);
    return MINOS_OK;
}

static minos_rc read_date(const minos_value *json, minos_arena *arena, minos_value *ret_value)
{
    int64_t days;

    (void)arena;
    if (minos_value_type(json) != MINOS_TYPE_STRING ||
        !mn_rfc3339_read_date(minos_value_view(json), &days))
        return refuse("$date", "a text like 2024-02-29");
    *ret_value = minos_value_date(days);
    return MINOS_OK;
}

static minos_rc read_time(const minos_value *json, minos_arena *arena, minos_value *ret_value)
{
    int64_t us;

    (void)arena;
    if (minos_value_type(json) != MINOS_TYPE_STRING ||
        !mn_rfc3339_read_time(minos_value_view(json), &us))
        return refuse("$time", "a text like 23:59:59.999999");
    *ret_value = minos_value_time(us);
    return MINOS_OK;
}

static minos_rc read_timedelta(const minos_value *json, minos_arena *arena, minos_value *ret_value)
{
    (void)arena;
    if (minos_value_type(json) != MINOS_TYPE_INT)
        return refuse("$timedelta", "an integer of microseconds");
    *ret_value = minos_value_timedelta(json->as.integer);
    return MINOS_OK;
}

static minos_rc read_uuid(const minos_value *json, minos_arena *arena, minos_value *ret_value)
{
    minos_uuid uuid;

    (void)arena;
    if (minos_value_type(json) != MINOS_TYPE_STRING ||
        minos_uuid_parse(minos_value_view(json), &uuid) != MINOS_OK)
        return refuse("$uuid", "a text of a UUID");
    *ret_value = minos_value_uuid(uuid);
    return MINOS_OK;
}

/* ---- containers ---- */

static minos_rc read_list(const minos_value *json, minos_arena *arena, minos_value *ret_value)
{
    minos_value *items;
    void *memory;

    MINOS_TRY(minos_arena_try_alloc(arena, json->size * sizeof *items, &memory));
    items = memory;
    for (uint32_t i = 0; i < json->size; i++)
        MINOS_TRY(mn_tagged_read(&json->as.items[i], arena, &items[i]));
    *ret_value = (minos_value){
        .type = MINOS_TYPE_LIST, .size = json->size, .as.items = json->size == 0 ? NULL : items};
    return MINOS_OK;
}

static minos_rc read_pairs(const minos_value *json, minos_arena *arena, minos_value *ret_value)
{
    minos_pair *pairs;
    void *memory;

    MINOS_TRY(minos_arena_try_alloc(arena, json->size * sizeof *pairs, &memory));
    pairs = memory;
    for (uint32_t i = 0; i < json->size; i++) {
        pairs[i].key = json->as.named.pairs[i].key;
        MINOS_TRY(mn_tagged_read(&json->as.named.pairs[i].value, arena, &pairs[i].value));
    }
    *ret_value = (minos_value){.type = MINOS_TYPE_MAP,
                               .size = json->size,
                               .as.named.pairs = json->size == 0 ? NULL : pairs};
    return MINOS_OK;
}

static minos_rc read_set(const minos_value *json, minos_arena *arena, minos_value *ret_value)
{
    if (minos_value_type(json) != MINOS_TYPE_LIST)
        return refuse("$set", "a list");
    MINOS_TRY(read_list(json, arena, ret_value));
    ret_value->flags = MINOS_VALUE_SET;
    return MINOS_OK;
}

static minos_rc read_map(const minos_value *json, minos_arena *arena, minos_value *ret_value)
{
    if (minos_value_type(json) != MINOS_TYPE_MAP)
        return refuse("$map", "an object");
    return read_pairs(json, arena, ret_value);
}

static minos_rc read_record(const minos_value *json, minos_arena *arena, minos_value *ret_value)
{
    const minos_value *fields = minos_value_find(json, MINOS_VIEW("fields"));
    minos_view name = minos_value_view(minos_value_find(json, MINOS_VIEW("name")));

    if (minos_value_count(json) != 2 || minos_value_type(fields) != MINOS_TYPE_MAP ||
        name.size == 0 || memchr(name.data, '\0', name.size) != NULL)
        return refuse("$record", "an object of a text \"name\" and an object \"fields\"");
    MINOS_TRY(read_pairs(fields, arena, ret_value));
    ret_value->flags = MINOS_VALUE_RECORD;
    ret_value->as.named.name = name.data;
    return MINOS_OK;
}

static const struct {
    const char *tag;
    read_fn *read;
} tags[] = {
    {"$int", read_int},
    {"$float", read_float},
    {"$bytes", read_bytes},
    {"$datetime", read_datetime},
    {"$date", read_date},
    {"$time", read_time},
    {"$timedelta", read_timedelta},
    {"$uuid", read_uuid},
    {"$set", read_set},
    {"$map", read_map},
    {"$record", read_record},
};

static minos_rc read_object(const minos_value *json, minos_arena *arena, minos_value *ret_value)
{
    const minos_pair *pair = NULL;

    for (uint32_t i = 0; i < json->size && pair == NULL; i++)
        if (json->as.named.pairs[i].key.size != 0 && json->as.named.pairs[i].key.data[0] == '$')
            pair = &json->as.named.pairs[i];
    if (pair == NULL)
        return read_pairs(json, arena, ret_value);
    for (size_t i = 0; i < mn_count_of(tags) && json->size == 1; i++)
        if (minos_view_is(pair->key, tags[i].tag))
            return tags[i].read(&pair->value, arena, ret_value);
    return minos_fail(MINOS_EPARSE, "malformed tagged JSON: \"%.*s\" is no tag, or not alone",
                      pair->key.size < 64 ? (int)pair->key.size : 64, pair->key.data);
}

minos_rc mn_tagged_read(const minos_value *json, minos_arena *arena, minos_value *ret_value)
{
    switch (minos_value_type(json)) {
    case MINOS_TYPE_LIST:
        return read_list(json, arena, ret_value);
    case MINOS_TYPE_MAP:
        return read_object(json, arena, ret_value);
    default:
        *ret_value = minos_value_of(json);
        return MINOS_OK;
    }
}
