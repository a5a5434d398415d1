/*
 * Named locks: see minos/lock.h. A name is one byte of the file PATH.locks, by its hash: two names
 * that share a byte, once in 2^62, would merely wait for each other.
 */
#include <minos/lock.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/siphash.h"
#include "store/db.h"
#include "store/lock_file.h"

#define COUNT_MAX      10000
#define NAME_MAX_BYTES 255
/* Between two looks at a lock that another process holds: the system tells nobody of its end. */
#define LOOK_AGAIN (5 * MINOS_MS)

struct minos_lock_pool {
    mn_lock_file *file;
    minos_semaphore *places;
    mn_waiters released; /* wait for a lock of this process */
};

struct minos_lock {
    minos_lock_pool *pool;
    int64_t byte;
};

minos_rc minos_lock_pool_new(minos_db *db, size_t count_max, minos_lock_pool **ret_pool)
{
    minos_lock_pool *pool;
    mn_lock_file *file;
    char path[4200];

    if (db == NULL)
        return minos_fail(MINOS_EINVAL, "db: NULL");
    if (count_max < 1 || count_max > COUNT_MAX)
        return minos_fail(MINOS_EINVAL, "count_max: %zu is not in 1..%d", count_max, COUNT_MAX);
    snprintf(path, sizeof path, "%s.locks", mn_store_path(mn_db_store(db)));
    MINOS_TRY(mn_lock_file_open(path, &file));
    pool = mn_new(minos_lock_pool);
    pool->file = file;
    mn_waiters_init(&pool->released);
    minos_ignore(minos_semaphore_new(count_max, &pool->places)); /* has no way to fail */
    *ret_pool = pool;
    return MINOS_OK;
}

minos_rc minos_lock_pool_from_config(const minos_config *config, minos_lock_pool **ret_pool)
{
    MINOS_AUTO(minos_db) *db = NULL;
    const char *client;
    int64_t count_max;

    MINOS_TRY(minos_config_text(config, "pools.lock.client", &client));
    if (strcmp(client, "none") == 0)
        return minos_fail(MINOS_ECONFIG, "pools.lock.client is none: there are no locks");
    MINOS_TRY(minos_db_from_config(config, NULL, &db));
    MINOS_TRY(minos_config_int(config, "pools.lock.maxsize", &count_max));
    return minos_lock_pool_new(db, (size_t)count_max, ret_pool);
}

void minos_lock_pool_free(minos_lock_pool *pool)
{
    if (pool == NULL)
        return;
    minos_semaphore_free(pool->places);
    free(pool);
}

/* Wait until nobody holds the byte, and hold it. */
static minos_rc wait_for(minos_lock_pool *pool, int64_t byte, const char *name,
                         minos_deadline deadline)
{
    for (;;) {
        minos_deadline look = minos_deadline_min(deadline, minos_deadline_in(LOOK_AGAIN));
        minos_rc rc = mn_lock_file_try(pool->file, byte);
        if (rc != MINOS_EAGAIN)
            return rc;
        rc = mn_waiters_wait(&pool->released, look);
        if (rc == MINOS_OK || (rc == MINOS_ETIMEDOUT && minos_deadline_left(deadline) > 0 &&
                               minos_deadline_left(minos_fiber_deadline()) > 0))
            continue;
        return minos_fail(rc, "%s while waiting for the lock %s", minos_rc_text(rc), name);
    }
}

minos_rc minos_lock_acquire(minos_lock_pool *pool, const char *name, minos_deadline deadline,
                            minos_lock **ret_lock)
{
    static const uint8_t key[16] = "minos named lock"; /* the same in every process */
    int64_t byte;
    minos_rc rc;

    if (pool == NULL || name == NULL || name[0] == '\0' || strlen(name) > NAME_MAX_BYTES)
        return minos_fail(MINOS_EINVAL, pool == NULL ? "pool: NULL" : "name: not 1..255 bytes");
    byte = (int64_t)(mn_siphash(key, minos_view_of(name)) >> 2);
    MINOS_TRY(minos_semaphore_acquire(pool->places, deadline));
    rc = wait_for(pool, byte, name, deadline);
    if (rc != MINOS_OK) {
        minos_semaphore_release(pool->places);
        return rc;
    }
    *ret_lock = mn_new(minos_lock);
    (*ret_lock)->pool = pool;
    (*ret_lock)->byte = byte;
    return MINOS_OK;
}

void minos_lock_release(minos_lock *lock)
{
    minos_lock_pool *pool;

    if (lock == NULL)
        return;
    pool = lock->pool;
    mn_lock_file_release(pool->file, lock->byte);
    mn_waiters_wake_all(&pool->released);
    minos_semaphore_release(pool->places);
    free(lock);
}
