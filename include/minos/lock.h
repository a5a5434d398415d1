/*
 * Named locks, for what only one may do at a time among the processes that share a database.
 *
 *     minos_lock *lock;
 *     MINOS_TRY(minos_lock_acquire(pool, "report.2026-11", minos_deadline_in(5 * MINOS_S), &lock));
 *     …
 *     minos_lock_release(lock);
 *
 * A lock is free the moment its process dies. It is held in the file PATH.locks beside the
 * database, so it holds among processes of one host.
 */
#ifndef MINOS_LOCK_H
#define MINOS_LOCK_H

#include <stddef.h>

#include <minos/compiler.h>
#include <minos/config.h>
#include <minos/db.h>
#include <minos/error.h>
#include <minos/time.h>

MINOS_BEGIN_DECLS

/** The locks beside one database. */
typedef struct minos_lock_pool minos_lock_pool;
/** A lock that is held. */
typedef struct minos_lock minos_lock;

/**
 * Make a pool of the locks beside a database.
 * @param db         borrowed for the call
 * @param count_max  most locks out at once, 1..10000; further ones wait
 * @retval MINOS_OK      the pool can be used
 * @retval MINOS_EINVAL  a parameter is out of its range
 * @retval MINOS_EIO     the file of the locks cannot be opened
 * @noyield @thread{a loop, whose it is from then on} @since 0.2
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_lock_pool_new(minos_db *db, size_t count_max,
                                                        minos_lock_pool **ret_pool);
/**
 * Make the pool that a configuration names under `pools.lock`, beside the service's own database.
 * @retval MINOS_OK       the pool can be used
 * @retval MINOS_ECONFIG  pools.lock.client is none
 * @return else what minos_db_from_config and minos_lock_pool_new give
 * @yields @thread{a loop, whose it is from then on} @since 0.2
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_lock_pool_from_config(const minos_config *config,
                                                                minos_lock_pool **ret_pool);
/** Free a pool whose locks were all released. NULL does nothing. @noyield @since 0.2 */
MINOS_API void minos_lock_pool_free(minos_lock_pool *pool);

/**
 * Wait for a lock and hold it. It is not recursive: a fiber that holds it waits for itself.
 * @param name      1..255 bytes, borrowed for the call
 * @param deadline  the fiber's own counts as well
 * @retval MINOS_OK         it is held
 * @retval MINOS_EINVAL     the name is NULL, empty or too long
 * @retval MINOS_ETIMEDOUT  somebody else held it until the deadline
 * @retval MINOS_ECANCELED  the fiber was cancelled
 * @retval MINOS_EIO        the system refuses the lock
 * @yields @thread{the pool's loop} @lifetime{until minos_lock_release} @since 0.2
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_lock_acquire(minos_lock_pool *pool, const char *name,
                                                       minos_deadline deadline,
                                                       minos_lock **ret_lock);
/** Release a lock and free it. NULL does nothing. @noyield @thread{the pool's loop} @since 0.2 */
MINOS_API void minos_lock_release(minos_lock *lock);

MINOS_AUTO_DEFINE(minos_lock_pool)

MINOS_END_DECLS

#endif
