/*
 * Adapter, connector and port made from their parts: refusals, and exchanges without sockets.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "http/date.h"
#include "http/exchange.h"
#include "http/port.h"
#include "support/support.h"

static minos_rc get_user(minos_request *req, minos_response *res)
{
    const char *id;
    MINOS_TRY(minos_request_param(req, "user_id", &id));
    return minos_reply(res, MINOS_MAP(MINOS_KV("id", id)));
}

static minos_rc get_other(minos_request *req, minos_response *res)
{
    (void)req;
    return minos_reply(res, MINOS_VALUE("other"));
}

static minos_rc create_user(minos_request *req, minos_response *res)
{
    const minos_value *content;
    const char *name;
    MINOS_TRY(minos_request_content(req, &content));
    MINOS_TRY(minos_value_str(content, "name", &name));
    return minos_reply_status(res, 201, content);
}

static const minos_route user_routes[] = {
    MINOS_REST_QUERY("GET", "/users/{user_id}", get_user),
    MINOS_REST_COMMAND("POST", "/users", create_user),
};
static const minos_service users = {MINOS_SERVICE("users", user_routes)};

static const minos_route same_routes[] = {MINOS_REST_QUERY("GET", "/users/{id}", get_other)};
static const minos_service same = {MINOS_SERVICE("same", same_routes)};

static const minos_route bad_path_routes[] = {
    MINOS_REST_QUERY("GET", "/users/{id:(b)\\1}", get_other)};
static const minos_service bad_path = {MINOS_SERVICE("bad_path", bad_path_routes)};

static minos_rc adapt(const minos_service *const *services, minos_http_adapter **ret_adapter)
{
    MINOS_AUTO(minos_factory) *factory = NULL;
    MINOS_AUTO(minos_router) *router = NULL;
    MINOS_TRY(minos_factory_new(services, NULL, &factory));
    MINOS_TRY(minos_router_new(MINOS_ROUTER_HTTP, factory, &router));
    return minos_http_adapter_new((minos_router *const[]){router, NULL}, ret_adapter);
}

/* Two factories do not know each other: that their rows meet is the adapter's to find. */
static void paths_that_meet_are_refused_with_both_places(void **state)
{
    MINOS_AUTO(minos_factory) *first = NULL;
    MINOS_AUTO(minos_factory) *second = NULL;
    MINOS_AUTO(minos_router) *of_first = NULL;
    MINOS_AUTO(minos_router) *of_second = NULL;
    minos_http_adapter *adapter = NULL;
    (void)state;
    assert_ok(minos_factory_new(MINOS_SERVICES(&users), NULL, &first));
    assert_ok(minos_factory_new(MINOS_SERVICES(&same), NULL, &second));
    assert_ok(minos_router_new(MINOS_ROUTER_HTTP, first, &of_first));
    assert_ok(minos_router_new(MINOS_ROUTER_HTTP, second, &of_second));
    assert_fails(
        minos_http_adapter_new((minos_router *const[]){of_first, of_second, NULL}, &adapter),
        MINOS_EREDEFINED, "GET /users/{id} is bound at");
    mn_assert_message("as /users/{user_id}, at", __FILE__, __LINE__);
    mn_assert_message("adapter_test.c:", __FILE__, __LINE__);
    assert_null(adapter);
}

static void a_bad_template_is_refused_with_its_place(void **state)
{
    minos_http_adapter *adapter = NULL;
    (void)state;
    assert_fails(adapt(MINOS_SERVICES(&bad_path), &adapter), MINOS_EINVAL, "adapter_test.c:");
    mn_assert_message("back-references", __FILE__, __LINE__);
}

