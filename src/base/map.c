/*
 * A hash map from text to pointers: see map.h.
 */
#include "base/map.h"

#include <stdlib.h>

#include "base/alloc.h"

#define PLACES_MIN 16

/* Keys here are topics, names and headers of our own tables; peers' keys never fill such a map. */
uint64_t mn_hash(minos_view bytes)
{
    uint64_t hash = UINT64_C(0x9e3779b97f4a7c15) ^ bytes.size;
    const char *at = bytes.data;
    size_t left = bytes.size;

    while (left >= 8) {
        uint64_t word;
        memcpy(&word, at, 8);
        hash = (hash ^ word) * UINT64_C(0xff51afd7ed558ccd);
        hash ^= hash >> 32;
        at += 8;
        left -= 8;
    }
    if (left != 0) {
        uint64_t word = 0;
        memcpy(&word, at, left);
        hash = (hash ^ word) * UINT64_C(0xff51afd7ed558ccd);
    }
    hash ^= hash >> 29;
    hash *= UINT64_C(0xc4ceb9fe1a85ec53);
    return hash ^ (hash >> 32);
}

static mn_map_entry *find(const mn_map *map, minos_view key, uint64_t hash)
{
    size_t place = hash & (map->places - 1);
    for (;;) {
        mn_map_entry *entry = &map->entries[place];
        if (entry->value == NULL || (entry->hash == hash && minos_view_equal(entry->key, key)))
            return entry;
        place = (place + 1) & (map->places - 1);
    }
}

static void grow(mn_map *map)
{
    mn_map old = *map;
    map->places = old.places == 0 ? PLACES_MIN : old.places * 2;
    map->entries = mn_new_array(mn_map_entry, map->places);
    for (size_t i = 0; i < old.places; i++)
        if (old.entries[i].value != NULL)
            *find(map, old.entries[i].key, old.entries[i].hash) = old.entries[i];
    free(old.entries);
}

void mn_map_done(mn_map *map)
{
    free(map->entries);
    memset(map, 0, sizeof *map);
}

void *mn_map_get(const mn_map *map, minos_view key)
{
    return map->places == 0 ? NULL : find(map, key, mn_hash(key))->value;
}

void *mn_map_set(mn_map *map, minos_view key, void *value)
{
    uint64_t hash = mn_hash(key);
    mn_map_entry *entry;
    void *old;

    if ((map->count + 1) * 4 > map->places * 3)
        grow(map);
    entry = find(map, key, hash);
    old = entry->value;
    if (old == NULL) {
        map->count++;
        entry->key = key;
        entry->hash = hash;
    }
    entry->value = value;
    return old;
}

void *mn_map_remove(mn_map *map, minos_view key)
{
    mn_map_entry *entry;
    void *old;
    size_t hole, next;

    if (map->places == 0)
        return NULL;
    entry = find(map, key, mn_hash(key));
    old = entry->value;
    if (old == NULL)
        return NULL;
    map->count--;
    /* Close the gap: move back whatever would no longer be reached across it. */
    hole = next = (size_t)(entry - map->entries);
    for (;;) {
        size_t home;
        next = (next + 1) & (map->places - 1);
        if (map->entries[next].value == NULL)
            break;
        home = map->entries[next].hash & (map->places - 1);
        if (((next - home) & (map->places - 1)) >= ((next - hole) & (map->places - 1))) {
            map->entries[hole] = map->entries[next];
            hole = next;
        }
    }
    map->entries[hole].value = NULL;
    return old;
}

mn_map_entry *mn_map_next(const mn_map *map, size_t *place)
{
    while (*place < map->places) {
        mn_map_entry *entry = &map->entries[(*place)++];
        if (entry->value != NULL)
            return entry;
    }
    return NULL;
}
