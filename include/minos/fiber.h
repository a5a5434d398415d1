/*
 * Fibers: cheap threads of control on one loop. A handler runs on a fiber of its own and may block in
 * any call marked "yields": only its fiber waits. Structured: a scope joins its children before it
 * ends. Cancel makes every wait return MINOS_ECANCELED until the fiber's function returns, so
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

typedef minos_rc minos_fiber_fn(void *argument);

/* ---- waiting ---- */

/**
 * Wait for a length of time.
 * @retval MINOS_ECANCELED  the fiber was cancelled
 * @retval MINOS_ETIMEDOUT  the fiber's own deadline came first
 * @yields @thread{a loop's fiber}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_sleep(minos_duration delay);
MINOS_API MINOS_MUST_CHECK minos_rc minos_sleep_until(minos_deadline until);
/** Let the other ready fibers run. @yields */
MINOS_API MINOS_MUST_CHECK minos_rc minos_yield(void);
/** Give the deadline that every wait of this fiber obeys. @noyield */
MINOS_API minos_deadline minos_fiber_deadline(void);
/** Shorten this fiber's deadline; a later one changes nothing. Gives the old one. @noyield */
MINOS_API minos_deadline minos_fiber_deadline_shorten(minos_deadline deadline);
/** Tell whether this fiber was cancelled. @noyield */
MINOS_API bool minos_fiber_canceled(void);

/* ---- scopes ---- */

typedef struct minos_scope minos_scope;

/** Open a scope on this fiber. @noyield */
MINOS_API MINOS_MUST_CHECK minos_rc minos_scope_new(minos_scope **ret_scope);
/**
 * Run a function on a fiber of the scope. It inherits this fiber's deadline and context.
 * @param name  borrowed for the fiber's life; shown in reports
 * @retval MINOS_ETOOMANY  no stack could be had; the message names the limit
 * @noyield
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_scope_spawn(minos_scope *scope, const char *name,
                                                      minos_fiber_fn *fn, void *argument);
/** Cancel the scope's fibers; they end when they next wait. @noyield */
MINOS_API void minos_scope_cancel(minos_scope *scope);
/**
 * Wait until the scope's fibers have ended.
 * @retval MINOS_OK  all succeeded
 * @retval other     the first failure among them, or that of this wait; fibers may be left
 * @yields
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_scope_join(minos_scope *scope, minos_deadline deadline);
/** Cancel what still runs, wait for it, whatever this fiber's state, and free. @yields */
MINOS_API void minos_scope_free(minos_scope *scope);

/* ---- channels ---- */

/** A queue of pointers between fibers of one loop. */
typedef struct minos_channel minos_channel;

/** @param capacity  items it holds before a send waits; 0 hands over directly @noyield */
MINOS_API MINOS_MUST_CHECK minos_rc minos_channel_new(size_t capacity, minos_channel **ret_channel);
/**
 * Send an item; it belongs to the receiver after MINOS_OK, still to the caller otherwise.
 * @retval MINOS_ECLOSED  the channel was closed
 * @yields when full
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_channel_send(minos_channel *channel, void *item,
                                                       minos_deadline deadline);
/** @retval MINOS_ECLOSED  the channel was closed and is empty @yields when empty */
MINOS_API MINOS_MUST_CHECK minos_rc minos_channel_receive(minos_channel *channel,
                                                          minos_deadline deadline, void **ret_item);
/** Refuse further sends and wake all that wait. @noyield */
MINOS_API void minos_channel_close(minos_channel *channel);
/** Give the items held. @noyield */
MINOS_API size_t minos_channel_count(const minos_channel *channel);
/** Free a channel nobody waits on; items left in it are the caller's loss. @noyield */
MINOS_API void minos_channel_free(minos_channel *channel);

/* ---- sharing ---- */

/** A counter of places; a mutex is one with one place. First come, first served. */
typedef struct minos_semaphore minos_semaphore;

MINOS_API MINOS_MUST_CHECK minos_rc minos_semaphore_new(size_t places, minos_semaphore **ret_sem);
MINOS_API MINOS_MUST_CHECK minos_rc minos_semaphore_acquire(minos_semaphore *sem,
                                                            minos_deadline deadline);
MINOS_API void minos_semaphore_release(minos_semaphore *sem);
MINOS_API void minos_semaphore_free(minos_semaphore *sem);

/* ---- blocking work ---- */

/**
 * Run a function that blocks on a thread of the pool and wait for its result. The function must not
 * call what is marked "yields". Once begun it is waited for, whatever the deadline and cancel.
 * @retval MINOS_ECANCELED  cancelled before it began
 * @yields
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_offload(minos_fiber_fn *fn, void *argument);

MINOS_AUTO_DEFINE(minos_scope)
MINOS_AUTO_DEFINE(minos_channel)
MINOS_AUTO_DEFINE(minos_semaphore)

MINOS_END_DECLS

#endif
