/*
 * Fibers: waiting, waking, cancelling, and the life of those outside of scopes. See fiber.h.
 */
#include "fiber/fiber.h"

#include <assert.h>

#include "base/env.h"
#include "base/error.h"
#include "fiber/loop.h"
#include "fiber/switch.h"

#define STREAK_MAX 64

mn_fiber *mn_fiber_current(void)
{
    return mn_fiber_running();
}

const char *mn_fiber_name(const mn_fiber *fiber)
{
    return fiber->name;
}

uint64_t mn_fiber_id(const mn_fiber *fiber)
{
    return fiber->id;
}

void mn_fiber_describe(const char *what, const char *file, int line)
{
    mn_fiber *self = mn_fiber_running();
    if (self == NULL)
        return;
    self->what = what;
    self->file = file;
    self->line = line;
}

size_t mn_fiber_stack_used(const mn_fiber *fiber)
{
#ifdef MN_TESTS
    return mn_stack_depth(fiber->stack);
#else
    (void)fiber;
    return 0;
#endif
}

/* ---- waiting ---- */

static inline minos_rc park(minos_deadline deadline, bool shielded)
{
    mn_fiber *self = mn_fiber_running();
    mn_loop *loop;

    if (MINOS_UNLIKELY(self == NULL))
        return minos_fail(MINOS_ESTATE, "only a fiber can wait");
    loop = self->loop;
    self->streak = 0;
    if (self->woken) {
        self->woken = false;
        return MINOS_OK;
    }
    if (!shielded) {
        if (self->canceled)
            return MINOS_ECANCELED;
        if (MINOS_UNLIKELY(self->waitless))
            return MINOS_ETXWAIT;
        deadline = minos_deadline_min(deadline, self->deadline);
    }
    self->wait_until_ns = deadline.at_ns;
    if (deadline.at_ns != INT64_MAX) {
        if (deadline.at_ns <= loop->now_ns)
            return MINOS_ETIMEDOUT;
        mn_timers_want(&loop->timers, self, deadline.at_ns);
    }
    self->parked = true;
    self->shielded = shielded;
    self->wait_count++;
    mn_loop_switch(loop, self);
    return self->wait_rc;
}

minos_rc mn_fiber_park(minos_deadline deadline)
{
    return park(deadline, false);
}

uint32_t mn_fiber_waits(void)
{
    mn_fiber *self = mn_fiber_running();
    return self == NULL ? 0 : self->wait_count;
}

minos_rc mn_fiber_park_shielded(minos_deadline deadline)
{
    return park(deadline, true);
}

void mn_fiber_end_wait(mn_fiber *fiber, minos_rc rc)
{
    fiber->parked = false;
    fiber->wait_rc = rc;
    mn_loop_ready(fiber->loop, fiber);
}

void mn_fiber_wake(mn_fiber *fiber)
{
    if (fiber->parked)
        mn_fiber_end_wait(fiber, MINOS_OK);
    else if (fiber->ready)
        fiber->wait_rc = MINOS_OK; /* a wake is never lost to a time-out or cancel before it */
    else
        fiber->woken = true;
}

void mn_fiber_cancel(mn_fiber *fiber)
{
    if (fiber->ended)
        return;
    fiber->canceled = true;
    if (fiber->parked && !fiber->shielded)
        mn_fiber_end_wait(fiber, MINOS_ECANCELED);
}

minos_rc mn_fiber_check(void)
{
    mn_fiber *self = mn_fiber_running();
    if (MINOS_UNLIKELY(self != NULL && self->canceled))
        return minos_fail(MINOS_ECANCELED, "canceled");
    if (MINOS_UNLIKELY(self != NULL && self->waitless))
        return minos_fail(MINOS_ETXWAIT, "a transaction waits for nothing else");
    return MINOS_OK;
}

void mn_fiber_waits_forbid(bool forbid)
{
    mn_fiber *self = mn_fiber_running();
    if (self != NULL)
        self->waitless = forbid;
}

minos_rc mn_fiber_fair(mn_fiber *fiber)
{
    if (MINOS_LIKELY(++fiber->streak < STREAK_MAX))
        return MINOS_OK;
    fiber->streak = 0;
    return minos_yield();
}

minos_rc minos_yield(void)
{
    mn_fiber *self = mn_fiber_running();
    if (MINOS_UNLIKELY(self == NULL))
        return minos_fail(MINOS_ESTATE, "only a fiber can yield");
    if (MINOS_LIKELY(!self->canceled)) {
        mn_loop_ready(self->loop, self);
        mn_loop_switch(self->loop, self);
    }
    if (MINOS_UNLIKELY(self->canceled))
        return minos_fail(MINOS_ECANCELED, "canceled");
    return MINOS_OK;
}

