/*
 * What time and number bound at the HTTP door: slow peers, waiting handlers, open connections, the
 * end. In simulation, where hours cost nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "fiber/fiber.h"
#include "fiber/simulation.h"
#include "fiber/socket.h"
#include "support/http_fixture.h"

#define GET  "GET /now HTTP/1.1\r\nHost: a\r\n\r\n"
#define SLOW "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n"

static int running, most_running;

static minos_rc now(minos_request *req, minos_response *res)
{
    (void)req;
    return minos_reply(res, MINOS_VALUE("now"));
}

static minos_rc slow(minos_request *req, minos_response *res)
{
    minos_rc rc;
    (void)req;
    running++;
    most_running = running > most_running ? running : most_running;
    rc = minos_sleep(10 * MINOS_S);
    running--;
    MINOS_TRY(rc);
    return minos_reply(res, MINOS_VALUE("slow"));
}

static minos_rc large(minos_request *req, minos_response *res)
{
    minos_arena *arena = minos_request_arena(req);
    size_t size = 4 << 20;
    char *text = minos_arena_alloc(arena, size);
    memset(text, 'x', size);
    return minos_reply(res, MINOS_VALUE(minos_value_string(minos_view_make(text, size))));
}

static const minos_route routes[] = {
    MINOS_REST_QUERY("GET", "/now", now),
    MINOS_REST_QUERY("POST", "/now", now),
    MINOS_REST_QUERY("GET", "/slow", slow),
    MINOS_REST_QUERY("GET", "/large", large),
};

static const minos_service service = {MINOS_SERVICE("limits", routes)};

static void send_text(mn_socket *socket, const char *text)
{
    http_send(socket, text, strlen(text));
}

/* Hear what there is and compare its statuses. */
static void expect(mn_socket *socket, size_t count, const char *statuses)
{
    static http_heard heard;
    char got[128];
    http_hear(socket, count, &heard);
    http_statuses(&heard, got, sizeof got);
    assert_string_equal(got, statuses);
}

static int64_t elapsed_s(int64_t since_ns)
{
    return (minos_deadline_in(0).at_ns - since_ns) / MINOS_S;
}

/* Send a byte a second, which keeps any idle timer happy, until the server ends it. */
static int64_t trickle(mn_socket *socket, const char *text)
{
    int64_t since = minos_deadline_in(0).at_ns;
    static http_heard heard;
    for (; *text != '\0'; text++) {
        size_t got;
        http_send(socket, text, 1);
        if (mn_socket_read(socket, heard.text, sizeof heard.text - 1, minos_deadline_in(MINOS_S),
                           &got) == MINOS_OK) {
            heard.text[got] = '\0';
            assert_non_null(strstr(heard.text, "HTTP/1.1 408 "));
            assert_non_null(strstr(heard.text, "Connection: close\r\n"));
            return elapsed_s(since);
        }
    }
    fail_msg("the whole text was taken");
    return 0;
}

