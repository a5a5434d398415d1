/*
 * Services as processes: what they answer, how they end, what they say when they cannot start.
 * Run with an argument, this program is itself a service, with handlers that take their time.
 */
#include "support/client.h"
#include "support/process.h"
#include "support/support.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <minos/minos.h>

/* ---- the service under test ---- */

static minos_handler_fn mistyped, quick, slow, forever, overflow;

static const minos_route slow_routes[] = {
    MINOS_REST_QUERY("GET", "/mistyped", mistyped), MINOS_REST_QUERY("GET", "/quick", quick),
    MINOS_REST_QUERY("GET", "/slow", slow),         MINOS_REST_QUERY("GET", "/forever", forever),
    MINOS_REST_QUERY("GET", "/overflow", overflow),
};
static const minos_service slow_service = {MINOS_SERVICE("slow", slow_routes)};

/* A form cannot carry a list of maps: found out when the door encodes. */
static minos_rc mistyped(minos_request *req, minos_response *res)
{
    (void)req;
    return minos_reply_as(res, "application/x-www-form-urlencoded",
                          MINOS_LIST(MINOS_ITEM(MINOS_MAP(MINOS_KV("a", 1)))));
}

static minos_rc quick(minos_request *req, minos_response *res)
{
    (void)req;
    return minos_reply(res, MINOS_MAP(MINOS_KV("quick", true)));
}

static minos_rc slow(minos_request *req, minos_response *res)
{
    (void)req;
    minos_log_info("slow began");
    MINOS_TRY(minos_sleep(300 * MINOS_MS));
    return minos_reply(res, MINOS_MAP(MINOS_KV("slow", true)));
}

/* The query's `wait` is in milliseconds, an hour without. */
static minos_rc forever(minos_request *req, minos_response *res)
{
    const char *wait = "3600000";

    (void)res;
    if (minos_request_has_params(req))
        MINOS_TRY(minos_request_param(req, "wait", &wait));
    minos_log_info("forever began");
    return minos_sleep(strtol(wait, NULL, 10) * MINOS_MS);
}

/* Deeper than any stack; `depth` keeps the compiler from seeing that it never ends. */
static int dig(volatile char *above, volatile int depth)
{
    volatile char here[4096];
    here[0] = above == NULL ? 1 : above[0];
    return depth == 0 ? here[0] : dig(here, depth - 1) + here[0];
}

static minos_rc overflow(minos_request *req, minos_response *res)
{
    (void)req, (void)res;
    return dig(NULL, 1 << 30) == 0 ? MINOS_OK : MINOS_EANY;
}

/* ---- helpers ---- */

static const char *self_path;

typedef struct serving {
    mn_process process;
    int port;
} serving;

static serving start(const char *program, const char *const *arguments)
{
    serving server = {.port = mn_free_port()};
    char port[64];
    const char *environment[] = {port, "MINOS_INTERFACES_HTTP_CONNECTOR_HOST=127.0.0.1", NULL};
    const char *argv[12] = {program};

    snprintf(port, sizeof port, "MINOS_INTERFACES_HTTP_CONNECTOR_PORT=%d", server.port);
    for (size_t i = 0; arguments[i] != NULL; i++)
        argv[i + 1] = arguments[i];
    server.process = mn_process_start(argv, environment);
    if (!mn_process_wait_output(&server.process, "is ready")) {
        char *output = mn_process_output(&server.process);
        print_error("%s did not start:\n%s", program, output);
        fail();
    }
    return server;
}

#define START(program, ...) start(program, (const char *const[]){__VA_ARGS__, NULL})
#define START_SLOW(drain)   START(self_path, "run", "--set", "drain_timeout=" drain)

static void assert_holds(const char *answer, const char *part)
{
    if (strstr(answer, part) == NULL) {
        print_error("got:\n%s\nwhich lacks: %s\n", answer, part);
        fail();
    }
}

/* ---- users ---- */

