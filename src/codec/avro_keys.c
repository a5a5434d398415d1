/*
 * Keys of maps: see avro_keys.h.
 */
#include "codec/avro_keys.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/siphash.h"

void mn_keys_done(mn_keys *keys)
{
    if (keys->views != keys->few)
        free(keys->views);
}

void mn_keys_grow(mn_keys *keys)
{
    keys->capacity *= 2;
    if (keys->views == keys->few) {
        keys->views = mn_alloc(keys->capacity * sizeof *keys->views);
        memcpy(keys->views, keys->few, sizeof keys->few);
    } else {
        keys->views = mn_realloc(keys->views, keys->capacity * sizeof *keys->views);
    }
}

static minos_view find_twice(const minos_view *keys, size_t count)
{
    size_t places = MN_KEYS_LINEAR_MAX * 4;
    minos_view found = minos_view_make(NULL, 0);
    uint32_t *table;

    while (places < count * 2)
        places *= 2;
    table = mn_alloc(places * sizeof *table);
    for (size_t i = 0; found.data == NULL && i < count; i++) {
        size_t place = mn_hash_peer(keys[i]) & (places - 1);
        for (; table[place] != 0; place = (place + 1) & (places - 1))
            if (minos_view_equal(keys[table[place] - 1], keys[i])) {
                found = keys[i];
                break;
            }
        table[place] = (uint32_t)i + 1;
    }
    free(table);
    return found;
}

minos_view mn_keys_end(mn_keys *keys, size_t first)
{
    minos_view twice = minos_view_make(NULL, 0);

    if (keys->count - first > MN_KEYS_LINEAR_MAX)
        twice = find_twice(keys->views + first, keys->count - first);
    keys->count = first;
    return twice;
}
