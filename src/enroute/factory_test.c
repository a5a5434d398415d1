/*
 * Factories: state and life cycle of services, picking by config; routers; listings.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <minos/config.h>
#include <minos/enroute.h>
#include <minos/log.h>
#include <minos/plugin.h>

#include "base/alloc.h"
#include "enroute/action.h"
#include "enroute/listing.h"
#include "support/support.h"

static minos_rc one(minos_request *req, minos_response *res)
{
    (void)req;
    (void)res;
    return MINOS_OK;
}

static minos_rc two(minos_request *req, minos_response *res)
{
    (void)res;
    return req == NULL ? MINOS_EINVAL : MINOS_OK;
}

static minos_rc three(minos_request *req, minos_response *res)
{
    (void)req;
    return res == NULL ? MINOS_EINVAL : MINOS_OK;
}

static minos_rc satisfied(minos_request *req, bool *ret_ok)
{
    (void)req;
    *ret_ok = true;
    return MINOS_OK;
}

/* ---- life cycle ---- */

static char trail[256];
static minos_rc setup_rc_of_b;

struct state {
    int64_t value;
};

static minos_rc setup_a(void *self, const minos_config *config)
{
    (void)config;
    if (((struct state *)self)->value != 0)
        return minos_fail(MINOS_EINTERNAL, "the state is not zero");
    ((struct state *)self)->value = 7;
    strcat(trail, "+a");
    return MINOS_OK;
}

static void destroy_a(void *self)
{
    strcat(trail, ((struct state *)self)->value == 7 ? "-a" : "?a");
}

static minos_rc setup_b(void *self, const minos_config *config)
{
    (void)config;
    if (self != NULL)
        return minos_fail(MINOS_EINTERNAL, "a state without size");
    strcat(trail, "+b");
    return setup_rc_of_b == MINOS_OK ? MINOS_OK : minos_fail(setup_rc_of_b, "no database");
}

static void destroy_b(void *self)
{
    (void)self;
    strcat(trail, "-b");
}

static void destroy_c(void *self)
{
    (void)self;
    strcat(trail, "-c");
    minos_ignore(minos_fail(MINOS_EIO, "raised while destroying")); /* must not hide the setup's */
}

static const minos_route a_routes[] = {
    MINOS_BROKER_COMMAND("a.create", one, .timeout = 1500 * MINOS_MS, .concurrency = 4,
                         MINOS_CHECKERS({.check = satisfied}, {.check = satisfied})),
    MINOS_REST_COMMAND("POST", "/a", one, .authenticated = true, .authorized_groups = "admins,ops",
                       .regex_priority = 3, MINOS_EXTRA({"auth-type", "jwt"}, {"tag", "x"}),
                       .summary = "Make an a."),
    MINOS_BROKER_EVENT("made", two),
};
static const minos_route b_routes[] = {
    MINOS_BROKER_EVENT("made", two),
    MINOS_REST_QUERY("GET", "/a", three),
    MINOS_REST_QUERY("*", "/any", three),
    MINOS_BROKER_EVENT("other", two),
};
static const minos_route c_routes[] = {
    MINOS_BROKER_EVENT("made", two),
    MINOS_PERIODIC_EVENT("@daily", two),
};
static const minos_service a = {
    MINOS_SERVICE("a", a_routes),
    .self_size = sizeof(struct state),
    .setup = setup_a,
    .destroy = destroy_a,
};
static const minos_service b = {MINOS_SERVICE("b", b_routes), .setup = setup_b,
                                .destroy = destroy_b};
static const minos_service c = {MINOS_SERVICE("c", c_routes), .destroy = destroy_c};

