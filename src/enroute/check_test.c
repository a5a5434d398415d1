/*
 * Declarations: what is refused, and that both places are named.
 */
#include <stdio.h>

#include <minos/enroute.h>
#include <minos/request.h>

#include "base/alloc.h"
#include "enroute/check.h"
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

static minos_rc yes(minos_request *req, bool *ret_ok)
{
    (void)req;
    *ret_ok = true;
    return MINOS_OK;
}

#define ROW(door_, kind_, key_, method_, fn)                                                       \
    .file = "users.c", .line = 10, .door = MINOS_DOOR_##door_, .kind = MINOS_KIND_##kind_,         \
    .key = (key_), .method = (method_), .source = #fn, .handler = (fn)

/* ---- rows by themselves ---- */

typedef struct row_case {
    const char *name;
    minos_route route;
    const char *fault; /* NULL: none; else a part of the message */
} row_case;

static const char long_topic[] =
    "ttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttt"
    "ttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttt"
    "tttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttt";

static const minos_checker unended[] = {{NULL, 3, 0}};
static const minos_checker unended_delay[] = {{yes, 0, 0}, {NULL, 0, 5}};
static const minos_checker negative_attempts[] = {{yes, -1, 0}, {NULL, 0, 0}};
static const minos_checker negative_delay[] = {{yes, 1, -5}, {NULL, 0, 0}};
static const minos_extra no_value[] = {{"k", NULL}, {NULL, NULL}};
static const minos_extra no_key[] = {{NULL, "v"}, {NULL, NULL}};
static const minos_extra empty_key[] = {{"", "v"}, {NULL, NULL}};