typedef struct ask_case {
    const char *name;
    const char *request;
    const char *parts[4];
} ask_case;

#define HOST "Host: a\r\n"

static const ask_case users_cases[] = {
    {"get",
     "GET /users/42 HTTP/1.1\r\n" HOST "\r\n",
     {"HTTP/1.1 200 ", "application/json", "{\"id\":\"42\",\"name\":\"John Doe\"}"}},
    {"path decoded", "GET /users/a%2Fb%20c HTTP/1.1\r\n" HOST "\r\n", {" 200 ", "\"a/b c\""}},
    {"echo json",
     "POST /echo HTTP/1.1\r\n" HOST "Content-Type: application/json\r\nContent-Length: 26\r\n\r\n"
     "{\"a\":[1,2.5,null,true,{}]}",
     {" 200 ", "application/json", "\r\n\r\n{\"a\":[1,2.5,null,true,{}]}"}},
    {"echo form",
     "POST /echo HTTP/1.1\r\n" HOST "Content-Type: application/x-www-form-urlencoded\r\n"
     "Content-Length: 11\r\n\r\na=1&b=2&a=3",
     {" 200 ", "application/x-www-form-urlencoded", "a=1&a=3&b=2"}},
    {"echo text",
     "POST /echo HTTP/1.1\r\n" HOST "Content-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello",
     {" 200 ", "text/plain", "\r\n\r\nhello"}},
    {"echo bytes",
     "POST /echo HTTP/1.1\r\n" HOST "Content-Type: application/octet-stream\r\n"
     "Content-Length: 3\r\n\r\nabc",
     {" 200 ", "application/octet-stream", "\r\n\r\nabc"}},
    {"echo without content",
     "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n",
     {" 400 ", "application/problem+json", "no content"}},
    {"echo malformed",
     "POST /echo HTTP/1.1\r\n" HOST "Content-Type: application/json\r\nContent-Length: 1\r\n\r\n{",
     {" 400 ", "application/problem+json"}},
    {"echo unknown type",
     "POST /echo HTTP/1.1\r\n" HOST "Content-Type: image/png\r\nContent-Length: 1\r\n\r\nx",
     {" 415 ", "application/problem+json"}},
    {"not found", "GET /nothing HTTP/1.1\r\n" HOST "\r\n", {" 404 ", "application/problem+json"}},
    {"not allowed", "DELETE /echo HTTP/1.1\r\n" HOST "\r\n", {" 405 ", "POST"}},
    {"health", "GET /system/health HTTP/1.1\r\n" HOST "\r\n", {" 200 ", "{\"host\":\""}},
};

static void test_users_answers(void **state)
{
    serving server = START(MN_BIN("users"), "--config", "examples/users/config.yml");
    size_t failed = 0;

    (void)state;
    for (size_t i = 0; i < sizeof users_cases / sizeof users_cases[0]; i++) {
        char *answer = mn_client_ask(server.port, users_cases[i].request);
        for (size_t k = 0; k < 4 && users_cases[i].parts[k] != NULL; k++)
            if (strstr(answer, users_cases[i].parts[k]) == NULL) {
                print_error("%s lacks \"%s\":\n%s\n", users_cases[i].name, users_cases[i].parts[k],
                            answer);
                failed++;
            }
        free(answer);
    }
    assert_int_equal(mn_process_stop(&server.process, SIGTERM), 0);
    assert_int_equal(failed, 0);
}

static void test_port_taken(void **state)
{
    serving server = START(MN_BIN("users"), "--config", "examples/users/config.yml");
    char set[64], place[32];
    mn_outcome outcome;

    (void)state;
    snprintf(set, sizeof set, "interfaces.http.connector.port=%d", server.port);
    snprintf(place, sizeof place, "port %d", server.port);
    outcome = mn_process_run((const char *const[]){MN_BIN("users"), "--config",
                                                   "examples/users/config.yml", "--set", set, NULL},
                             NULL, NULL);
    assert_int_equal(outcome.code, 1);
    assert_holds(outcome.errors, place);
    assert_holds(outcome.errors, "in use");
    mn_outcome_done(&outcome);
    assert_int_equal(mn_process_stop(&server.process, SIGINT), 0);
}

