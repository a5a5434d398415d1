/*
 * Several workers under a supervisor, as real processes: who answers, what a death costs, how all
 * end. Run with an argument, this program is itself the service.
 */
#include "support/client.h"
#include "support/serving.h"
#include "support/support.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <minos/minos.h>

#include "fiber/context.h"

#define HOST    "Host: a\r\n"
#define WORKERS 4

#define GET(path) "GET " path " HTTP/1.1\r\n" HOST "\r\n"

/* ---- the service under test ---- */

static minos_handler_fn who, hold, crash, quit, spin, forever, booted, tick, message;
static minos_rc set_up(void *self, const minos_config *config);

static const minos_route plain_routes[] = {
    MINOS_REST_QUERY("GET", "/who", who),     MINOS_REST_QUERY("GET", "/hold", hold),
    MINOS_REST_QUERY("GET", "/crash", crash), MINOS_REST_QUERY("GET", "/quit", quit),
    MINOS_REST_QUERY("GET", "/spin", spin),   MINOS_REST_QUERY("GET", "/forever", forever),
    MINOS_PERIODIC_EVENT("@reboot", booted),  MINOS_PERIODIC_EVENT("* * * * * *", tick),
};
static const minos_route broker_routes[] = {
    MINOS_BROKER_COMMAND("say", message),
};
static const minos_service plain_service = {MINOS_SERVICE("plain", plain_routes), .setup = set_up};
static const minos_service broker_service = {MINOS_SERVICE("broken", broker_routes)};

static minos_rc set_up(void *self, const minos_config *config)
{
    (void)self, (void)config;
    if (getenv("TEST_SETUP_FAILS") != NULL)
        return minos_fail(MINOS_EIO, "the cellar is flooded");
    if (getenv("TEST_SETUP_DIES") != NULL)
        raise(SIGKILL);
    return MINOS_OK;
}

static minos_rc who(minos_request *req, minos_response *res)
{
    (void)req;
    return minos_reply(res, MINOS_MAP(MINOS_KV("pid", (int64_t)getpid())));
}

/* Answer when the peer of this worker that crashes is gone: its request is in flight meanwhile. */
static minos_rc hold(minos_request *req, minos_response *res)
{
    minos_log_info("hold began");
    MINOS_TRY(minos_sleep(300 * MINOS_MS));
    return who(req, res);
}

static minos_rc crash(minos_request *req, minos_response *res)
{
    volatile int *nowhere = NULL;
    (void)req, (void)res;
    return *nowhere == 0 ? MINOS_OK : MINOS_EANY;
}

static minos_rc quit(minos_request *req, minos_response *res)
{
    (void)req, (void)res;
    _exit(3);
}

static minos_rc spin(minos_request *req, minos_response *res)
{
    (void)req, (void)res;
    for (volatile bool on = true; on;)
        continue;
    return MINOS_OK;
}

static minos_rc forever(minos_request *req, minos_response *res)
{
    (void)req, (void)res;
    minos_log_info("forever began");
    return minos_sleep(3600 * MINOS_S);
}

static minos_rc booted(minos_request *req, minos_response *res)
{
    (void)req, (void)res;
    minos_log_info("booted");
    return MINOS_OK;
}

static minos_rc tick(minos_request *req, minos_response *res)
{
    (void)req, (void)res;
    minos_log_info("tick");
    return MINOS_OK;
}

static minos_rc message(minos_request *req, minos_response *res)
{
    (void)req, (void)res;
    return MINOS_OK;
}

/* ---- helpers ---- */

static const char *self_path;

static mn_serving start(const char *const *sets)
{
    mn_serving server = mn_serving_start(self_path, "run", sets, NULL);
    mn_serving_wait(&server, "is ready");
    return server;
}

#define START(set) start((const char *const[]){"workers=4", set, NULL})
#define PLAIN      "log.level=info"

/* Give the pid in an answer of who or hold; 0 when it is no such answer. */
static int pid_in(const char *answer)
{
    const char *at = strstr(answer, "{\"pid\":");
    return at == NULL || strstr(answer, "HTTP/1.1 200 ") == NULL ? 0
                                                                 : (int)strtol(at + 7, NULL, 10);
}

static int ask_who(int socket)
{
    char *answer;
    int pid;

    mn_client_send(socket, GET("/who"));
    answer = mn_client_receive(socket);
    pid = pid_in(answer);
    free(answer);
    return pid;
}

