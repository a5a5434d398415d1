/*
 * The test kit: an application in the simulated environment, asked through its doors' inner ends.
 */
#include <minos/test.h>

#include <stdio.h>

#include <minos/broker.h>
#include <minos/config.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "enroute/context.h"
#include "enroute/outcome.h"
#include "fiber/simulation.h"
#include "http/exchange.h"
#include "http/port.h"
#include "runtime/app.h"

#define STOP_LIMIT (60 * MINOS_S)

struct minos_test {
    minos_test_fn *fn;
    minos_arena *arena;         /* what answers live in */
    minos_plugin services;      /* what minos_test_start makes of a list of services */
    const minos_plugin *plugin; /* what is under test */
    minos_config *config;       /* NULL until started */
    mn_app app;
};

/* ---- running ---- */

static minos_rc test_fiber(void *argument)
{
    minos_test *test = argument;
    minos_rc rc = test->fn(test);
    char chain[4096];

    if (rc == MINOS_OK)
        return minos_test_stop(test);
    minos_error_describe(minos_error_last(), chain, sizeof chain);
    minos_ignore(minos_test_stop(test)); /* the first failure is the one to tell */
    return minos_fail(rc, "%s", chain);
}

minos_rc minos_test_run(uint64_t seed, minos_test_fn *fn)
{
    minos_test test = {.fn = fn, .arena = minos_arena_new(0)};
    minos_rc rc = mn_simulate(seed, "test", test_fiber, &test);

    minos_arena_free(test.arena);
    return rc;
}

int minos_test_main(uint64_t seed, minos_test_fn *fn)
{
    char chain[4096];

    if (minos_test_run(seed, fn) == MINOS_OK)
        return 0;
    minos_error_describe(minos_error_last(), chain, sizeof chain);
    fprintf(stderr, "failed with seed %llu: %s\n", (unsigned long long)seed, chain);
    return 1;
}

static minos_rc build(minos_test *test)
{
    MINOS_TRY(minos_config_register(test->config, &mn_builtin_plugin));
    MINOS_TRY(minos_config_register(test->config, test->plugin));
    MINOS_TRY(mn_app_setup(&test->app, test->config));
    return mn_app_start(&test->app);
}

minos_rc minos_test_start_plugin(minos_test *test, const minos_plugin *plugin, const char *yaml)
{
    if (test->config != NULL)
        return minos_fail(MINOS_ESTATE, "the test has started its services already");
    test->plugin = plugin;
    MINOS_TRY(minos_config_parse(minos_view_of(yaml == NULL ? "name: test\n" : yaml), "test", NULL,
                                 &test->config));
    return build(test); /* what was half built goes with minos_test_stop */
}

minos_rc minos_test_start(minos_test *test, const minos_service *const *services, const char *yaml)
{
    minos_plugin plugin = {MINOS_PLUGIN("test"), .services = services};

    if (test->config == NULL)
        test->services = plugin;
    return minos_test_start_plugin(test, &test->services, yaml);
}

minos_rc minos_test_stop(minos_test *test)
{
    minos_rc rc;

    if (test->config == NULL)
        return MINOS_OK;
    rc = mn_app_stop(&test->app, minos_deadline_in(STOP_LIMIT));
    mn_app_done(&test->app);
    minos_config_free(mn_take(&test->config));
    return rc;
}

/* ---- asking ---- */

static minos_rc check_started(const minos_test *test)
{
    return test->config != NULL ? MINOS_OK
                                : minos_fail(MINOS_ESTATE, "call minos_test_start first");
}

minos_rc minos_test_http(minos_test *test, const char *method, const char *target,
                         const minos_value *content, minos_answer *ret_answer)
{
    minos_view body = minos_view_make(NULL, 0);
    void *port;

    MINOS_TRY(check_started(test));
    port = mn_app_port_find(&test->app, &mn_http_port_ops);
    if (port == NULL)
        return minos_fail(MINOS_ESTATE, "the test's config has no interfaces.http");
    if (content != NULL)
        MINOS_TRY(minos_json_encode(content, test->arena, &body));
    return mn_http_exchange(port, method, target, content == NULL ? NULL : "application/json", body,
                            test->arena, ret_answer);
}

/* The answer that a failure gives at every door. */
static void answer_failure(minos_test *test, minos_rc rc, minos_answer *answer)
{
    mn_outcome outcome = mn_outcome_of_error(rc);
    minos_value *content = mn_arena_make(test->arena, minos_value);

    *content = minos_value_text(minos_arena_dup_text(test->arena, outcome.message));
    *answer = (minos_answer){.status = outcome.status, .content = content};
}

minos_rc minos_test_request(minos_test *test, const char *topic, const minos_value *content,
                            minos_answer *ret_answer)
{
    minos_answer answer = {.status = 200};
    const minos_value *reply;
    minos_rc rc;

    MINOS_TRY(check_started(test));
    rc = minos_broker_request(topic, content, &reply);
    if (rc == MINOS_ERESPONSE)
        answer_failure(test, rc, &answer);
    else if (rc != MINOS_OK)
        return minos_wrap(rc, "while asking %s", topic);
    else
        MINOS_TRY(minos_value_dup(test->arena, reply, &answer.content));
    *ret_answer = answer;
    return MINOS_OK;
}

minos_rc minos_test_publish(minos_test *test, const char *topic, const minos_value *content)
{
    MINOS_TRY(check_started(test));
    MINOS_TRY(minos_broker_publish(topic, content));
    return mn_sim_settle();
}

minos_rc minos_test_advance(minos_test *test, minos_duration by)
{
    (void)test;
    return mn_sim_advance(by);
}

static minos_rc call(minos_test *test, minos_handler_fn *handler, minos_request *req,
                     minos_answer *answer)
{
    MINOS_AUTO(minos_response) *res = NULL;
    mn_context context;
    minos_rc rc;

    MINOS_TRY(minos_response_new(&res));
    mn_context_enter(&context, req);
    rc = handler(req, res);
    mn_context_leave(&context);
    if (rc != MINOS_OK) {
        answer_failure(test, rc, answer);
        return MINOS_OK;
    }
    answer->status = minos_response_status(res);
    if (minos_response_has_content(res)) {
        answer->content_type = minos_arena_dup_text(test->arena, minos_response_content_type(res));
        MINOS_TRY(minos_value_dup(test->arena, minos_response_content(res), &answer->content));
    }
    return minos_value_dup(test->arena, minos_response_headers(res), &answer->headers);
}

minos_rc minos_test_call(minos_test *test, minos_handler_fn *handler,
                         const minos_request_options *options, minos_answer *ret_answer)
{
    MINOS_AUTO(minos_request) *req = NULL;
    minos_answer answer = {.status = 200};

    MINOS_TRY(minos_request_new_memory(options, &req));
    MINOS_TRY(call(test, handler, req, &answer));
    *ret_answer = answer;
    return MINOS_OK;
}
