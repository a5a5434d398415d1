/*
 * Periodic tasks as the scheduler drives them.
 */
#ifndef MN_CRON_TASK_H
#define MN_CRON_TASK_H

#include <minos/cron.h>

/* Fire no more; a run that goes on is let be. The first half of a stop; does not yield. */
void mn_periodic_task_quit(minos_periodic_task *task);

#endif
