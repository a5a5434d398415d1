/*
 * Sockets of the kernel: streams, ends, failures, limits, fairness. What they cost is in
 * tests/functional/socket_cost_test.c.
 */
#include "support/support.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/env.h"
#include "fiber/context.h"
#include "fiber/fiber.h"
#include "fiber/socket.h"

/* ---- tools ---- */

static minos_deadline never(void)
{
    return minos_deadline_never();
}

static minos_rc write_text(mn_socket *socket, const char *text)
{
    struct iovec part = {(void *)(uintptr_t)text, strlen(text)};
    return mn_socket_write(socket, &part, 1, never());
}

/* A listener and both ends of a connection to it. */
typedef struct wire {
    mn_listener *listener;
    mn_socket *ours, *theirs;
} wire;

static minos_rc wire_open(wire *self)
{
    MINOS_TRY(mn_listen("127.0.0.1", 0, 16, &self->listener));
    MINOS_TRY(mn_connect("127.0.0.1", mn_listener_port(self->listener), never(), &self->ours));
    return mn_accept(self->listener, never(), &self->theirs);
}

static void wire_close(wire *self)
{
    mn_socket_close(self->ours);
    mn_socket_close(self->theirs);
    mn_listener_close(self->listener);
}

/* Write what the test wants written while it reads. */
typedef struct writer {
    mn_socket *socket;
    const char *bytes;
    size_t size;
    bool shutdown;
} writer;

static minos_rc write_all(void *argument)
{
    writer *self = argument;
    struct iovec parts[3] = {{(void *)(uintptr_t)self->bytes, 1},
                             {(void *)(uintptr_t)(self->bytes + 1), 0},
                             {(void *)(uintptr_t)(self->bytes + 1), self->size - 1}};
    MINOS_TRY(mn_socket_write(self->socket, parts, 3, never()));
    if (self->shutdown)
        mn_socket_shutdown(self->socket);
    return MINOS_OK;
}

/* ---- streams ---- */

#define LARGE ((size_t)8 << 20)

static minos_rc large_main(void *argument)
{
    MINOS_AUTO(minos_scope) *scope = NULL;
    char *sent = malloc(LARGE), *received = malloc(LARGE + 1);
    size_t total = 0, size;
    wire pair;
    writer self;
    (void)argument;

    for (size_t i = 0; i < LARGE; i++)
        sent[i] = (char)(i * 7 / 3);
    MINOS_TRY(wire_open(&pair));
    MINOS_TRY(minos_scope_new(&scope));
    self = (writer){pair.ours, sent, LARGE, true};
    MINOS_TRY(minos_scope_spawn(scope, "writer", write_all, &self));
    do {
        MINOS_TRY(mn_socket_read(pair.theirs, received + total, LARGE + 1 - total, never(), &size));
        total += size;
    } while (size != 0);
    assert_int_equal(total, LARGE);
    assert_memory_equal(sent, received, LARGE);
    /* The other direction is still open, and the end is read again and again. */
    MINOS_TRY(write_text(pair.theirs, "bye"));
    MINOS_TRY(mn_socket_read(pair.ours, received, 10, never(), &size));
    assert_int_equal(size, 3);
    MINOS_TRY(mn_socket_read(pair.theirs, received, 10, never(), &size));
    assert_int_equal(size, 0);
    MINOS_TRY(minos_scope_join(scope, never()));
    wire_close(&pair);
    free(sent);
    free(received);
    return MINOS_OK;
}

static void large_streams_arrive_whole(void **state)
{
    (void)state;
    mn_on_fiber(large_main, NULL);
}

static minos_rc end_with_bytes_main(void *argument)
{
    char bytes[100];
    size_t size;
    wire pair;
    (void)argument;
    /* Bytes and the end in one event: the end must be found without another. */
    for (int i = 0; i < 50; i++) {
        MINOS_TRY(wire_open(&pair));
        MINOS_TRY(write_text(pair.ours, "last"));
        mn_socket_close(pair.ours);
        MINOS_TRY(mn_socket_read(pair.theirs, bytes, sizeof bytes, minos_deadline_in(20 * MINOS_S),
                                 &size));
        assert_int_equal(size, 4);
        MINOS_TRY(mn_socket_read(pair.theirs, bytes, sizeof bytes, minos_deadline_in(20 * MINOS_S),
                                 &size));
        assert_int_equal(size, 0);
        mn_socket_close(pair.theirs);
        mn_listener_close(pair.listener);
    }
    return MINOS_OK;
}

