/*
 * When a worker that died is followed by another: see restart.h.
 */
#include "runtime/restart.h"

minos_duration mn_restart_after(mn_restart *restart, minos_duration life, bool ready)
{
    minos_duration delay = MN_RESTART_DELAY_MIN;

    restart->failed_starts = ready ? 0 : restart->failed_starts + 1;
    if (ready && life >= MN_RESTART_HEALTHY) {
        restart->deaths = 0;
        return 0;
    }
    for (int i = 0; i < restart->deaths && delay < MN_RESTART_DELAY_MAX; i++)
        delay *= 2;
    restart->deaths++;
    return delay < MN_RESTART_DELAY_MAX ? delay : MN_RESTART_DELAY_MAX;
}

bool mn_restart_is_hopeless(const mn_restart *restart)
{
    return restart->failed_starts >= MN_RESTART_STARTS_MAX;
}
