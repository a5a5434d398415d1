/*
 * Scheduling: cron patterns, periodic tasks, their scheduler and port. Everything is in UTC.
 */
#ifndef MINOS_CRON_H
#define MINOS_CRON_H

#include <stdbool.h>
#include <stdint.h>

#include <minos/compiler.h>
#include <minos/config.h>
#include <minos/enroute.h>
#include <minos/error.h>
#include <minos/time.h>

MINOS_BEGIN_DECLS

/* ---- patterns ---- */

typedef struct minos_crontab minos_crontab;

/** What minos_crontab_repetitions gives for a pattern without end. */
#define MINOS_REPETITIONS_INFINITE INT64_MAX

/**
 * Read a pattern: 5 fields (minute hour day month weekday), 6 (second first), 7 (second … year), an
 * alias (@yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly) or @reboot (once, at once).
 * @retval MINOS_EPARSE  the message says which field and why; also for a pattern that never fires
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_crontab_new(const char *pattern,
                                                      minos_crontab **ret_crontab);
MINOS_API void minos_crontab_free(minos_crontab *crontab);
MINOS_API const char *minos_crontab_pattern(const minos_crontab *crontab);
/** Give how often it fires: 1 for @reboot, else MINOS_REPETITIONS_INFINITE. */
MINOS_API int64_t minos_crontab_repetitions(const minos_crontab *crontab);
/**
 * Give the first fire strictly after a moment.
 * @retval MINOS_ENOTFOUND  it never fires again
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_crontab_next(const minos_crontab *crontab,
                                                       minos_timestamp after,
                                                       minos_timestamp *ret_at);
/** Give the time from `now` to the next fire, 0 for @reboot. */
MINOS_API MINOS_MUST_CHECK minos_rc minos_crontab_delay_until_next(const minos_crontab *crontab,
                                                                   minos_timestamp now,
                                                                   minos_duration *ret_delay);
/** Wait for the next fire and give its moment. @yields */
MINOS_API MINOS_MUST_CHECK minos_rc minos_crontab_sleep_until_next(const minos_crontab *crontab,
                                                                   minos_timestamp *ret_at);
/** Tell whether two patterns fire at the same moments; equal ones have equal hashes. */
MINOS_API bool minos_crontab_equal(const minos_crontab *a, const minos_crontab *b);
MINOS_API uint64_t minos_crontab_hash(const minos_crontab *crontab);

/* ---- tasks ---- */

typedef struct minos_periodic_task minos_periodic_task;

/** The crontab is taken, the action borrowed. */
MINOS_API MINOS_MUST_CHECK minos_rc minos_periodic_task_new(minos_crontab *crontab,
                                                            minos_action *action,
                                                            minos_periodic_task **ret_task);
MINOS_API const minos_crontab *minos_periodic_task_crontab(const minos_periodic_task *task);
/** Tell whether it was started and not stopped. */
MINOS_API bool minos_periodic_task_started(const minos_periodic_task *task);
/** Tell whether a run is going on. */
MINOS_API bool minos_periodic_task_running(const minos_periodic_task *task);
MINOS_API MINOS_MUST_CHECK minos_rc minos_periodic_task_start(minos_periodic_task *task);
/** Stop; a run that goes on is waited for until the deadline, then cancelled. @yields */
MINOS_API MINOS_MUST_CHECK minos_rc minos_periodic_task_stop(minos_periodic_task *task,
                                                             minos_deadline deadline);
/** Run once, now, as if due at `scheduled_at`; waits for a run that goes on. @yields */
MINOS_API MINOS_MUST_CHECK minos_rc minos_periodic_task_run_once(minos_periodic_task *task,
                                                                 minos_timestamp scheduled_at);
MINOS_API void minos_periodic_task_free(minos_periodic_task *task);

/* ---- scheduler and port ---- */

typedef struct minos_scheduler minos_scheduler;
typedef struct minos_periodic_port minos_periodic_port;

/** Make the tasks of a periodic router, which is borrowed. */
MINOS_API MINOS_MUST_CHECK minos_rc minos_scheduler_new(minos_router *router,
                                                        minos_scheduler **ret_scheduler);
MINOS_API MINOS_MUST_CHECK minos_rc minos_scheduler_start(minos_scheduler *scheduler);
MINOS_API MINOS_MUST_CHECK minos_rc minos_scheduler_stop(minos_scheduler *scheduler,
                                                         minos_deadline deadline);
/** Give the tasks, NULL-terminated. */
MINOS_API minos_periodic_task *const *minos_scheduler_tasks(const minos_scheduler *scheduler);
MINOS_API void minos_scheduler_free(minos_scheduler *scheduler);

MINOS_API MINOS_MUST_CHECK minos_rc minos_periodic_port_from_config(const minos_config *config,
                                                                    minos_periodic_port **ret_port);
MINOS_API minos_scheduler *minos_periodic_port_scheduler(const minos_periodic_port *port);
MINOS_API MINOS_MUST_CHECK minos_rc minos_periodic_port_start(minos_periodic_port *port);
MINOS_API MINOS_MUST_CHECK minos_rc minos_periodic_port_stop(minos_periodic_port *port,
                                                             minos_deadline deadline);
MINOS_API void minos_periodic_port_free(minos_periodic_port *port);

MINOS_AUTO_DEFINE(minos_crontab)
MINOS_AUTO_DEFINE(minos_periodic_task)
MINOS_AUTO_DEFINE(minos_scheduler)
MINOS_AUTO_DEFINE(minos_periodic_port)

MINOS_END_DECLS

#endif
