/*
 * Runs of actions: the order of what stands around a handler, hooks by kind, failures.
 */
#include <stdio.h>

#include <minos/enroute.h>

#include "base/alloc.h"
#include "enroute/action.h"
#include "enroute/request.h"
#include "enroute/response.h"
#include "support/support.h"

/* ---- a service that writes down what ran ---- */

static char trail[512];
static minos_rc handler_rc;

static void note(const char *what)
{
    strcat(trail, what);
    strcat(trail, " ");
}

static minos_rc handle(minos_request *req, minos_response *res)
{
    (void)req;
    note("handler");
    MINOS_TRY(minos_reply_status(res, 201, MINOS_VALUE("done")));
    MINOS_TRY(minos_response_header_set(res, "x", "y"));
    return handler_rc == MINOS_OK ? MINOS_OK : minos_fail(handler_rc, "the handler broke");
}

static minos_rc handle_query(minos_request *req, minos_response *res)
{
    return handle(req, res);
}

static minos_rc handle_event(minos_request *req, minos_response *res)
{
    return handle(req, res);
}

static minos_rc silent(minos_request *req, minos_response *res)
{
    (void)req;
    (void)res;
    return MINOS_OK;
}

static minos_rc pre_command(minos_request *req, minos_request **ret_req)
{
    note("pre_command");
    *ret_req = req;
    return MINOS_OK;
}

static minos_rc pre_query(minos_request *req, minos_request **ret_req)
{
    (void)req;
    (void)ret_req; /* leaves the request as it is */
    note("pre_query");
    return MINOS_OK;
}

static minos_rc pre_event(minos_request *req, minos_request **ret_req)
{
    note("pre_event");
    *ret_req = req;
    return MINOS_OK;
}

static minos_rc post_command(minos_request *req, minos_response *res)
{
    (void)req;
    note("post_command");
    return minos_reply(res, MINOS_VALUE("replaced"));
}

static minos_rc post_query(minos_request *req, minos_response *res)
{
    (void)req;
    (void)res;
    note("post_query");
    return MINOS_OK;
}

static minos_rc post_event(minos_request *req, minos_response *res)
{
    (void)req;
    (void)res;
    note("post_event");
    return MINOS_OK;
}

static minos_rc outermost(minos_request *req, minos_response *res, minos_next *next)
{
    minos_rc rc;
    note("(1");
    rc = minos_next_run(next, req, res);
    note("1)");
    return rc;
}

static minos_rc middle(minos_request *req, minos_response *res, minos_next *next)
{
    minos_rc rc;
    note("(2");
    rc = minos_next_run(next, req, res);
    note("2)");
    return rc;
}

static minos_rc satisfied(minos_request *req, bool *ret_ok)
{
    (void)req;
    note("check");
    *ret_ok = true;
    return MINOS_OK;
}

static const minos_route hooked_routes[] = {
    MINOS_BROKER_COMMAND("c", handle, MINOS_CHECKERS({.check = satisfied})),
    MINOS_BROKER_QUERY("q", handle_query),
    MINOS_BROKER_EVENT("e", handle_event),
    MINOS_BROKER_COMMAND("silent", silent),
};

static const minos_service hooked = {
    MINOS_SERVICE("hooked", hooked_routes),
    .pre_command = pre_command,
    .pre_query = pre_query,
    .pre_event = pre_event,
    .post_command = post_command,
    .post_query = post_query,
    .post_event = post_event,
};

static minos_action *action_at(minos_factory *factory, size_t index)
{
    minos_action *action = NULL;
    for (size_t i = 0; i <= index; i++)
        action = minos_factory_next(factory, (minos_route_filter){0}, action);
    return action;
}

/* Run one row of a service with a request in memory. */
static minos_rc run_row(const minos_service *service, const minos_middleware *middleware,
                        size_t index, minos_response *res)
{
    MINOS_AUTO(minos_factory) *factory = NULL;
    MINOS_AUTO(minos_request) *req = NULL;

    trail[0] = '\0';
    MINOS_TRY(minos_factory_new(MINOS_SERVICES(service), middleware, &factory));
    MINOS_TRY(minos_request_new_memory(NULL, &req));
    return minos_action_run(action_at(factory, index), req, res);
}

typedef struct order_row {
    const char *name;
    size_t index;
    const char *trail;
    const char *content; /* what the reply says at the end */
} order_row;