static void life_cycle(void **state)
{
    MINOS_AUTO(minos_factory) *factory = NULL;
    (void)state;

    trail[0] = '\0';
    setup_rc_of_b = MINOS_OK;
    assert_ok(minos_factory_new(MINOS_SERVICES(&a, &b, &c), NULL, &factory));
    minos_factory_destroy(factory); /* before any setup: nothing */
    assert_ok(minos_factory_setup(factory, NULL));
    assert_ok(minos_factory_setup(factory, NULL)); /* idempotent */
    assert_string_equal(trail, "+a+b");
    minos_factory_destroy(factory);
    minos_factory_destroy(factory);
    assert_string_equal(trail, "+a+b-c-b-a");
    assert_ok(minos_factory_setup(factory, NULL)); /* with a fresh state */
    minos_factory_destroy(factory);
    assert_string_equal(trail, "+a+b-c-b-a+a+b-c-b-a");
}

static void a_setup_that_fails_is_undone(void **state)
{
    MINOS_AUTO(minos_factory) *factory = NULL;
    (void)state;

    trail[0] = '\0';
    setup_rc_of_b = MINOS_EIO;
    assert_ok(minos_factory_new(MINOS_SERVICES(&a, &c, &b), NULL, &factory));
    assert_fails(minos_factory_setup(factory, NULL), MINOS_EIO, "while setting up service b");
    assert_string_equal(trail, "+a+b-c-a");
    assert_string_equal(minos_error_message(minos_error_cause(minos_error_last())), "no database");
    setup_rc_of_b = MINOS_OK;
    assert_ok(minos_factory_setup(factory, NULL));
    minos_factory_destroy(factory);
}

static void count_line(void *context, minos_level level, const char *line)
{
    if (level == MINOS_LEVEL_WARNING && strstr(line, "without destroy") != NULL)
        ++*(int *)context;
}

static void dropped_without_destroy_is_a_warning(void **state)
{
    minos_factory *factory = NULL;
    int warnings = 0;
    (void)state;

    setup_rc_of_b = MINOS_OK;
    assert_ok(minos_factory_new(MINOS_SERVICES(&a, &b), NULL, &factory));
    assert_ok(minos_factory_setup(factory, NULL));
    minos_log_output_set(count_line, &warnings);
    minos_factory_free(factory);
    minos_factory_free(NULL);
    minos_log_output_set(NULL, NULL);
    assert_int_equal(warnings, 2);
}

static minos_rc passes(minos_request *req, minos_response *res, minos_next *next)
{
    return minos_next_run(next, req, res);
}

static void middleware_that_is_refused(void **state)
{
    static minos_middleware many[100];
    const minos_middleware without_function[] = {{"m", NULL}, {NULL, NULL}};
    minos_factory *factory = NULL;
    (void)state;

    assert_fails(minos_factory_new(MINOS_SERVICES(&a), without_function, &factory), MINOS_EINVAL,
                 "\"m\" has no function");
    for (size_t i = 0; i < mn_count_of(many); i++)
        many[i] = (minos_middleware){"m", passes};
    assert_fails(minos_factory_new(MINOS_SERVICES(&a), many, &factory), MINOS_EINVAL, "more than");
    assert_null(factory);
}

static void a_factory_of_nothing(void **state)
{
    MINOS_AUTO(minos_factory) *factory = NULL;
    const minos_service *const none[] = {NULL};
    (void)state;
    assert_ok(minos_factory_new(none, NULL, &factory));
    assert_ok(minos_factory_setup(factory, NULL));
    assert_null(minos_factory_next(factory, (minos_route_filter){0}, NULL));
    minos_factory_destroy(factory);
}

/* ---- from config ---- */

static const minos_middleware program_middleware[] = {
    {"trace", passes}, {"audit", passes}, {NULL, NULL}};
static const minos_middleware plugin_middleware[] = {{"cache", passes}, {NULL, NULL}};
static const minos_plugin program = {
    MINOS_PLUGIN("program"),
    .services = (const minos_service *const[]){&a, &b, NULL},
    .middleware = program_middleware,
};
static const minos_plugin plugin = {
    MINOS_PLUGIN("plugin"),
    .services = (const minos_service *const[]){&c, NULL},
    .middleware = plugin_middleware,
};
static const minos_plugin empty_plugin = {MINOS_PLUGIN("empty")};

