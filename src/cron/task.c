/*
 * A periodic task: one fiber that waits for the next fire and runs the action, over and over.
 *
 * Invariants: `turn` has one place, so runs never overlap, whoever asks for them; the fiber exists
 * from start to the stop that joins it, and only that stop joins it. Errors of the fiber's own runs
 * are logged here, once; those of minos_periodic_task_run_once go to its caller.
 */
#include <stdlib.h>

#include <minos/log.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "cron/crontab.h"
#include "cron/task.h"
#include "enroute/request.h"
#include "enroute/response.h"
#include "fiber/fiber.h"

struct minos_periodic_task {
    minos_crontab *crontab; /* owned */
    minos_action *action;   /* borrowed */
    minos_semaphore *turn;  /* held by a run */
    minos_arena arena;      /* of the run that goes on */
    mn_fiber *fiber;        /* NULL: not started */
    mn_waiters stopped;     /* those who stop it while another one joins the fiber */
    mn_fiber *runner;       /* runs the action now: `fiber` or a caller of run_once; NULL: nobody */
    minos_timestamp since;  /* when it was started: fires after it count */
    bool is_quitting;       /* no more fires */
    bool is_joined;         /* someone waits in stop for the fiber's end */
};

static const mn_request_ops scheduled_ops = {.name = "scheduled"};

static minos_rc run_forever(void *argument);
static minos_rc run_in_turn(minos_periodic_task *task, minos_timestamp scheduled_at);
static minos_rc run_action(minos_periodic_task *task, minos_timestamp scheduled_at);
static minos_rc join(minos_periodic_task *task, minos_deadline deadline);

minos_rc minos_periodic_task_new(minos_crontab *crontab, minos_action *action,
                                 minos_periodic_task **ret_task)
{
    minos_periodic_task *task;
    minos_semaphore *turn;
    minos_timestamp at;

    if (crontab == NULL || action == NULL)
        return minos_fail(MINOS_EINVAL, "%s is NULL", crontab == NULL ? "crontab" : "action");
    if (minos_crontab_repetitions(crontab) != 1) /* a year that is over: say so before the start */
        MINOS_TRY(minos_crontab_next(crontab, minos_timestamp_now(), &at));
    MINOS_TRY(minos_semaphore_new(1, &turn));
    task = mn_new(minos_periodic_task);
    task->crontab = crontab;
    task->action = action;
    task->turn = turn;
    mn_arena_init(&task->arena, MN_ARENA_LIMIT_DEFAULT);
    mn_waiters_init(&task->stopped);
    *ret_task = task;
    return MINOS_OK;
}

void minos_periodic_task_free(minos_periodic_task *task)
{
    if (task == NULL)
        return;
    if (task->fiber != NULL) {
        minos_log_warning("periodic task %s is freed without a stop",
                          minos_action_name(task->action));
        minos_ignore(minos_periodic_task_stop(task, minos_deadline_in(0))); /* cancelled, told */
    }
    minos_crontab_free(task->crontab);
    minos_semaphore_free(task->turn);
    mn_arena_done(&task->arena);
    free(task);
}

const minos_crontab *minos_periodic_task_crontab(const minos_periodic_task *task)
{
    return task->crontab;
}

bool minos_periodic_task_started(const minos_periodic_task *task)
{
    return task->fiber != NULL && !task->is_quitting;
}

bool minos_periodic_task_running(const minos_periodic_task *task)
{
    return task->runner != NULL;
}

minos_rc mn_periodic_task_start_since(minos_periodic_task *task, minos_timestamp since)
{
    if (minos_periodic_task_started(task))
        return MINOS_OK;
    if (task->fiber != NULL)
        return minos_fail(MINOS_ESTATE, "periodic task %s is being stopped",
                          minos_action_name(task->action));
    task->since = since;
    MINOS_TRY(mn_fiber_start(minos_action_name(task->action), run_forever, task, &task->fiber));
    return MINOS_OK;
}

minos_rc minos_periodic_task_start(minos_periodic_task *task)
{
    return mn_periodic_task_start_since(task, minos_timestamp_now());
}

