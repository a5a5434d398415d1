/*
 * Checkers: attempts, delays and failures, in virtual time.
 */
#include <minos/enroute.h>

#include "base/alloc.h"
#include "enroute/action.h"
#include "enroute/context.h"
#include "enroute/outcome.h"
#include "fiber/fiber.h"
#include "fiber/simulation.h"
#include "support/support.h"

/* Checkers say yes from an attempt on, each with a counter of its own. */
static int asked_a, asked_b, asked_c;
static int yes_from_a, yes_from_b; /* 0: never */
static bool saw_context;

static minos_rc check_a(minos_request *req, bool *ret_ok)
{
    (void)req;
    saw_context = minos_context_headers() != NULL;
    asked_a++;
    *ret_ok = yes_from_a != 0 && asked_a >= yes_from_a;
    return MINOS_OK;
}

static minos_rc check_b(minos_request *req, bool *ret_ok)
{
    (void)req;
    asked_b++;
    *ret_ok = yes_from_b != 0 && asked_b >= yes_from_b;
    return MINOS_OK;
}

/* Fails at its second attempt. */
static minos_rc check_c(minos_request *req, bool *ret_ok)
{
    (void)req;
    (void)ret_ok; /* false unless it is set */
    return ++asked_c == 2 ? minos_reject(409, "busy") : MINOS_OK;
}

typedef struct checker_row {
    const char *name;
    minos_checker checkers[4];
    int yes_from_a, yes_from_b;
    minos_rc rc;
    const char *message;
    int asked_a, asked_b;
    int64_t took_ms;
} checker_row;

static const checker_row checker_rows[] = {
    {"at once", {{check_a, 0, 0}}, 1, 0, MINOS_OK, NULL, 1, 0, 0},
    {"at the third attempt", {{check_a, 0, 0}}, 3, 0, MINOS_OK, NULL, 3, 0, 200},
    {"at the last attempt", {{check_a, 0, 0}}, 10, 0, MINOS_OK, NULL, 10, 0, 900},
    {"never: ten attempts",
     {{check_a, 0, 0}},
     0,
     0,
     MINOS_ECHECK,
     "There was an exception during check step: check 1 was not satisfied after 10 attempts",
     10,
     0,
     900},
    {"too late", {{check_a, 0, 0}}, 11, 0, MINOS_ECHECK, "check 1", 10, 0, 900},
    {"three attempts", {{check_a, 3, 0}}, 0, 0, MINOS_ECHECK, "after 3 attempts", 3, 0, 200},
    {"one attempt", {{check_a, 1, 0}}, 0, 0, MINOS_ECHECK, "after 1 attempt", 1, 0, 0},
    {"its own delay", {{check_a, 4, 5 * MINOS_S}}, 4, 0, MINOS_OK, NULL, 4, 0, 15000},
    {"both at once", {{check_a, 0, 0}, {check_b, 0, 0}}, 1, 1, MINOS_OK, NULL, 1, 1, 0},
    {"side by side", {{check_a, 0, 0}, {check_b, 0, 0}}, 5, 7, MINOS_OK, NULL, 5, 7, 600},
    {"one waits", {{check_a, 0, 0}, {check_b, 0, 0}}, 1, 3, MINOS_OK, NULL, 1, 3, 200},
    {"the second is never satisfied",
     {{check_a, 0, 0}, {check_b, 3, 0}},
     1,
     0,
     MINOS_ECHECK,
     "check 2 was not satisfied after 3",
     1,
     3,
     200},
    {"the first to give up ends the other",
     {{check_a, 0, 0}, {check_b, 3, 0}},
     0,
     0,
     MINOS_ECHECK,
     "check 2",
     3,
     3,
     200},
    {"a failure ends the others",
     {{check_a, 0, 0}, {check_c, 0, 0}, {check_b, 0, 0}},
     0,
     0,
     MINOS_ERESPONSE,
     "busy",
     2,
     2,
     100},
    {"a failure while one waits", {{check_c, 0, 0}}, 0, 0, MINOS_ERESPONSE, "busy", 0, 0, 100},
};

static int handled;

static minos_rc handle(minos_request *req, minos_response *res)
{
    (void)req;
    handled++;
    return minos_reply(res, MINOS_VALUE("ok"));
}

