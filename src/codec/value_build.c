/*
 * Building values in arenas: growing lists and maps, and copies. Growth doubles, so appending is
 * constant on average; what a list outgrew stays in the arena until that is dropped.
 */
#include <minos/value.h>

#include "codec/value.h"

#include "base/siphash.h"

#define CAPACITY_MIN 4u
#define COUNT_MAX    (UINT32_MAX / 4)

static size_t unit_of(const minos_value *value)
{
    return value->type == MINOS_TYPE_MAP ? sizeof(minos_pair) : sizeof(minos_value);
}

minos_rc mn_value_too_big(const minos_arena *arena)
{
    return minos_fail(MINOS_ETOOBIG, "the content takes more than the %zu bytes of memory allowed",
                      arena->limit);
}

/* Move a container into an array of `capacity`. */
static minos_rc resize(minos_arena *arena, minos_value *value, uint32_t capacity)
{
    size_t unit = unit_of(value);
    mn_growth *old = mn_growth_of(value);
    mn_growth *growth = mn_arena_try_raw(arena, sizeof *growth + unit * capacity);

    if (growth == NULL)
        return mn_value_too_big(arena);
    *growth = (mn_growth){.capacity = capacity};
    if (old != NULL) {
        growth->index = old->index;
        growth->places = old->places;
        memcpy(growth + 1, old + 1, unit * value->size);
    }
    if (value->type == MINOS_TYPE_MAP)
        value->as.named.pairs = (const minos_pair *)(growth + 1);
    else
        value->as.items = (const minos_value *)(growth + 1);
    return MINOS_OK;
}

minos_rc mn_value_begin(minos_arena *arena, minos_type type, size_t count, minos_value *ret_value)
{
    *ret_value = (minos_value){.type = (uint8_t)type, .reserved = MN_VALUE_GROWS};
    if (count == 0)
        return MINOS_OK;
    if (count > COUNT_MAX)
        return mn_value_too_big(arena);
    return resize(arena, ret_value, (uint32_t)count);
}

minos_rc mn_value_grow(minos_arena *arena, minos_value *value)
{
    uint32_t capacity = value->size < CAPACITY_MIN ? CAPACITY_MIN : value->size * 2;
    if (value->size > COUNT_MAX)
        return mn_value_too_big(arena);
    return resize(arena, value, capacity);
}

static void index_add(mn_growth *growth, const minos_pair *pairs, uint32_t position)
{
    uint32_t place = (uint32_t)mn_hash_peer(pairs[position].key) & (growth->places - 1);
    while (growth->index[place] != 0)
        place = (place + 1) & (growth->places - 1);
    growth->index[place] = position + 1;
}

minos_rc mn_value_index(minos_arena *arena, minos_value *map)
{
    mn_growth *growth = mn_growth_of(map);
    uint32_t places = MN_MAP_LINEAR_MAX * 4;

    if (map->size <= MN_MAP_LINEAR_MAX)
        return MINOS_OK;
    while (places < growth->capacity * 2)
        places *= 2;
    growth->index = mn_arena_try_raw(arena, places * sizeof *growth->index);
    if (growth->index == NULL)
        return mn_value_too_big(arena);
    memset(growth->index, 0, places * sizeof *growth->index);
    growth->places = places;
    for (uint32_t i = 0; i < map->size; i++)
        index_add(growth, map->as.named.pairs, i);
    return MINOS_OK;
}

static minos_value *container_new(minos_arena *arena, minos_type type)
{
    minos_value *value = mn_arena_raw(arena, sizeof *value);
    *value = (minos_value){.type = (uint8_t)type, .reserved = MN_VALUE_GROWS};
    return value;
}

minos_value *minos_value_list_new(minos_arena *arena)
{
    return container_new(arena, MINOS_TYPE_LIST);
}

minos_value *minos_value_map_new(minos_arena *arena)
{
    return container_new(arena, MINOS_TYPE_MAP);
}

static bool grows(const minos_value *value, minos_type type)
{
    return minos_value_type(value) == type && value->reserved == MN_VALUE_GROWS;
}

minos_rc minos_value_append(minos_arena *arena, minos_value *list, minos_value item)
{
    minos_rc rc = MINOS_OK;
    minos_value *place;

    if (!grows(list, MINOS_TYPE_LIST))
        return minos_fail(MINOS_EINVAL, "list was not made by minos_value_list_new");
    place = mn_value_next_item(arena, list, &rc);
    if (place == NULL)
        return rc;
    *place = item;
    return MINOS_OK;
}

