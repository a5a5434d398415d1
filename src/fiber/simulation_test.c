/*
 * The simulation: virtual time, seeded randomness, sockets and signals within the process.
 */
#include "support/support.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <minos/uuid.h>

#include "base/env.h"
#include "fiber/fiber.h"
#include "fiber/simulation.h"
#include "fiber/socket.h"

/* What happened, as text. */
typedef struct trace {
    char text[8192];
    size_t size;
} trace;

static void note(trace *self, const char *what, long number)
{
    int size = snprintf(self->text + self->size, sizeof self->text - self->size, "%lld %s %ld\n",
                        (long long)(mn_now() / MINOS_MS), what, number);
    assert_true(size > 0 && self->size + (size_t)size < sizeof self->text);
    self->size += (size_t)size;
}

/* ---- time ---- */

static minos_rc sleep_for_a_year(void *argument)
{
    minos_timestamp begin = minos_timestamp_now();
    (void)argument;
    assert_int_equal(begin, MN_SIM_WALL_US);
    MINOS_TRY(minos_sleep(365 * 24 * MINOS_H));
    assert_int_equal(minos_timestamp_now() - begin, INT64_C(365) * 24 * 3600 * 1000000);
    mn_sim_wall_step(-MINOS_H);
    assert_int_equal(minos_timestamp_now() - begin, (INT64_C(365) * 24 - 1) * 3600 * 1000000);
    return MINOS_OK;
}

static void a_year_takes_no_time(void **state)
{
    int64_t begin = mn_now();
    (void)state;
    assert_ok(mn_simulate(1, "main", sleep_for_a_year, NULL));
    assert_true(mn_now() - begin < 5 * MINOS_S);
    assert_string_equal(mn_env->name, "real");
}

static minos_rc tick(void *argument)
{
    for (;;) {
        MINOS_TRY(minos_sleep(MINOS_S));
        ++*(int *)argument;
    }
}

static minos_rc advance_main(void *argument)
{
    MINOS_AUTO(minos_scope) *scope = NULL;
    int ticks = 0;
    int64_t begin = mn_now();
    (void)argument;
    MINOS_TRY(minos_scope_new(&scope));
    MINOS_TRY(minos_scope_spawn(scope, "ticker", tick, &ticks));
    MINOS_TRY(mn_sim_settle());
    assert_int_equal(ticks, 0);
    assert_int_equal(mn_now(), begin);
    MINOS_TRY(mn_sim_advance(10 * MINOS_S)); /* what is due at its very end has run */
    assert_int_equal(ticks, 10);
    assert_int_equal(mn_now(), begin + 10 * MINOS_S);
    MINOS_TRY(mn_sim_advance(MINOS_S - 1));
    assert_int_equal(ticks, 10);
    MINOS_TRY(mn_sim_advance(1));
    assert_int_equal(ticks, 11);
    assert_rc(mn_sim_advance(-1), MINOS_EINVAL);
    return MINOS_OK;
}

static void advance_runs_all_that_comes_due(void **state)
{
    (void)state;
    assert_ok(mn_simulate(1, "main", advance_main, NULL));
    assert_rc(mn_sim_advance(1), MINOS_ESTATE);
}

/* ---- determinism ---- */

static minos_rc client(void *argument)
{
    trace *self = argument;
    mn_socket *socket;
    char bytes[64];
    size_t size;
    uint8_t delay;

    for (long i = 0; i < 5; i++) {
        struct iovec part = {&delay, 1};
        mn_env->random(&delay, 1);
        MINOS_TRY(minos_sleep(delay * MINOS_MS));
        MINOS_TRY(mn_connect("localhost", 8080, minos_deadline_never(), &socket));
        MINOS_TRY(mn_socket_write(socket, &part, 1, minos_deadline_never()));
        MINOS_TRY(mn_socket_read(socket, bytes, sizeof bytes, minos_deadline_never(), &size));
        note(self, "answer", (uint8_t)bytes[0]);
        mn_socket_close(socket);
    }
    return MINOS_OK;
}

static minos_rc serve(void *argument)
{
    mn_socket *socket;
    uint8_t byte;
    size_t size;
    for (;;) {
        struct iovec part = {&byte, 1};
        MINOS_TRY(mn_accept(argument, minos_deadline_never(), &socket));
        MINOS_TRY(mn_socket_read(socket, &byte, 1, minos_deadline_never(), &size));
        MINOS_TRY(minos_sleep(byte * MINOS_MS));
        byte++;
        MINOS_TRY(mn_socket_write(socket, &part, 1, minos_deadline_never()));
        mn_socket_close(socket);
    }
}

static minos_rc trace_main(void *argument)
{
    MINOS_AUTO(minos_scope) *servers = NULL;
    MINOS_AUTO(minos_scope) *clients = NULL;
    mn_listener *listener;
    minos_rc rc;
    MINOS_TRY(mn_listen("0.0.0.0", 8080, 100, &listener));
    MINOS_TRY(minos_scope_new(&servers));
    MINOS_TRY(minos_scope_new(&clients));
    MINOS_TRY(minos_scope_spawn(servers, "server", serve, listener));
    for (int i = 0; i < 4; i++)
        MINOS_TRY(minos_scope_spawn(clients, "client", client, argument));
    rc = minos_scope_join(clients, minos_deadline_never());
    mn_listener_close(listener);
    return rc;
}