static void an_end_behind_bytes_is_seen(void **state)
{
    (void)state;
    mn_on_fiber(end_with_bytes_main, NULL);
}

/* ---- waits that end otherwise ---- */

static minos_rc waits_main(void *argument)
{
    char bytes[10];
    size_t size = 77;
    wire pair;
    (void)argument;
    MINOS_TRY(wire_open(&pair));
    assert_fails(mn_socket_read(pair.ours, bytes, 10, minos_deadline_in(MINOS_MS), &size),
                 MINOS_ETIMEDOUT, "reading");
    assert_int_equal(size, 77);
    assert_fails(mn_accept(pair.listener, minos_deadline_in(MINOS_MS), &pair.theirs),
                 MINOS_ETIMEDOUT, "connection");
    /* Interrupted before and while it waits; what has arrived is still had. */
    MINOS_TRY(write_text(pair.theirs, "x"));
    MINOS_TRY(mn_socket_read(pair.ours, bytes, 10, never(), &size));
    mn_socket_interrupt(pair.ours);
    assert_fails(mn_socket_read(pair.ours, bytes, 10, never(), &size), MINOS_ECLOSED,
                 "interrupted");
    wire_close(&pair);
    return MINOS_OK;
}

static void waits_end_at_deadlines_and_interrupts(void **state)
{
    (void)state;
    mn_on_fiber(waits_main, NULL);
}

static minos_rc read_once(void *argument)
{
    char bytes[10];
    size_t size;
    return mn_socket_read(argument, bytes, sizeof bytes, never(), &size);
}

static minos_rc accept_once(void *argument)
{
    mn_socket *socket;
    minos_rc rc = mn_accept(argument, never(), &socket);
    if (rc == MINOS_OK)
        mn_socket_close(socket);
    return rc;
}

static minos_rc fill(void *argument)
{
    static const char zeros[65536];
    for (;;) {
        struct iovec part = {(void *)(uintptr_t)zeros, sizeof zeros};
        MINOS_TRY(mn_socket_write(argument, &part, 1, never()));
    }
}

static minos_rc others_main(void *argument)
{
    mn_fiber *reader, *full, *acceptors[2], *cancelled;
    wire pair;
    (void)argument;
    MINOS_TRY(wire_open(&pair));
    MINOS_TRY(mn_fiber_start("reader", read_once, pair.ours, &reader));
    MINOS_TRY(mn_fiber_start("writer", fill, pair.theirs, &full));
    for (int i = 0; i < 2; i++)
        MINOS_TRY(mn_fiber_start("acceptor", accept_once, pair.listener, &acceptors[i]));
    MINOS_TRY(minos_sleep(MINOS_MS));
    MINOS_TRY(mn_fiber_join(reader, never())); /* it got some */
    mn_fiber_cancel(full);
    assert_fails(mn_fiber_join(full, never()), MINOS_ECANCELED, "writing");
    MINOS_TRY(mn_fiber_start("reader", read_once, pair.theirs, &reader));
    MINOS_TRY(minos_yield());
    mn_socket_interrupt(pair.theirs);
    assert_rc(mn_fiber_join(reader, never()), MINOS_ECLOSED);
    /* One of two who wait for a connection gets it, the other learns of the close. */
    MINOS_TRY(mn_fiber_start("acceptor", accept_once, pair.listener, &cancelled));
    MINOS_TRY(minos_yield());
    mn_fiber_cancel(cancelled);
    assert_rc(mn_fiber_join(cancelled, never()), MINOS_ECANCELED);
    mn_socket_close(pair.ours);
    MINOS_TRY(mn_connect("127.0.0.1", mn_listener_port(pair.listener), never(), &pair.ours));
    MINOS_TRY(mn_fiber_join(acceptors[0], minos_deadline_in(20 * MINOS_S)));
    MINOS_TRY(minos_yield());
    wire_close(&pair);
    assert_fails(mn_fiber_join(acceptors[1], never()), MINOS_ECLOSED, "closed");
    return MINOS_OK;
}

