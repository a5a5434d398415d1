/*
 * Bells: the one way from another thread into a loop.
 *
 * A ring puts the bell on its loop's list, under the loop's lock, and ends the loop's wait when the
 * list was empty. A ringer touches its bell only under the lock, so a bell can be freed as soon as
 * no thread will begin to ring it.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "fiber/loop.h"

struct mn_bell {
    mn_loop *loop;
    mn_list rung; /* in the loop's list, or alone; guarded by its lock */
    bool pending; /* heard by the loop, not yet by the fiber */
    mn_fiber *waiter;
};

minos_rc mn_bell_new(mn_bell **ret_bell)
{
    mn_bell *bell;
    if (mn_loop_of_thread == NULL)
        return minos_fail(MINOS_ESTATE, "a bell needs a loop");
    bell = mn_new(mn_bell);
    bell->loop = mn_loop_of_thread;
    mn_list_init(&bell->rung);
    *ret_bell = bell;
    return MINOS_OK;
}

void mn_bell_ring(mn_bell *bell)
{
    mn_loop *loop = bell->loop;
    bool first = false;

    pthread_mutex_lock(&loop->bells_lock);
    if (mn_list_empty(&bell->rung)) {
        first = mn_list_empty(&loop->bells);
        mn_list_insert(&loop->bells, &bell->rung);
        atomic_store_explicit(&loop->bells_rung, true, memory_order_release);
    }
    if (first)
        loop->driver->notify(loop); /* under the lock: the loop may end right after */
    pthread_mutex_unlock(&loop->bells_lock);
}

void mn_bells_deliver(mn_loop *loop)
{
    mn_list *node;
    pthread_mutex_lock(&loop->bells_lock);
    atomic_store_explicit(&loop->bells_rung, false, memory_order_release);
    while ((node = mn_list_pop(&loop->bells)) != NULL) {
        mn_bell *bell = mn_container(node, mn_bell, rung);
        bell->pending = true;
        if (bell->waiter != NULL)
            mn_fiber_wake(bell->waiter);
    }
    pthread_mutex_unlock(&loop->bells_lock);
}

minos_rc mn_bell_wait(mn_bell *bell, minos_deadline deadline)
{
    minos_rc rc = MINOS_OK;

    bell->waiter = mn_fiber_running();
    while (rc == MINOS_OK && !bell->pending)
        rc = mn_fiber_park(deadline);
    bell->waiter = NULL;
    if (bell->pending) {
        bell->pending = false;
        return MINOS_OK;
    }
    return rc;
}

void mn_bell_wait_shielded(mn_bell *bell)
{
    bell->waiter = mn_fiber_running();
    while (!bell->pending)
        minos_ignore(mn_fiber_park_shielded(minos_deadline_never())); /* wakes only */
    bell->waiter = NULL;
    bell->pending = false;
}

void mn_bell_free(mn_bell *bell)
{
    if (bell == NULL)
        return;
    pthread_mutex_lock(&bell->loop->bells_lock);
    mn_list_remove(&bell->rung);
    pthread_mutex_unlock(&bell->loop->bells_lock);
    free(bell);
}
