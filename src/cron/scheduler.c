/*
 * The scheduler: the periodic tasks of a router, started and stopped together.
 */
#include <stdlib.h>

#include <minos/log.h>

#include "base/alloc.h"
#include "cron/task.h"

struct minos_scheduler {
    minos_periodic_task **tasks; /* owned; NULL-terminated */
    size_t count;
};

static minos_rc add_task(minos_scheduler *scheduler, minos_action *action);

minos_rc minos_scheduler_new(minos_router *router, minos_scheduler **ret_scheduler)
{
    MINOS_AUTO(minos_scheduler) *scheduler = NULL;
    minos_action *const *actions;
    size_t count;

    if (router == NULL || minos_router_kind_of(router) != MINOS_ROUTER_PERIODIC)
        return minos_fail(MINOS_EINVAL, "router is no periodic router");
    MINOS_TRY(minos_router_build_routes(router));
    actions = minos_router_routes(router, &count);
    scheduler = mn_new(minos_scheduler);
    scheduler->tasks = mn_new_array(minos_periodic_task *, count + 1);
    for (size_t i = 0; i < count; i++)
        MINOS_TRY(add_task(scheduler, actions[i]));
    *ret_scheduler = mn_take(&scheduler);
    return MINOS_OK;
}

static minos_rc add_task(minos_scheduler *scheduler, minos_action *action)
{
    const minos_route *route = minos_action_route(action);
    MINOS_AUTO(minos_crontab) *crontab = NULL;
    minos_rc rc = minos_crontab_new(route->key, &crontab);

    if (rc == MINOS_OK)
        rc = minos_periodic_task_new(crontab, action, &scheduler->tasks[scheduler->count]);
    if (rc != MINOS_OK)
        return minos_wrap(rc, "periodic task %s, bound at %s:%d", minos_action_name(action),
                          route->file, route->line);
    crontab = NULL; /* the task's now */
    scheduler->count++;
    return MINOS_OK;
}

void minos_scheduler_free(minos_scheduler *scheduler)
{
    if (scheduler == NULL)
        return;
    for (size_t i = 0; i < scheduler->count; i++)
        minos_periodic_task_free(scheduler->tasks[i]);
    free(scheduler->tasks);
    free(scheduler);
}

minos_periodic_task *const *minos_scheduler_tasks(const minos_scheduler *scheduler)
{
    return scheduler->tasks;
}

static minos_rc start_failed(minos_scheduler *scheduler, minos_rc rc)
{
    minos_ignore(minos_scheduler_stop(scheduler, minos_deadline_in(0))); /* rc tells why */
    return minos_wrap(rc, "while starting the scheduler");
}

minos_rc minos_scheduler_start(minos_scheduler *scheduler)
{
    for (size_t i = 0; i < scheduler->count; i++) {
        minos_rc rc = minos_periodic_task_start(scheduler->tasks[i]);
        if (rc != MINOS_OK)
            return start_failed(scheduler, rc);
    }
    return MINOS_OK;
}

minos_rc mn_scheduler_take_over(minos_scheduler *scheduler, minos_timestamp since)
{
    for (size_t i = 0; i < scheduler->count; i++) {
        minos_periodic_task *task = scheduler->tasks[i];
        minos_rc rc;
        if (minos_crontab_repetitions(minos_periodic_task_crontab(task)) == 1)
            continue; /* @reboot */
        rc = mn_periodic_task_start_since(task, since);
        if (rc != MINOS_OK)
            return start_failed(scheduler, rc);
    }
    return MINOS_OK;
}

minos_rc minos_scheduler_stop(minos_scheduler *scheduler, minos_deadline deadline)
{
    minos_rc rc = MINOS_OK;

    for (size_t i = 0; i < scheduler->count; i++) /* none fires while another one is waited for */
        mn_periodic_task_quit(scheduler->tasks[i]);
    for (size_t i = 0; i < scheduler->count; i++) {
        minos_rc stopped = minos_periodic_task_stop(scheduler->tasks[i], deadline);
        if (rc == MINOS_OK)
            rc = stopped;
    }
    return rc;
}