static minos_rc run_with(const minos_checker *checkers)
{
    const minos_route route = {
        .file = __FILE__,
        .line = __LINE__,
        .door = MINOS_DOOR_BROKER,
        .kind = MINOS_KIND_COMMAND,
        .key = "c",
        .handler = handle,
        .checkers = checkers,
    };
    const minos_service service = {
        .abi = MINOS_ABI,
        .service_bytes = sizeof service,
        .route_bytes = sizeof route,
        .route_count = 1,
        .name = "s",
        .routes = &route,
    };
    MINOS_AUTO(minos_factory) *factory = NULL;
    MINOS_AUTO(minos_request) *req = NULL;
    MINOS_AUTO(minos_response) *res = NULL;

    handled = asked_a = asked_b = asked_c = 0;
    assert_ok(minos_factory_new(MINOS_SERVICES(&service), NULL, &factory));
    assert_ok(minos_request_new_memory(NULL, &req));
    assert_ok(minos_response_new(&res));
    return minos_action_run(minos_factory_next(factory, (minos_route_filter){0}, NULL), req, res);
}

static minos_rc run_row(void *argument)
{
    const checker_row *row = argument;
    int64_t begun = minos_deadline_in(0).at_ns;
    minos_rc rc;

    yes_from_a = row->yes_from_a;
    yes_from_b = row->yes_from_b;
    rc = run_with(row->checkers);
    assert_rc(rc, row->rc);
    if (rc != MINOS_OK) {
        mn_outcome outcome = mn_outcome_of_error(rc);
        mn_assert_message(row->message, __FILE__, __LINE__);
        assert_true(outcome.is_public);
        assert_int_equal(outcome.status, rc == MINOS_ECHECK ? 400 : 409);
    }
    assert_int_equal(handled, rc == MINOS_OK);
    assert_int_equal(asked_a, row->asked_a);
    assert_int_equal(asked_b, row->asked_b);
    assert_int_equal((minos_deadline_in(0).at_ns - begun) / MINOS_MS, row->took_ms);
    if (asked_a != 0)
        assert_true(saw_context);
    return MINOS_OK;
}

static void attempts_and_delays(void **state)
{
    (void)state;
    for (size_t i = 0; i < mn_count_of(checker_rows); i++) {
        checker_row row = checker_rows[i];
        print_message("%s\n", row.name);
        assert_ok(mn_simulate(1, "test", run_row, &row));
    }
}

/* ---- the request's own end comes first ---- */

static const minos_checker two_waiting[] = {{check_a, 0, 0}, {check_b, 0, 0}, {NULL, 0, 0}};
static const minos_checker one_waiting[] = {{check_a, 0, 0}, {NULL, 0, 0}};

static minos_rc run_waiting(void *argument)
{
    yes_from_a = yes_from_b = 0;
    return run_with(argument);
}

static minos_rc cancel_and_time_out(void *argument)
{
    static const minos_checker *const cases[] = {one_waiting, two_waiting};
    (void)argument;
    for (size_t i = 0; i < mn_count_of(cases); i++) {
        MINOS_AUTO(minos_scope) *scope = NULL;
        minos_deadline old;

        assert_ok(minos_scope_new(&scope));
        assert_ok(minos_scope_spawn(scope, "run", run_waiting, (void *)(uintptr_t)cases[i]));
        assert_ok(minos_sleep(250 * MINOS_MS));
        minos_scope_cancel(scope);
        minos_scope_free(scope);
        scope = NULL;
        assert_int_equal(handled, 0);
        assert_int_equal(asked_a, 3);

        old = minos_fiber_deadline_shorten(minos_deadline_in(250 * MINOS_MS));
        assert_rc(run_waiting((void *)(uintptr_t)cases[i]), MINOS_ETIMEDOUT);
        assert_int_equal(handled, 0);
        assert_int_equal(asked_a, 3);
        assert_null(minos_context_headers());
        mn_fiber_deadline_set(old);
    }
    return MINOS_OK;
}

static void cancel_and_deadline(void **state)
{
    (void)state;
    assert_ok(mn_simulate(1, "test", cancel_and_time_out, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attempts_and_delays),
        cmocka_unit_test(cancel_and_deadline),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