static void test_mistyped_answer_is_our_fault(void **state)
{
    serving server = START_SLOW("1");
    char *answer = mn_client_ask(server.port, "GET /mistyped HTTP/1.1\r\n" HOST "\r\n");

    (void)state;
    assert_holds(answer, "HTTP/1.1 500 ");
    assert_holds(answer, "application/problem+json");
    assert_null(strstr(answer, "form"));
    free(answer);
    assert_true(mn_process_wait_output(&server.process, "the answer cannot be sent"));
    assert_int_equal(mn_process_stop(&server.process, SIGTERM), 0);
}

static void test_slow_handler_holds_nothing_back(void **state)
{
    static const char taught[] = "GET /forever?wait=1 HTTP/1.1\r\n" HOST "\r\n";
    static const char both[] = "GET /quick HTTP/1.1\r\n" HOST "\r\n"
                               "GET /forever HTTP/1.1\r\n" HOST "\r\n";
    serving server = START_SLOW("50 ms");
    int socket = mn_client_connect(server.port);
    char *answer;

    (void)state;
    mn_client_send(socket, taught); /* the door learns that this handler waits */
    free(mn_client_receive(socket));
    mn_client_send(socket, both);
    answer = mn_client_receive(socket);
    assert_holds(answer, "{\"quick\":true}");
    free(answer);
    close(socket);
    assert_int_equal(mn_process_stop(&server.process, SIGTERM), 1); /* the other was cut off */
}

/* ---- ending ---- */

/* Ask, and wait until the handler runs. */
static int ask_and_wait(serving *server, const char *request, const char *line)
{
    int socket = mn_client_connect(server->port);
    assert_true(socket >= 0);
    mn_client_send(socket, request);
    assert_true(mn_process_wait_output(&server->process, line));
    return socket;
}

static void test_term_finishes_what_was_taken(void **state)
{
    serving server = START_SLOW("10");
    int socket = ask_and_wait(&server, "GET /slow HTTP/1.1\r\n" HOST "\r\n", "slow began");
    char *answer;

    (void)state;
    kill(server.process.pid, SIGTERM);
    answer = mn_client_receive(socket);
    assert_holds(answer, "HTTP/1.1 200 ");
    assert_holds(answer, "Connection: close");
    assert_holds(answer, "{\"slow\":true}");
    free(answer);
    close(socket);
    assert_int_equal(mn_process_stop(&server.process, 0), 0);
}

static void test_term_closes_idle_connections(void **state)
{
    serving server = START_SLOW("10");
    int socket = mn_client_connect(server.port);
    char *answer;

    (void)state;
    kill(server.process.pid, SIGTERM);
    answer = mn_client_receive(socket);
    assert_string_equal(answer, "");
    free(answer);
    close(socket);
    assert_int_equal(mn_process_stop(&server.process, 0), 0);
}

static void test_drain_is_bounded(void **state)
{
    serving server = START_SLOW("50 ms");
    int socket = ask_and_wait(&server, "GET /forever HTTP/1.1\r\n" HOST "\r\n", "forever began");
    char *answer;

    (void)state;
    kill(server.process.pid, SIGTERM);
    answer = mn_client_receive(socket);
    assert_holds(answer, "HTTP/1.1 503 ");
    free(answer);
    close(socket);
    /* Work was cut off: say so, and nothing that was not cut off. */
    assert_true(mn_process_wait_output(&server.process, "within drain_timeout"));
    answer = mn_process_output(&server.process);
    assert_null(strstr(answer, "waiting for a signal"));
    assert_null(strstr(answer, " 0 handlers"));
    free(answer);
    assert_int_equal(mn_process_stop(&server.process, 0), 1);
}

