/*
 * The context: set for a run, restored whatever happens, inherited by fibers, headers travelling
 * back.
 */
#include <minos/context.h>
#include <minos/enroute.h>

#include "base/alloc.h"
#include "enroute/context.h"
#include "fiber/fiber.h"
#include "fiber/simulation.h"
#include "support/support.h"

static const minos_uuid ANNE = {{1}};
static const minos_uuid BERT = {{2}};

static minos_factory *factory;

static minos_action *action_of(const char *key)
{
    minos_action *action = NULL;
    while ((action = minos_factory_next(factory, (minos_route_filter){0}, action)) != NULL)
        if (strcmp(minos_action_route(action)->key, key) == 0)
            return action;
    fail_msg("no row %s", key);
    return NULL;
}

/* Run a row as a door would, with a user, two headers and a reply topic. */
static minos_rc run(const char *key, const minos_uuid *user, minos_request **ret_req)
{
    MINOS_AUTO(minos_response) *res = NULL;
    minos_request *req;
    minos_rc rc;

    assert_ok(minos_request_new_memory(
        &(minos_request_options){
            .user = user,
            .headers = MINOS_MAP(MINOS_KV("trace", "t1"), MINOS_KV("lang", "de")),
        },
        &req));
    req->reply_topic = "replies";
    assert_ok(minos_response_new(&res));
    rc = minos_action_run(action_of(key), req, res);
    if (ret_req != NULL)
        *ret_req = req;
    else
        minos_request_free(req);
    return rc;
}

static const char *header(const char *name)
{
    const minos_value *value = minos_value_get(minos_context_headers(), name);
    return value == NULL ? "" : value->as.string;
}

static void assert_outside(void)
{
    assert_null(minos_context_user());
    assert_null(minos_context_headers());
    assert_null(minos_context_reply_topic());
    assert_rc(minos_context_header_set("a", "b"), MINOS_ESTATE);
}

/* ---- handlers ---- */

static minos_rc look(minos_request *req, minos_response *res)
{
    (void)req;
    (void)res;
    assert_true(minos_uuid_equal(*minos_context_user(), ANNE));
    assert_string_equal(header("trace"), "t1");
    assert_string_equal(header("lang"), "de");
    assert_string_equal(minos_context_reply_topic(), "replies");
    return MINOS_OK;
}

static minos_rc look_without_user(minos_request *req, minos_response *res)
{
    (void)req;
    (void)res;
    assert_null(minos_context_user());
    return MINOS_OK;
}

static minos_rc change(minos_request *req, minos_response *res)
{
    const minos_value *own;
    char value[] = "t2";
    (void)res;
    MINOS_TRY(minos_context_header_set("Trace", value));
    value[0] = 'X'; /* it was copied */
    MINOS_TRY(minos_context_header_set("new", "1"));
    MINOS_TRY(minos_context_header_set("new", "2"));
    assert_string_equal(header("Trace"), "t2");
    assert_string_equal(header("new"), "2");
    assert_string_equal(header("lang"), "de");
    assert_int_equal(minos_value_count(minos_context_headers()), 3);
    assert_string_equal(minos_request_header(req, "trace"), "t1"); /* the request is as it was */
    MINOS_TRY(minos_request_headers(req, &own));
    assert_int_equal(minos_value_count(own), 2);
    assert_rc(minos_context_header_set("bad name", "x"), MINOS_EINVAL);
    assert_rc(minos_context_header_set("x", "a\r\nb"), MINOS_EINVAL);
    assert_rc(minos_context_header_set(NULL, "x"), MINOS_EINVAL);
    assert_rc(minos_context_header_set("x", NULL), MINOS_EINVAL);
    return MINOS_OK;
}

static minos_rc change_and_fail(minos_request *req, minos_response *res)
{
    MINOS_TRY(change(req, res));
    return minos_reject(400, "no");
}

static minos_rc nested(minos_request *req, minos_response *res)
{
    (void)req;
    (void)res;
    MINOS_TRY(minos_context_header_set("outer", "1"));
    /* The context's user wins over the argument, so the inner run sees Anne. */
    assert_rc(run("change_and_fail", NULL, NULL), MINOS_ERESPONSE);
    assert_true(minos_uuid_equal(*minos_context_user(), ANNE));
    assert_string_equal(header("trace"), "t1");
    assert_string_equal(header("outer"), "1");
    assert_string_equal(header("new"), "");
    assert_string_equal(minos_context_reply_topic(), "replies");
    return MINOS_OK;
}