typedef struct config_row {
    const char *name;
    const char *yaml;
    minos_rc rc;
    const char *expected; /* services and how many middleware; or a part of the message */
} config_row;

static const config_row config_rows[] = {
    {"nothing said: all", "name: x\n", MINOS_OK, "a b c 3"},
    {"some, in the list's order", "services: [c, a]\n", MINOS_OK, "c a 3"},
    {"none", "services: []\nmiddleware: []\n", MINOS_OK, "0"},
    {"one middleware", "middleware: [audit]\n", MINOS_OK, "a b c 1"},
    {"middleware of both", "middleware: [cache, trace]\n", MINOS_OK, "a b c 2"},
    {"an unknown service", "services: [a, zebra]\n", MINOS_ECONFIG,
     "services: there is no \"zebra\"; known are: a, b, c"},
    {"an unknown middleware", "middleware: [nope]\n", MINOS_ECONFIG, "trace, audit, cache"},
    {"nearly a middleware", "middleware: [tarce]\n", MINOS_ECONFIG, "did you mean \"trace\"?"},
    {"all at once", "services: [zebra]\nmiddleware: [nope]\n", MINOS_ECONFIG, "\"nope\""},
    {"with its place", "name: x\nservices: [zebra]\n", MINOS_ECONFIG, "test.yml:2"},
};

static void from_config(void **state)
{
    (void)state;
    for (size_t i = 0; i < mn_count_of(config_rows); i++) {
        const config_row *row = &config_rows[i];
        MINOS_AUTO(minos_config) *config = NULL;
        MINOS_AUTO(minos_factory) *factory = NULL;
        const minos_service *last = NULL;
        minos_action *action = NULL;
        char got[64] = "";
        size_t middleware_count = 0;
        minos_rc rc;

        print_message("%s\n", row->name);
        assert_ok(minos_config_parse(minos_view_of(row->yaml), "test.yml", NULL, &config));
        assert_ok(minos_config_register(config, &program));
        assert_ok(minos_config_register(config, &empty_plugin));
        assert_ok(minos_config_register(config, &plugin));
        rc = minos_factory_from_config(config, &factory);
        assert_rc(rc, row->rc);
        if (rc != MINOS_OK) {
            mn_assert_message(row->expected, __FILE__, __LINE__);
            continue;
        }
        while ((action = minos_factory_next(factory, (minos_route_filter){0}, action)) != NULL) {
            if (minos_action_service(action) != last) {
                last = minos_action_service(action);
                strcat(got, last->name);
                strcat(got, " ");
            }
            middleware_count = action->middleware_count;
        }
        snprintf(got + strlen(got), 4, "%zu", middleware_count);
        assert_string_equal(got, row->expected);
    }
    assert_rc(minos_factory_from_config(NULL, NULL), MINOS_EINVAL);
}

static void one_name_in_two_plugins(void **state)
{
    MINOS_AUTO(minos_config) *config = NULL;
    minos_factory *factory = NULL;
    (void)state;
    assert_ok(minos_config_parse(MINOS_VIEW("name: x\n"), "test.yml", NULL, &config));
    assert_ok(minos_config_register(config, &program));
    assert_ok(minos_config_register(config, &program));
    assert_fails(minos_factory_from_config(config, &factory), MINOS_EINVAL, "listed twice");
}

