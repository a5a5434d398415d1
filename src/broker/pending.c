/*
 * Who waits for which reply: see pending.h. Open addressing; removal moves later entries back.
 */
#include "broker/pending.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define PLACES_MIN 16

static size_t home_of(const mn_pending *pending, const minos_uuid *identifier)
{
    uint64_t hash;
    memcpy(&hash, identifier->bytes, sizeof hash);
    return (size_t)(hash ^ hash >> 32) & pending->mask;
}

/* The place of an identifier, or the free place where it would go. */
static size_t place_of(const mn_pending *pending, const minos_uuid *identifier)
{
    size_t place = home_of(pending, identifier);
    while (pending->places[place] != NULL &&
           !minos_uuid_equal(pending->places[place]->identifier, *identifier))
        place = (place + 1) & pending->mask;
    return place;
}

static void grow(mn_pending *pending)
{
    mn_pending old = *pending;
    size_t old_size = old.places == NULL ? 0 : old.mask + 1;
    size_t size = old_size == 0 ? PLACES_MIN : old_size * 2;

    pending->places = mn_new_array(mn_pending_entry *, size);
    pending->mask = size - 1;
    for (size_t i = 0; i < old_size; i++)
        if (old.places[i] != NULL)
            pending->places[place_of(pending, &old.places[i]->identifier)] = old.places[i];
    free(old.places);
}

void mn_pending_done(mn_pending *pending)
{
    free(pending->places);
    memset(pending, 0, sizeof *pending);
}

void mn_pending_add(mn_pending *pending, mn_pending_entry *entry)
{
    if (pending->places == NULL || (pending->count + 1) * 2 > pending->mask + 1)
        grow(pending);
    pending->places[place_of(pending, &entry->identifier)] = entry;
    pending->count++;
}

mn_pending_entry *mn_pending_find(const mn_pending *pending, const minos_uuid *identifier)
{
    return pending->count == 0 ? NULL : pending->places[place_of(pending, identifier)];
}

void mn_pending_remove(mn_pending *pending, const mn_pending_entry *entry)
{
    size_t hole, next;

    if (pending->count == 0)
        return;
    hole = next = place_of(pending, &entry->identifier);
    if (pending->places[hole] != entry)
        return;
    pending->count--;
    for (;;) {
        size_t home;
        next = (next + 1) & pending->mask;
        if (pending->places[next] == NULL)
            break;
        home = home_of(pending, &pending->places[next]->identifier);
        if (((next - home) & pending->mask) >= ((next - hole) & pending->mask)) {
            pending->places[hole] = pending->places[next];
            hole = next;
        }
    }
    pending->places[hole] = NULL;
}

mn_pending_entry *mn_pending_any(const mn_pending *pending)
{
    if (pending->count == 0)
        return NULL;
    for (size_t i = 0;; i++)
        if (pending->places[i] != NULL)
            return pending->places[i];
}