static void order_of_a_run(void **state)
{
    static const minos_middleware around[] = {
        {"outermost", outermost}, {"middle", middle}, {NULL, NULL}};
    static const order_row rows[] = {
        {"command", 0, "(1 (2 pre_command check handler post_command 2) 1) ", "replaced"},
        {"query", 1, "(1 (2 pre_query handler post_query 2) 1) ", "done"},
        {"event", 2, "(1 (2 pre_event handler post_event 2) 1) ", "done"},
    };
    (void)state;
    handler_rc = MINOS_OK;
    for (size_t i = 0; i < mn_count_of(rows); i++) {
        MINOS_AUTO(minos_response) *res = NULL;
        print_message("%s\n", rows[i].name);
        assert_ok(minos_response_new(&res));
        assert_ok(run_row(&hooked, around, rows[i].index, res));
        assert_string_equal(trail, rows[i].trail);
        assert_true(minos_view_is(minos_value_view(minos_response_content(res)), rows[i].content));
    }
}

static void without_reply_there_is_no_content(void **state)
{
    static const minos_route routes[] = {MINOS_BROKER_QUERY("q", silent)};
    static const minos_service service = {MINOS_SERVICE("s", routes)};
    MINOS_AUTO(minos_response) *res = NULL;
    (void)state;
    assert_ok(minos_response_new(&res));
    assert_ok(run_row(&service, NULL, 0, res));
    assert_int_equal(minos_response_status(res), 200);
    assert_false(minos_response_has_content(res));
}

/* ---- failures ---- */

static minos_rc pre_fails(minos_request *req, minos_request **ret_req)
{
    (void)req;
    (void)ret_req;
    return minos_reject(403, "not you");
}

static minos_rc pre_gives_none(minos_request *req, minos_request **ret_req)
{
    (void)req;
    *ret_req = NULL;
    return MINOS_OK;
}

static minos_rc post_fails(minos_request *req, minos_response *res)
{
    (void)req;
    (void)res;
    return minos_fail(MINOS_EIO, "no disk");
}

static minos_rc checker_fails(minos_request *req, bool *ret_ok)
{
    (void)req;
    *ret_ok = true; /* does not count beside a failure */
    return minos_reject(409, "busy");
}

static minos_rc middleware_fails(minos_request *req, minos_response *res, minos_next *next)
{
    minos_rc rc = minos_next_run(next, req, res);
    return rc == MINOS_OK ? minos_reject(418, "tea") : rc;
}

typedef struct failure_row {
    const char *name;
    minos_service service; /* hooks */
    minos_checker_fn *check;
    minos_middleware_fn *around;
    minos_rc of_handler;
    minos_rc rc;
    int status;
    const char *message;
    const char *ran; /* "" when the handler did not run */
} failure_row;

static const failure_row failure_rows[] = {
    {"pre hook refuses",
     {.pre_command = pre_fails},
     NULL,
     NULL,
     MINOS_OK,
     MINOS_ERESPONSE,
     403,
     "not you",
     ""},
    {"pre hook gives no request",
     {.pre_command = pre_gives_none},
     NULL,
     NULL,
     MINOS_OK,
     MINOS_EINVAL,
     500,
     "pre hook of service s",
     ""},
    {"checker refuses", {0}, checker_fails, NULL, MINOS_OK, MINOS_ERESPONSE, 409, "busy", ""},
    {"handler fails", {0}, NULL, NULL, MINOS_EIO, MINOS_EIO, 500, "the handler broke", "handler "},
    {"handler fails, post hook does not run",
     {.post_command = post_command},
     NULL,
     NULL,
     MINOS_EIO,
     MINOS_EIO,
     500,
     "the handler broke",
     "handler "},
    {"post hook fails",
     {.post_command = post_fails},
     NULL,
     NULL,
     MINOS_OK,
     MINOS_EIO,
     500,
     "no disk",
     "handler "},
    {"middleware refuses afterwards",
     {0},
     NULL,
     middleware_fails,
     MINOS_OK,
     MINOS_ERESPONSE,
     418,
     "tea",
     "handler "},
    {"another kind's hook is not run",
     {.pre_query = pre_fails,
      .pre_event = pre_fails,
      .post_query = post_fails,
      .post_event = post_fails},
     NULL,
     NULL,
     MINOS_ESTATE,
     MINOS_ESTATE,
     500,
     "the handler broke",
     "handler "},
};

