/*
 * Fibers: cheap threads of control on one loop. A handler runs on a fiber of its own and may block
 * in any call marked "yields": only its fiber waits. Structured: a scope joins its children before
 * it ends. Cancel makes every wait return MINOS_ECANCELED until the fiber's function returns, so
 * clean-up is ordinary code. Waits also end at the fiber's deadline with MINOS_ETIMEDOUT.
 */
#ifndef MINOS_FIBER_H
#define MINOS_FIBER_H

#include <stdbool.h>
#include <stddef.h>

#include <minos/compiler.h>
#include <minos/error.h>
#include <minos/time.h>

MINOS_BEGIN_DECLS

/** What a fiber runs; its code is what whoever joins it gets. */
typedef minos_rc minos_fiber_fn(void *argument);

/* ---- waiting ---- */

/**
 * Wait for a length of time.
 * @param delay  nanoseconds (MINOS_MS and its kin); 0 or less lets the other ready fibers run
 * @retval MINOS_OK         the time has passed
 * @retval MINOS_ECANCELED  the fiber was cancelled
 * @retval MINOS_ETIMEDOUT  the fiber's own deadline came first
 * @retval MINOS_ESTATE     not on a fiber
 * @yields @thread{a loop's fiber} @since 0.1
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_sleep(minos_duration delay);
/**
 * Wait until a moment; minos_deadline_never() waits for cancel.
 * @param until  on the monotonic clock
 * @retval MINOS_OK         the moment has come
 * @retval MINOS_ECANCELED  the fiber was cancelled
 * @retval MINOS_ETIMEDOUT  the fiber's own deadline came first
 * @retval MINOS_ESTATE     not on a fiber
 * @yields @thread{a loop's fiber} @since 0.1
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_sleep_until(minos_deadline until);
/**
 * Let the other ready fibers run first.
 * @retval MINOS_OK         they have had their turn
 * @retval MINOS_ECANCELED  the fiber was cancelled
 * @retval MINOS_ESTATE     not on a fiber
 * @yields @thread{a loop's fiber} @since 0.1
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_yield(void);
/**
 * Give the deadline that every wait of this fiber obeys; never, outside of fibers.
 * @noyield @thread{any} @since 0.1
 */
MINOS_API minos_deadline minos_fiber_deadline(void);
/**
 * Shorten this fiber's deadline; a later one changes nothing.
 * @return the deadline it had
 * @noyield @thread{a loop's fiber} @since 0.1
 */
MINOS_API minos_deadline minos_fiber_deadline_shorten(minos_deadline deadline);
/**
 * Tell whether this fiber was cancelled; false outside of fibers. Long computations look at it.
 * @noyield @thread{any} @since 0.1
 */
MINOS_API bool minos_fiber_canceled(void);

/* ---- scopes ---- */

/** The parent side of fibers that end before their parent does. */
typedef struct minos_scope minos_scope;

/**
 * Open a scope on this fiber.
 * @param ret_scope  owned; minos_scope_free
 * @retval MINOS_ESTATE  not on a fiber
 * @noyield @thread{a loop's fiber} @since 0.1
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_scope_new(minos_scope **ret_scope);
/**
 * Run a function on a fiber of the scope. It inherits this fiber's deadline and context; in a scope
 * that was cancelled it begins cancelled.
 * @param name      borrowed until the fiber ends; shown in reports
 * @param argument  borrowed until the fiber ends
 * @retval MINOS_ETOOMANY  no stack could be had; the message names the limit
 * @retval MINOS_ESTATE    not on a fiber
 * @noyield @thread{a loop's fiber} @since 0.1
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_scope_spawn(minos_scope *scope, const char *name,
                                                      minos_fiber_fn *fn, void *argument);
/**
 * Cancel the scope's fibers: their waits fail from now on until their functions return.
 * @noyield @thread{the scope's loop} @since 0.1
 */
MINOS_API void minos_scope_cancel(minos_scope *scope);
/**
 * Wait until all of the scope's fibers have ended.
 * @retval MINOS_OK         all succeeded, or ended with MINOS_ECANCELED after minos_scope_cancel
 * @retval MINOS_ETIMEDOUT  a deadline passed; fibers may be left
 * @retval MINOS_ECANCELED  this fiber was cancelled; fibers may be left
 * @return else the first failure among them, with its details in the error slot
 * @yields @thread{a loop's fiber} @since 0.1
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_scope_join(minos_scope *scope, minos_deadline deadline);
/**
 * Cancel what still runs, wait for it, whatever this fiber's state, and free. NULL does nothing.
 * @yields @thread{a loop's fiber} @since 0.1
 */
