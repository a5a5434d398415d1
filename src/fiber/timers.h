/*
 * The timers of a loop: a four-way heap of fibers by the moment they want to be looked at.
 *
 * Lazy: a fiber's entry may be earlier than its present deadline, never later. So a server that
 * sets a deadline at every request moves its entry only when the old one has come up, not at each
 * request.
 */
#ifndef MN_FIBER_TIMERS_H
#define MN_FIBER_TIMERS_H

#include <stddef.h>
#include <stdint.h>

typedef struct mn_fiber mn_fiber;

typedef struct mn_timers_entry {
    int64_t due_ns;
    mn_fiber *fiber;
} mn_timers_entry;

typedef struct mn_timers {
    mn_timers_entry *entries; /* the heap; a fiber knows its place as timer_place, 0: none */
    size_t count;
    size_t capacity;
} mn_timers;

void mn_timers_done(mn_timers *timers);
/* Make sure that the fiber's entry is not later than `due_ns`. */
void mn_timers_want(mn_timers *timers, mn_fiber *fiber, int64_t due_ns);
void mn_timers_remove(mn_timers *timers, mn_fiber *fiber);
/* Wake the fibers whose wait has come to its end. */
void mn_timers_fire(mn_timers *timers, int64_t now_ns);
/* Give the moment of the first wait that ends, INT64_MAX when none; corrects stale entries. */
int64_t mn_timers_next(mn_timers *timers);

#endif
