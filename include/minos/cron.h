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

/** A cron pattern, read. Never changes. */
typedef struct minos_crontab minos_crontab;

/** What minos_crontab_repetitions gives for a pattern without end. */
#define MINOS_REPETITIONS_INFINITE INT64_MAX

/**
 * Read a pattern: 5 fields (minute hour day-of-month month weekday), 6 (second first), 7 (second
 * first, year last), one of the aliases `@yearly`, `@annually`, `@monthly`, `@weekly`, `@daily`,
 * `@midnight` and `@hourly`, or `@reboot` (once, at once). When both day fields restrict, either
 * suffices. The clock is not asked: a pattern whose years are over is read, and minos_crontab_next
 * tells.
 * @param pattern  at most 1,024 bytes of printable ASCII, blanks and tabs between fields; copied
 * @retval MINOS_EPARSE  malformed, or without any fire in any year; the message names the field,
 *                       quotes it and says why
 * @retval MINOS_EINVAL  pattern is NULL
 * @noyield @thread{any} @std{POSIX crontab; L, # and ? as in Quartz}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_crontab_new(const char *pattern,
                                                      minos_crontab **ret_crontab);
/** Free a pattern; NULL is fine. @noyield @thread{any} */
MINOS_API void minos_crontab_free(minos_crontab *crontab);
/** Give the pattern as written, without blanks around it. @noyield @lifetime{that of crontab} */
MINOS_API const char *minos_crontab_pattern(const minos_crontab *crontab);
/** Give how often it fires: 1 for `@reboot`, else MINOS_REPETITIONS_INFINITE. @noyield */
MINOS_API int64_t minos_crontab_repetitions(const minos_crontab *crontab);
/**
 * Give the first fire strictly after a moment: a whole second, in the years 0 to 9999.
 * @retval MINOS_ENOTFOUND  it never fires again, and the message says why; always for `@reboot`
 * @noyield @thread{any}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_crontab_next(const minos_crontab *crontab,
                                                       minos_timestamp after,
                                                       minos_timestamp *ret_at);
/**
 * Give the time from `now` to the next fire, 0 for `@reboot`; INT64_MAX when it is over 292 years.
 * @retval MINOS_ENOTFOUND  it never fires again
 * @noyield @thread{any}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_crontab_delay_until_next(const minos_crontab *crontab,
                                                                   minos_timestamp now,
                                                                   minos_duration *ret_delay);
/**
 * Wait for the next fire and give its moment; `@reboot` comes at once.
 * @retval MINOS_ENOTFOUND  it never fires again
 * @retval MINOS_ECANCELED  the fiber was cancelled
 * @retval MINOS_ETIMEDOUT  the fiber's own deadline came first
 * @yields @thread{a loop's fiber}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_crontab_sleep_until_next(const minos_crontab *crontab,
                                                                   minos_timestamp *ret_at);
/** Tell whether two patterns fire at the same moments, however they are written. @noyield */
MINOS_API bool minos_crontab_equal(const minos_crontab *a, const minos_crontab *b);
/** Give a hash; equal patterns have equal ones. @noyield @thread{any} */
MINOS_API uint64_t minos_crontab_hash(const minos_crontab *crontab);

/** Steps through the fires of a pattern, one after the other. A plain value; needs no end. */
typedef struct minos_crontab_fires {
    const minos_crontab *crontab; /* borrowed */
    minos_timestamp last;         /* the fire given last; before the first, where it begins */
    minos_timestamp seen;         /* the clock when a wait looked last */
    int64_t left;                 /* fires to wait for: of minos_crontab_repetitions */
} minos_crontab_fires;

/** Begin after a moment, mostly now. @noyield @lifetime{that of crontab} */
MINOS_API minos_crontab_fires minos_crontab_fires_from(const minos_crontab *crontab,
                                                       minos_timestamp after);
/**
 * Give the next fire without waiting.
 * @retval MINOS_ENOTFOUND  it never fires again; always for `@reboot`
 * @noyield
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_crontab_fires_next(minos_crontab_fires *fires,
                                                             minos_timestamp *ret_at);
/**
 * Wait for the next fire. Fires that passed since the last call count as one: the latest of them,
 * given at once. A step of the clock is noticed within a minute; no moment is given twice, unless
 * the clock went back by more than a day.
 * @retval MINOS_ENOTFOUND  it never fires again; for `@reboot` from the second call on
 * @retval MINOS_ECANCELED  the fiber was cancelled
 * @retval MINOS_ETIMEDOUT  the fiber's own deadline came first
 * @yields @thread{a loop's fiber}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_crontab_fires_wait(minos_crontab_fires *fires,
                                                             minos_timestamp *ret_at);

/* ---- tasks ---- */

/**
 * An action that is run at each fire of a pattern, on a fiber of its own. Runs never overlap: a
 * run that is still going on delays the next, and fires missed meanwhile count as one. An error of
 * such a run is logged, and the task goes on. Its request has the content {"scheduled_at":
 * datetime}.
 */
typedef struct minos_periodic_task minos_periodic_task;

