/*
 * Declarations: what is refused, and that both places are named.
 */
#include <minos/enroute.h>
#include <minos/request.h>

#include "base/alloc.h"
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
    "tttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttt"
    "t"
    "tttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttt"
    "t"
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
    {"a brace in brackets",
     {ROW(REST, QUERY, "/{a:[{]+}/{b:[]}]}/{c:[^]}]}", "GET", nothing)},
     NULL},
    {"a pattern", {ROW(PERIODIC, EVENT, "0 0 * * *", NULL, nothing)}, NULL},
    {"no handler", {ROW(BROKER, COMMAND, "a", NULL, NULL)}, "no handler"},
    {"no key", {ROW(BROKER, COMMAND, NULL, NULL, nothing)}, "no key"},
    {"an empty key", {ROW(BROKER, COMMAND, "", NULL, nothing)}, "no key"},
    {"no place", {.key = "a", .handler = nothing}, "where it stands"},
    {"no door", {ROW(NONE, COMMAND, "a", NULL, nothing)}, "the door"},
    {"no kind",
     {.file = "users.c", .line = 1, .door = MINOS_DOOR_BROKER, .key = "a", .handler = nothing},
     "the kind"},
    {"a door out of range",
     {.file = "users.c",
      .line = 1,
      .door = (minos_door)9,
      .kind = MINOS_KIND_EVENT,
      .key = "a",
      .handler = nothing},
     "the door"},
    {"a kind out of range",
     {.file = "users.c",
      .line = 1,
      .door = MINOS_DOOR_BROKER,
      .kind = (minos_kind)4,
      .key = "a",
      .handler = nothing},
     "the kind"},
    {"a control character", {ROW(BROKER, COMMAND, "a\nb", NULL, nothing)}, "control"},
    {"DEL", {ROW(BROKER, COMMAND, "a\x7f", NULL, nothing)}, "control"},
    {"a topic too long", {ROW(BROKER, COMMAND, long_topic, NULL, nothing)}, "255"},
    {"a method on a topic", {ROW(BROKER, COMMAND, "a", "GET", nothing)}, "method"},
    {"a method on a pattern", {ROW(PERIODIC, EVENT, "@daily", "GET", nothing)}, "method"},
    {"no method", {ROW(REST, QUERY, "/a", NULL, nothing)}, "needs a method"},
    {"an empty method", {ROW(REST, QUERY, "/a", "", nothing)}, "needs a method"},
    {"a method in small letters", {ROW(REST, QUERY, "/a", "get", nothing)}, "capitals"},
    {"two methods", {ROW(REST, QUERY, "/a", "GET POST", nothing)}, "capitals"},
    {"a method too long",
     {ROW(REST, QUERY, "/a", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", nothing)},
     "capitals"},
    {"path and method swapped", {ROW(REST, QUERY, "GET", "/a", nothing)}, "begins with \"/\""},
    {"a path without its slash", {ROW(REST, QUERY, "users", "GET", nothing)}, "begins with"},
    {"a param not closed", {ROW(REST, QUERY, "/a/{id", "GET", nothing)}, "not closed"},
    {"a regex not closed", {ROW(REST, QUERY, "/a/{id:[0-9]{3}", "GET", nothing)}, "not closed"},
    {"a param not opened", {ROW(REST, QUERY, "/a/id}", "GET", nothing)}, "not opened"},
    {"a param without name", {ROW(REST, QUERY, "/a/{}", "GET", nothing)}, "needs a name"},
    {"a regex without name", {ROW(REST, QUERY, "/a/{:x}", "GET", nothing)}, "needs a name"},
    {"a param's name begins with a digit",
     {ROW(REST, QUERY, "/{1a}", "GET", nothing)},
     "a name of"},
    {"a param's name with a space", {ROW(REST, QUERY, "/{a b}", "GET", nothing)}, "a name of"},
    {"a param in a param", {ROW(REST, QUERY, "/{a{b}}", "GET", nothing)}, "a name of"},
    {"an empty regex", {ROW(REST, QUERY, "/{a:}", "GET", nothing)}, "empty regex"},
    {"one name twice", {ROW(REST, QUERY, "/{a}/{a}", "GET", nothing)}, "one name"},
    {"a query", {ROW(REST, QUERY, "/a?b=c", "GET", nothing)}, "\"?\""},
    {"a fragment", {ROW(REST, QUERY, "/a#b", "GET", nothing)}, "\"#\""},
    {"a brace hidden by brackets", {ROW(REST, QUERY, "/{a:[}]", "GET", nothing)}, "not closed"},
    {"a bracket that is never closed", {ROW(REST, QUERY, "/{a:[b}", "GET", nothing)}, "not closed"},
    {"more params than a path takes",
     {ROW(REST, QUERY, "/{a}{b}{c}{d}{e}{f}{g}{h}{i}{j}{k}{l}{m}{n}{o}{p}{q}", "GET", nothing)},
     "16 params"},
    {"a REST event", {ROW(REST, EVENT, "/a", "GET", nothing)}, "a command or a query"},
    {"a periodic command", {ROW(PERIODIC, COMMAND, "@daily", NULL, nothing)}, "an event"},
    {"a negative timeout", {ROW(BROKER, COMMAND, "a", NULL, nothing), .timeout = -1}, "timeout"},
    {"a negative concurrency",
     {ROW(BROKER, COMMAND, "a", NULL, nothing), .concurrency = -1},
     "concurrency"},
    {"a checker without function",
     {ROW(BROKER, COMMAND, "a", NULL, nothing), .checkers = unended},
     ".check"},
    {"a second one without function",
     {ROW(BROKER, COMMAND, "a", NULL, nothing), .checkers = unended_delay},
     ".check"},
    {"negative attempts",
     {ROW(BROKER, COMMAND, "a", NULL, nothing), .checkers = negative_attempts},
     "negative"},
    {"a negative delay",
     {ROW(BROKER, COMMAND, "a", NULL, nothing), .checkers = negative_delay},
     "negative"},
    {"an extra without value",
     {ROW(BROKER, COMMAND, "a", NULL, nothing), .extra = no_value},
     "key and a value"},
    {"an extra without key",
     {ROW(BROKER, COMMAND, "a", NULL, nothing), .extra = no_key},
     "its key"},
    {"an extra with an empty key",
     {ROW(BROKER, COMMAND, "a", NULL, nothing), .extra = empty_key},
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
    {"two commands",
     {AT("users.c", 10), TOPIC(COMMAND, "user.create", nothing)},
     {AT("orders.c", 31), TOPIC(COMMAND, "user.create", another)},
     true,
     MINOS_EREDEFINED,
     "user.create is bound at users.c:10 and orders.c:31"},
    {"two queries",
     {AT("users.c", 10), TOPIC(QUERY, "a", nothing)},
     {AT("users.c", 11), TOPIC(QUERY, "a", another)},
     false,
     MINOS_EREDEFINED,
     "a is bound at users.c:10 and users.c:11"},
    {"a command and a query",
     {AT("users.c", 10), TOPIC(COMMAND, "a", nothing)},
     {AT("orders.c", 31), TOPIC(QUERY, "a", another)},
     true,
     MINOS_EREDEFINED,
     "a is bound as command at users.c:10 and as query at orders.c:31"},
    {"a command and an event",
     {AT("users.c", 10), TOPIC(COMMAND, "a", nothing)},
     {AT("users.c", 12), TOPIC(EVENT, "a", another)},
     false,
     MINOS_EREDEFINED,
     "a is bound as command at users.c:10 and as event at users.c:12"},
    {"an event and a query",
     {AT("users.c", 10), TOPIC(EVENT, "a", nothing)},
     {AT("users.c", 12), TOPIC(QUERY, "a", another)},
     false,
     MINOS_EREDEFINED,
     "as event at users.c:10"},
    {"one command twice",
     {AT("users.c", 10), TOPIC(COMMAND, "a", nothing)},
     {AT("users.c", 11), TOPIC(COMMAND, "a", nothing)},
     false,
     MINOS_EREDEFINED,
     "users.c:11"},
    {"an event bound to one handler twice",
     {AT("users.c", 10), TOPIC(EVENT, "a", nothing)},
     {AT("users.c", 11), TOPIC(EVENT, "a", nothing)},
     false,
     MINOS_EREDEFINED,
     "one handler twice"},
    {"one path",
     {AT("users.c", 10), PATH(QUERY, "GET", "/a", nothing)},
     {AT("orders.c", 31), PATH(QUERY, "GET", "/a", another)},
     true,
     MINOS_EREDEFINED,
     "GET /a is bound at users.c:10 and orders.c:31"},
    {"one path under two kinds",
     {AT("users.c", 10), PATH(QUERY, "GET", "/a", nothing)},
     {AT("users.c", 11), PATH(COMMAND, "GET", "/a", another)},
     false,
     MINOS_EREDEFINED,
     "as command at"},
    {"one path with two names",
     {AT("users.c", 10), PATH(QUERY, "GET", "/a/{x}", nothing)},
     {AT("orders.c", 31), PATH(QUERY, "GET", "/a/{y}", another)},
     true,
     MINOS_EREDEFINED,
     "GET /a/{x} is bound at users.c:10 and, written /a/{y}, orders.c:31"},
    {"one regex with two names",
     {AT("users.c", 10), PATH(QUERY, "GET", "/{x:[0-9]{2}}/e", nothing)},
     {AT("users.c", 11), PATH(QUERY, "GET", "/{y:[0-9]{2}}/e", another)},
     false,
     MINOS_EREDEFINED,
     "users.c:11"},
    {"any method twice",
     {AT("users.c", 10), PATH(QUERY, "*", "/a", nothing)},
     {AT("users.c", 11), PATH(QUERY, "*", "/a", another)},
     false,
     MINOS_EREDEFINED,
     "* /a is bound"},
    {"one task twice",
     {AT("users.c", 10), CRON("@daily", nothing)},
     {AT("users.c", 11), CRON("@daily", nothing)},
     false,
     MINOS_EREDEFINED,
     "one handler twice"},
    {"kinds mixed",
     {AT("users.c", 10), TOPIC(COMMAND, "a", nothing)},
     {AT("users.c", 12), TOPIC(QUERY, "b", nothing)},
     false,
     MINOS_EMULTIPLEKINDS,
     "handler nothing is declared as command at users.c:10 and as query at users.c:12"},
    {"kinds mixed over doors",
     {AT("users.c", 10), PATH(QUERY, "GET", "/a", nothing)},
     {AT("users.c", 12), CRON("@daily", nothing)},
     false,
     MINOS_EMULTIPLEKINDS,
     "as query at users.c:10 and as event at users.c:12"},
    {"kinds mixed over services",
     {AT("users.c", 10), TOPIC(EVENT, "a", nothing)},
     {AT("orders.c", 31), TOPIC(COMMAND, "b", nothing)},
     true,
     MINOS_EMULTIPLEKINDS,
     "orders.c:31"},
    /* What is allowed. */
    {"an event with two handlers",
     {AT("users.c", 10), TOPIC(EVENT, "a", nothing)},
     {AT("users.c", 11), TOPIC(EVENT, "a", another)},
     false,
     MINOS_OK,
     NULL},
    {"an event with two services",
     {AT("users.c", 10), TOPIC(EVENT, "a", nothing)},
     {AT("orders.c", 31), TOPIC(EVENT, "a", nothing)},
     true,
     MINOS_OK,
     NULL},
    {"a handler with two keys",
     {AT("users.c", 10), TOPIC(COMMAND, "a", nothing)},
     {AT("users.c", 11), TOPIC(COMMAND, "b", nothing)},
     false,
     MINOS_OK,
     NULL},
    {"a handler with two doors",
     {AT("users.c", 10), TOPIC(QUERY, "a", nothing)},
     {AT("users.c", 11), PATH(QUERY, "GET", "/a", nothing)},
     false,
     MINOS_OK,
     NULL},
    {"two methods",
     {AT("users.c", 10), PATH(QUERY, "GET", "/a", nothing)},
     {AT("users.c", 11), PATH(COMMAND, "POST", "/a", another)},
     false,
     MINOS_OK,
     NULL},
    {"a method and any method",
     {AT("users.c", 10), PATH(QUERY, "GET", "/a", nothing)},
     {AT("users.c", 11), PATH(QUERY, "*", "/a", another)},
     false,
     MINOS_OK,
     NULL},
    {"two regexes",
     {AT("users.c", 10), PATH(QUERY, "GET", "/{x:a}", nothing)},
     {AT("users.c", 11), PATH(QUERY, "GET", "/{x:b}", another)},
     false,
     MINOS_OK,
     NULL},
    {"a slash at the end",
     {AT("users.c", 10), PATH(QUERY, "GET", "/a", nothing)},
     {AT("users.c", 11), PATH(QUERY, "GET", "/a/", another)},
     false,
     MINOS_OK,
     NULL},
    {"two tasks of one pattern",
     {AT("users.c", 10), CRON("@daily", nothing)},
     {AT("users.c", 11), CRON("@daily", another)},
     false,
     MINOS_OK,
     NULL},
    {"a topic that reads like a path",
     {AT("users.c", 10), TOPIC(QUERY, "/a", nothing)},
     {AT("users.c", 11), PATH(QUERY, "GET", "/a", another)},
     false,
     MINOS_OK,
     NULL},
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

    assert_fails(minos_collector_check(&of_bad), MINOS_EENROUTE,
                 "users.c:1: broker \"a\": the row has");
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_row),
        cmocka_unit_test(conflicts),
        cmocka_unit_test(all_faults_are_told),
        cmocka_unit_test(faults_without_end_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
