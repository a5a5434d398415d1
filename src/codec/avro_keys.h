/*
 * Keys of the maps that are being read, the innermost map's last: each may be there once. A few are
 * compared one by one as they come; those of a large map at its end, through a table that is hashed
 * so that no peer can choose where they fall.
 */
#ifndef MN_CODEC_AVRO_KEYS_H
#define MN_CODEC_AVRO_KEYS_H

#include <stdbool.h>
#include <stdint.h>

#include <minos/view.h>

#define MN_KEYS_LINEAR_MAX 16u
#define MN_KEYS_INLINE     64u

typedef struct mn_keys {
    minos_view *views; /* `few`, or heap */
    size_t count;
    size_t capacity;
    minos_view few[MN_KEYS_INLINE];
} mn_keys;

/* Begin in the caller's storage, whose `few` need not be set. */
static inline void mn_keys_init(mn_keys *keys)
{
    keys->views = keys->few;
    keys->count = 0;
    keys->capacity = MN_KEYS_INLINE;
}

void mn_keys_done(mn_keys *keys);
void mn_keys_grow(mn_keys *keys);

/* Note a key of the map whose keys begin at `first`; false: it was given before. */
static inline bool mn_keys_note(mn_keys *keys, size_t first, minos_view key)
{
    if (keys->count - first < MN_KEYS_LINEAR_MAX)
        for (size_t i = first; i < keys->count; i++)
            if (MINOS_UNLIKELY(keys->views[i].size == key.size) &&
                memcmp(keys->views[i].data, key.data, key.size) == 0)
                return false;
    if (MINOS_UNLIKELY(keys->count == keys->capacity))
        mn_keys_grow(keys);
    keys->views[keys->count++] = key;
    return true;
}

/* End the map whose keys begin at `first`; gives a key that it has twice, data NULL: none. */
minos_view mn_keys_end(mn_keys *keys, size_t first);

#endif