minos_rc minos_value_put(minos_arena *arena, minos_value *map, minos_view key, minos_value value)
{
    minos_rc rc = MINOS_OK;
    int64_t position;
    minos_pair *pair;
    mn_growth *growth;

    if (!grows(map, MINOS_TYPE_MAP))
        return minos_fail(MINOS_EINVAL, "map was not made by minos_value_map_new");
    position = mn_value_position(map, key);
    if (position >= 0) {
        ((minos_pair *)map->as.named.pairs)[position].value = value;
        return MINOS_OK;
    }
    pair = mn_value_next_pair(arena, map, &rc);
    if (pair == NULL)
        return rc;
    *pair = (minos_pair){.key = key, .value = value};
    growth = mn_growth_of(map);
    if (map->size <= MN_MAP_LINEAR_MAX)
        return MINOS_OK;
    if (growth->index != NULL && map->size * 2 <= growth->places) {
        index_add(growth, map->as.named.pairs, map->size - 1);
        return MINOS_OK;
    }
    rc = mn_value_index(arena, map);
    if (rc != MINOS_OK)
        map->size--; /* what the index does not know is not in the map */
    return rc;
}

/* ---- copy ---- */

static minos_rc copy(minos_arena *arena, const minos_value *from, int depth, minos_value *to);

static minos_rc copy_bytes(minos_arena *arena, minos_view from, minos_view *ret_to)
{
    *ret_to = mn_arena_try_dup(arena, from);
    return ret_to->data == NULL ? mn_value_too_big(arena) : MINOS_OK;
}

static minos_rc copy_list(minos_arena *arena, const minos_value *from, int depth, minos_value *to)
{
    MINOS_TRY(mn_value_begin(arena, MINOS_TYPE_LIST, from->size, to));
    to->flags = from->flags;
    for (uint32_t i = 0; i < from->size; i++, to->size++)
        MINOS_TRY(copy(arena, &from->as.items[i], depth + 1, (minos_value *)&to->as.items[i]));
    return MINOS_OK;
}

static minos_rc copy_map(minos_arena *arena, const minos_value *from, int depth, minos_value *to)
{
    minos_view name = minos_view_of(from->as.named.name);

    MINOS_TRY(mn_value_begin(arena, MINOS_TYPE_MAP, from->size, to));
    to->flags = from->flags;
    for (uint32_t i = 0; i < from->size; i++, to->size++) {
        minos_pair *pair = (minos_pair *)&to->as.named.pairs[i];
        MINOS_TRY(copy_bytes(arena, from->as.named.pairs[i].key, &pair->key));
        MINOS_TRY(copy(arena, &from->as.named.pairs[i].value, depth + 1, &pair->value));
    }
    if (name.data != NULL) {
        MINOS_TRY(copy_bytes(arena, name, &name));
        to->as.named.name = name.data;
    }
    return mn_value_index(arena, to);
}

static minos_rc copy(minos_arena *arena, const minos_value *from, int depth, minos_value *to)
{
    minos_view bytes;

    switch (from->type) {
    case MINOS_TYPE_STRING:
    case MINOS_TYPE_BYTES:
        MINOS_TRY(copy_bytes(arena, minos_view_make(from->as.string, from->size), &bytes));
        *to = *from;
        to->flags |= MINOS_VALUE_TERMINATED;
        to->as.string = bytes.data;
        return MINOS_OK;
    case MINOS_TYPE_LIST:
    case MINOS_TYPE_MAP:
        if (depth >= MN_VALUE_DEPTH_MAX)
            return minos_fail(MINOS_ETOOBIG, "the value is nested deeper than %d levels",
                              MN_VALUE_DEPTH_MAX);
        return from->type == MINOS_TYPE_LIST ? copy_list(arena, from, depth, to)
                                             : copy_map(arena, from, depth, to);
    default:
        *to = *from;
        return MINOS_OK;
    }
}

minos_rc minos_value_dup(minos_arena *arena, const minos_value *value, const minos_value **ret_copy)
{
    minos_value null = minos_value_null();
    minos_value *to = mn_arena_try_raw(arena, sizeof *to);

    if (to == NULL)
        return mn_value_too_big(arena);
    MINOS_TRY(copy(arena, value == NULL ? &null : value, 0, to));
    *ret_copy = to;
    return MINOS_OK;
}
