/*
 * Dedicated threads, for libraries that block for long or belong to one thread (SQLite's writer, a
 * broker's client). A thread is an actor: it takes one step after another, and between two steps
 * sleeps until it is rung. In a simulation its steps run on the loop, one at a time and in an order
 * that the seed repeats.
 */
#ifndef MN_FIBER_THREAD_H
#define MN_FIBER_THREAD_H

#include <stdint.h>

#include <minos/error.h>
#include <minos/time.h>

typedef struct mn_thread mn_thread;

/*
 * Do what there is to do, without waiting for fibers. Gives the monotonic time of the next step at
 * the latest, in nanoseconds: 0 at once, INT64_MAX when it is rung. A ring during the step brings
 * another one. Runs on the thread, outside of fibers; errors lie in the thread's own slot.
 */
typedef int64_t mn_thread_step_fn(void *argument);

/*
 * Start a thread of this loop; its first step comes at once. `name` is at most 15 bytes, borrowed.
 * Does not yield. MINOS_ETOOMANY: the system has no thread left.
 */
minos_rc mn_thread_start(const char *name, mn_thread_step_fn *step, void *argument,
                         mn_thread **ret_thread);
/* Bring a step. Any thread, also the thread itself. */
void mn_thread_ring(mn_thread *thread);
/*
 * Let the step that runs end, take no other, and free the thread; NULL does nothing. On a fiber of
 * its loop. Yields, deaf to cancel.
 */
void mn_thread_stop(mn_thread *thread);
/* Block in the middle of a step; nothing passes in a simulation. */
void mn_thread_pause(minos_duration length);

#endif