static void one_router_twice_is_refused(void **state)
{
    MINOS_AUTO(minos_factory) *factory = NULL;
    MINOS_AUTO(minos_router) *http = NULL;
    MINOS_AUTO(minos_router) *rest = NULL;
    MINOS_AUTO(minos_router) *broker = NULL;
    minos_http_adapter *adapter;
    (void)state;
    assert_ok(minos_factory_new(MINOS_SERVICES(&users), NULL, &factory));
    assert_ok(minos_router_new(MINOS_ROUTER_HTTP, factory, &http));
    assert_ok(minos_router_new(MINOS_ROUTER_REST, factory, &rest));
    assert_ok(minos_router_new(MINOS_ROUTER_BROKER, factory, &broker));
    assert_rc(minos_http_adapter_new((minos_router *const[]){http, rest, NULL}, &adapter),
              MINOS_EREDEFINED);
    assert_fails(minos_http_adapter_new((minos_router *const[]){broker, NULL}, &adapter),
                 MINOS_EINVAL, "routes no HTTP");
    assert_rc(minos_http_adapter_new(NULL, &adapter), MINOS_EINVAL);
    assert_ok(minos_http_adapter_new((minos_router *const[]){NULL}, &adapter)); /* none is fine */
    minos_http_adapter_free(adapter);
}

static void options_out_of_range_are_refused(void **state)
{
    static const struct {
        const char *part;
        minos_http_options options;
    } rows[] = {
        {"port", {.port = 65536}},
        {"port", {.port = -2}},
        {"max_connections", {.max_connections = -1}},
        {"connections_open_max", {.connections_open_max = 1000001}},
        {"request_line_bytes_max", {.request_line_bytes_max = 10}},
        {"headers_bytes_max", {.headers_bytes_max = -5}},
        {"headers_count_max", {.headers_count_max = 20000}},
        {"body_bytes_max", {.body_bytes_max = -1}},
        {"header_timeout", {.header_timeout = 1}},
        {"body_timeout", {.body_timeout = -MINOS_S}},
        {"keep_alive", {.keep_alive = 25 * MINOS_H}},
        {"request_timeout", {.request_timeout = -1}},
    };
    minos_http_adapter *adapter;
    minos_http_connector *connector = NULL;
    (void)state;
    assert_ok(minos_http_adapter_new((minos_router *const[]){NULL}, &adapter));
    for (size_t i = 0; i < mn_count_of(rows); i++)
        assert_fails(minos_http_connector_new(&rows[i].options, adapter, &connector), MINOS_EINVAL,
                     rows[i].part);
    assert_rc(minos_http_connector_new(NULL, NULL, &connector), MINOS_EINVAL);
    assert_ok(minos_http_connector_new(NULL, adapter, &connector));
    assert_int_equal(minos_http_connector_port(connector), 0);
    assert_string_equal(minos_http_connector_host(connector), "0.0.0.0");
    minos_http_connector_free(connector);
    minos_http_adapter_free(adapter);
    minos_http_connector_free(NULL);
    minos_http_adapter_free(NULL);
}

/* ---- exchanges ---- */

static const struct {
    const char *name;
    const char *method, *target, *type, *body;
    int status;
    const char *answer; /* JSON; NULL: no content */
} exchanges[] = {
    {"a get", "GET", "/users/7", NULL, NULL, 200, "{\"id\":\"7\"}"},
    {"a head", "HEAD", "/users/7", NULL, NULL, 200, NULL},
    {"options", "OPTIONS", "/users/7", NULL, NULL, 204, NULL},
    {"a post", "POST", "/users", "application/json", "{\"name\":\"a\"}", 201, "{\"name\":\"a\"}"},
    {"a form", "POST", "/users", "application/x-www-form-urlencoded", "name=a", 201,
     "{\"name\":\"a\"}"},
    {"a field that is missing", "POST", "/users", "application/json", "{}", 400,
     "{\"type\":\"about:blank\",\"title\":\"Bad Request\",\"status\":400,\"detail\":\"field "
     "\\\"name\\\" is missing\"}"},
    {"no content", "POST", "/users", NULL, NULL, 400,
     "{\"type\":\"about:blank\",\"title\":\"Bad Request\",\"status\":400,\"detail\":\"the request "
     "has no content\"}"},
    {"nobody", "GET", "/nobody", NULL, NULL, 404,
     "{\"type\":\"about:blank\",\"title\":\"Not Found\",\"status\":404,\"detail\":\"nothing is "
     "bound to this path\"}"},
    {"no target", "GET", "", NULL, NULL, 400,
     "{\"type\":\"about:blank\",\"title\":\"Bad Request\",\"status\":400,\"detail\":\"the request "
     "target is not valid\"}"},
};