static void test_second_interrupt_ends_at_once(void **state)
{
    serving server = START_SLOW("10");
    int socket = ask_and_wait(&server, "GET /forever HTTP/1.1\r\n" HOST "\r\n", "forever began");

    (void)state;
    kill(server.process.pid, SIGINT);
    assert_true(mn_process_wait_output(&server.process, "no new work"));
    assert_int_equal(mn_process_stop(&server.process, SIGINT), 128 + SIGINT);
    close(socket);
}

static void test_overflow_is_reported(void **state)
{
    serving server = START_SLOW("10");
    char *output;

    (void)state;
    free(mn_client_ask(server.port, "GET /overflow HTTP/1.1\r\n" HOST "\r\n"));
    assert_true(mn_process_wait(&server.process) > 128);
    output = mn_process_output(&server.process);
    assert_holds(output, "overflow");
    assert_holds(output, "service_test.c:");
    assert_holds(output, "stack");
    free(output);
    close(server.process.log);
    unlink(server.process.log_path);
}

/* ---- modules ---- */

typedef struct module_case {
    const char *name;
    const char *module;
    int code;
    const char *errors;
} module_case;

static const module_case bad_modules[] = {
    {"absent", MN_BINARY_DIR "/tests/no_such_module.so", 78, "cannot be loaded"},
    {"no shared object", MN_SOURCE_DIR "/README.md", 78, "cannot be loaded"},
    {"no descriptor", MN_BINARY_DIR "/tests/module_WITHOUT_DESCRIPTOR.so", 78,
     "minos_plugin_descriptor"},
    {"another interface", MN_BINARY_DIR "/tests/module_OF_ANOTHER_ABI.so", 78, "interface 99"},
    {"another size", MN_BINARY_DIR "/tests/module_OF_ANOTHER_SIZE.so", 78, "8 bytes"},
};

static void test_modules_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad_modules / sizeof bad_modules[0]; i++) {
        char set[512];
        mn_outcome outcome;
        snprintf(set, sizeof set, "modules=%s", bad_modules[i].module);
        outcome = mn_process_run(
            (const char *const[]){MN_BIN("minos"), "check", "--set", set, NULL}, NULL, "/tmp");
        if (outcome.code != bad_modules[i].code ||
            strstr(outcome.errors, bad_modules[i].errors) == NULL) {
            print_error("%s: code %d, %s\n", bad_modules[i].name, outcome.code, outcome.errors);
            fail();
        }
        mn_outcome_done(&outcome);
    }
}

static void test_module_serves(void **state)
{
    serving server =
        START(MN_BIN("minos"), "run", "--set", "modules=" MN_BINARY_DIR "/tests/module_good.so");
    char *answer = mn_client_ask(server.port, "GET /hello HTTP/1.1\r\n" HOST "\r\n");

    (void)state;
    assert_holds(answer, "{\"hello\":\"module\"}");
    free(answer);
    assert_int_equal(mn_process_stop(&server.process, SIGTERM), 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_users_answers),
        cmocka_unit_test(test_port_taken),
        cmocka_unit_test(test_mistyped_answer_is_our_fault),
        cmocka_unit_test(test_slow_handler_holds_nothing_back),
        cmocka_unit_test(test_term_finishes_what_was_taken),
        cmocka_unit_test(test_term_closes_idle_connections),
        cmocka_unit_test(test_drain_is_bounded),
        cmocka_unit_test(test_second_interrupt_ends_at_once),
        cmocka_unit_test(test_overflow_is_reported),
        cmocka_unit_test(test_modules_refused),
        cmocka_unit_test(test_module_serves),
    };
    if (argc > 1)
        return minos_main(argc, argv, MINOS_SERVICES(&slow_service));
    self_path = argv[0];
    return cmocka_run_group_tests_name("functional/service", tests, NULL, NULL);
}