static void waits_end_by_cancel_interrupt_and_close(void **state)
{
    (void)state;
    mn_on_fiber(others_main, NULL);
}

/* ---- failures ---- */

static minos_rc reset_main(void *argument)
{
    char bytes[10];
    size_t size;
    minos_rc rc = MINOS_OK;
    wire pair;
    (void)argument;
    MINOS_TRY(wire_open(&pair));
    MINOS_TRY(write_text(pair.theirs, "never read"));
    mn_socket_close(pair.ours); /* with unread bytes: a reset */
    for (int i = 0; i < 100 && rc == MINOS_OK; i++)
        rc = write_text(pair.theirs, "hello?");
    assert_fails(rc, MINOS_ECLOSED, "the peer is gone");
    rc = mn_socket_read(pair.theirs, bytes, sizeof bytes, never(), &size);
    assert_true(rc == MINOS_ECLOSED || (rc == MINOS_OK && size == 0));
    mn_socket_close(pair.theirs);
    mn_listener_close(pair.listener);
    return MINOS_OK;
}

static void a_peer_that_is_gone_is_an_error_and_no_signal(void **state)
{
    (void)state;
    mn_on_fiber(reset_main, NULL);
}

static minos_rc addresses_main(void *argument)
{
    static const struct row {
        const char *name, *host;
        int port;
        bool connects;
        minos_rc rc;
        const char *message;
    } rows[] = {
        {"port too large", "127.0.0.1", 65536, false, MINOS_EINVAL, "port"},
        {"port negative", "127.0.0.1", -1, false, MINOS_EINVAL, "port"},
        {"no such address", "192.0.2.1", 0, false, MINOS_EIO, "no such address"},
        {"no such name", "nowhere.invalid", 0, false, MINOS_ENOTFOUND, "nowhere.invalid"},
        {"connect to port 0", "127.0.0.1", 0, true, MINOS_EINVAL, "port"},
        {"connect to nobody", "127.0.0.1", 1, true, MINOS_EIO, "Connection refused"},
        {"connect to no name", "nowhere.invalid", 80, true, MINOS_ENOTFOUND, "nowhere.invalid"},
    };
    mn_listener *listener = NULL, *second = NULL;
    mn_socket *socket = NULL;
    (void)argument;
    for (size_t i = 0; i < mn_count_of(rows); i++) {
        const struct row *row = &rows[i];
        minos_rc rc = row->connects ? mn_connect(row->host, row->port, never(), &socket)
                                    : mn_listen(row->host, row->port, 1, &listener);
        /* A machine without a name server cannot tell that there is no such name. */
        if (rc == MINOS_EIO && row->rc == MINOS_ENOTFOUND)
            rc = MINOS_ENOTFOUND;
        if (rc != row->rc || strstr(minos_error_message(minos_error_last()), row->message) == NULL)
            fail_msg("%s: %s %s", row->name, minos_rc_name(rc),
                     minos_error_message(minos_error_last()));
    }
    assert_null(listener);
    assert_null(socket);
    MINOS_TRY(mn_listen("127.0.0.1", 0, 1, &listener));
    assert_fails(mn_listen("127.0.0.1", mn_listener_port(listener), 1, &second), MINOS_EIO,
                 "another process");
    assert_null(second);
    MINOS_TRY(mn_connect("localhost", mn_listener_port(listener), never(), &socket));
    assert_memory_equal(mn_socket_peer(socket), "127.0.0.1:", 10);
    assert_int_equal(atoi(mn_socket_peer(socket) + 10), mn_listener_port(listener));
    mn_socket_close(socket);
    mn_listener_close(listener);
    mn_socket_close(NULL);
    mn_listener_close(NULL);
    return MINOS_OK;
}

static void bad_addresses_are_told_apart(void **state)
{
    (void)state;
    mn_on_fiber(addresses_main, NULL);
}

