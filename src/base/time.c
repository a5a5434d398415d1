/*
 * Deadlines and the clock, from the environment.
 */
#include <minos/time.h>

#include "base/env.h"

minos_deadline minos_deadline_in(minos_duration delay)
{
    minos_deadline deadline = minos_deadline_never();
    int64_t now = mn_now();
    if (delay < 0)
        delay = 0;
    if (delay < INT64_MAX - now)
        deadline.at_ns = now + delay;
    return deadline;
}

minos_duration minos_deadline_left(minos_deadline deadline)
{
    int64_t now;
    if (deadline.at_ns == INT64_MAX)
        return INT64_MAX;
    now = mn_now();
    return deadline.at_ns > now ? deadline.at_ns - now : 0;
}

minos_timestamp minos_timestamp_now(void)
{
    return mn_env->wall_us();
}
