/*
 * Value internals, for code that builds values on hot paths.
 *
 * A list or map made by list_new or map_new grows: `reserved` is MN_VALUE_GROWS and the array lies
 * behind a mn_growth. A map of more than MN_MAP_LINEAR_MAX pairs has an index, so that a peer's map
 * of any size is built and read in linear time; smaller ones are searched from end to end.
 */
#ifndef MN_CODEC_VALUE_H
#define MN_CODEC_VALUE_H

#include <minos/value.h>

#include "base/arena.h"

#define MN_VALUE_GROWS    1u /* minos_value.reserved */
#define MN_MAP_LINEAR_MAX 16u
/* Deepest nesting that is decoded, encoded or copied: what we send, our like can read. */
#define MN_VALUE_DEPTH_MAX 64

/* In front of a growing array; 16 bytes, so that the array keeps the arena's alignment. */
typedef struct mn_growth {
    uint32_t capacity; /* items or pairs */
    uint32_t places;   /* of the index: a power of two, or 0 */
    uint32_t *index;   /* position + 1 of a pair, 0: free; NULL for small maps and lists */
} mn_growth;

static inline mn_growth *mn_growth_of(const minos_value *value)
{
    const void *array = value->type == MINOS_TYPE_MAP ? (const void *)value->as.named.pairs
                                                      : (const void *)value->as.items;
    return array == NULL ? NULL : (mn_growth *)array - 1;
}

/* Make an empty list or map in the caller's storage with room for `count` (0: at first use). */
minos_rc mn_value_begin(minos_arena *arena, minos_type type, size_t count, minos_value *ret_value);
/* Make room for one more item or pair. */
minos_rc mn_value_grow(minos_arena *arena, minos_value *value);
/* Index a map that was filled without minos_value_put; nothing for small ones. */
minos_rc mn_value_index(minos_arena *arena, minos_value *map);
/* Find a key's position among the pairs; -1 when absent. */
int64_t mn_value_position(const minos_value *map, minos_view key);
/* Raise MINOS_ETOOBIG: an arena's limit was reached. */
minos_rc mn_value_too_big(const minos_arena *arena);

/* Give the place of a list's next item; NULL when no room was left (nothing is raised yet). */
static inline minos_value *mn_value_next_item(minos_arena *arena, minos_value *list, minos_rc *rc)
{
    mn_growth *growth = mn_growth_of(list);
    if (MINOS_UNLIKELY(growth == NULL || list->size == growth->capacity)) {
        *rc = mn_value_grow(arena, list);
        if (*rc != MINOS_OK)
            return NULL;
    }
    return (minos_value *)list->as.items + list->size++;
}

/* Give the place of a map's next pair, likewise; the caller knows that the key is new. */
static inline minos_pair *mn_value_next_pair(minos_arena *arena, minos_value *map, minos_rc *rc)
{
    mn_growth *growth = mn_growth_of(map);
    if (MINOS_UNLIKELY(growth == NULL || map->size == growth->capacity)) {
        *rc = mn_value_grow(arena, map);
        if (*rc != MINOS_OK)
            return NULL;
    }
    return (minos_pair *)map->as.named.pairs + map->size++;
}

#endif
