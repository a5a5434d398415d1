/*
 * Tables: those of other versions of minos, stepping through rows, names of handlers.
 */
#include <minos/enroute.h>

#include "base/alloc.h"
#include "enroute/route.h"
#include "support/support.h"

static minos_rc nothing(minos_request *req, minos_response *res)
{
    (void)req;
    (void)res;
    return MINOS_OK;
}

static minos_rc another(minos_request *req, minos_response *res)
{
    (void)req;
    return res == NULL ? MINOS_EINVAL : MINOS_OK; /* not folded with the one above */
}

static minos_rc third(minos_request *req, minos_response *res)
{
    return req == NULL && res == NULL ? MINOS_ESTATE : MINOS_OK;
}

#define AT(file_, line_) .file = (file_), .line = (line_)
#define TOPIC(kind_, key_, fn)                                                                     \
    .door = MINOS_DOOR_BROKER, .kind = MINOS_KIND_##kind_, .key = (key_), .source = #fn,           \
    .handler = (fn)
#define SERVICE_OF(name_, rows, count)                                                             \
    {                                                                                              \
        .abi = MINOS_ABI, .service_bytes = sizeof(minos_service),                                  \
        .route_bytes = sizeof(minos_route), .route_count = (count), .name = (name_),               \
        .routes = (rows)                                                                           \
    }

/* ---- tables of other versions ---- */

static const minos_route one_row_table[] = {{AT("users.c", 10), TOPIC(COMMAND, "a", nothing)}};

typedef struct table_row {
    const char *name;
    minos_service service;
    const char *message;
} table_row;

static const table_row table_rows[] = {
    {"another interface",
     {.abi = 2,
      .service_bytes = sizeof(minos_service),
      .name = "users",
      .route_bytes = sizeof(minos_route)},
     "interface 2 of minos, this is 1"},
    {"no interface", {.name = "users"}, "interface 0"},
    {"a service too small", {.abi = MINOS_ABI, .service_bytes = 16, .name = "users"}, "sizes"},
    {"rows too small",
     {.abi = MINOS_ABI,
      .service_bytes = sizeof(minos_service),
      .name = "users",
      .routes = one_row_table,
      .route_bytes = 16,
      .route_count = 1},
     "sizes"},
    {"rows without end",
     {.abi = MINOS_ABI,
      .service_bytes = sizeof(minos_service),
      .name = "users",
      .routes = one_row_table,
      .route_bytes = sizeof(minos_route),
      .route_count = 4000000000u},
     "sizes"},
    {"no name", {.abi = MINOS_ABI, .service_bytes = sizeof(minos_service)}, "no name"},
    {"an empty name",
     {.abi = MINOS_ABI, .service_bytes = sizeof(minos_service), .name = ""},
     "no name"},
    {"no table",
     {.abi = MINOS_ABI,
      .service_bytes = sizeof(minos_service),
      .name = "users",
      .route_bytes = sizeof(minos_route),
      .route_count = 1},
     "no table"},
};

static void tables_that_are_refused(void **state)
{
    minos_service twice = SERVICE_OF("users", one_row_table, 1);
    const minos_service *const both[] = {&twice, &twice, NULL};
    minos_factory *factory = NULL;
    (void)state;
    for (size_t i = 0; i < mn_count_of(table_rows); i++) {
        print_message("%s\n", table_rows[i].name);
        assert_fails(minos_collector_check(&table_rows[i].service), MINOS_EINVAL,
                     table_rows[i].message);
    }
    assert_fails(minos_factory_new(both, NULL, &factory), MINOS_EINVAL, "listed twice");
    assert_fails(minos_factory_new(NULL, NULL, &factory), MINOS_EINVAL, "services");
    assert_fails(minos_collector_check(NULL), MINOS_EINVAL, "service");
}