static const row_case row_cases[] = {
    {"a command", {ROW(BROKER, COMMAND, "user.create", NULL, nothing)}, NULL},
    {"a query", {ROW(REST, QUERY, "/users/{id}", "GET", nothing)}, NULL},
    {"any method", {ROW(REST, QUERY, "/", "*", nothing)}, NULL},
    {"a method of its own", {ROW(REST, COMMAND, "/", "M-SEARCH", nothing)}, NULL},
    {"a regex", {ROW(REST, QUERY, "/u/{id:[0-9]{3}}/{name:a|b}", "GET", nothing)}, NULL},
    {"a regex with an escaped brace", {ROW(REST, QUERY, "/u/{id:\\{x}", "GET", nothing)}, NULL},
    {"a pattern", {ROW(PERIODIC, EVENT, "0 0 * * *", NULL, nothing)}, NULL},
    {"no handler", {ROW(BROKER, COMMAND, "a", NULL, NULL)}, "no handler"},
    {"no key", {ROW(BROKER, COMMAND, NULL, NULL, nothing)}, "no key"},
    {"an empty key", {ROW(BROKER, COMMAND, "", NULL, nothing)}, "no key"},
    {"no place", {.key = "a", .handler = nothing}, "where it stands"},
    {"no door", {ROW(NONE, COMMAND, "a", NULL, nothing)}, "the door"},
    {"no kind", {.file = "users.c", .line = 1, .door = MINOS_DOOR_BROKER, .key = "a",
                 .handler = nothing}, "the kind"},
    {"a door out of range", {.file = "users.c", .line = 1, .door = (minos_door)9,
                             .kind = MINOS_KIND_EVENT, .key = "a", .handler = nothing}, "the door"},
    {"a kind out of range", {.file = "users.c", .line = 1, .door = MINOS_DOOR_BROKER,
                             .kind = (minos_kind)4, .key = "a", .handler = nothing}, "the kind"},
    {"a control character", {ROW(BROKER, COMMAND, "a\nb", NULL, nothing)}, "control"},
    {"DEL", {ROW(BROKER, COMMAND, "a\x7f", NULL, nothing)}, "control"},
    {"a topic too long", {ROW(BROKER, COMMAND, long_topic, NULL, nothing)}, "255"},
    {"a method on a topic", {ROW(BROKER, COMMAND, "a", "GET", nothing)}, "method"},
    {"a method on a pattern", {ROW(PERIODIC, EVENT, "@daily", "GET", nothing)}, "method"},
    {"no method", {ROW(REST, QUERY, "/a", NULL, nothing)}, "needs a method"},
    {"an empty method", {ROW(REST, QUERY, "/a", "", nothing)}, "needs a method"},
    {"a method in small letters", {ROW(REST, QUERY, "/a", "get", nothing)}, "capitals"},
    {"two methods", {ROW(REST, QUERY, "/a", "GET POST", nothing)}, "capitals"},
    {"a method too long", {ROW(REST, QUERY, "/a", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                               nothing)}, "capitals"},
    {"path and method swapped", {ROW(REST, QUERY, "GET", "/a", nothing)}, "begins with \"/\""},
    {"a path without its slash", {ROW(REST, QUERY, "users", "GET", nothing)}, "begins with"},
    {"a param not closed", {ROW(REST, QUERY, "/a/{id", "GET", nothing)}, "not closed"},
    {"a regex not closed", {ROW(REST, QUERY, "/a/{id:[0-9]{3}", "GET", nothing)}, "not closed"},
    {"a param not opened", {ROW(REST, QUERY, "/a/id}", "GET", nothing)}, "not opened"},
    {"a param without name", {ROW(REST, QUERY, "/a/{}", "GET", nothing)}, "needs a name"},
    {"a regex without name", {ROW(REST, QUERY, "/a/{:x}", "GET", nothing)}, "needs a name"},
    {"a param's name begins with a digit", {ROW(REST, QUERY, "/{1a}", "GET", nothing)}, "a name of"},
    {"a param's name with a space", {ROW(REST, QUERY, "/{a b}", "GET", nothing)}, "a name of"},
    {"a param in a param", {ROW(REST, QUERY, "/{a{b}}", "GET", nothing)}, "a name of"},
    {"an empty regex", {ROW(REST, QUERY, "/{a:}", "GET", nothing)}, "empty regex"},
    {"one name twice", {ROW(REST, QUERY, "/{a}/{a}", "GET", nothing)}, "one name"},
    {"a query", {ROW(REST, QUERY, "/a?b=c", "GET", nothing)}, "\"?\""},
    {"a fragment", {ROW(REST, QUERY, "/a#b", "GET", nothing)}, "\"#\""},
    {"a space", {ROW(REST, QUERY, "/a b", "GET", nothing)}, "space"},
    {"a REST event", {ROW(REST, EVENT, "/a", "GET", nothing)}, "a command or a query"},
    {"a periodic command", {ROW(PERIODIC, COMMAND, "@daily", NULL, nothing)}, "an event"},
    {"a negative timeout", {ROW(BROKER, COMMAND, "a", NULL, nothing), .timeout = -1}, "timeout"},
    {"a negative concurrency", {ROW(BROKER, COMMAND, "a", NULL, nothing), .concurrency = -1},
     "concurrency"},
    {"a checker without function", {ROW(BROKER, COMMAND, "a", NULL, nothing), .checkers = unended},
     ".check"},
    {"a second one without function",
     {ROW(BROKER, COMMAND, "a", NULL, nothing), .checkers = unended_delay}, ".check"},
    {"negative attempts", {ROW(BROKER, COMMAND, "a", NULL, nothing), .checkers = negative_attempts},
     "negative"},
    {"a negative delay", {ROW(BROKER, COMMAND, "a", NULL, nothing), .checkers = negative_delay},
     "negative"},
    {"an extra without value", {ROW(BROKER, COMMAND, "a", NULL, nothing), .extra = no_value},
     "key and a value"},
    {"an extra without key", {ROW(BROKER, COMMAND, "a", NULL, nothing), .extra = no_key}, "its key"},
    {"an extra with an empty key", {ROW(BROKER, COMMAND, "a", NULL, nothing), .extra = empty_key},
     "key and a value"},
};

static void one_row(void **state)
{
    (void)state;
    for (size_t i = 0; i < mn_count_of(row_cases); i++) {
        const row_case *row = &row_cases[i];
        const minos_service service = {
            .abi = MINOS_ABI,
            .service_bytes = sizeof(minos_service),
            .route_bytes = sizeof(minos_route),
            .route_count = 1,
            .name = "users",
            .routes = &row->route,
        };
        minos_rc rc = minos_collector_check(&service);

        print_message("%s\n", row->name);
        assert_rc(rc, row->fault == NULL ? MINOS_OK : MINOS_EENROUTE);
        if (row->fault != NULL)
            mn_assert_message(row->fault, __FILE__, __LINE__);
        if (row->fault != NULL && row->route.file != NULL)
            mn_assert_message("users.c:", __FILE__, __LINE__);
    }
}

