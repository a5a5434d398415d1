/*
 * A world of periodic tasks for tests: handlers that note what they see, a scheduler over rows,
 * and a log that is kept. One a program.
 */
#ifndef MN_TESTS_SUPPORT_PERIODIC_H
#define MN_TESTS_SUPPORT_PERIODIC_H

#include "support/support.h"

#include <string.h>

#include <minos/cron.h>
#include <minos/log.h>

#include "base/alloc.h"
#include "fiber/fiber.h"
#include "fiber/simulation.h"

#define RUNS_MAX 400
#define START    MN_SIM_WALL_US /* 2026-01-01T00:00:00Z */
#define S_US     INT64_C(1000000)
#define MIN_US   (60 * S_US)
#define H_US     (60 * MIN_US)

/* What the handlers saw and are to do. */
static struct {
    minos_timestamp due[RUNS_MAX];   /* scheduled_at of each run */
    minos_timestamp begun[RUNS_MAX]; /* wall clock at its beginning */
    minos_rc ended[RUNS_MAX];        /* of its sleep */
    int count;
    int now; /* runs going on */
    int most;
    int other_count; /* runs of note_other */
    minos_duration hold;
    bool fails;
    minos_periodic_task *to_stop, *to_run;
    minos_rc inner; /* what the call of the handler gave */
    minos_channel *told;
    int lines; /* of the log */
    char log[8192];
} seen;

MINOS_UNUSED static minos_rc note(minos_request *req, minos_response *res)
{
    int run = seen.count++;
    assert_true(run < RUNS_MAX);
    seen.due[run] = minos_request_scheduled_at(req);
    seen.begun[run] = minos_timestamp_now();
    seen.most = ++seen.now > seen.most ? seen.now : seen.most;
    seen.ended[run] = seen.hold == 0 ? MINOS_OK : minos_sleep(seen.hold);
    if (seen.to_stop != NULL)
        seen.inner = minos_periodic_task_stop(seen.to_stop, minos_deadline_never());
    if (seen.to_run != NULL)
        seen.inner = minos_periodic_task_run_once(seen.to_run, 0);
    seen.now--;
    if (seen.ended[run] != MINOS_OK)
        return seen.ended[run];
    if (seen.fails)
        return minos_fail(MINOS_EIO, "the disk is on fire");
    return minos_reply(res, MINOS_MAP(MINOS_KV("status", "done")));
}

MINOS_UNUSED static minos_rc note_other(minos_request *req, minos_response *res)
{
    (void)req;
    (void)res;
    seen.other_count++;
    return MINOS_OK;
}

MINOS_UNUSED static minos_rc look(minos_request *req, minos_response *res)
{
    const minos_value *content, *params;
    minos_timestamp at;
    (void)res;
    assert_int_equal(minos_request_door(req), MINOS_DOOR_PERIODIC);
    assert_true(minos_request_has_content(req));
    assert_ok(minos_request_content(req, &content));
    assert_int_equal(minos_value_count(content), 1);
    assert_int_equal(minos_value_type(minos_value_get(content, "scheduled_at")),
                     MINOS_TYPE_DATETIME);
    assert_ok(minos_value_when(content, "scheduled_at", &at));
    assert_true(at == START + MIN_US && at == minos_request_scheduled_at(req));
    assert_false(minos_request_has_params(req));
    assert_rc(minos_request_params(req, &params), MINOS_ENOPARAMS);
    assert_null(minos_request_user(req));
    seen.count++;
    return MINOS_OK;
}

MINOS_UNUSED static minos_rc tell(minos_request *req, minos_response *res)
{
    (void)req;
    (void)res;
    return minos_channel_send(seen.told, &seen, minos_deadline_never());
}

MINOS_UNUSED static void keep_line(void *context, minos_level level, const char *line)
{
    (void)context;
    if (level > MINOS_LEVEL_NOTICE)
        return;
    seen.lines++;
    strncat(seen.log, line, sizeof seen.log - strlen(seen.log) - 1);
}

/* ---- a scheduler over rows ---- */

static struct {
    minos_service service;
    minos_factory *factory;
    minos_router *router;
    minos_scheduler *scheduler;
    minos_periodic_task *task; /* the first */
} world;

MINOS_UNUSED static minos_rc world_try(const minos_route *routes, size_t count)
{
    const minos_service *services[] = {&world.service, NULL};
    memset(&world, 0, sizeof world);
    world.service = (minos_service){
        .abi = MINOS_ABI,
        .service_bytes = (uint32_t)sizeof(minos_service),
        .route_bytes = (uint32_t)sizeof(minos_route),
        .route_count = (uint32_t)count,
        .name = "test",
        .routes = routes,
    };
    assert_ok(minos_factory_new(services, NULL, &world.factory));
    assert_ok(minos_router_new(MINOS_ROUTER_PERIODIC, world.factory, &world.router));
    MINOS_TRY(minos_scheduler_new(world.router, &world.scheduler));
    world.task = minos_scheduler_tasks(world.scheduler)[0];
    return MINOS_OK;
}

MINOS_UNUSED static void world_open(const minos_route *routes, size_t count)
{
    memset(&seen, 0, sizeof seen);
    minos_log_output_set(keep_line, NULL);
    assert_ok(world_try(routes, count));
}

MINOS_UNUSED static void world_close(void)
{
    minos_scheduler_free(world.scheduler);
    minos_router_free(world.router);
    minos_factory_free(world.factory);
    minos_log_output_set(NULL, NULL);
}

#define WORLD(...)                                                                                 \
    static const minos_route routes_[] = {__VA_ARGS__};                                            \
    (void)argument;                                                                                \
    world_open(routes_, mn_count_of(routes_))

MINOS_UNUSED static minos_timestamp wall(minos_duration since)
{
    return START + since / MINOS_US;
}

/* A row of cmocka's table: the function runs in a simulation of its own. */
#define PERIODIC_TEST(name)                                                                        \
    {                                                                                              \
#name, periodic_run, NULL, NULL, (void *)&(minos_fiber_fn *)                               \
        {                                                                                          \
            name                                                                                   \
        }                                                                                          \
    }

MINOS_UNUSED static void periodic_run(void **state)
{
    minos_fiber_fn **fn = *state;
    assert_ok(mn_simulate(1, "test", *fn, NULL));
}

#endif
