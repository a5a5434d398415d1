/*
 * Timers: see timers.h.
 */
#include "fiber/timers.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "fiber/loop.h"

#define WAYS 4

void mn_timers_done(mn_timers *timers)
{
    free(timers->entries);
    timers->entries = NULL;
    timers->count = timers->capacity = 0;
}

static void place(mn_timers *timers, size_t at, mn_timers_entry entry)
{
    timers->entries[at] = entry;
    entry.fiber->timer_place = at + 1;
}

static void sift_up(mn_timers *timers, size_t at, mn_timers_entry entry)
{
    while (at > 0) {
        size_t parent = (at - 1) / WAYS;
        if (timers->entries[parent].due_ns <= entry.due_ns)
            break;
        place(timers, at, timers->entries[parent]);
        at = parent;
    }
    place(timers, at, entry);
}

static void sift_down(mn_timers *timers, size_t at, mn_timers_entry entry)
{
    for (;;) {
        size_t first = at * WAYS + 1, least = first;
        size_t end = first + WAYS < timers->count ? first + WAYS : timers->count;
        if (first >= timers->count)
            break;
        for (size_t i = first + 1; i < end; i++)
            if (timers->entries[i].due_ns < timers->entries[least].due_ns)
                least = i;
        if (entry.due_ns <= timers->entries[least].due_ns)
            break;
        place(timers, at, timers->entries[least]);
        at = least;
    }
    place(timers, at, entry);
}

void mn_timers_want(mn_timers *timers, mn_fiber *fiber, int64_t due_ns)
{
    mn_timers_entry entry = {due_ns, fiber};
    if (fiber->timer_place != 0) {
        if (timers->entries[fiber->timer_place - 1].due_ns > due_ns)
            sift_up(timers, fiber->timer_place - 1, entry);
        return;
    }
    if (timers->count == timers->capacity) {
        timers->capacity = timers->capacity == 0 ? 64 : timers->capacity * 2;
        timers->entries = mn_realloc(timers->entries, timers->capacity * sizeof entry);
    }
    sift_up(timers, timers->count++, entry);
}

void mn_timers_remove(mn_timers *timers, mn_fiber *fiber)
{
    size_t at = fiber->timer_place - 1;
    mn_timers_entry last;

    if (fiber->timer_place == 0)
        return;
    fiber->timer_place = 0;
    last = timers->entries[--timers->count];
    if (at == timers->count)
        return;
    if (at > 0 && timers->entries[(at - 1) / WAYS].due_ns > last.due_ns)
        sift_up(timers, at, last);
    else
        sift_down(timers, at, last);
}

int64_t mn_timers_next(mn_timers *timers)
{
    while (timers->count != 0) {
        mn_timers_entry first = timers->entries[0];
        mn_fiber *fiber = first.fiber;
        if (!fiber->parked || fiber->wait_until_ns == INT64_MAX) {
            mn_timers_remove(timers, fiber);
        } else if (fiber->wait_until_ns > first.due_ns) {
            first.due_ns = fiber->wait_until_ns;
            sift_down(timers, 0, first);
        } else {
            return first.due_ns;
        }
    }
    return INT64_MAX;
}

void mn_timers_fire(mn_timers *timers, int64_t now_ns)
{
    while (timers->count != 0 && timers->entries[0].due_ns <= now_ns &&
           mn_timers_next(timers) <= now_ns) {
        mn_fiber *fiber = timers->entries[0].fiber;
        mn_timers_remove(timers, fiber);
        mn_fiber_end_wait(fiber, MINOS_ETIMEDOUT);
    }
}