/* ---- conflicts ---- */

#define AT(file_, line_) .file = (file_), .line = (line_)
#define TOPIC(kind_, key_, fn)                                                                     \
    .door = MINOS_DOOR_BROKER, .kind = MINOS_KIND_##kind_, .key = (key_), .source = #fn,           \
    .handler = (fn)
#define PATH(kind_, method_, key_, fn)                                                             \
    .door = MINOS_DOOR_REST, .kind = MINOS_KIND_##kind_, .key = (key_), .method = (method_),       \
    .source = #fn, .handler = (fn)
#define CRON(key_, fn)                                                                             \
    .door = MINOS_DOOR_PERIODIC, .kind = MINOS_KIND_EVENT, .key = (key_), .source = #fn,           \
    .handler = (fn)

typedef struct conflict_row {
    const char *name;
    minos_route a, b;
    bool two_services;
    minos_rc rc;
    const char *message;
} conflict_row;

static const conflict_row conflict_rows[] = {
    {"two commands", {AT("users.c", 10), TOPIC(COMMAND, "user.create", nothing)},
     {AT("orders.c", 31), TOPIC(COMMAND, "user.create", another)}, true, MINOS_EREDEFINED,
     "user.create is bound at users.c:10 and orders.c:31"},
    {"two queries", {AT("users.c", 10), TOPIC(QUERY, "a", nothing)},
     {AT("users.c", 11), TOPIC(QUERY, "a", another)}, false, MINOS_EREDEFINED,
     "a is bound at users.c:10 and users.c:11"},
    {"a command and a query", {AT("users.c", 10), TOPIC(COMMAND, "a", nothing)},
     {AT("orders.c", 31), TOPIC(QUERY, "a", another)}, true, MINOS_EREDEFINED,
     "a is bound as command at users.c:10 and as query at orders.c:31"},
    {"a command and an event", {AT("users.c", 10), TOPIC(COMMAND, "a", nothing)},
     {AT("users.c", 12), TOPIC(EVENT, "a", another)}, false, MINOS_EREDEFINED,
     "a is bound as command at users.c:10 and as event at users.c:12"},
    {"an event and a query", {AT("users.c", 10), TOPIC(EVENT, "a", nothing)},
     {AT("users.c", 12), TOPIC(QUERY, "a", another)}, false, MINOS_EREDEFINED, "as event at users.c:10"},
    {"one command twice", {AT("users.c", 10), TOPIC(COMMAND, "a", nothing)},
     {AT("users.c", 11), TOPIC(COMMAND, "a", nothing)}, false, MINOS_EREDEFINED, "users.c:11"},
    {"an event bound to one handler twice", {AT("users.c", 10), TOPIC(EVENT, "a", nothing)},
     {AT("users.c", 11), TOPIC(EVENT, "a", nothing)}, false, MINOS_EREDEFINED, "one handler twice"},
    {"one path", {AT("users.c", 10), PATH(QUERY, "GET", "/a", nothing)},
     {AT("orders.c", 31), PATH(QUERY, "GET", "/a", another)}, true, MINOS_EREDEFINED,
     "GET /a is bound at users.c:10 and orders.c:31"},
    {"one path under two kinds", {AT("users.c", 10), PATH(QUERY, "GET", "/a", nothing)},
     {AT("users.c", 11), PATH(COMMAND, "GET", "/a", another)}, false, MINOS_EREDEFINED, "as command at"},
    {"one path with two names", {AT("users.c", 10), PATH(QUERY, "GET", "/a/{x}", nothing)},
     {AT("orders.c", 31), PATH(QUERY, "GET", "/a/{y}", another)}, true, MINOS_EREDEFINED,
     "GET /a/{x} is bound at users.c:10 and, written /a/{y}, orders.c:31"},
    {"one regex with two names", {AT("users.c", 10), PATH(QUERY, "GET", "/{x:[0-9]{2}}/e", nothing)},
     {AT("users.c", 11), PATH(QUERY, "GET", "/{y:[0-9]{2}}/e", another)}, false, MINOS_EREDEFINED,
     "users.c:11"},
    {"any method twice", {AT("users.c", 10), PATH(QUERY, "*", "/a", nothing)},
     {AT("users.c", 11), PATH(QUERY, "*", "/a", another)}, false, MINOS_EREDEFINED, "* /a is bound"},
    {"one task twice", {AT("users.c", 10), CRON("@daily", nothing)},
     {AT("users.c", 11), CRON("@daily", nothing)}, false, MINOS_EREDEFINED, "one handler twice"},
    {"kinds mixed", {AT("users.c", 10), TOPIC(COMMAND, "a", nothing)},
     {AT("users.c", 12), TOPIC(QUERY, "b", nothing)}, false, MINOS_EMULTIPLEKINDS,
     "handler nothing is declared as command at users.c:10 and as query at users.c:12"},
    {"kinds mixed over doors", {AT("users.c", 10), PATH(QUERY, "GET", "/a", nothing)},
     {AT("users.c", 12), CRON("@daily", nothing)}, false, MINOS_EMULTIPLEKINDS,
     "as query at users.c:10 and as event at users.c:12"},
    {"kinds mixed over services", {AT("users.c", 10), TOPIC(EVENT, "a", nothing)},
     {AT("orders.c", 31), TOPIC(COMMAND, "b", nothing)}, true, MINOS_EMULTIPLEKINDS, "orders.c:31"},
    /* What is allowed. */
    {"an event with two handlers", {AT("users.c", 10), TOPIC(EVENT, "a", nothing)},
     {AT("users.c", 11), TOPIC(EVENT, "a", another)}, false, MINOS_OK, NULL},
    {"an event with two services", {AT("users.c", 10), TOPIC(EVENT, "a", nothing)},
     {AT("orders.c", 31), TOPIC(EVENT, "a", nothing)}, true, MINOS_OK, NULL},
    {"a handler with two keys", {AT("users.c", 10), TOPIC(COMMAND, "a", nothing)},
     {AT("users.c", 11), TOPIC(COMMAND, "b", nothing)}, false, MINOS_OK, NULL},
    {"a handler with two doors", {AT("users.c", 10), TOPIC(QUERY, "a", nothing)},
     {AT("users.c", 11), PATH(QUERY, "GET", "/a", nothing)}, false, MINOS_OK, NULL},
    {"two methods", {AT("users.c", 10), PATH(QUERY, "GET", "/a", nothing)},
     {AT("users.c", 11), PATH(COMMAND, "POST", "/a", another)}, false, MINOS_OK, NULL},
    {"a method and any method", {AT("users.c", 10), PATH(QUERY, "GET", "/a", nothing)},
     {AT("users.c", 11), PATH(QUERY, "*", "/a", another)}, false, MINOS_OK, NULL},
    {"two regexes", {AT("users.c", 10), PATH(QUERY, "GET", "/{x:a}", nothing)},
     {AT("users.c", 11), PATH(QUERY, "GET", "/{x:b}", another)}, false, MINOS_OK, NULL},
    {"a slash at the end", {AT("users.c", 10), PATH(QUERY, "GET", "/a", nothing)},
     {AT("users.c", 11), PATH(QUERY, "GET", "/a/", another)}, false, MINOS_OK, NULL},
    {"two tasks of one pattern", {AT("users.c", 10), CRON("@daily", nothing)},
     {AT("users.c", 11), CRON("@daily", another)}, false, MINOS_OK, NULL},
    {"a topic that reads like a path", {AT("users.c", 10), TOPIC(QUERY, "/a", nothing)},
     {AT("users.c", 11), PATH(QUERY, "GET", "/a", another)}, false, MINOS_OK, NULL},
};