typedef struct tally {
    int pids[64];
    size_t counts[64];
    size_t size;
} tally;

static void tally_add(tally *seen, int pid)
{
    size_t i = 0;
    while (i < seen->size && seen->pids[i] != pid)
        i++;
    if (i == seen->size)
        seen->pids[seen->size++] = pid;
    seen->counts[i]++;
}

/* ---- sharing ---- */

static void test_connections_go_around(void **state)
{
    mn_serving server = START(PLAIN);
    tally one_by_one = {.size = 0}, at_once = {.size = 0};
    int sockets[64];

    (void)state;
    for (size_t i = 0; i < 64; i++) { /* nobody else connects: the worst case for balance */
        int socket = mn_client_connect(server.port);
        tally_add(&one_by_one, ask_who(socket));
        close(socket);
    }
    for (size_t i = 0; i < 64; i++)
        sockets[i] = mn_client_connect(server.port);
    for (size_t i = 0; i < 64; i++)
        tally_add(&at_once, ask_who(sockets[i]));
    for (size_t i = 0; i < 64; i++)
        close(sockets[i]);
    for (size_t i = 0; i < one_by_one.size; i++)
        print_message("process %d: %zu one by one\n", one_by_one.pids[i], one_by_one.counts[i]);
    for (size_t i = 0; i < at_once.size; i++)
        print_message("process %d: %zu at once\n", at_once.pids[i], at_once.counts[i]);
    assert_int_equal(one_by_one.size, WORKERS);
    assert_int_equal(at_once.size, WORKERS);
    for (size_t i = 0; i < WORKERS; i++) { /* a fair share is 16 */
        assert_in_range(one_by_one.counts[i], 8, 32);
        assert_in_range(at_once.counts[i], 6, 32);
    }
    assert_int_equal(mn_process_stop(&server.process, SIGTERM), 0);
}

static void test_lines_name_the_worker(void **state)
{
    mn_serving server = START(PLAIN);
    char *output = mn_process_output(&server.process);

    (void)state;
    assert_int_equal(mn_text_count(output, "worker started"), WORKERS);
    for (int i = 0; i < WORKERS; i++) {
        char part[32];
        snprintf(part, sizeof part, "\"worker\":%d,\"pid\":", i);
        assert_int_not_equal(mn_text_count(output, part), 0);
    }
    assert_int_not_equal(mn_text_count(output, "is ready: 4 workers"), 0);
    free(output);
    assert_int_equal(mn_process_stop(&server.process, SIGTERM), 0);
}

/* ---- deaths ---- */

typedef struct death_case {
    const char *name;
    const char *request;
    const char *told;      /* in the log */
    const char *sanitized; /* the same under a sanitizer */
} death_case;

static const death_case deaths[] = {
    {"a fault", GET("/crash"), "died: segmentation fault in fiber", "died: "},
    {"an exit", GET("/quit"), "died: exit code 3", "died: exit code 3"},
};

#define HELD_MAX 64

typedef struct held {
    int sockets[HELD_MAX];
    int pids[HELD_MAX]; /* of the workers that have them */
    size_t count;
} held;

/* Open connections until every worker has one, and send each a request that takes its time. */
static held hold_all(mn_serving *server)
{
    held all = {.count = 0};
    tally seen = {.size = 0};

    while (seen.size < WORKERS && all.count < HELD_MAX) {
        int socket = mn_client_connect(server->port), pid = ask_who(socket);
        all.sockets[all.count] = socket;
        all.pids[all.count++] = pid;
        tally_add(&seen, pid);
    }
    assert_int_equal(seen.size, WORKERS);
    for (size_t i = 0; i < all.count; i++)
        mn_client_send(all.sockets[i], GET("/hold"));
    return all;
}

/* Read the answers: all but the victim's come, and from who was asked. */
static void assert_answered(const held *all, int victim)
{
    for (size_t i = 0; i < all->count; i++) {
        char *answer = mn_client_receive(all->sockets[i]);
        assert_int_equal(pid_in(answer), all->pids[i] == victim ? 0 : all->pids[i]);
        free(answer);
        close(all->sockets[i]);
    }
}