minos_rc minos_sleep_until(minos_deadline until)
{
    mn_fiber *self = mn_fiber_running();
    MINOS_TRY(mn_fiber_check());
    if (self != NULL && until.at_ns <= self->loop->now_ns)
        return minos_yield(); /* a loop of such sleeps must not stop the others */
    for (;;) {
        minos_rc rc = mn_fiber_park(until);
        if (rc == MINOS_ETIMEDOUT) {
            if (until.at_ns <= self->deadline.at_ns)
                return MINOS_OK;
            return minos_fail(rc, "the fiber's deadline passed while it slept");
        }
        if (rc != MINOS_OK)
            return minos_fail(rc, "%s while sleeping", minos_rc_text(rc));
    }
}

minos_rc minos_sleep(minos_duration delay)
{
    return minos_sleep_until(minos_deadline_in(delay));
}

minos_deadline minos_fiber_deadline(void)
{
    mn_fiber *self = mn_fiber_running();
    return self == NULL ? minos_deadline_never() : self->deadline;
}

minos_deadline minos_fiber_deadline_shorten(minos_deadline deadline)
{
    minos_deadline old = minos_fiber_deadline();
    mn_fiber_deadline_set(minos_deadline_min(old, deadline));
    return old;
}

void mn_fiber_deadline_set(minos_deadline deadline)
{
    mn_fiber *self = mn_fiber_running();
    if (self != NULL)
        self->deadline = deadline;
}

bool minos_fiber_canceled(void)
{
    mn_fiber *self = mn_fiber_running();
    return self != NULL && self->canceled;
}

/* ---- fibers outside of scopes ---- */

minos_rc mn_fiber_start(const char *name, minos_fiber_fn *fn, void *argument, mn_fiber **ret_fiber)
{
    if (mn_loop_of_thread == NULL)
        return minos_fail(MINOS_ESTATE, "no loop runs on this thread");
    return mn_fiber_new(mn_loop_of_thread, name, fn, argument, ret_fiber);
}

void mn_task_adopt(mn_error_slot *errors)
{
    mn_task *task = mn_task_current();
    if (errors == NULL)
        return;
    mn_error_slot_free(task->errors);
    task->errors = errors;
}

minos_rc mn_fiber_join(mn_fiber *fiber, minos_deadline deadline)
{
    minos_rc rc;
    mn_error_slot *errors;

    assert(fiber->joiner == NULL && fiber->scope == NULL);
    fiber->joiner = mn_fiber_running();
    while (!fiber->ended) {
        rc = mn_fiber_park_shielded(deadline);
        if (rc != MINOS_OK) {
            fiber->joiner = NULL;
            return minos_fail(rc, "fiber %s has not ended in time", fiber->name);
        }
    }
    rc = fiber->rc;
    errors = fiber->task.errors;
    fiber->task.errors = NULL;
    mn_fiber_free(fiber);
    if (rc != MINOS_OK)
        mn_task_adopt(errors);
    else
        mn_error_slot_free(errors);
    return rc;
}

/* ---- a place to wait ---- */

typedef struct waiter {
    mn_list node; /* unlinked by whoever wakes it */
    mn_fiber *fiber;
    bool granted;
} waiter;

void mn_waiters_init(mn_waiters *waiters)
{
    mn_list_init(&waiters->list);
}

minos_rc mn_waiters_wait(mn_waiters *waiters, minos_deadline deadline)
{
    waiter self = {.fiber = mn_fiber_running()};
    minos_rc rc;

    mn_list_insert(&waiters->list, &self.node);
    do
        rc = mn_fiber_park(deadline);
    while (rc == MINOS_OK && !self.granted);
    if (self.granted)
        return MINOS_OK; /* even when it was cancelled since: the wake was given to it */
    mn_list_remove(&self.node);
    return rc;
}

bool mn_waiters_wake_one(mn_waiters *waiters)
{
    mn_list *node = mn_list_pop(&waiters->list);
    waiter *first;
    if (node == NULL)
        return false;
    first = mn_container(node, waiter, node);
    first->granted = true;
    mn_fiber_wake(first->fiber);
    return true;
}

void mn_waiters_wake_all(mn_waiters *waiters)
{
    while (mn_waiters_wake_one(waiters))
        continue;
}