static void a_failure_empties_the_response(void **state)
{
    (void)state;
    for (size_t i = 0; i < mn_count_of(failure_rows); i++) {
        const failure_row *row = &failure_rows[i];
        const minos_checker checkers[] = {{row->check, 0, 0}, {NULL, 0, 0}};
        const minos_route route = {
            .file = __FILE__,
            .line = __LINE__,
            .door = MINOS_DOOR_BROKER,
            .kind = MINOS_KIND_COMMAND,
            .key = "c",
            .source = "handle",
            .handler = handle,
            .checkers = checkers,
        };
        const minos_middleware around[] = {{row->around == NULL ? NULL : "around", row->around},
                                           {NULL, NULL}};
        minos_service service = row->service;
        MINOS_AUTO(minos_response) *res = NULL;

        print_message("%s\n", row->name);
        service.abi = MINOS_ABI;
        service.service_bytes = sizeof service;
        service.route_bytes = sizeof route;
        service.route_count = 1;
        service.name = "s";
        service.routes = &route;
        handler_rc = row->of_handler;
        assert_ok(minos_response_new(&res));
        assert_rc(run_row(&service, around, 0, res), row->rc);
        mn_assert_message(row->message, __FILE__, __LINE__);
        assert_int_equal(minos_error_status(minos_error_last()), row->status);
        assert_string_equal(trail, row->ran);
        assert_int_equal(minos_response_status(res), 200);
        assert_false(minos_response_has_content(res));
        assert_int_equal(minos_value_count(minos_response_headers(res)), 0);
    }
}

/* ---- middleware ---- */

static minos_rc twice(minos_request *req, minos_response *res, minos_next *next)
{
    MINOS_TRY(minos_next_run(next, req, res));
    return minos_next_run(next, req, res);
}

static minos_rc never(minos_request *req, minos_response *res, minos_next *next)
{
    (void)req;
    (void)next;
    return minos_reply(res, MINOS_VALUE("from middleware"));
}

static minos_rc heals(minos_request *req, minos_response *res, minos_next *next)
{
    minos_ignore(minos_next_run(next, req, res)); /* answers in its place */
    if (minos_response_has_content(res))
        return minos_fail(MINOS_EINTERNAL, "a failed run left a reply behind");
    return minos_reply(res, MINOS_VALUE("healed"));
}

static minos_rc wraps(minos_request *req, minos_response *res, minos_next *next)
{
    minos_request *wrapped;
    MINOS_TRY(minos_request_wrap(req, NULL, NULL, &wrapped));
    return minos_next_run(next, wrapped, res);
}

static minos_rc stamps(minos_request *req, minos_response *res, minos_next *next)
{
    MINOS_TRY(minos_response_header_set(res, "stamp", "1"));
    return minos_next_run(next, req, res);
}

static minos_rc second_time_silent(minos_request *req, minos_response *res)
{
    static int runs;
    (void)req;
    return runs++ % 2 == 0 ? minos_reply_status(res, 201, MINOS_VALUE("first")) : MINOS_OK;
}

typedef struct middleware_row {
    const char *name;
    minos_middleware_fn *run;
    minos_handler_fn *handler;
    minos_rc of_handler;
    const char *trail;
    const char *content; /* NULL: none */
} middleware_row;

static void middleware_may(void **state)
{
    static const middleware_row rows[] = {
        {"go on", outermost, handle, MINOS_OK, "(1 handler 1) ", "done"},
        {"go on twice", twice, handle, MINOS_OK, "handler handler ", "done"},
        {"go on twice, the second without reply", twice, second_time_silent, MINOS_OK, "", NULL},
        {"not go on", never, handle, MINOS_OK, "", "from middleware"},
        {"answer for a handler that failed", heals, handle, MINOS_EIO, "handler ", "healed"},
        {"bring another request", wraps, handle, MINOS_OK, "handler ", "done"},
        {"set a header first", stamps, silent, MINOS_OK, "", NULL},
    };
    (void)state;
    for (size_t i = 0; i < mn_count_of(rows); i++) {
        const minos_middleware around[] = {{"m", rows[i].run}, {NULL, NULL}};
        const minos_route route = {
            .file = __FILE__,
            .line = __LINE__,
            .door = MINOS_DOOR_BROKER,
            .kind = MINOS_KIND_COMMAND,
            .key = "c",
            .handler = rows[i].handler,
        };
        const minos_service service = {
            .abi = MINOS_ABI,
            .service_bytes = sizeof service,
            .route_bytes = sizeof route,
            .route_count = 1,
            .name = "s",
            .routes = &route,
        };
        MINOS_AUTO(minos_response) *res = NULL;

        print_message("%s\n", rows[i].name);
        handler_rc = rows[i].of_handler;
        assert_ok(minos_response_new(&res));
        assert_ok(run_row(&service, around, 0, res));
        assert_string_equal(trail, rows[i].trail);
        assert_int_equal(minos_response_has_content(res), rows[i].content != NULL);
        if (rows[i].content != NULL)
            assert_true(
                minos_view_is(minos_value_view(minos_response_content(res)), rows[i].content));
        if (rows[i].run == stamps)
            assert_int_equal(minos_value_count(minos_response_headers(res)), 1);
    }
}