static void die_once(const death_case *row)
{
    mn_serving server = START(PLAIN);
    int killer = mn_client_connect(server.port), victim = ask_who(killer);
    held all = hold_all(&server);
    const char *told = row->told;

#ifdef MN_SANITIZED /* it makes an exit code of the signal */
    told = row->sanitized;
#endif
    mn_serving_wait_times(&server, "hold began", all.count);
    mn_client_send(killer, row->request);
    free(mn_client_receive(killer)); /* the end of the connection */
    close(killer);
    for (size_t i = 0; i < 16; i++) { /* at once, with one worker less */
        int socket = mn_client_connect(server.port), pid = ask_who(socket);
        assert_int_not_equal(pid, 0);
        assert_int_not_equal(pid, victim);
        close(socket);
    }
    assert_answered(&all, victim);
    mn_serving_wait(&server, told);
    assert_int_equal(mn_process_stop(&server.process, SIGTERM), 0);
}

static void test_a_death_costs_its_own(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof deaths / sizeof deaths[0]; i++)
        die_once(&deaths[i]);
}

/* Give the process of worker 0, as its lines tell it. */
static int pid_of_first(mn_serving *server)
{
    static const char name[] = "\"worker\":0,\"pid\":";
    char *output = mn_process_output(&server->process), *at = strstr(output, name);
    int pid = at == NULL ? 0 : (int)strtol(at + strlen(name), NULL, 10);

    free(output);
    assert_int_not_equal(pid, 0);
    return pid;
}

static void test_a_dead_worker_is_replaced(void **state)
{
    mn_serving server = START(PLAIN);
    tally seen = {.size = 0};
    int victim = pid_of_first(&server);
    char *output, part[64];
    size_t ticks;

    (void)state;
    mn_serving_wait(&server, "booted");
    kill(victim, SIGKILL);
    mn_serving_wait(&server, "died: SIGKILL");
    mn_serving_wait_times(&server, "worker started", WORKERS + 1);
    for (size_t i = 0; i < 64; i++) {
        int socket = mn_client_connect(server.port);
        tally_add(&seen, ask_who(socket));
        close(socket);
    }
    assert_int_equal(seen.size, WORKERS);
    for (size_t i = 0; i < seen.size; i++)
        assert_int_not_equal(seen.pids[i], victim);
    /* Each task runs once a service, whoever died: @reboot is over, the other goes on. */
    snprintf(part, sizeof part, "\"worker\":0,\"pid\":%d,\"message\":\"tick\"", victim);
    output = mn_process_output(&server.process);
    ticks = mn_text_count(output, part);
    free(output);
    mn_serving_wait_times(&server, "\"message\":\"tick\"", ticks + 1);
    output = mn_process_output(&server.process);
    assert_int_equal(mn_text_count(output, "booted"), 1);
    for (int i = 1; i < WORKERS; i++) {
        snprintf(part, sizeof part, "\"worker\":%d,", i);
        for (const char *at = output; (at = strstr(at, part)) != NULL; at++)
            assert_int_not_equal(strncmp(strstr(at, "\"message\""), "\"message\":\"tick\"", 16), 0);
    }
    free(output);
    assert_int_equal(mn_process_stop(&server.process, SIGTERM), 0);
}

static void test_a_loop_that_stands_still_is_aborted(void **state)
{
    mn_serving server = START("stall_timeout=300 ms");
    int socket = mn_client_connect(server.port), victim = ask_who(socket);
    int other = mn_client_connect(server.port);

    (void)state;
    assert_int_not_equal(ask_who(other), victim);
    mn_client_send(socket, GET("/spin"));
    free(mn_client_receive(socket));
    mn_serving_wait(&server, "died: the loop has stood still for 0.3 s (stall_timeout) in fiber");
    mn_serving_wait(&server, "handler plain.spin at tests/functional/workers_test.c:");
    mn_serving_wait_times(&server, "worker started", WORKERS + 1);
    assert_int_not_equal(ask_who(other), 0);
    close(socket);
    close(other);
    assert_int_equal(mn_process_stop(&server.process, SIGTERM), 0);
}

