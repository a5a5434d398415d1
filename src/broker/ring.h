/*
 * A queue of messages in a ring that grows to its need and is then reused. Owns a reference to
 * each.
 */
#ifndef MN_BROKER_RING_H
#define MN_BROKER_RING_H

#include <stdlib.h>

#include <minos/message.h>

#include "base/alloc.h"

#define MN_RING_PLACES_MIN 16

typedef struct mn_ring {
    minos_message **places;
    size_t mask; /* number of places - 1; places are a power of two */
    size_t first;
    size_t count;
} mn_ring;

static inline void mn_ring_grow(mn_ring *ring)
{
    size_t old = ring->places == NULL ? 0 : ring->mask + 1;
    size_t size = old == 0 ? MN_RING_PLACES_MIN : old * 2;
    minos_message **places = mn_new_array(minos_message *, size);

    for (size_t i = 0; i < ring->count; i++)
        places[i] = ring->places[(ring->first + i) & ring->mask];
    free(ring->places);
    ring->places = places;
    ring->mask = size - 1;
    ring->first = 0;
}

/* Put at the end; takes the caller's reference. */
static inline void mn_ring_put(mn_ring *ring, minos_message *message)
{
    if (ring->places == NULL || ring->count > ring->mask)
        mn_ring_grow(ring);
    ring->places[(ring->first + ring->count++) & ring->mask] = message;
}

/* Put before the first; takes the caller's reference. */
static inline void mn_ring_put_first(mn_ring *ring, minos_message *message)
{
    if (ring->places == NULL || ring->count > ring->mask)
        mn_ring_grow(ring);
    ring->first = (ring->first - 1) & ring->mask;
    ring->places[ring->first] = message;
    ring->count++;
}

/* Take the first, with its reference; NULL when empty. */
static inline minos_message *mn_ring_take(mn_ring *ring)
{
    minos_message *message;
    if (ring->count == 0)
        return NULL;
    message = ring->places[ring->first];
    ring->first = (ring->first + 1) & ring->mask;
    ring->count--;
    return message;
}

/* Take the last, with its reference; NULL when empty. */
static inline minos_message *mn_ring_take_last(mn_ring *ring)
{
    if (ring->count == 0)
        return NULL;
    return ring->places[(ring->first + --ring->count) & ring->mask];
}

/* Drop all and free; gives how many there were. */
static inline size_t mn_ring_done(mn_ring *ring)
{
    size_t count = ring->count;
    for (minos_message *message; (message = mn_ring_take(ring)) != NULL;)
        minos_message_unref(message);
    free(ring->places);
    *ring = (mn_ring){NULL, 0, 0, 0};
    return count;
}

#endif
