/*
 * Fibers and their loop, for the folders above. One loop a thread; a fiber never changes its loop.
 *
 * The rule of parking: whoever wants to wait links itself where the waker will find it, calls
 * mn_fiber_park, and on return unlinks itself. A wake that comes before the park is not lost.
 */
#ifndef MN_FIBER_FIBER_H
#define MN_FIBER_FIBER_H

#include <stdbool.h>
#include <stddef.h>

#include <minos/fiber.h>

#include "base/list.h"

typedef struct mn_fiber mn_fiber;

/* ---- loop ---- */

/*
 * Run `fn` on a fiber of a new loop of this thread, until it and all other fibers have ended. Gives
 * what `fn` gave. Not from within a fiber.
 */
minos_rc mn_loop_run(const char *name, minos_fiber_fn *fn, void *argument);
/* Cancel every fiber of this loop but the running one: the last resort of a forced stop. */
void mn_loop_cancel_all(void);
/*
 * Give the monotonic time at which this loop last looked at events, in nanoseconds: for deadlines
 * on hot paths, where the clock's 25 ns count. 0 outside of loops.
 */
int64_t mn_loop_now(void);
/* Number of fibers alive on this loop, the running one included. */
size_t mn_loop_fibers(void);

/* ---- fibers ---- */

/* Give the running fiber; NULL outside of fibers. */
mn_fiber *mn_fiber_current(void);
const char *mn_fiber_name(const mn_fiber *fiber);
uint64_t mn_fiber_id(const mn_fiber *fiber);
/* Say what the fiber is doing, for reports: handler and the place of its row. Borrowed. */
void mn_fiber_describe(const char *what, const char *file, int line);
/* Give the most stack bytes this fiber has used so far (test builds; else 0). */
size_t mn_fiber_stack_used(const mn_fiber *fiber);
/* Set the stack size of loops made from now on; rounded to pages within 32 KiB and 64 MiB. */
void mn_fiber_stack_bytes_set(size_t bytes);

/*
 * Start a fiber outside of scopes, for servers whose life is their own: its owner must end it
 * before the loop ends. Context is not inherited, deadline is never.
 */
minos_rc mn_fiber_start(const char *name, minos_fiber_fn *fn, void *argument, mn_fiber **ret_fiber);
void mn_fiber_cancel(mn_fiber *fiber);
/*
 * Wait for a fiber of mn_fiber_start, free it and give what its function returned, with its errors:
 * exactly once each. Deaf to cancel and to this fiber's own deadline, since an owner must end what
 * it started: cancel first. ETIMEDOUT by `deadline`: it is not freed, join again. Yields.
 */
minos_rc mn_fiber_join(mn_fiber *fiber, minos_deadline deadline);

/*
 * Wait until mn_fiber_wake, the deadline, the fiber's own deadline, or cancel: MINOS_OK, ETIMEDOUT,
 * ECANCELED. These two codes come without an error in the slot; raise it where the wait has a name.
 */
minos_rc mn_fiber_park(minos_deadline deadline);
/* The same, deaf to cancel and to the fiber's own deadline: for clean-up only. */
minos_rc mn_fiber_park_shielded(minos_deadline deadline);
/* Count the waits of the running fiber: another number later says that it has waited in between. */
uint32_t mn_fiber_waits(void);
/*
 * Make a fiber ready; fine when it is not parked (the next park returns at once). Same loop only.
 */
void mn_fiber_wake(mn_fiber *fiber);
/*
 * Let the running fiber's waits fail with MINOS_ETXWAIT from now on, shielded ones excepted, or let
 * them be again: for transactions, which hold what others wait for.
 */
void mn_fiber_waits_forbid(bool forbid);
/* Set the fiber's deadline, later ones too: for doors that reuse one fiber for many requests. */
void mn_fiber_deadline_set(minos_deadline deadline);

/* ---- a place to wait ---- */

/* Fibers waiting for one thing, first come first served. */
typedef struct mn_waiters {
    mn_list list;
} mn_waiters;

void mn_waiters_init(mn_waiters *waiters);
/* Wait until woken from this list; codes as mn_fiber_park, without an error in the slot. Yields. */
minos_rc mn_waiters_wait(mn_waiters *waiters, minos_deadline deadline);
/* Wake the first; false when nobody waits. */
bool mn_waiters_wake_one(mn_waiters *waiters);
void mn_waiters_wake_all(mn_waiters *waiters);

/* ---- from other threads ---- */

/* A bell that any thread may ring and a fiber waits for; rings before the wait are kept as one. */
typedef struct mn_bell mn_bell;
minos_rc mn_bell_new(mn_bell **ret_bell);
/* Any thread; the bell and its loop must outlive the call. */
void mn_bell_ring(mn_bell *bell);
/* Wait for a ring; one fiber at a time. Codes as mn_fiber_park. Yields. */
minos_rc mn_bell_wait(mn_bell *bell, minos_deadline deadline);
/* The same, deaf to cancel and to the fiber's own deadline, without end. */
void mn_bell_wait_shielded(mn_bell *bell);
void mn_bell_free(mn_bell *bell);

/* ---- signals ---- */

/* Catch SIGINT, SIGTERM and SIGHUP from now to the end of the loop; they are kept for waiters. */
minos_rc mn_signals_catch(void);
/* Wait for one of them; gives which. Catches them if nobody did. Yields. */
minos_rc mn_signal_wait(minos_deadline deadline, int *ret_signal);

#endif