static minos_rc no_descriptors_main(void *argument)
{
    struct rlimit old, tight;
    int fds[64], count = 0, last;
    mn_socket *none = NULL, *ours, *theirs;
    mn_listener *listener;
    (void)argument;

    MINOS_TRY(mn_listen("127.0.0.1", 0, 16, &listener));
    MINOS_TRY(mn_connect("127.0.0.1", mn_listener_port(listener), never(), &ours));
    last = dup(0);
    getrlimit(RLIMIT_NOFILE, &old);
    tight = (struct rlimit){(rlim_t)last + 1, old.rlim_max};
    setrlimit(RLIMIT_NOFILE, &tight);
    while (count < 64 && (fds[count] = dup(0)) >= 0)
        count++;
    for (int i = 0; i < 3; i++) /* the connection waits, and is reported each time */
        assert_fails(mn_accept(listener, never(), &none), MINOS_ETOOMANY, "ulimit -n");
    assert_rc(mn_connect("127.0.0.1", mn_listener_port(listener), never(), &none), MINOS_ETOOMANY);
    assert_null(none);
    setrlimit(RLIMIT_NOFILE, &old);
    MINOS_TRY(mn_accept(listener, minos_deadline_in(20 * MINOS_S), &theirs));
    mn_socket_close(ours);
    mn_socket_close(theirs);
    mn_listener_close(listener);
    close(last);
    while (count > 0)
        close(fds[--count]);
    return MINOS_OK;
}

static void without_descriptors_connections_wait(void **state)
{
    (void)state;
    mn_on_fiber(no_descriptors_main, NULL);
}

static minos_rc ipv6_main(void *argument)
{
    mn_listener *listener;
    mn_socket *ours;
    (void)argument;
    if (mn_listen("::1", 0, 1, &listener) != MINOS_OK)
        return MINOS_OK; /* a machine without IPv6 */
    MINOS_TRY(mn_connect("::1", mn_listener_port(listener), never(), &ours));
    assert_memory_equal(mn_socket_peer(ours), "[::1]:", 6);
    mn_socket_close(ours);
    mn_listener_close(listener);
    return MINOS_OK;
}

static void ipv6_addresses_work(void **state)
{
    (void)state;
    mn_on_fiber(ipv6_main, NULL);
}

/* ---- fairness ---- */

static minos_rc count_turns(void *argument)
{
    for (;;) {
        MINOS_TRY(minos_yield());
        ++*(int *)argument;
    }
}

static minos_rc fair_main(void *argument)
{
    MINOS_AUTO(minos_scope) *scope = NULL;
    char bytes[1];
    int turns = 0;
    size_t size;
    wire pair;
    static char many[10000];
    writer self;
    (void)argument;
    MINOS_TRY(wire_open(&pair));
    MINOS_TRY(minos_scope_new(&scope));
    self = (writer){pair.ours, many, sizeof many, false};
    MINOS_TRY(write_all(&self));
    MINOS_TRY(minos_scope_spawn(scope, "other", count_turns, &turns));
    for (size_t i = 0; i < sizeof many; i++)
        MINOS_TRY(mn_socket_read(pair.theirs, bytes, 1, never(), &size));
    assert_true(turns >= 100); /* though no read had to wait */
    wire_close(&pair);
    return MINOS_OK;
}

static void a_peer_that_never_lets_us_wait_starves_nobody(void **state)
{
    (void)state;
    mn_on_fiber(fair_main, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(large_streams_arrive_whole),
        cmocka_unit_test(an_end_behind_bytes_is_seen),
        cmocka_unit_test(waits_end_at_deadlines_and_interrupts),
        cmocka_unit_test(waits_end_by_cancel_interrupt_and_close),
        cmocka_unit_test(a_peer_that_is_gone_is_an_error_and_no_signal),
        cmocka_unit_test(bad_addresses_are_told_apart),
        cmocka_unit_test(without_descriptors_connections_wait),
        cmocka_unit_test(ipv6_addresses_work),
        cmocka_unit_test(a_peer_that_never_lets_us_wait_starves_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