MINOS_API void minos_scope_free(minos_scope *scope);

/* ---- channels ---- */

/** A queue of pointers between fibers of one loop. */
typedef struct minos_channel minos_channel;

/**
 * Make a channel.
 * @param capacity  items it holds before a send waits, at most 2^24; 0 hands over directly
 * @param ret_channel  owned; minos_channel_free
 * @retval MINOS_EINVAL  the capacity is too large
 * @noyield @thread{any} @since 0.1
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_channel_new(size_t capacity, minos_channel **ret_channel);
/**
 * Send an item; it belongs to the receiver after MINOS_OK, still to the caller otherwise.
 * @param item      any pointer, NULL too
 * @param deadline  of the wait for room
 * @retval MINOS_ECLOSED    the channel was closed
 * @retval MINOS_ETIMEDOUT  it stayed full
 * @retval MINOS_ECANCELED  the fiber was cancelled
 * @yields when full @thread{the channel's loop} @since 0.1
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_channel_send(minos_channel *channel, void *item,
                                                       minos_deadline deadline);
/**
 * Receive the oldest item.
 * @param ret_item  now the caller's
 * @retval MINOS_ECLOSED    the channel was closed and is empty
 * @retval MINOS_ETIMEDOUT  it stayed empty
 * @retval MINOS_ECANCELED  the fiber was cancelled
 * @yields when empty @thread{the channel's loop} @since 0.1
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_channel_receive(minos_channel *channel,
                                                          minos_deadline deadline, void **ret_item);
/**
 * Refuse further sends and wake all that wait; what it holds can still be received.
 * @noyield @thread{the channel's loop} @since 0.1
 */
MINOS_API void minos_channel_close(minos_channel *channel);
/** Give the number of items held. @noyield @thread{the channel's loop} @since 0.1 */
MINOS_API size_t minos_channel_count(const minos_channel *channel);
/**
 * Free a channel nobody waits on; items left in it are the caller's loss. NULL does nothing.
 * @noyield @thread{the channel's loop} @since 0.1
 */
MINOS_API void minos_channel_free(minos_channel *channel);

/* ---- sharing ---- */

/** A counter of places; a mutex is one with one place. First come, first served. */
typedef struct minos_semaphore minos_semaphore;

/**
 * Make a semaphore.
 * @param places  free at the beginning
 * @param ret_sem  owned; minos_semaphore_free
 * @noyield @thread{any} @since 0.1
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_semaphore_new(size_t places, minos_semaphore **ret_sem);
/**
 * Take a place, waiting until one is free.
 * @retval MINOS_ETIMEDOUT  none became free
 * @retval MINOS_ECANCELED  the fiber was cancelled
 * @yields when none is free @thread{the semaphore's loop} @since 0.1
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_semaphore_acquire(minos_semaphore *sem,
                                                            minos_deadline deadline);
/** Give a place back, to the first that waits. @noyield @thread{the semaphore's loop} @since 0.1 */
MINOS_API void minos_semaphore_release(minos_semaphore *sem);
/** Free a semaphore nobody waits on. NULL does nothing. @noyield @thread{any} @since 0.1 */
MINOS_API void minos_semaphore_free(minos_semaphore *sem);

/* ---- blocking work ---- */

/**
 * Run a function that blocks on a thread of the pool and wait for its result. The function must not
 * call what is marked "yields". Once begun it is waited for, whatever the deadline and cancel.
 * @param argument  borrowed for the call; the function has it alone meanwhile
 * @retval MINOS_ECANCELED  cancelled before it began
 * @retval MINOS_ETIMEDOUT  the fiber's deadline passed before it began
 * @return else what the function returned, with its details in the error slot
 * @yields @thread{a loop's fiber} @since 0.1
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_offload(minos_fiber_fn *fn, void *argument);

MINOS_AUTO_DEFINE(minos_scope)
MINOS_AUTO_DEFINE(minos_channel)
MINOS_AUTO_DEFINE(minos_semaphore)

MINOS_END_DECLS

#endif