static void plugins_of_another_interface(void **state)
{
    static const minos_service service = {.abi = MINOS_ABI + 1, .name = "a"};
    static const minos_service *const services[] = {&service, NULL};
    static const minos_plugin with_service = {MINOS_PLUGIN("p"), .services = services};
    static const minos_plugin other = {.abi = MINOS_ABI + 1, .plugin_bytes = sizeof other};
    static const minos_plugin small = {.abi = MINOS_ABI, .plugin_bytes = 16};
    MINOS_AUTO(minos_config) *all = NULL;
    MINOS_AUTO(minos_config) *picks = NULL;
    minos_factory *factory = NULL;
    (void)state;

    assert_ok(minos_config_parse(MINOS_VIEW("name: x\n"), "test.yml", NULL, &all));
    assert_fails(minos_config_register(all, &other), MINOS_EINVAL, "interface 2 of minos");
    assert_rc(minos_config_register(all, &small), MINOS_EINVAL);
    assert_rc(minos_config_register(all, NULL), MINOS_EINVAL);
    assert_ok(minos_config_register(all, &with_service));
    assert_fails(minos_factory_from_config(all, &factory), MINOS_EINVAL, "interface 2 of minos");
    assert_ok(minos_config_parse(MINOS_VIEW("services: [a]\n"), "test.yml", NULL, &picks));
    assert_ok(minos_config_register(picks, &with_service));
    assert_fails(minos_factory_from_config(picks, &factory), MINOS_ECONFIG, "known are: none");
}

/* ---- routers ---- */

static void routers_filter_and_keep_order(void **state)
{
    static const struct {
        minos_router_kind kind;
        const char *keys;
    } rows[] = {
        {MINOS_ROUTER_BROKER, "a.create made made other made "},
        {MINOS_ROUTER_REST, "/a /a /any "},
        {MINOS_ROUTER_HTTP, "/a /a /any "},
        {MINOS_ROUTER_PERIODIC, "@daily "},
    };
    MINOS_AUTO(minos_factory) *factory = NULL;
    (void)state;

    assert_ok(minos_factory_new(MINOS_SERVICES(&a, &b, &c), NULL, &factory));
    for (size_t i = 0; i < mn_count_of(rows); i++) {
        MINOS_AUTO(minos_router) *router = NULL;
        minos_action *const *actions, *const *again;
        size_t count, count_again;
        char keys[128] = "";

        assert_ok(minos_router_new(rows[i].kind, factory, &router));
        assert_int_equal(minos_router_kind_of(router), rows[i].kind);
        actions = minos_router_routes(router, &count);
        for (size_t at = 0; at < count; at++) {
            strcat(keys, minos_action_route(actions[at])->key);
            strcat(keys, " ");
        }
        assert_string_equal(keys, rows[i].keys);
        assert_null(actions[count]);
        assert_ok(minos_router_build_routes(router));
        assert_ok(minos_router_get_routes(router, &again, &count_again));
        assert_ptr_equal(again, actions);
        assert_int_equal(count_again, count);
        assert_ptr_equal(minos_router_routes(router, NULL), actions);
    }
}

typedef struct find_row {
    const char *name;
    minos_router_kind kind;
    const char *key;
    const char *method;
    const char *handlers; /* in the order of find and find_next */
} find_row;

