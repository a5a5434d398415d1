/*
 * Dedicated threads, by way of the driver: see thread.h.
 */
#include "fiber/thread.h"

#include "base/error.h"
#include "fiber/loop.h"

minos_rc mn_thread_start(const char *name, mn_thread_step_fn *step, void *argument,
                         mn_thread **ret_thread)
{
    if (mn_fiber_running() == NULL)
        return minos_fail(MINOS_ESTATE, "a thread is started on a fiber only");
    return mn_driver->thread_start(name, step, argument, ret_thread);
}

void mn_thread_ring(mn_thread *thread)
{
    mn_driver->thread_ring(thread);
}

void mn_thread_stop(mn_thread *thread)
{
    if (thread != NULL)
        mn_driver->thread_stop(thread);
}

void mn_thread_pause(minos_duration length)
{
    mn_driver->thread_pause(length);
}
