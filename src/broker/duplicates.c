/*
 * The duplicate validator in memory: marks in the order they came, in a ring, and a table that
 * finds a mark by topic and identifier. The oldest goes when it is too old or there are too many.
 *
 * A topic is marked by its hash under a key of this process: two topics that one identifier came on
 * are taken for one once in 2^64 times, and no peer can choose them so.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/siphash.h"
#include "broker/message.h"
#include "broker/validator.h"

#define MARKS_MIN 64 /* places at the beginning */

typedef struct mark {
    minos_uuid identifier;
    uint64_t topic; /* its hash */
    int64_t at_ns;
} mark;

typedef struct duplicates {
    size_t marks_max;
    minos_duration window;
    mark *marks; /* a ring */
    size_t size; /* of the ring, a power of two */
    size_t first;
    size_t count;
    uint32_t *places; /* index in the ring + 1; 0: free. Twice as many as the ring has */
} duplicates;

static minos_rc open(void *self, const void *argument)
{
    duplicates *all = self;
    const minos_duplicates_options *options = argument;

    all->marks_max = MN_MARKS;
    all->window = MN_MARKS_WINDOW;
    if (options == NULL)
        return MINOS_OK;
    if (options->marks_max > MN_MARKS_MAX)
        return minos_fail(MINOS_EINVAL, "marks_max %zu is not in 1..%d", options->marks_max,
                          MN_MARKS_MAX);
    if (options->window < 0)
        return minos_fail(MINOS_EINVAL, "the window is negative");
    if (options->marks_max != 0)
        all->marks_max = options->marks_max;
    if (options->window != 0)
        all->window = options->window;
    return MINOS_OK;
}

/* ---- the table ---- */

static size_t home_of(const duplicates *all, const mark *one)
{
    uint64_t hash;
    memcpy(&hash, one->identifier.bytes + 8, sizeof hash);
    return (size_t)((hash ^ one->topic) * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (all->size * 2 - 1);
}

static bool same(const mark *a, const mark *b)
{
    return a->topic == b->topic && minos_uuid_equal(a->identifier, b->identifier);
}

/* The place of a mark, or the free place where it would go. */
static size_t place_of(const duplicates *all, const mark *one)
{
    const size_t mask = all->size * 2 - 1;
    size_t place = home_of(all, one);

    while (all->places[place] != 0 && !same(&all->marks[all->places[place] - 1], one))
        place = (place + 1) & mask;
    return place;
}

/* Free a place; later ones move back so that they are still reached. */
static void place_free(duplicates *all, size_t hole)
{
    const size_t mask = all->size * 2 - 1;

    for (size_t next = (hole + 1) & mask; all->places[next] != 0; next = (next + 1) & mask) {
        size_t home = home_of(all, &all->marks[all->places[next] - 1]);
        if (((next - home) & mask) >= ((next - hole) & mask)) {
            all->places[hole] = all->places[next];
            hole = next;
        }
    }
    all->places[hole] = 0;
}

/* ---- the ring ---- */

static void grow(duplicates *all)
{
    const duplicates old = *all;

    all->size = old.size == 0 ? MARKS_MIN : old.size * 2;
    all->first = 0;
    all->marks = mn_new_array(mark, all->size);
    all->places = mn_new_array(uint32_t, all->size * 2);
    for (size_t i = 0; i < old.count; i++) {
        size_t from = (old.first + i) & (old.size - 1);
        all->marks[i] = old.marks[from];
        if (old.places[place_of(&old, &old.marks[from])] == from + 1) /* it was not forgotten */
            all->places[place_of(all, &all->marks[i])] = (uint32_t)i + 1;
    }
    free(old.marks);
    free(old.places);
}

static void drop_oldest(duplicates *all)
{
    size_t place = place_of(all, &all->marks[all->first]);

    if (all->places[place] == all->first + 1) /* else it was forgotten, and may have come again */
        place_free(all, place);
    all->first = (all->first + 1) & (all->size - 1);
    all->count--;
}

static mark mark_of(const minos_message *message)
{
    return (mark){
        .identifier = message->identifier,
        .topic = mn_hash_peer(message->topic),
        .at_ns = mn_now(),
    };
}

static minos_rc is_valid(void *self, const minos_message *message, bool *ret_valid)
{
    duplicates *all = self;
    const mark one = mark_of(message);
    size_t place, index;

    while (all->count != 0 && one.at_ns - all->marks[all->first].at_ns >= all->window)
        drop_oldest(all);
    if (all->size != 0 && all->places[place_of(all, &one)] != 0) {
        *ret_valid = false;
        return MINOS_OK;
    }
    if (all->count == all->marks_max)
        drop_oldest(all);
    if (all->count == all->size)
        grow(all);
    index = (all->first + all->count++) & (all->size - 1);
    all->marks[index] = one;
    place = place_of(all, &one);
    all->places[place] = (uint32_t)index + 1;
    *ret_valid = true;
    return MINOS_OK;
}

/* The mark stays in the ring until its time; nobody finds it there. */
static void forget(void *self, const minos_message *message)
{
    duplicates *all = self;
    const mark one = mark_of(message);
    size_t place;

    if (all->size == 0)
        return;
    place = place_of(all, &one);
    if (all->places[place] != 0)
        place_free(all, place);
}

static void close(void *self)
{
    duplicates *all = self;
    free(all->marks);
    free(all->places);
}

const minos_validator_ops mn_validator_memory = {
    .name = "memory",
    .self_size = sizeof(duplicates),
    .open = open,
    .is_valid = is_valid,
    .forget = forget,
    .close = close,
};