static minos_rc child(void *argument)
{
    (void)argument;
    assert_true(minos_uuid_equal(*minos_context_user(), ANNE));
    assert_string_equal(minos_context_reply_topic(), "replies");
    mn_context_reply_topic_set("of the child");
    MINOS_TRY(minos_sleep(1 * MINOS_S));
    assert_string_equal(minos_context_reply_topic(), "of the child");
    return minos_context_header_set("from-child", "1");
}

static minos_rc spawn(minos_request *req, minos_response *res)
{
    MINOS_AUTO(minos_scope) *scope = NULL;
    (void)req;
    (void)res;
    MINOS_TRY(minos_scope_new(&scope));
    MINOS_TRY(minos_scope_spawn(scope, "child", child, NULL));
    MINOS_TRY(minos_scope_join(scope, minos_deadline_never()));
    assert_string_equal(minos_context_reply_topic(), "replies"); /* the child's is its own */
    assert_string_equal(header("from-child"), "1");
    return MINOS_OK;
}

static minos_rc leave_a_topic(minos_request *req, minos_response *res)
{
    (void)req;
    (void)res;
    assert_string_equal(mn_context_reply_topic_set("pooled"), "replies");
    assert_string_equal(minos_context_reply_topic(), "pooled");
    return MINOS_OK;
}

static minos_rc sleep_long(minos_request *req, minos_response *res)
{
    (void)req;
    (void)res;
    MINOS_TRY(minos_context_header_set("slept", "1"));
    return minos_sleep(60 * MINOS_S);
}

static const minos_route routes[] = {
    MINOS_BROKER_COMMAND("look", look),
    MINOS_BROKER_COMMAND("look_without_user", look_without_user),
    MINOS_BROKER_COMMAND("change", change),
    MINOS_BROKER_COMMAND("change_and_fail", change_and_fail),
    MINOS_BROKER_COMMAND("nested", nested),
    MINOS_BROKER_COMMAND("spawn", spawn),
    MINOS_BROKER_COMMAND("leave_a_topic", leave_a_topic),
    MINOS_BROKER_COMMAND("sleep_long", sleep_long, .timeout = 2 * MINOS_S),
    MINOS_BROKER_COMMAND("sleep_forever", sleep_long),
};
static const minos_service service = {MINOS_SERVICE("s", routes)};

/* ---- tests ---- */

static void set_and_restored(void **state)
{
    (void)state;
    assert_outside();
    assert_ok(run("look", &ANNE, NULL));
    assert_outside();
    assert_ok(run("look_without_user", NULL, NULL));
    assert_outside();
    assert_ok(run("leave_a_topic", &BERT, NULL));
    assert_outside();
}

static void header_changes_travel_back(void **state)
{
    static const struct {
        const char *key;
        minos_rc rc;
    } rows[] = {{"change", MINOS_OK}, {"change_and_fail", MINOS_ERESPONSE}};
    (void)state;
    for (size_t i = 0; i < mn_count_of(rows); i++) {
        MINOS_AUTO(minos_request) *req = NULL;
        assert_rc(run(rows[i].key, &ANNE, &req), rows[i].rc);
        assert_outside();
        assert_true(minos_view_is(req->changed->name, "Trace"));
        assert_true(minos_view_is(req->changed->value, "t2"));
        assert_true(minos_view_is(req->changed->next->value, "2"));
        assert_null(req->changed->next->next);
    }
}

static void nothing_changed_nothing_travels(void **state)
{
    MINOS_AUTO(minos_request) *req = NULL;
    (void)state;
    assert_ok(run("look", &ANNE, &req));
    assert_null(req->changed);
}

static void a_run_within_a_run(void **state)
{
    MINOS_AUTO(minos_request) *req = NULL;
    (void)state;
    assert_ok(run("nested", &ANNE, &req));
    assert_outside();
    assert_true(minos_view_is(req->changed->name, "outer"));
    assert_null(req->changed->next);
}

static minos_rc run_spawn(void *argument)
{
    (void)argument;
    assert_ok(run("spawn", &ANNE, NULL));
    assert_outside();
    return MINOS_OK;
}