static void test_the_only_process_is_watched_too(void **state)
{
    mn_serving server = start((const char *const[]){"workers=1", "stall_timeout=300 ms", NULL});
    char *answer = mn_client_ask(server.port, GET("/spin")), *output;

    (void)state;
    assert_string_equal(answer, "");
    free(answer);
    assert_int_equal(mn_process_wait(&server.process), 128 + SIGABRT);
    output = mn_process_output(&server.process);
    assert_int_equal(mn_text_count(output, "stood still for 0.3 s"), 1);
    assert_int_equal(
        mn_text_count(output, "handler plain.spin at tests/functional/workers_test.c:"), 1);
    free(output);
    mn_process_done(&server.process);
}

/* ---- starting ---- */

typedef struct refusal {
    const char *name;
    const char *word;
    const char *set;
    const char *environment;
    int code;
    const char *told;
    size_t told_count;
} refusal;

static const refusal refusals[] = {
    {"no workers", "run", "workers=0", NULL, 78, "1 to 256", 1},
    {"too many workers", "run", "workers=257", NULL, 78, "1 to 256", 1},
    {"a broker within the process", "run", PLAIN, "TEST_BROKER=1", 78, "set workers: 1", 1},
    {"the same, checked", "check", PLAIN, "TEST_BROKER=1", 78, "set workers: 1", 1},
    {"a middleware that is not there", "run", "middleware=nothing", NULL, 78, "nothing", 1},
    {"a set-up that fails", "run", PLAIN, "TEST_SETUP_FAILS=1", 1, "the cellar is flooded", 1},
    {"a set-up that dies", "run", PLAIN, "TEST_SETUP_DIES=1", 128 + SIGKILL, "died: SIGKILL", 5},
};

static void test_refusals(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        const refusal *row = &refusals[i];
        const char *const sets[] = {"workers=4", row->set, NULL};
        mn_serving server = mn_serving_start(self_path, row->word, sets, row->environment);
        int code = mn_process_wait(&server.process);
        char *output = mn_process_output(&server.process);
        size_t told = mn_text_count(output, row->told);

        if (code != row->code || told != row->told_count)
            fail_msg("%s: code %d, told %zu times:\n%s", row->name, code, told, output);
        free(output);
        mn_process_done(&server.process);
    }
}

static void test_port_taken(void **state)
{
    mn_serving server = START(PLAIN);
    char set[64], place[32];
    mn_outcome outcome;

    (void)state;
    snprintf(set, sizeof set, "interfaces.http.connector.port=%d", server.port);
    snprintf(place, sizeof place, "port %d", server.port);
    outcome = mn_process_run(
        (const char *const[]){self_path, "run", "--set", "workers=2", "--set", set, NULL}, NULL,
        NULL);
    assert_int_equal(outcome.code, 1);
    assert_non_null(strstr(outcome.errors, place));
    assert_int_equal(mn_text_count(outcome.errors, "in use"), 1);
    mn_outcome_done(&outcome);
    assert_int_equal(mn_process_stop(&server.process, SIGINT), 0);
}

/* ---- ending ---- */

static void test_term_finishes_what_was_taken(void **state)
{
    mn_serving server = START(PLAIN);
    held all = hold_all(&server);

    (void)state;
    mn_serving_wait_times(&server, "hold began", all.count);
    kill(server.process.pid, SIGTERM);
    assert_answered(&all, 0);
    assert_int_equal(mn_process_stop(&server.process, 0), 0);
    assert_int_equal(mn_client_connect(server.port), -1);
}

static int hold_forever(mn_serving *server)
{
    int socket = mn_client_connect(server->port);
    mn_client_send(socket, GET("/forever"));
    mn_serving_wait(server, "forever began");
    return socket;
}

static void test_drain_is_bounded(void **state)
{
    mn_serving server = START("drain_timeout=50 ms");
    int socket = hold_forever(&server);
    char *answer;

    (void)state;
    kill(server.process.pid, SIGTERM);
    answer = mn_client_receive(socket);
    assert_non_null(strstr(answer, "HTTP/1.1 503 "));
    free(answer);
    close(socket);
    assert_int_equal(mn_process_stop(&server.process, 0), 1);
}

/* What neither serves nor ends is killed; 5 s after drain_timeout, which is a limit of ours. */
static void test_a_worker_that_does_not_end_is_killed(void **state)
{
    mn_serving server = START("drain_timeout=0");

    (void)state;
    kill(pid_of_first(&server), SIGSTOP);
    kill(server.process.pid, SIGTERM);
    mn_serving_wait(&server, "killing them");
    assert_int_equal(mn_process_stop(&server.process, 0), 1);
}