/* The fiber of a task. Yields. */
static minos_rc run_forever(void *argument)
{
    minos_periodic_task *task = argument;
    const char *name = minos_action_name(task->action);
    minos_crontab_fires fires = minos_crontab_fires_from(task->crontab, task->since);

    while (!task->is_quitting) {
        minos_timestamp at;
        minos_rc rc = minos_crontab_fires_wait(&fires, &at);
        if (rc == MINOS_ENOTFOUND && !task->crontab->reboot)
            minos_log_notice("periodic task %s has run for the last time: \"%s\"", name,
                             minos_crontab_pattern(task->crontab));
        if (rc != MINOS_OK) /* at the end of all fires, or cancelled */
            break;
        if (minos_semaphore_acquire(task->turn, minos_deadline_never()) != MINOS_OK)
            break;
        rc = task->is_quitting ? MINOS_OK : run_in_turn(task, at);
        minos_semaphore_release(task->turn);
        if (rc != MINOS_OK)
            minos_log_chain(MINOS_LEVEL_ERROR, minos_error_last(), "periodic task %s failed", name);
        minos_error_clear();
    }
    return MINOS_OK;
}

minos_rc minos_periodic_task_run_once(minos_periodic_task *task, minos_timestamp scheduled_at)
{
    minos_rc rc;

    if (mn_fiber_current() == NULL || mn_fiber_current() == task->runner)
        return minos_fail(MINOS_ESTATE, "periodic task %s cannot be run from %s",
                          minos_action_name(task->action),
                          mn_fiber_current() == NULL ? "outside of fibers" : "its own handler");
    MINOS_TRY(minos_semaphore_acquire(task->turn, minos_deadline_never()));
    rc = run_in_turn(task, scheduled_at);
    minos_semaphore_release(task->turn);
    return rc;
}

static minos_rc run_in_turn(minos_periodic_task *task, minos_timestamp scheduled_at)
{
    minos_rc rc;

    task->runner = mn_fiber_current();
    rc = run_action(task, scheduled_at);
    task->runner = NULL;
    minos_arena_reset(&task->arena);
    return rc;
}

static minos_rc run_action(minos_periodic_task *task, minos_timestamp scheduled_at)
{
    minos_request req;
    minos_response res;

    mn_request_init(&req, &scheduled_ops, MINOS_DOOR_PERIODIC, &task->arena);
    req.scheduled_at = scheduled_at;
    MINOS_TRY(minos_value_dup(
        &task->arena, MINOS_MAP(MINOS_KV("scheduled_at", minos_value_datetime(scheduled_at))),
        &req.content));
    mn_response_init(&res, &task->arena);
    MINOS_TRY(minos_action_run(task->action, &req, &res));
    return MINOS_OK;
}

void mn_periodic_task_quit(minos_periodic_task *task)
{
    task->is_quitting = task->fiber != NULL;
    if (task->fiber != NULL && task->runner != task->fiber)
        mn_fiber_cancel(task->fiber);
}

minos_rc minos_periodic_task_stop(minos_periodic_task *task, minos_deadline deadline)
{
    if (task->fiber == NULL)
        return MINOS_OK;
    mn_periodic_task_quit(task);
    if (task->fiber == mn_fiber_current()) /* by its own handler: it ends with this run */
        return MINOS_OK;
    if (task->is_joined) {
        minos_rc rc = mn_waiters_wait(&task->stopped, deadline);
        if (rc != MINOS_OK)
            return minos_fail(rc, "periodic task %s has not stopped in time",
                              minos_action_name(task->action));
        return MINOS_OK;
    }
    return join(task, deadline);
}

/* Wait for the fiber's end, cancel it when that takes too long, and forget it. Yields. */
static minos_rc join(minos_periodic_task *task, minos_deadline deadline)
{
    bool is_running = task->runner == task->fiber; /* else it is cancelled, and ends at once */
    minos_rc rc;

    task->is_joined = true;
    rc = mn_fiber_join(task->fiber, is_running ? deadline : minos_deadline_never());
    if (rc != MINOS_OK) { /* the fiber itself gives MINOS_OK: its deadline passed */
        mn_fiber_cancel(task->fiber);
        minos_ignore(mn_fiber_join(task->fiber, minos_deadline_never()));
    }
    task->fiber = NULL;
    task->is_joined = task->is_quitting = false;
    mn_waiters_wake_all(&task->stopped);
    if (rc != MINOS_OK)
        return minos_fail(MINOS_ETIMEDOUT,
                          "the run of periodic task %s did not end in time and was cancelled",
                          minos_action_name(task->action));
    return MINOS_OK;
}