/**
 * Make a task.
 * @param crontab  taken on success
 * @param action   borrowed for the task's life
 * @retval MINOS_ENOTFOUND  the pattern never fires again; the message says why
 * @retval MINOS_EINVAL     crontab or action is NULL
 * @noyield
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_periodic_task_new(minos_crontab *crontab,
                                                            minos_action *action,
                                                            minos_periodic_task **ret_task);
/** Give the pattern. @noyield @lifetime{that of task} */
MINOS_API const minos_crontab *minos_periodic_task_crontab(const minos_periodic_task *task);
/** Tell whether it was started and not stopped. @noyield */
MINOS_API bool minos_periodic_task_started(const minos_periodic_task *task);
/** Tell whether a run is going on. @noyield */
MINOS_API bool minos_periodic_task_running(const minos_periodic_task *task);
/**
 * Start waiting for fires after now; fine when it is started already.
 * @retval MINOS_ETOOMANY  no fiber could be had
 * @retval MINOS_ESTATE    not on a fiber, or it is being stopped
 * @noyield @thread{a loop's fiber}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_periodic_task_start(minos_periodic_task *task);
/**
 * Stop; a run that goes on is waited for until the deadline, then cancelled and waited for. Fine
 * when it is not started. From within the task's own handler it returns at once: that run is the
 * last.
 * @retval MINOS_ETIMEDOUT  the deadline passed; the run was cancelled and has ended
 * @yields @thread{the loop that started it}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_periodic_task_stop(minos_periodic_task *task,
                                                             minos_deadline deadline);
/**
 * Run once, now, as if due at `scheduled_at`, started or not; waits for a run that goes on. Gives
 * what the handler failed with, which is not logged.
 * @retval MINOS_ESTATE  not on a fiber, or called by its own handler
 * @yields @thread{a loop's fiber}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_periodic_task_run_once(minos_periodic_task *task,
                                                                 minos_timestamp scheduled_at);
/** Free a stopped task, NULL is fine; one still started is stopped with a warning. @yields */
MINOS_API void minos_periodic_task_free(minos_periodic_task *task);

/* ---- scheduler and port ---- */

/** The periodic tasks of a router, started and stopped together. */
typedef struct minos_scheduler minos_scheduler;
/** The periodic door: a scheduler with the life cycle of a port. */
typedef struct minos_periodic_port minos_periodic_port;

/**
 * Make the tasks of a periodic router.
 * @param router  borrowed for the scheduler's life
 * @retval MINOS_EPARSE     a pattern is not valid; names the handler and its row
 * @retval MINOS_ENOTFOUND  a pattern never fires again; names the handler and its row
 * @retval MINOS_EINVAL     not a periodic router
 * @noyield
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_scheduler_new(minos_router *router,
                                                        minos_scheduler **ret_scheduler);
/** Start all tasks, or none. @retval MINOS_ETOOMANY  no fiber could be had @yields on failure */
MINOS_API MINOS_MUST_CHECK minos_rc minos_scheduler_start(minos_scheduler *scheduler);
/**
 * Stop all tasks: none fires any more from the call on, runs have until the deadline.
 * @retval MINOS_ETIMEDOUT  some run had to be cancelled
 * @yields
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_scheduler_stop(minos_scheduler *scheduler,
                                                         minos_deadline deadline);
/**
 * Give the tasks in the order of their rows, NULL-terminated.
 * @noyield @lifetime{that of scheduler}
 */
MINOS_API minos_periodic_task *const *minos_scheduler_tasks(const minos_scheduler *scheduler);
/** Free a stopped scheduler and its tasks; NULL is fine. @yields when it is not stopped */
MINOS_API void minos_scheduler_free(minos_scheduler *scheduler);

/**
 * Make a port of the services and middleware that a config names, with a factory of its own.
 * @param config  borrowed for the port's life
 * @retval MINOS_ECONFIG    the config names what there is not
 * @retval MINOS_EENROUTE   a row is not valid, or one of its kinds
 * @retval MINOS_EPARSE     a pattern is not valid; names the handler and its row
 * @retval MINOS_ENOTFOUND  a pattern never fires again; names the handler and its row
 * @noyield
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_periodic_port_from_config(const minos_config *config,
                                                                    minos_periodic_port **ret_port);
/** Give the scheduler. @noyield @lifetime{that of port} */
MINOS_API minos_scheduler *minos_periodic_port_scheduler(const minos_periodic_port *port);
/** Set up the services and start the tasks; idempotent. Fails as a setup does. @yields */
MINOS_API MINOS_MUST_CHECK minos_rc minos_periodic_port_start(minos_periodic_port *port);
/** Stop the tasks; idempotent. @retval MINOS_ETIMEDOUT  some run had to be cancelled @yields */
MINOS_API MINOS_MUST_CHECK minos_rc minos_periodic_port_stop(minos_periodic_port *port,
                                                             minos_deadline deadline);
/**
 * End the services and free the port, NULL is fine; a started one is stopped with a warning.
 * @yields
 */
MINOS_API void minos_periodic_port_free(minos_periodic_port *port);

MINOS_AUTO_DEFINE(minos_crontab)
MINOS_AUTO_DEFINE(minos_periodic_task)
MINOS_AUTO_DEFINE(minos_scheduler)
MINOS_AUTO_DEFINE(minos_periodic_port)

MINOS_END_DECLS

#endif
