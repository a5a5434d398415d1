/*
 * Semaphores: a released place goes to the first that waits, never to one that comes later.
 */
#include <assert.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "fiber/loop.h"

struct minos_semaphore {
    size_t places; /* free; not 0 only when nobody waits */
    mn_waiters waiters;
};

minos_rc minos_semaphore_new(size_t places, minos_semaphore **ret_sem)
{
    minos_semaphore *sem = mn_new(minos_semaphore);
    sem->places = places;
    mn_waiters_init(&sem->waiters);
    *ret_sem = sem;
    return MINOS_OK;
}

minos_rc minos_semaphore_acquire(minos_semaphore *sem, minos_deadline deadline)
{
    minos_rc rc;
    MINOS_TRY(mn_fiber_check());
    if (sem->places != 0) {
        sem->places--;
        return MINOS_OK;
    }
    rc = mn_waiters_wait(&sem->waiters, deadline);
    if (rc != MINOS_OK)
        return minos_fail(rc, "%s while waiting for a place", minos_rc_text(rc));
    return MINOS_OK;
}

void minos_semaphore_release(minos_semaphore *sem)
{
    if (!mn_waiters_wake_one(&sem->waiters))
        sem->places++;
}

void minos_semaphore_free(minos_semaphore *sem)
{
    if (sem == NULL)
        return;
    assert(mn_list_empty(&sem->waiters.list));
    free(sem);
}
