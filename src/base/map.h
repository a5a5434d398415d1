/*
 * A hash map from text to pointers: open addressing, keys borrowed, values never NULL.
 */
#ifndef MN_BASE_MAP_H
#define MN_BASE_MAP_H

#include <stddef.h>
#include <stdint.h>

#include <minos/view.h>

typedef struct mn_map_entry {
    minos_view key;
    uint64_t hash;
    void *value; /* NULL: free place */
} mn_map_entry;

typedef struct mn_map {
    mn_map_entry *entries;
    size_t places; /* a power of two, or 0 */
    size_t count;
} mn_map;

void mn_map_done(mn_map *map);
void *mn_map_get(const mn_map *map, minos_view key);
/* Set a value and give the one it replaces, NULL when there was none. */
void *mn_map_set(mn_map *map, minos_view key, void *value);
/* Remove a key and give its value, NULL when there was none. */
void *mn_map_remove(mn_map *map, minos_view key);
/* Step through the entries in no order; *place begins at 0. NULL at the end. */
mn_map_entry *mn_map_next(const mn_map *map, size_t *place);

uint64_t mn_hash(minos_view bytes);

#endif