static void fibers_inherit_it(void **state)
{
    (void)state;
    assert_ok(mn_simulate(1, "test", run_spawn, NULL));
}

static minos_rc run_timed_out(void *argument)
{
    MINOS_AUTO(minos_request) *req = NULL;
    (void)argument;
    assert_rc(run("sleep_long", &ANNE, &req), MINOS_ETIMEDOUT);
    assert_outside();
    assert_true(minos_view_is(req->changed->name, "slept"));
    return MINOS_OK;
}

static minos_rc run_canceled(void *argument)
{
    (void)argument;
    assert_rc(run("sleep_forever", &ANNE, NULL), MINOS_ECANCELED);
    assert_outside();
    return MINOS_OK;
}

static minos_rc cancel_it(void *argument)
{
    MINOS_AUTO(minos_scope) *scope = NULL;
    (void)argument;
    assert_ok(minos_scope_new(&scope));
    assert_ok(minos_scope_spawn(scope, "run", run_canceled, NULL));
    assert_ok(minos_sleep(1 * MINOS_S));
    assert_outside(); /* another fiber's context is not ours */
    minos_scope_cancel(scope);
    return minos_scope_join(scope, minos_deadline_never());
}

static void restored_after_deadline_and_cancel(void **state)
{
    (void)state;
    assert_ok(mn_simulate(1, "test", run_timed_out, NULL));
    assert_ok(mn_simulate(1, "test", cancel_it, NULL));
}

/* ---- one request, two actions ---- */

static minos_action *inner_action;
static const char *trail[2];
static int trail_count;

static minos_rc says_its_name(minos_request *req, minos_response *res)
{
    trail[trail_count++ % 2] = minos_request_route(req)->key;
    return *(int *)minos_request_self(req) == 0 ? minos_reply(res, MINOS_VALUE("inner")) : MINOS_OK;
}

static minos_rc runs_another(minos_request *req, minos_response *res)
{
    int *self = minos_request_self(req);
    MINOS_AUTO(minos_response) *of_inner = NULL;

    *self = 1; /* which is not the inner service's */
    MINOS_TRY(minos_response_new(&of_inner));
    MINOS_TRY(minos_action_run(inner_action, req, of_inner));
    trail[trail_count++ % 2] = minos_request_route(req)->key;
    if (minos_request_self(req) != self)
        return minos_fail(MINOS_EINTERNAL, "the state is another service's");
    return minos_reply(res, minos_response_content(of_inner));
}

static void a_run_on_the_request_of_another(void **state)
{
    static const minos_route outer_routes[] = {MINOS_BROKER_COMMAND("outer", runs_another)};
    static const minos_route inner_routes[] = {MINOS_BROKER_COMMAND("inner", says_its_name)};
    static const minos_service outer = {MINOS_SERVICE("outer", outer_routes),
                                        .self_size = sizeof(int)};
    static const minos_service inner = {MINOS_SERVICE("inner", inner_routes),
                                        .self_size = sizeof(int)};
    MINOS_AUTO(minos_factory) *both = NULL;
    MINOS_AUTO(minos_request) *req = NULL;
    MINOS_AUTO(minos_response) *res = NULL;
    minos_action *first;
    (void)state;

    assert_ok(minos_factory_new(MINOS_SERVICES(&outer, &inner), NULL, &both));
    first = minos_factory_next(both, (minos_route_filter){0}, NULL);
    inner_action = minos_factory_next(both, (minos_route_filter){0}, first);
    assert_ok(minos_request_new_memory(NULL, &req));
    assert_ok(minos_response_new(&res));
    assert_ok(minos_action_run(first, req, res));
    assert_string_equal(trail[0], "inner");
    assert_string_equal(trail[1], "outer");
    assert_true(minos_view_is(minos_value_view(minos_response_content(res)), "inner"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(set_and_restored),
        cmocka_unit_test(header_changes_travel_back),
        cmocka_unit_test(nothing_changed_nothing_travels),
        cmocka_unit_test(a_run_within_a_run),
        cmocka_unit_test(fibers_inherit_it),
        cmocka_unit_test(a_run_on_the_request_of_another),
        cmocka_unit_test(restored_after_deadline_and_cancel),
    };
    int failed;

    if (minos_factory_new(MINOS_SERVICES(&service), NULL, &factory) != MINOS_OK)
        return 1;
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    minos_factory_free(factory);
    return failed;
}