static void routers_find(void **state)
{
    static const find_row rows[] = {
        {"a command", MINOS_ROUTER_BROKER, "a.create", NULL, "a.one "},
        {"an event of three", MINOS_ROUTER_BROKER, "made", NULL, "a.two b.two c.two "},
        {"an event of one", MINOS_ROUTER_BROKER, "other", NULL, "b.two "},
        {"by method", MINOS_ROUTER_REST, "/a", "GET", "b.three "},
        {"by another method", MINOS_ROUTER_REST, "/a", "POST", "a.one "},
        {"any method", MINOS_ROUTER_REST, "/any", "DELETE", "b.three "},
        {"any method, none said", MINOS_ROUTER_REST, "/any", NULL, "b.three "},
        {"a pattern", MINOS_ROUTER_PERIODIC, "@daily", NULL, "c.two "},
        {"a method that is not bound", MINOS_ROUTER_REST, "/a", "DELETE", ""},
        {"methods are case-sensitive", MINOS_ROUTER_REST, "/a", "get", ""},
        {"no method", MINOS_ROUTER_REST, "/a", NULL, ""},
        {"an unknown topic", MINOS_ROUTER_BROKER, "nope", NULL, ""},
        {"a prefix", MINOS_ROUTER_BROKER, "mad", NULL, ""},
        {"an empty key", MINOS_ROUTER_BROKER, "", NULL, ""},
        {"another door's key", MINOS_ROUTER_BROKER, "/a", NULL, ""},
        {"another door's topic", MINOS_ROUTER_REST, "made", "GET", ""},
    };
    MINOS_AUTO(minos_factory) *factory = NULL;
    (void)state;

    assert_ok(minos_factory_new(MINOS_SERVICES(&a, &b, &c), NULL, &factory));
    for (size_t i = 0; i < mn_count_of(rows); i++) {
        MINOS_AUTO(minos_router) *router = NULL;
        char handlers[128] = "";
        minos_action *action;

        print_message("%s\n", rows[i].name);
        assert_ok(minos_router_new(rows[i].kind, factory, &router));
        for (action = minos_router_find(router, rows[i].key, rows[i].method); action != NULL;
             action = minos_router_find_next(router, action)) {
            strcat(handlers, minos_action_name(action));
            strcat(handlers, " ");
        }
        assert_string_equal(handlers, rows[i].handlers);
    }
}

static void routers_that_are_refused(void **state)
{
    MINOS_AUTO(minos_factory) *factory = NULL;
    minos_router *router = NULL;
    (void)state;
    assert_ok(minos_factory_new(MINOS_SERVICES(&a), NULL, &factory));
    assert_rc(minos_router_new((minos_router_kind)0, factory, &router), MINOS_EINVAL);
    assert_rc(minos_router_new((minos_router_kind)9, factory, &router), MINOS_EINVAL);
    assert_rc(minos_router_new(MINOS_ROUTER_REST, NULL, &router), MINOS_EINVAL);
    assert_rc(minos_router_from_config(NULL, MINOS_ROUTER_REST, factory, &router), MINOS_EINVAL);
    assert_null(router);
    minos_router_free(NULL);
}

static void routers_from_config(void **state)
{
    static const struct {
        const char *yaml;
        minos_router_kind kind;
        size_t count;
    } rows[] = {
        {"name: x\n", MINOS_ROUTER_BROKER, 5},
        {"routers: [broker]\n", MINOS_ROUTER_BROKER, 5},
        {"routers: [broker]\n", MINOS_ROUTER_REST, 0},
        {"routers: []\n", MINOS_ROUTER_PERIODIC, 0},
        {"routers: [rest, periodic]\n", MINOS_ROUTER_REST, 3},
        {"routers: [http]\n", MINOS_ROUTER_REST, 3},
        {"routers: [minos.networks.RestHttpRouter]\n", MINOS_ROUTER_HTTP, 3},
        {"routers: [minos.networks.BrokerRouter]\n", MINOS_ROUTER_PERIODIC, 0},
    };
    MINOS_AUTO(minos_factory) *factory = NULL;
    (void)state;

    assert_ok(minos_factory_new(MINOS_SERVICES(&a, &b, &c), NULL, &factory));
    for (size_t i = 0; i < mn_count_of(rows); i++) {
        MINOS_AUTO(minos_config) *config = NULL;
        MINOS_AUTO(minos_router) *router = NULL;
        size_t count;
        print_message("%s", rows[i].yaml);
        assert_ok(minos_config_parse(minos_view_of(rows[i].yaml), "test.yml", NULL, &config));
        assert_ok(minos_router_from_config(config, rows[i].kind, factory, &router));
        minos_router_routes(router, &count);
        assert_int_equal(count, rows[i].count);
    }
}

/* ---- listings ---- */