static minos_rc exchange_all(void *argument)
{
    MINOS_AUTO(minos_config) *config = NULL;
    MINOS_AUTO(minos_factory) *factory = NULL;
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
    void *port = mn_alloc(mn_http_port_ops.self_size);
    char place[64];

    (void)argument;
    MINOS_TRY(minos_config_parse(
        MINOS_VIEW("interfaces: {http: {connector: {host: 127.0.0.1, port: 0}}}\n"), "test", NULL,
        &config));
    MINOS_TRY(minos_factory_new(MINOS_SERVICES(&users), NULL, &factory));
    MINOS_TRY(mn_http_port_ops.setup(port, config, factory));
    MINOS_TRY(mn_http_port_ops.start(port));
    mn_http_port_ops.describe(port, place, sizeof place);
    assert_memory_equal(place, "http://127.0.0.1:", 17);
    for (size_t i = 0; i < mn_count_of(exchanges); i++) {
        minos_answer answer;
        minos_view text = {"", 0};
        MINOS_TRY(mn_http_exchange(port, exchanges[i].method, exchanges[i].target,
                                   exchanges[i].type, minos_view_of(exchanges[i].body), arena,
                                   &answer));
        if (answer.content != NULL)
            MINOS_TRY(minos_json_encode(answer.content, arena, &text));
        if (answer.status != exchanges[i].status ||
            !minos_view_is(text, exchanges[i].answer == NULL ? "" : exchanges[i].answer))
            fail_msg("%s: %d %.*s", exchanges[i].name, answer.status, (int)text.size, text.data);
        assert_true((answer.content_type == NULL) == (exchanges[i].answer == NULL));
    }
    MINOS_TRY(mn_http_port_ops.stop(port, minos_deadline_in(MINOS_S)));
    mn_http_port_ops.destroy(port);
    free(port);
    return MINOS_OK;
}

static void exchanges_go_the_whole_way(void **state)
{
    (void)state;
    mn_on_fiber(exchange_all, NULL);
}

/* Known moments from RFC 9110 §5.6.7 and around leap days. */
static void dates_are_written_as_rfc_9110_wants(void **state)
{
    static const struct {
        int64_t second;
        const char *line;
    } rows[] = {
        {784111777, "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"},
        {0, "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n"},
        {951782400, "Date: Tue, 29 Feb 2000 00:00:00 GMT\r\n"},
        {1709164800, "Date: Thu, 29 Feb 2024 00:00:00 GMT\r\n"},
        {4102444799, "Date: Thu, 31 Dec 2099 23:59:59 GMT\r\n"},
    };
    mn_http_date date = {.text = ""};
    (void)state;
    for (size_t i = 0; i < mn_count_of(rows); i++) {
        minos_view line = mn_http_date_line(&date, rows[i].second * 1000000 + 999999);
        assert_int_equal(line.size, strlen(rows[i].line));
        assert_memory_equal(line.data, rows[i].line, line.size);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_that_meet_are_refused_with_both_places),
        cmocka_unit_test(a_bad_template_is_refused_with_its_place),
        cmocka_unit_test(one_router_twice_is_refused),
        cmocka_unit_test(options_out_of_range_are_refused),
        cmocka_unit_test(exchanges_go_the_whole_way),
        cmocka_unit_test(dates_are_written_as_rfc_9110_wants),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
