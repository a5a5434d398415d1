/*
 * Dispatch in numbers: ns from an action's run to its end with requests that cost nothing
 * themselves, by what stands around the handler; ns of a reply and of a whole request in memory.
 */
#include <stdio.h>

#include <minos/enroute.h>

#include "base/arena.h"
#include "base/env.h"
#include "enroute/request.h"
#include "enroute/response.h"
#include "fiber/fiber.h"

#define RUNS 5000000

static minos_rc nothing(minos_request *req, minos_response *res)
{
    (void)req;
    (void)res;
    return MINOS_OK;
}

static minos_rc replies(minos_request *req, minos_response *res)
{
    (void)req;
    return minos_reply(res, MINOS_MAP(MINOS_KV("id", "123"), MINOS_KV("status", "created")));
}

static minos_rc reads_and_replies(minos_request *req, minos_response *res)
{
    const minos_value *user;
    const char *name;
    MINOS_TRY(minos_request_content(req, &user));
    MINOS_TRY(minos_value_str(user, "name", &name));
    return minos_reply(res, MINOS_MAP(MINOS_KV("id", "123"), MINOS_KV("name", name)));
}

static minos_rc refuses(minos_request *req, minos_response *res)
{
    (void)req;
    (void)res;
    return minos_reject(409, "order %d is closed", 7);
}

static minos_rc satisfied(minos_request *req, bool *ret_ok)
{
    (void)req;
    *ret_ok = true;
    return MINOS_OK;
}

static const minos_route routes[] = {
    MINOS_BROKER_COMMAND("plain", nothing),
    MINOS_BROKER_COMMAND("two checkers", nothing,
                         MINOS_CHECKERS({.check = satisfied}, {.check = satisfied})),
    MINOS_BROKER_COMMAND("timeout", nothing, .timeout = MINOS_S),
    MINOS_BROKER_COMMAND("concurrency", nothing, .concurrency = 8),
    MINOS_BROKER_COMMAND("reply of two entries", replies),
    MINOS_BROKER_COMMAND("content and reply", reads_and_replies),
    MINOS_BROKER_COMMAND("refusal", refuses),
};
static const minos_service service = {MINOS_SERVICE("bench", routes)};

static minos_rc passes(minos_request *req, minos_response *res, minos_next *next)
{
    return minos_next_run(next, req, res);
}

/* Runs with one request and response; the arena is reset now and then, as a door does. */
static minos_rc measure_runs(minos_action *action, const char *suffix)
{
    MINOS_AUTO(minos_request) *req = NULL;
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
    minos_response res;
    int64_t begin, took;

    MINOS_TRY(minos_request_new_memory(
        &(minos_request_options){.content = MINOS_MAP(MINOS_KV("name", "anne"))}, &req));
    begin = mn_now();
    for (int i = 0; i < RUNS; i++) {
        minos_arena_reset(arena);
        mn_response_init(&res, arena);
        minos_ignore(minos_action_run(action, req, &res)); /* one of the rows refuses */
    }
    took = mn_now() - begin;
    printf("dispatch  %-22s%-16s %8.1f ns\n", minos_action_route(action)->key, suffix,
           (double)took / RUNS);
    return MINOS_OK;
}

static minos_rc measure_whole(minos_action *action)
{
    const minos_value *content = MINOS_MAP(MINOS_KV("name", "anne"));
    int64_t begin = mn_now();

    for (int i = 0; i < RUNS / 5; i++) {
        MINOS_AUTO(minos_request) *req = NULL;
        MINOS_AUTO(minos_response) *res = NULL;
        MINOS_TRY(minos_request_new_memory(&(minos_request_options){.content = content}, &req));
        MINOS_TRY(minos_response_new(&res));
        MINOS_TRY(minos_action_run(action, req, res));
    }
    printf("dispatch  %-38s %8.1f ns\n", "request in memory, run, response",
           (double)(mn_now() - begin) / (RUNS / 5));
    return MINOS_OK;
}

static minos_rc measure(void *argument)
{
    static const minos_middleware around[] = {{"a", passes}, {"b", passes}, {NULL, NULL}};
    MINOS_AUTO(minos_factory) *factory = NULL;
    MINOS_AUTO(minos_factory) *wrapped = NULL;
    minos_action *action = NULL;
    (void)argument;

    MINOS_TRY(minos_factory_new(MINOS_SERVICES(&service), NULL, &factory));
    MINOS_TRY(minos_factory_new(MINOS_SERVICES(&service), around, &wrapped));
    while ((action = minos_factory_next(factory, (minos_route_filter){0}, action)) != NULL)
        MINOS_TRY(measure_runs(action, ""));
    MINOS_TRY(
        measure_runs(minos_factory_next(wrapped, (minos_route_filter){0}, NULL), "+ 2 middleware"));
    return measure_whole(minos_factory_next(factory, (minos_route_filter){0}, NULL));
}

int main(void)
{
    return mn_loop_run("bench", measure, NULL) == MINOS_OK ? 0 : 1;
}