static void test_a_worker_that_is_asked_to_end_is_replaced(void **state)
{
    mn_serving server = START(PLAIN);

    (void)state;
    kill(pid_of_first(&server), SIGTERM);
    mn_serving_wait(&server, ") ended; the next");
    mn_serving_wait_times(&server, "worker started", WORKERS + 1);
    assert_int_equal(mn_process_stop(&server.process, SIGTERM), 0);
}

/* A service manager stops all processes; the order in which they notice must not matter. */
static void test_all_are_asked_to_end_at_once(void **state)
{
    mn_serving server = START(PLAIN);
    mn_process first = {.pid = pid_of_first(&server)};
    char *output;

    (void)state;
    kill(server.process.pid, SIGSTOP);
    kill(first.pid, SIGTERM);
    assert_true(mn_process_wait_end(&first, 20000));
    kill(server.process.pid, SIGTERM);
    kill(server.process.pid, SIGCONT);
    assert_int_equal(mn_process_wait(&server.process), 0);
    output = mn_process_output(&server.process);
    assert_int_equal(mn_text_count(output, "the next starts"), 0);
    free(output);
    mn_process_done(&server.process);
}

static void test_hangup_changes_nothing(void **state)
{
    mn_serving server = START(PLAIN);
    char *output;

    (void)state;
    kill(pid_of_first(&server), SIGHUP); /* as a terminal does: all get it */
    kill(pid_of_first(&server), SIGINT);
    kill(server.process.pid, SIGHUP);
    mn_serving_wait(&server, "SIGHUP: nothing is read again");
    for (size_t i = 0; i < 16; i++) {
        int socket = mn_client_connect(server.port);
        assert_int_not_equal(ask_who(socket), 0);
        close(socket);
    }
    output = mn_process_output(&server.process);
    assert_int_equal(mn_text_count(output, "died"), 0);
    free(output);
    assert_int_equal(mn_process_stop(&server.process, SIGTERM), 0);
}

static void test_second_interrupt_ends_at_once(void **state)
{
    mn_serving server = START(PLAIN);
    int socket = hold_forever(&server);
    char *answer;

    (void)state;
    kill(server.process.pid, SIGINT);
    mn_serving_wait(&server, "no new work");
    assert_int_equal(mn_process_stop(&server.process, SIGINT), 128 + SIGINT);
    answer = mn_client_receive(socket); /* its worker is gone too */
    assert_string_equal(answer, "");
    free(answer);
    close(socket);
}

static void test_workers_end_with_their_supervisor(void **state)
{
    mn_serving server = START(PLAIN);
    int socket = mn_client_connect(server.port);
    char *answer;

    (void)state;
    assert_int_not_equal(ask_who(socket), 0);
    assert_int_equal(mn_process_stop(&server.process, SIGKILL), 128 + SIGKILL);
    answer = mn_client_receive(socket); /* drained: the idle connection is closed */
    assert_string_equal(answer, "");
    free(answer);
    close(socket);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_connections_go_around),
        cmocka_unit_test(test_lines_name_the_worker),
        cmocka_unit_test(test_a_death_costs_its_own),
        cmocka_unit_test(test_a_dead_worker_is_replaced),
        cmocka_unit_test(test_a_loop_that_stands_still_is_aborted),
        cmocka_unit_test(test_the_only_process_is_watched_too),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_port_taken),
        cmocka_unit_test(test_term_finishes_what_was_taken),
        cmocka_unit_test(test_drain_is_bounded),
        cmocka_unit_test(test_a_worker_that_does_not_end_is_killed),
        cmocka_unit_test(test_a_worker_that_is_asked_to_end_is_replaced),
        cmocka_unit_test(test_all_are_asked_to_end_at_once),
        cmocka_unit_test(test_hangup_changes_nothing),
        cmocka_unit_test(test_second_interrupt_ends_at_once),
        cmocka_unit_test(test_workers_end_with_their_supervisor),
    };
    if (argc > 1 && getenv("TEST_BROKER") != NULL)
        return minos_main(argc, argv, MINOS_SERVICES(&plain_service, &broker_service));
    if (argc > 1)
        return minos_main(argc, argv, MINOS_SERVICES(&plain_service));
    self_path = argv[0];
    return cmocka_run_group_tests_name("functional/workers", tests, NULL, NULL);
}
