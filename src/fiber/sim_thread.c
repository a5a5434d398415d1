/*
 * Dedicated threads of a simulation: a fiber that takes the steps. See thread.h.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/env.h"
#include "fiber/sim.h"

struct mn_thread {
    mn_fiber *fiber;
    mn_thread_step_fn *step;
    void *argument; /* borrowed */
    bool rung;      /* since the last step began */
    bool stopping;
};

/* Take one step as on a thread of its own: it cannot wait. */
static int64_t take_step(mn_thread *self)
{
    mn_loop *loop = mn_loop_of_thread;
    mn_fiber *fiber = mn_fiber_of_thread;
    int64_t next_ns;

    mn_loop_of_thread = NULL;
    mn_fiber_of_thread = NULL;
    next_ns = self->step(self->argument);
    mn_loop_of_thread = loop;
    mn_fiber_of_thread = fiber;
    return next_ns;
}

static minos_rc run(void *argument)
{
    mn_thread *self = argument;

    while (!self->stopping) {
        int64_t next_ns;
        self->rung = false;
        next_ns = take_step(self);
        if (next_ns == 0)
            minos_ignore(minos_yield()); /* fails when cancelled, which changes nothing */
        while (next_ns > mn_now() && !self->rung && !self->stopping)
            minos_ignore(mn_fiber_park_shielded((minos_deadline){next_ns})); /* the loop looks */
    }
    return MINOS_OK;
}

minos_rc mn_sim_thread_start(const char *name, mn_thread_step_fn *step, void *argument,
                             mn_thread **ret_thread)
{
    mn_thread *self = mn_new(mn_thread);
    minos_rc rc;

    self->step = step;
    self->argument = argument;
    rc = mn_fiber_start(name, run, self, &self->fiber);
    if (rc != MINOS_OK) {
        free(self);
        return rc;
    }
    *ret_thread = self;
    return MINOS_OK;
}

void mn_sim_thread_ring(mn_thread *self)
{
    self->rung = true;
    mn_fiber_wake(self->fiber);
}

void mn_sim_thread_stop(mn_thread *self)
{
    self->stopping = true;
    mn_fiber_wake(self->fiber);
    minos_ignore(mn_fiber_join(self->fiber, minos_deadline_never())); /* it always gives OK */
    free(self);
}

void mn_sim_thread_pause(minos_duration length)
{
    (void)length;
}