static void listing_as_text(void **state)
{
    MINOS_AUTO(minos_factory) *factory = NULL;
    MINOS_AUTO(minos_buffer) *out = NULL;
    minos_view text;
    char *copy;
    size_t column = 0;
    (void)state;

    assert_ok(minos_factory_new(MINOS_SERVICES(&a, &b, &c), NULL, &factory));
    assert_ok(minos_buffer_new(65536, &out));
    assert_ok(mn_listing_text(factory, out));
    text = minos_buffer_view(out);
    copy = strndup(text.data, text.size);
    for (char *line = strtok(copy, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        const char *of_service = strstr(line, column == 0 ? "HANDLER" : ".");
        if (column == 0)
            column = (size_t)(of_service - line);
        assert_true(strlen(line) > column);
        assert_true(line[column - 1] == ' ' && line[column] != ' ');
        assert_true(line[strlen(line) - 1] != ' ');
    }
    free(copy);
    copy = strndup(text.data, text.size);
    assert_non_null(strstr(copy, "broker    command  -       a.create  a.one    "));
    assert_non_null(strstr(copy, "checkers=2 timeout=1.5s concurrency=4\n"));
    assert_non_null(strstr(copy, "authenticated authorized_groups=admins,ops regex_priority=3 "
                                 "auth-type=jwt tag=x \"Make an a.\"\n"));
    free(copy);
}

static void listing_as_json(void **state)
{
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
    MINOS_AUTO(minos_factory) *factory = NULL;
    MINOS_AUTO(minos_buffer) *out = NULL;
    const minos_value *list, *row;
    int64_t number;
    (void)state;

    assert_ok(minos_factory_new(MINOS_SERVICES(&a, &b, &c), NULL, &factory));
    assert_ok(minos_buffer_new(65536, &out));
    assert_ok(mn_listing_json(factory, out));
    assert_ok(minos_json_decode(minos_buffer_view(out), arena, &list));
    assert_int_equal(minos_value_count(list), 9);
    row = minos_value_at(list, 0);
    assert_true(minos_view_is(minos_value_view(minos_value_get(row, "handler")), "a.one"));
    assert_ok(minos_value_i64(row, "timeout_ms", &number));
    assert_int_equal(number, 1500);
    assert_null(minos_value_get(row, "method"));
    row = minos_value_at(list, 1);
    assert_true(minos_value_equal(minos_value_get(row, "extra"),
                                  MINOS_MAP(MINOS_KV("auth-type", "jwt"), MINOS_KV("tag", "x"))));
    assert_true(minos_view_is(minos_value_view(minos_value_get(row, "method")), "POST"));
    assert_null(minos_value_get(minos_value_at(list, 2), "extra"));
}

static void listing_that_does_not_fit(void **state)
{
    MINOS_AUTO(minos_factory) *factory = NULL;
    MINOS_AUTO(minos_buffer) *out = NULL;
    (void)state;
    assert_ok(minos_factory_new(MINOS_SERVICES(&a, &b, &c), NULL, &factory));
    assert_ok(minos_buffer_new(64, &out));
    assert_rc(mn_listing_text(factory, out), MINOS_ETOOBIG);
    minos_buffer_clear(out);
    assert_rc(mn_listing_json(factory, out), MINOS_ETOOBIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(life_cycle),
        cmocka_unit_test(a_setup_that_fails_is_undone),
        cmocka_unit_test(dropped_without_destroy_is_a_warning),
        cmocka_unit_test(middleware_that_is_refused),
        cmocka_unit_test(a_factory_of_nothing),
        cmocka_unit_test(from_config),
        cmocka_unit_test(one_name_in_two_plugins),
        cmocka_unit_test(plugins_of_another_interface),
        cmocka_unit_test(routers_filter_and_keep_order),
        cmocka_unit_test(routers_find),
        cmocka_unit_test(routers_that_are_refused),
        cmocka_unit_test(routers_from_config),
        cmocka_unit_test(listing_as_text),
        cmocka_unit_test(listing_as_json),
        cmocka_unit_test(listing_that_does_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
