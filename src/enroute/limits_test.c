/*
 * Limits of a row: its timeout and its concurrency, in virtual time.
 */
#include <minos/enroute.h>

#include "fiber/fiber.h"
#include "fiber/simulation.h"
#include "support/support.h"

static const minos_route_filter all;

static minos_rc sleep_long(minos_request *req, minos_response *res)
{
    (void)req;
    (void)res;
    return minos_sleep(10 * MINOS_S);
}

static minos_rc run_with_timeout(void *argument)
{
    static const minos_route routes[] = {
        MINOS_BROKER_COMMAND("slow", sleep_long, .timeout = 2 * MINOS_S)};
    static const minos_service service = {MINOS_SERVICE("s", routes)};
    MINOS_AUTO(minos_factory) *factory = NULL;
    MINOS_AUTO(minos_request) *req = NULL;
    MINOS_AUTO(minos_response) *res = NULL;
    minos_deadline outer, begun = minos_deadline_in(0);
    minos_action *action;
    (void)argument;

    MINOS_TRY(minos_factory_new(MINOS_SERVICES(&service), NULL, &factory));
    MINOS_TRY(minos_request_new_memory(NULL, &req));
    MINOS_TRY(minos_response_new(&res));
    action = minos_factory_next(factory, all, NULL);
    outer = minos_deadline_in(60 * MINOS_S);
    mn_fiber_deadline_set(outer);
    assert_rc(minos_action_run(action, req, res), MINOS_ETIMEDOUT);
    assert_int_equal(minos_deadline_in(0).at_ns - begun.at_ns, 2 * MINOS_S);
    assert_int_equal(minos_fiber_deadline().at_ns, outer.at_ns);

    outer = minos_deadline_in(1 * MINOS_S); /* a row cannot lengthen what the door set */
    mn_fiber_deadline_set(outer);
    begun = minos_deadline_in(0);
    assert_rc(minos_action_run(action, req, res), MINOS_ETIMEDOUT);
    assert_int_equal(minos_deadline_in(0).at_ns - begun.at_ns, 1 * MINOS_S);
    assert_int_equal(minos_fiber_deadline().at_ns, outer.at_ns);
    mn_fiber_deadline_set(minos_deadline_never());
    return MINOS_OK;
}

static void timeout_of_a_row(void **state)
{
    (void)state;
    assert_ok(mn_simulate(1, "test", run_with_timeout, NULL));
}

static minos_rc run_one(void *argument)
{
    MINOS_AUTO(minos_request) *req = NULL;
    MINOS_AUTO(minos_response) *res = NULL;
    minos_rc rc;

    MINOS_TRY(minos_request_new_memory(NULL, &req));
    MINOS_TRY(minos_response_new(&res));
    rc = minos_action_run(argument, req, res);
    return rc == MINOS_ERESPONSE ? MINOS_OK : rc;
}

static minos_rc shorten(minos_request *req, minos_response *res)
{
    (void)req;
    (void)res;
    minos_fiber_deadline_shorten(minos_deadline_in(1 * MINOS_MS));
    return MINOS_OK;
}

static minos_rc run_shortening(void *argument)
{
    static const minos_route routes[] = {MINOS_BROKER_COMMAND("hasty", shorten)};
    static const minos_service service = {MINOS_SERVICE("s", routes)};
    MINOS_AUTO(minos_factory) *factory = NULL;
    (void)argument;
    MINOS_TRY(minos_factory_new(MINOS_SERVICES(&service), NULL, &factory));
    MINOS_TRY(run_one(minos_factory_next(factory, all, NULL)));
    return minos_sleep(1 * MINOS_S); /* the door's fiber goes on as before */
}

static void deadline_of_a_handler_ends_with_it(void **state)
{
    (void)state;
    assert_ok(mn_simulate(1, "test", run_shortening, NULL));
}

static int running, running_max, run_count;

static minos_rc count_running(minos_request *req, minos_response *res)
{
    minos_rc rc;
    (void)req;
    (void)res;
    running++;
    running_max = running > running_max ? running : running_max;
    rc = minos_sleep(1 * MINOS_S);
    running--;
    run_count++;
    return rc == MINOS_OK && run_count % 2 == 0 ? minos_reject(400, "every second fails") : rc;
}

static minos_rc run_many(void *argument)
{
    static const minos_route routes[] = {
        MINOS_BROKER_COMMAND("few", count_running, .concurrency = 3)};
    static const minos_service service = {MINOS_SERVICE("s", routes)};
    MINOS_AUTO(minos_factory) *factory = NULL;
    MINOS_AUTO(minos_scope) *scope = NULL;
    minos_deadline begun = minos_deadline_in(0);
    (void)argument;

    running_max = run_count = 0;
    MINOS_TRY(minos_factory_new(MINOS_SERVICES(&service), NULL, &factory));
    MINOS_TRY(minos_scope_new(&scope));
    for (int i = 0; i < 10; i++)
        MINOS_TRY(minos_scope_spawn(scope, "run", run_one, minos_factory_next(factory, all, NULL)));
    MINOS_TRY(minos_scope_join(scope, minos_deadline_never()));
    assert_int_equal(run_count, 10);
    assert_int_equal(running_max, 3);
    assert_int_equal(minos_deadline_in(0).at_ns - begun.at_ns, 4 * MINOS_S);
    /* One that waits for a place is cancelled: nothing ran, and no place is lost. */
    for (int i = 0; i < 5; i++)
        MINOS_TRY(minos_scope_spawn(scope, "run", run_one, minos_factory_next(factory, all, NULL)));
    MINOS_TRY(minos_sleep(MINOS_MS));
    minos_scope_free(scope);
    scope = NULL;
    assert_int_equal(running, 0);
    assert_ok(run_one(minos_factory_next(factory, all, NULL)));
    return MINOS_OK;
}

static void concurrency_of_a_row(void **state)
{
    (void)state;
    assert_ok(mn_simulate(1, "test", run_many, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(timeout_of_a_row),
        cmocka_unit_test(deadline_of_a_handler_ends_with_it),
        cmocka_unit_test(concurrency_of_a_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
