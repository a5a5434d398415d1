/*
 * Periodic tasks as the scheduler drives them.
 */
#ifndef MN_CRON_TASK_H
#define MN_CRON_TASK_H

#include <minos/cron.h>

/*
 * Start with the fires after a moment in the past; those that have passed count as one. For
 * minos_periodic_task_start that moment is now.
 */
minos_rc mn_periodic_task_start_since(minos_periodic_task *task, minos_timestamp since);
/* Fire no more; a run that goes on is let be. The first half of a stop; does not yield. */
void mn_periodic_task_quit(minos_periodic_task *task);

/*
 * Start a scheduler as the successor of one that ended with its process at that moment: what passed
 * meanwhile is made up, @reboot is not done again.
 */
minos_rc mn_scheduler_take_over(minos_scheduler *scheduler, minos_timestamp since);

#endif