static minos_rc without_next(minos_request *req, minos_response *res, minos_next *next)
{
    (void)next;
    return minos_next_run(NULL, req, res);
}

static minos_rc without_response(minos_request *req, minos_response *res, minos_next *next)
{
    (void)res;
    return minos_next_run(next, req, NULL);
}

static minos_rc without_request(minos_request *req, minos_response *res, minos_next *next)
{
    (void)req;
    return minos_next_run(next, NULL, res);
}

static void middleware_must_give_all(void **state)
{
    static const struct {
        const char *name;
        minos_middleware_fn *run;
    } rows[] = {{"next", without_next}, {"res", without_response}, {"req", without_request}};
    (void)state;
    for (size_t i = 0; i < mn_count_of(rows); i++) {
        const minos_middleware around[] = {{"m", rows[i].run}, {NULL, NULL}};
        MINOS_AUTO(minos_response) *res = NULL;
        assert_ok(minos_response_new(&res));
        assert_fails(run_row(&hooked, around, 3, res), MINOS_EINVAL, rows[i].name);
    }
}

/* ---- what the handler sees ---- */

struct counter {
    int64_t count;
};

static minos_rc double_it(minos_request *req, const minos_value *value,
                          const minos_value **ret_value)
{
    minos_value *made = minos_arena_alloc(minos_request_arena(req), sizeof *made);
    int64_t number;
    MINOS_TRY(minos_value_i64(value, NULL, &number));
    *made = minos_value_int(2 * number);
    *ret_value = made;
    return MINOS_OK;
}

static minos_rc pre_doubles(minos_request *req, minos_request **ret_req)
{
    return minos_request_wrap(req, double_it, NULL, ret_req);
}

static minos_rc count_content(minos_request *req, minos_response *res)
{
    struct counter *self = minos_request_self(req);
    const minos_value *content;
    int64_t number;
    (void)res;
    MINOS_TRY(minos_request_content(req, &content));
    MINOS_TRY(minos_value_i64(content, NULL, &number));
    self->count += number;
    if (strcmp(minos_request_route(req)->key, "count") != 0)
        return minos_fail(MINOS_EINTERNAL, "another row");
    return MINOS_OK;
}

static void handler_sees_state_row_and_the_hooks_request(void **state)
{
    static const minos_route routes[] = {MINOS_BROKER_COMMAND("count", count_content)};
    static const minos_service service = {
        MINOS_SERVICE("s", routes),
        .self_size = sizeof(struct counter),
        .pre_command = pre_doubles,
    };
    MINOS_AUTO(minos_factory) *factory = NULL;
    minos_action *action;
    (void)state;

    assert_ok(minos_factory_new(MINOS_SERVICES(&service), NULL, &factory));
    action = action_at(factory, 0);
    for (int i = 0; i < 3; i++) {
        MINOS_AUTO(minos_request) *req = NULL;
        MINOS_AUTO(minos_response) *res = NULL;
        assert_ok(minos_request_new_memory(
            &(minos_request_options){.content = MINOS_VALUE(7), .self = factory}, &req));
        assert_ok(minos_response_new(&res));
        assert_ok(minos_action_run(action, req, res));
    }
    assert_int_equal(((struct counter *)action->self)->count, 42);
}

/* ---- the short way ---- */

static void a_plain_run_allocates_nothing(void **state)
{
    static const minos_route routes[] = {MINOS_BROKER_COMMAND("c", silent)};
    static const minos_service service = {MINOS_SERVICE("s", routes)};
    MINOS_AUTO(minos_factory) *factory = NULL;
    MINOS_AUTO(minos_request) *req = NULL;
    MINOS_AUTO(minos_response) *res = NULL;
    size_t used_by_request, used_by_response;
    (void)state;

    assert_ok(minos_factory_new(MINOS_SERVICES(&service), NULL, &factory));
    assert_ok(minos_request_new_memory(NULL, &req));
    assert_ok(minos_response_new(&res));
    used_by_request = minos_arena_used(req->arena);
    used_by_response = minos_arena_used(res->arena);
    assert_ok(minos_action_run(action_at(factory, 0), req, res));
    assert_int_equal(minos_arena_used(req->arena), used_by_request);
    assert_int_equal(minos_arena_used(res->arena), used_by_response);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_of_a_run),
        cmocka_unit_test(without_reply_there_is_no_content),
        cmocka_unit_test(a_failure_empties_the_response),
        cmocka_unit_test(middleware_may),
        cmocka_unit_test(middleware_must_give_all),
        cmocka_unit_test(handler_sees_state_row_and_the_hooks_request),
        cmocka_unit_test(a_plain_run_allocates_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
