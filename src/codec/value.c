/*
 * Values: making scalars and reading what is there. Building is in value_build.c, typed reads are
 * in value_get.c, order and equality in value_compare.c.
 */
#include <minos/value.h>

#include "codec/value.h"

#include "base/siphash.h"

static const char *const type_names[] = {
#define TYPE_NAME(type, name) [MINOS_TYPE_##type] = name,
    MINOS_TYPE_TABLE(TYPE_NAME)
#undef TYPE_NAME
};

/* ---- make ---- */

minos_value minos_value_null(void)
{
    return (minos_value){.type = MINOS_TYPE_NULL};
}

minos_value minos_value_bool(bool boolean)
{
    return (minos_value){.type = MINOS_TYPE_BOOL, .as.boolean = boolean};
}

minos_value minos_value_int(int64_t integer)
{
    return (minos_value){.type = MINOS_TYPE_INT, .as.integer = integer};
}

minos_value minos_value_double(double number)
{
    return (minos_value){.type = MINOS_TYPE_DOUBLE, .as.number = number};
}

/* A size beyond 32 bits would be cut silently; no content may come near it. */
static minos_value bytes_value(minos_type type, uint8_t flags, minos_view view)
{
    uint32_t size = view.size > UINT32_MAX ? UINT32_MAX : (uint32_t)view.size;
    return (minos_value){.type = (uint8_t)type,
                         .flags = flags,
                         .size = size,
                         .as.string = view.data == NULL ? "" : view.data};
}

minos_value minos_value_text(const char *text)
{
    if (text == NULL)
        return minos_value_null();
    return bytes_value(MINOS_TYPE_STRING, MINOS_VALUE_TERMINATED, minos_view_of(text));
}

minos_value minos_value_text_view(minos_view view)
{
    return bytes_value(MINOS_TYPE_STRING, MINOS_VALUE_TERMINATED, view);
}

minos_value minos_value_string(minos_view view)
{
    return bytes_value(MINOS_TYPE_STRING, 0, view);
}

minos_value minos_value_bytes(minos_view view)
{
    return bytes_value(MINOS_TYPE_BYTES, 0, view);
}

minos_value minos_value_uuid(minos_uuid uuid)
{
    return (minos_value){.type = MINOS_TYPE_UUID, .as.uuid = uuid};
}

minos_value minos_value_datetime(minos_timestamp at)
{
    return (minos_value){.type = MINOS_TYPE_DATETIME, .as.integer = at};
}

minos_value minos_value_date(int64_t days)
{
    return (minos_value){.type = MINOS_TYPE_DATE, .as.integer = days};
}

minos_value minos_value_time(int64_t microseconds)
{
    return (minos_value){.type = MINOS_TYPE_TIME, .as.integer = microseconds};
}

minos_value minos_value_timedelta(int64_t microseconds)
{
    return (minos_value){.type = MINOS_TYPE_TIMEDELTA, .as.integer = microseconds};
}

minos_value minos_value_of(const minos_value *value)
{
    return value == NULL ? minos_value_null() : *value;
}

/* ---- read ---- */

minos_type minos_value_type(const minos_value *value)
{
    return value == NULL ? MINOS_TYPE_NULL : (minos_type)value->type;
}

const char *minos_type_name(minos_type type)
{
    size_t count = sizeof type_names / sizeof type_names[0];
    return (size_t)type < count ? type_names[type] : "of no known type";
}

bool minos_value_is_null(const minos_value *value)
{
    return minos_value_type(value) == MINOS_TYPE_NULL;
}

size_t minos_value_count(const minos_value *value)
{
    minos_type type = minos_value_type(value);
    return type == MINOS_TYPE_LIST || type == MINOS_TYPE_MAP ? value->size : 0;
}

const minos_value *minos_value_at(const minos_value *list, size_t index)
{
    if (minos_value_type(list) != MINOS_TYPE_LIST || index >= list->size)
        return NULL;
    return &list->as.items[index];
}

const minos_pair *minos_value_pair(const minos_value *map, size_t index)
{
    if (minos_value_type(map) != MINOS_TYPE_MAP || index >= map->size)
        return NULL;
    return &map->as.named.pairs[index];
}

static int64_t position_indexed(const minos_value *map, const mn_growth *growth, minos_view key)
{
    uint32_t place = (uint32_t)mn_hash_peer(key) & (growth->places - 1);
    for (; growth->index[place] != 0; place = (place + 1) & (growth->places - 1)) {
        uint32_t position = growth->index[place] - 1;
        if (minos_view_equal(map->as.named.pairs[position].key, key))
            return position;
    }
    return -1;
}

int64_t mn_value_position(const minos_value *map, minos_view key)
{
    if (map->reserved == MN_VALUE_GROWS && map->size > MN_MAP_LINEAR_MAX) {
        const mn_growth *growth = mn_growth_of(map);
        if (growth->index != NULL)
            return position_indexed(map, growth, key);
    }
    for (uint32_t i = 0; i < map->size; i++)
        if (minos_view_equal(map->as.named.pairs[i].key, key))
            return i;
    return -1;
}

const minos_value *minos_value_find(const minos_value *map, minos_view key)
{
    int64_t position;
    if (minos_value_type(map) != MINOS_TYPE_MAP)
        return NULL;
    position = mn_value_position(map, key);
    return position < 0 ? NULL : &map->as.named.pairs[position].value;
}

const minos_value *minos_value_get(const minos_value *map, const char *key)
{
    return minos_value_find(map, minos_view_of(key));
}

minos_view minos_value_view(const minos_value *value)
{
    minos_type type = minos_value_type(value);
    if (type != MINOS_TYPE_STRING && type != MINOS_TYPE_BYTES)
        return minos_view_make("", 0);
    return minos_view_make(value->as.string, value->size);
}