static void the_same_seed_gives_the_same_run(void **state)
{
    trace first = {.size = 0}, again = {.size = 0}, other = {.size = 0};
    (void)state;
    assert_ok(mn_simulate(42, "main", trace_main, &first));
    assert_ok(mn_simulate(42, "main", trace_main, &again));
    assert_ok(mn_simulate(43, "main", trace_main, &other));
    assert_true(first.size > 100);
    assert_string_equal(first.text, again.text);
    assert_string_not_equal(first.text, other.text);
}

/* ---- nothing left ---- */

static minos_rc wait_for_nothing(void *argument)
{
    (void)argument;
    return minos_sleep_until(minos_deadline_never());
}

static void a_run_in_which_nothing_can_happen_is_cancelled(void **state)
{
    (void)state;
    assert_rc(mn_simulate(1, "stuck", wait_for_nothing, NULL), MINOS_ECANCELED);
}

/* ---- sockets ---- */

static minos_rc read_all(void *argument)
{
    mn_socket *socket = argument;
    char bytes[1000];
    size_t total = 0, size;
    do {
        MINOS_TRY(mn_socket_read(socket, bytes, sizeof bytes, minos_deadline_never(), &size));
        for (size_t i = 0; i < size; i++)
            assert_int_equal((uint8_t)bytes[i], (total + i) % 251);
        total += size;
    } while (size != 0);
    assert_int_equal(total, 100000);
    return MINOS_OK;
}

static minos_rc stream_main(void *argument)
{
    MINOS_AUTO(minos_scope) *scope = NULL;
    mn_listener *listener;
    mn_socket *ours, *theirs, *none = NULL;
    char *bytes = malloc(100000);
    struct iovec parts[2] = {{bytes, 40000}, {bytes + 40000, 60000}};
    size_t size;
    (void)argument;

    for (size_t i = 0; i < 100000; i++)
        bytes[i] = (char)(i % 251);
    MINOS_TRY(minos_scope_new(&scope));
    MINOS_TRY(mn_listen("127.0.0.1", 0, 1, &listener));
    assert_fails(mn_listen("127.0.0.1", mn_listener_port(listener), 1, &listener), MINOS_EIO,
                 "in use");
    MINOS_TRY(mn_connect("127.0.0.1", mn_listener_port(listener), minos_deadline_never(), &ours));
    assert_fails(mn_connect("127.0.0.1", mn_listener_port(listener), minos_deadline_never(), &none),
                 MINOS_EIO, "refused");
    MINOS_TRY(mn_accept(listener, minos_deadline_never(), &theirs));
    assert_fails(mn_accept(listener, minos_deadline_in(MINOS_S), &none), MINOS_ETIMEDOUT,
                 "connection");
    MINOS_TRY(minos_scope_spawn(scope, "reader", read_all, theirs));
    MINOS_TRY(mn_socket_write(ours, parts, 2, minos_deadline_never()));
    mn_socket_shutdown(ours);
    assert_rc(mn_socket_write(ours, parts, 1, minos_deadline_never()), MINOS_ECLOSED);
    MINOS_TRY(minos_scope_join(scope, minos_deadline_never()));
    assert_rc(mn_socket_write(theirs, parts, 2, minos_deadline_in(MINOS_S)), MINOS_ETIMEDOUT);
    assert_rc(mn_socket_read(theirs, bytes, 1, minos_deadline_never(), &size), MINOS_OK);
    mn_socket_close(ours);
    assert_fails(mn_socket_write(theirs, parts, 1, minos_deadline_never()), MINOS_ECLOSED, "gone");
    mn_socket_close(theirs);
    mn_listener_close(listener);
    assert_fails(mn_connect("127.0.0.1", 1, minos_deadline_never(), &none), MINOS_EIO, "refused");
    assert_fails(mn_connect("nowhere.test", 1, minos_deadline_never(), &none), MINOS_ENOTFOUND,
                 "nowhere");
    assert_null(none);
    free(bytes);
    return MINOS_OK;
}

static void streams_keep_their_bytes_and_wait_when_full(void **state)
{
    (void)state;
    assert_ok(mn_simulate(7, "main", stream_main, NULL));
}

/* ---- signals and blocking work ---- */

static minos_rc try_to_sleep(void *argument)
{
    (void)argument;
    assert_rc(minos_sleep(1), MINOS_ESTATE);
    return minos_fail(MINOS_EFULL, "the disk");
}

static minos_rc signal_main(void *argument)
{
    int number = 0;
    (void)argument;
    mn_sim_signal(SIGTERM);
    mn_sim_signal(SIGINT);
    MINOS_TRY(mn_signal_wait(minos_deadline_never(), &number));
    assert_int_equal(number, SIGTERM);
    MINOS_TRY(mn_signal_wait(minos_deadline_never(), &number));
    assert_int_equal(number, SIGINT);
    assert_rc(mn_signal_wait(minos_deadline_in(MINOS_H), &number), MINOS_ETIMEDOUT);
    assert_fails(minos_offload(try_to_sleep, NULL), MINOS_EFULL, "the disk");
    return minos_sleep(1);
}

static void signals_and_work_need_no_system(void **state)
{
    (void)state;
    assert_ok(mn_simulate(7, "main", signal_main, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_year_takes_no_time),
        cmocka_unit_test(advance_runs_all_that_comes_due),
        cmocka_unit_test(the_same_seed_gives_the_same_run),
        cmocka_unit_test(a_run_in_which_nothing_can_happen_is_cancelled),
        cmocka_unit_test(streams_keep_their_bytes_and_wait_when_full),
        cmocka_unit_test(signals_and_work_need_no_system),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