#define SERVICE_OF(name_, rows, count)                                                             \
    {                                                                                              \
        .abi = MINOS_ABI, .service_bytes = sizeof(minos_service),                                  \
        .route_bytes = sizeof(minos_route), .route_count = (count), .name = (name_),               \
        .routes = (rows)                                                                           \
    }

static void conflicts(void **state)
{
    (void)state;
    for (size_t i = 0; i < mn_count_of(conflict_rows); i++) {
        const conflict_row *row = &conflict_rows[i];
        const minos_route both[2] = {row->a, row->b};
        const minos_service first = SERVICE_OF("users", both, row->two_services ? 1 : 2);
        const minos_service second = SERVICE_OF("orders", both + 1, 1);
        const minos_service *const services[] = {&first, row->two_services ? &second : NULL, NULL};
        minos_factory *factory = NULL;
        minos_rc rc = minos_factory_new(services, NULL, &factory);

        print_message("%s\n", row->name);
        assert_rc(rc, row->rc);
        if (rc != MINOS_OK)
            mn_assert_message(row->message, __FILE__, __LINE__);
        assert_int_equal(factory != NULL, rc == MINOS_OK);
        if (!row->two_services)
            assert_rc(minos_collector_check(&first), row->rc);
        minos_factory_free(factory);
    }
}