/* An older minor version's rows end before the options, a newer one's go on. */
static void rows_of_other_lengths(void **state)
{
    enum { OLD = MN_ROUTE_BYTES_MIN, NEW = sizeof(minos_route) + 16 };
    static char old_rows[2 * OLD + sizeof(minos_route)], new_rows[2 * NEW];
    const minos_route rows[2] = {
        {AT("users.c", 10), TOPIC(COMMAND, "a", nothing)},
        {AT("users.c", 11), TOPIC(COMMAND, "b", another)},
    };
    minos_service old = SERVICE_OF("old", (const minos_route *)(void *)old_rows, 2);
    minos_service new = SERVICE_OF("new", (const minos_route *)(void *)new_rows, 2);
    MINOS_AUTO(minos_factory) *factory = NULL;
    const minos_route *route;
    minos_action *action;
    (void)state;

    memset(old_rows, 0xff, sizeof old_rows); /* options read behind a row would be seen */
    for (size_t i = 0; i < 2; i++) {
        memcpy(old_rows + i * OLD, &rows[i], OLD);
        memcpy(new_rows + i * NEW, &rows[i], sizeof rows[i]);
    }
    old.route_bytes = OLD;
    new.route_bytes = NEW;
    assert_ok(minos_factory_new(MINOS_SERVICES(&old), NULL, &factory));
    action = minos_factory_next(factory, (minos_route_filter){0}, NULL);
    action = minos_factory_next(factory, (minos_route_filter){0}, action);
    assert_string_equal(minos_action_route(action)->key, "b");
    assert_null(minos_action_route(action)->checkers);
    assert_false(minos_action_route(action)->authenticated);
    assert_string_equal(minos_action_name(action), "old.another");

    assert_ok(minos_collector_check(&new));
    route = minos_collector_next(&new, (minos_route_filter){0}, NULL);
    route = minos_collector_next(&new, (minos_route_filter){0}, route);
    assert_string_equal(route->key, "b");
    assert_null(minos_collector_next(&new, (minos_route_filter){0}, route));
    new_rows[2 * NEW - 1] = 1; /* an option that we do not know */
    assert_fails(minos_collector_check(&new), MINOS_EINVAL, "users.c:11");
}

/* ---- collector ---- */

static void collector_filters(void **state)
{
    static const minos_route rows[] = {
        MINOS_BROKER_COMMAND("c", nothing),
        MINOS_BROKER_QUERY("q", another),
        MINOS_BROKER_EVENT("e", third),
        MINOS_REST_COMMAND("POST", "/c", nothing),
        MINOS_REST_QUERY("GET", "/q", another, .authenticated = true),
        MINOS_PERIODIC_EVENT("@daily", third),
    };
    static const minos_service service = {MINOS_SERVICE("users", rows)};
    static const struct {
        const char *name;
        minos_route_filter filter;
        const char *keys;
    } cases[] = {
        {"all", {MINOS_DOOR_NONE, 0}, "c q e /c /q @daily "},
        {"broker", {MINOS_DOOR_BROKER, 0}, "c q e "},
        {"broker commands", {MINOS_DOOR_BROKER, MINOS_KIND_COMMAND}, "c "},
        {"rest", {MINOS_DOOR_REST, 0}, "/c /q "},
        {"rest queries", {MINOS_DOOR_REST, MINOS_KIND_QUERY}, "/q "},
        {"periodic", {MINOS_DOOR_PERIODIC, 0}, "@daily "},
        {"events", {MINOS_DOOR_NONE, MINOS_KIND_EVENT}, "e @daily "},
        {"rest events", {MINOS_DOOR_REST, MINOS_KIND_EVENT}, ""},
        {"periodic queries", {MINOS_DOOR_PERIODIC, MINOS_KIND_QUERY}, ""},
    };
    (void)state;
    assert_ok(minos_collector_check(&service));
    for (size_t i = 0; i < mn_count_of(cases); i++) {
        char keys[64] = "";
        const minos_route *route = NULL;
        while ((route = minos_collector_next(&service, cases[i].filter, route)) != NULL) {
            strcat(keys, route->key);
            strcat(keys, " ");
        }
        print_message("%s\n", cases[i].name);
        assert_string_equal(keys, cases[i].keys);
    }
}

static void handler_names(void **state)
{
    static const struct {
        const char *source;
        const char *name;
    } rows[] = {
        {"create_user", "create_user"},
        {"create_user, .authenticated = true", "create_user"},
        {"create_user,.timeout = 5", "create_user"},
        {"  create_user\n, .x = 1", "create_user"},
        {"&create_user", "create_user"},
        {"(create_user), .x = 1", "create_user"},
        {"", ""},
        {NULL, ""},
    };
    (void)state;
    for (size_t i = 0; i < mn_count_of(rows); i++) {
        minos_view name = mn_route_handler(&(minos_route){.source = rows[i].source});
        assert_true(minos_view_is(name, rows[i].name));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_that_are_refused),
        cmocka_unit_test(rows_of_other_lengths),
        cmocka_unit_test(collector_filters),
        cmocka_unit_test(handler_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