static void a_head_that_trickles_is_cut(http_fixture *fixture)
{
    mn_socket *socket = http_open(fixture);
    int64_t took = trickle(socket, "GET /now HTTP/1.1\r\nHost: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    assert_in_range(took, 9, 11);
    mn_socket_close(socket);
}

static void a_later_head_that_trickles_is_cut(http_fixture *fixture)
{
    mn_socket *socket = http_open(fixture);
    int64_t took;
    send_text(socket, GET);
    expect(socket, 1, "200 open");
    assert_ok(minos_sleep(60 * MINOS_S));
    took = trickle(socket, "GET /now HTTP/1.1\r\nHost: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    assert_in_range(took, 9, 11);
    mn_socket_close(socket);
}

static void a_body_that_trickles_is_cut(http_fixture *fixture)
{
    mn_socket *socket = http_open(fixture);
    int64_t took;
    send_text(socket, "POST /now HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n");
    took = trickle(socket,
                   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    assert_in_range(took, 29, 31);
    mn_socket_close(socket);
}

static void chunks_that_trickle_are_cut(http_fixture *fixture)
{
    mn_socket *socket = http_open(fixture);
    int64_t took;
    send_text(socket, "POST /now HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    took = trickle(
        socket, "1\r\na\r\n1\r\na\r\n1\r\na\r\n1\r\na\r\n1\r\na\r\n1\r\na\r\n1\r\na\r\n1\r\na\r\n");
    assert_in_range(took, 29, 31);
    mn_socket_close(socket);
}

/* Nobody asked anything: the end comes without an answer. */
static void rest_is_limited(http_fixture *fixture)
{
    mn_socket *fresh = http_open(fixture), *used = http_open(fixture);
    int64_t since;
    char byte;
    size_t got = 1;
    send_text(used, GET);
    expect(used, 1, "200 open");
    since = minos_deadline_in(0).at_ns;
    assert_ok(mn_socket_read(fresh, &byte, 1, minos_deadline_in(MINOS_H), &got));
    assert_int_equal(got, 0);
    assert_in_range(elapsed_s(since), 9, 11); /* header_timeout */
    assert_ok(mn_socket_read(used, &byte, 1, minos_deadline_in(MINOS_H), &got));
    assert_int_equal(got, 0);
    assert_in_range(elapsed_s(since), 74, 76); /* keep_alive */
    mn_socket_close(fresh);
    mn_socket_close(used);
}

static void a_peer_that_does_not_read_is_cut(http_fixture *fixture)
{
    mn_socket *socket = http_open(fixture);
    char byte;
    size_t got, all = 0;
    send_text(socket, "GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_ok(minos_sleep(40 * MINOS_S));
    while (mn_socket_read(socket, &byte, 1, minos_deadline_in(MINOS_S), &got) == MINOS_OK &&
           got != 0)
        all += got;
    assert_true(all < 4 << 20);
    mn_socket_close(socket);
}

/* Ask for /slow with a deadline of our own. */
static void send_slow(mn_socket *socket, minos_duration within)
{
    char text[128];
    snprintf(text, sizeof text, "GET /slow HTTP/1.1\r\nHost: a\r\nminos-deadline: %lld\r\n\r\n",
             (long long)(minos_timestamp_now() / 1000 + within / MINOS_MS));
    send_text(socket, text);
}

static void a_handler_without_end_is_answered_504(http_fixture *fixture)
{
    mn_socket *socket = http_open(fixture);
    int64_t since = minos_deadline_in(0).at_ns;
    send_slow(socket, 3 * MINOS_S);
    send_text(socket, GET);
    expect(socket, 2, "504 200 open");
    assert_in_range(elapsed_s(since), 2, 4);
    mn_socket_close(socket);
}

static void handlers_at_once_are_bounded(http_fixture *fixture)
{
    mn_socket *sockets[12];
    int64_t since = minos_deadline_in(0).at_ns;
    most_running = 0;
    for (size_t i = 0; i < mn_count_of(sockets); i++) {
        sockets[i] = http_open(fixture);
        send_text(sockets[i], SLOW);
    }
    for (size_t i = 0; i < mn_count_of(sockets); i++) {
        expect(sockets[i], 1, "200 open");
        mn_socket_close(sockets[i]);
    }
    assert_int_equal(most_running, 5);
    assert_in_range(elapsed_s(since), 29, 31); /* in three groups */
}

static void who_waits_too_long_for_a_place_is_told(http_fixture *fixture)
{
    static http_heard heard;
    mn_socket *sockets[5], *late;
    for (size_t i = 0; i < mn_count_of(sockets); i++) {
        sockets[i] = http_open(fixture);
        send_text(sockets[i], SLOW);
    }
    assert_ok(mn_sim_settle());
    late = http_open(fixture);
    send_slow(late, 3 * MINOS_S);
    http_hear(late, 1, &heard);
    assert_non_null(strstr(heard.text, "HTTP/1.1 503 "));
    assert_non_null(strstr(heard.text, "Retry-After: 1\r\n"));
    mn_socket_close(late);
    for (size_t i = 0; i < mn_count_of(sockets); i++) {
        expect(sockets[i], 1, "200 open");
        mn_socket_close(sockets[i]);
    }
}

static void sockets_open_are_bounded(http_fixture *fixture)
{
    mn_socket *sockets[20], *further;
    for (size_t i = 0; i < mn_count_of(sockets); i++) {
        sockets[i] = http_open(fixture);
        send_text(sockets[i], GET);
        expect(sockets[i], 1, "200 open");
    }
    further = http_open(fixture);
    expect(further, SIZE_MAX, "503 closed");
    mn_socket_close(further);
    mn_socket_close(sockets[0]);
    assert_ok(mn_sim_settle());
    sockets[0] = http_open(fixture);
    send_text(sockets[0], GET);
    expect(sockets[0], 1, "200 open");
    for (size_t i = 0; i < mn_count_of(sockets); i++)
        mn_socket_close(sockets[i]);
}

/* A refused upload's answer must not be lost to a reset while the rest is still on its way. */
static void a_refusal_outlives_the_upload(http_fixture *fixture)
{
    mn_socket *socket = http_open(fixture);
    char block[4096];
    memset(block, 'x', sizeof block);
    send_text(socket, "POST /now HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n\r\n");
    for (int i = 0; i < 200; i++)
        http_send(socket, block, sizeof block);
    mn_socket_shutdown(socket);
    expect(socket, SIZE_MAX, "413 closed");
    mn_socket_close(socket);
}

typedef struct row {
    const char *name;
    void (*run)(http_fixture *fixture);
} row;

static const row rows[] = {
    {"a head that trickles is cut", a_head_that_trickles_is_cut},
    {"a later head that trickles is cut", a_later_head_that_trickles_is_cut},
    {"a body that trickles is cut", a_body_that_trickles_is_cut},
    {"chunks that trickle are cut", chunks_that_trickle_are_cut},
    {"rest is limited", rest_is_limited},
    {"a peer that does not read is cut", a_peer_that_does_not_read_is_cut},
    {"a handler without end is answered 504", a_handler_without_end_is_answered_504},
    {"handlers at once are bounded", handlers_at_once_are_bounded},
    {"who waits too long for a place is told", who_waits_too_long_for_a_place_is_told},
    {"sockets open are bounded", sockets_open_are_bounded},
    {"a refusal outlives the upload", a_refusal_outlives_the_upload},
};

static const minos_http_options options = {
    .host = "127.0.0.1", .port = -1, .max_connections = 5, .connections_open_max = 20};

static minos_rc run_row(void *argument)
{
    const row *one = argument;
    http_fixture fixture;
    http_fixture_start(&fixture, &service, &options);
    one->run(&fixture);
    http_fixture_stop(&fixture);
    return MINOS_OK;
}

static void limits_hold(void **state)
{
    (void)state;
    for (size_t i = 0; i < mn_count_of(rows); i++) {
        print_message("  %s\n", rows[i].name);
        assert_ok(mn_simulate(i, "limits", run_row, (void *)(uintptr_t)&rows[i]));
    }
}

/* ---- the end ---- */

static minos_rc stop_main(void *argument)
{
    http_fixture *fixture = argument;
    return minos_http_connector_stop(fixture->connector, minos_deadline_in(30 * MINOS_S));
}

static minos_rc drain(void *argument)
{
    http_fixture fixture;
    mn_socket *rests, *works, *late = NULL;
    minos_scope *scope;
    static http_heard heard;
    int64_t since;
    int port;

    (void)argument;
    http_fixture_start(&fixture, &service, &options);
    port = minos_http_connector_port(fixture.connector);
    rests = http_open(&fixture);
    send_text(rests, GET);
    expect(rests, 1, "200 open");
    works = http_open(&fixture);
    send_text(works, SLOW);
    assert_ok(mn_sim_settle());
    assert_int_equal(running, 1);
    since = minos_deadline_in(0).at_ns;
    assert_ok(minos_scope_new(&scope));
    assert_ok(minos_scope_spawn(scope, "stop", stop_main, &fixture));
    assert_ok(mn_sim_settle());
    /* Nobody gets in, who rests is sent away at once, who works is answered and told to go. */
    assert_true(mn_connect("127.0.0.1", port, minos_deadline_in(MINOS_S), &late) != MINOS_OK);
    expect(rests, SIZE_MAX, "closed");
    assert_int_equal(elapsed_s(since), 0);
    http_hear_all(works, &heard);
    assert_non_null(strstr(heard.text, "HTTP/1.1 200 "));
    assert_non_null(strstr(heard.text, "Connection: close\r\n"));
    assert_ok(minos_scope_join(scope, minos_deadline_never()));
    assert_in_range(elapsed_s(since), 9, 11);
    minos_scope_free(scope);
    mn_socket_close(rests);
    mn_socket_close(works);
    http_fixture_stop(&fixture); /* once more is fine */
    return MINOS_OK;
}

static minos_rc cut(void *argument)
{
    http_fixture fixture;
    mn_socket *works;

    (void)argument;
    http_fixture_start(&fixture, &service, &options);
    works = http_open(&fixture);
    send_text(works, SLOW);
    assert_ok(mn_sim_settle());
    assert_rc(minos_http_connector_stop(fixture.connector, minos_deadline_in(2 * MINOS_S)),
              MINOS_ETIMEDOUT);
    assert_int_equal(running, 0);
    mn_socket_close(works);
    /* And it can begin again. */
    assert_ok(minos_http_connector_start(fixture.connector));
    works = http_open(&fixture);
    send_text(works, GET);
    expect(works, 1, "200 open");
    mn_socket_close(works);
    http_fixture_stop(&fixture);
    return MINOS_OK;
}

static void stop_drains(void **state)
{
    (void)state;
    assert_ok(mn_simulate(1, "drain", drain, NULL));
}

static void stop_cuts_at_its_deadline(void **state)
{
    (void)state;
    assert_ok(mn_simulate(2, "cut", cut, NULL));
}

static void quiet(void *context, minos_level level, const char *line)
{
    (void)context;
    (void)level;
    (void)line;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(stop_drains),
        cmocka_unit_test(stop_cuts_at_its_deadline),
    };
    minos_log_output_set(quiet, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