static void all_faults_are_told(void **state)
{
    static const minos_route bad[] = {
        {AT("users.c", 1), TOPIC(COMMAND, "a", NULL)},
        {AT("users.c", 2), PATH(QUERY, "get", "a", nothing)},
    };
    static const minos_route clashes[] = {
        {AT("users.c", 1), TOPIC(COMMAND, "a", nothing)},
        {AT("users.c", 2), TOPIC(QUERY, "b", nothing)},
        {AT("users.c", 3), TOPIC(COMMAND, "a", another)},
        {AT("users.c", 4), TOPIC(COMMAND, "a", third)},
    };
    const minos_service of_bad = SERVICE_OF("users", bad, 2);
    const minos_service of_clashes = SERVICE_OF("users", clashes, 4);
    (void)state;

    assert_fails(minos_collector_check(&of_bad), MINOS_EENROUTE, "users.c:1: broker \"a\": the row has");
    mn_assert_message("users.c:2: rest \"a\": a path begins", __FILE__, __LINE__);
    mn_assert_message("users.c:2: rest \"a\": the method", __FILE__, __LINE__);
    assert_fails(minos_collector_check(&of_clashes), MINOS_EMULTIPLEKINDS, "users.c:2");
    mn_assert_message("a is bound at users.c:1 and users.c:3", __FILE__, __LINE__);
    mn_assert_message("a is bound at users.c:1 and users.c:4", __FILE__, __LINE__);
}

static void faults_without_end_are_cut(void **state)
{
    static minos_route rows[2000];
    minos_service service = SERVICE_OF("users", rows, 2000);
    (void)state;
    for (size_t i = 0; i < mn_count_of(rows); i++)
        rows[i] = (minos_route){AT("users.c", (int)i), TOPIC(COMMAND, "a", NULL)};
    assert_fails(minos_collector_check(&service), MINOS_EENROUTE, "users.c:0:");
}

/* ---- tables of other versions ---- */

static const minos_route one_row_table[] = {{AT("users.c", 10), TOPIC(COMMAND, "a", nothing)}};

typedef struct table_row {
    const char *name;
    minos_service service;
    const char *message;
} table_row;

static const table_row table_rows[] = {
    {"another interface", {.abi = 2, .service_bytes = sizeof(minos_service), .name = "users",
                           .route_bytes = sizeof(minos_route)}, "interface 2 of minos, this is 1"},
    {"no interface", {.name = "users"}, "interface 0"},
    {"a service too small", {.abi = MINOS_ABI, .service_bytes = 16, .name = "users"}, "sizes"},
    {"rows too small", {.abi = MINOS_ABI, .service_bytes = sizeof(minos_service), .name = "users",
                        .routes = one_row_table, .route_bytes = 16, .route_count = 1}, "sizes"},
    {"rows without end", {.abi = MINOS_ABI, .service_bytes = sizeof(minos_service), .name = "users",
                          .routes = one_row_table, .route_bytes = sizeof(minos_route),
                          .route_count = 4000000000u}, "sizes"},
    {"no name", {.abi = MINOS_ABI, .service_bytes = sizeof(minos_service)}, "no name"},
    {"an empty name", {.abi = MINOS_ABI, .service_bytes = sizeof(minos_service), .name = ""},
     "no name"},
    {"no table", {.abi = MINOS_ABI, .service_bytes = sizeof(minos_service), .name = "users",
                  .route_bytes = sizeof(minos_route), .route_count = 1}, "no table"},
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
        cmocka_unit_test(one_row),
        cmocka_unit_test(conflicts),
        cmocka_unit_test(all_faults_are_told),
        cmocka_unit_test(faults_without_end_are_cut),
        cmocka_unit_test(tables_that_are_refused),
        cmocka_unit_test(rows_of_other_lengths),
        cmocka_unit_test(collector_filters),
        cmocka_unit_test(handler_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
