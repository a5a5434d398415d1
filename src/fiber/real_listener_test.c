/*
 * Sockets that are held for other processes, within one: who takes them, how waits on them end. How
 * processes share them is in tests/functional/workers_test.c.
 */
#include "support/support.h"

#include <stdio.h>
#include <string.h>

#include "fiber/fiber.h"
#include "fiber/socket.h"

#define HOST "127.0.0.1"

static minos_deadline never(void)
{
    return minos_deadline_never();
}

typedef struct taking {
    mn_listener *listener;
    minos_rc rc;
} taking;

static minos_rc take(void *argument)
{
    taking *self = argument;
    mn_socket *socket;

    self->rc = mn_accept(self->listener, never(), &socket);
    if (self->rc == MINOS_OK)
        mn_socket_close(socket);
    return MINOS_OK;
}

static minos_rc connections_main(void *argument)
{
    MINOS_AUTO(minos_scope) *scope = NULL;
    mn_socket *ours[5];
    taking takings[5] = {{NULL, MINOS_OK}};
    mn_listener *listener;
    (void)argument;

    MINOS_TRY(minos_scope_new(&scope));
    MINOS_TRY(mn_listen(HOST, 0, 16, &listener));
    for (size_t i = 0; i < 5; i++) { /* some wait before, some connections wait for them */
        takings[i].listener = listener;
        if (i < 3)
            MINOS_TRY(minos_scope_spawn(scope, "take", take, &takings[i]));
    }
    MINOS_TRY(minos_yield());
    for (size_t i = 0; i < 5; i++)
        MINOS_TRY(mn_connect(HOST, mn_listener_port(listener), never(), &ours[i]));
    for (size_t i = 3; i < 5; i++)
        MINOS_TRY(minos_scope_spawn(scope, "take", take, &takings[i]));
    MINOS_TRY(minos_scope_join(scope, never()));
    for (size_t i = 0; i < 5; i++) {
        assert_rc(takings[i].rc, MINOS_OK);
        mn_socket_close(ours[i]);
    }
    mn_listener_close(listener);
    return MINOS_OK;
}

static void every_connection_is_taken_once(void **state)
{
    (void)state;
    assert_ok(mn_listen_hold(HOST, 0, 16));
    mn_on_fiber(connections_main, NULL);
}

static minos_rc ends_main(void *argument)
{
    MINOS_AUTO(minos_scope) *scope = NULL;
    taking closed = {NULL, MINOS_OK}, canceled = {NULL, MINOS_OK};
    mn_socket *ours, *theirs;
    mn_listener *listener;
    mn_fiber *fiber;
    (void)argument;

    MINOS_TRY(minos_scope_new(&scope));
    MINOS_TRY(mn_listen(HOST, 0, 16, &listener));
    assert_rc(mn_accept(listener, minos_deadline_in(MINOS_MS), &theirs), MINOS_ETIMEDOUT);
    canceled.listener = closed.listener = listener;
    MINOS_TRY(mn_fiber_start("take", take, &canceled, &fiber));
    MINOS_TRY(minos_yield());
    mn_fiber_cancel(fiber);
    MINOS_TRY(mn_fiber_join(fiber, never()));
    assert_rc(canceled.rc, MINOS_ECANCELED);
    MINOS_TRY(mn_connect(HOST, mn_listener_port(listener), never(), &ours));
    MINOS_TRY(mn_accept(listener, never(), &theirs)); /* ends of waits cost no connection */
    mn_socket_close(theirs);
    mn_socket_close(ours);
    MINOS_TRY(minos_scope_spawn(scope, "take", take, &closed));
    MINOS_TRY(minos_yield());
    mn_listener_close(listener);
    MINOS_TRY(minos_scope_join(scope, never()));
    assert_rc(closed.rc, MINOS_ECLOSED);
    return MINOS_OK;
}

static void waits_end(void **state)
{
    (void)state;
    assert_ok(mn_listen_hold(HOST, 0, 16));
    mn_on_fiber(ends_main, NULL);
}

static minos_rc one_taker_main(void *argument)
{
    mn_listener *first, *second;
    int port = *(int *)argument;

    MINOS_TRY(mn_listen(HOST, port, 16, &first));
    assert_int_equal(mn_listener_port(first), port);
    assert_rc(mn_listen(HOST, port, 16, &second), MINOS_EIO); /* taken: as if never held */
    mn_listener_close(first);
    MINOS_TRY(mn_listen(HOST, port, 16, &first)); /* closed: free again */
    mn_listener_close(first);
    return MINOS_OK;
}

static minos_rc free_port_main(void *argument)
{
    mn_listener *listener;
    MINOS_TRY(mn_listen(HOST, 0, 16, &listener));
    *(int *)argument = mn_listener_port(listener);
    mn_listener_close(listener);
    return MINOS_OK;
}

static void a_socket_is_taken_once(void **state)
{
    int port;
    (void)state;
    mn_on_fiber(free_port_main, &port);
    assert_ok(mn_listen_hold(HOST, port, 16));
    mn_on_fiber(one_taker_main, &port);
}

static void what_cannot_be_held(void **state)
{
    static char too_long[300];
    static const struct row {
        const char *name, *host;
        int port;
        minos_rc rc;
    } rows[] = {
        {"a host without end", too_long, 0, MINOS_ETOOBIG},
        {"an address of another machine", "192.0.2.1", 0, MINOS_EIO},
        {"no such name", "nobody.invalid", 0, MINOS_ENOTFOUND},
        {"an address in letters", "127.0.0.x.invalid", 0, MINOS_ENOTFOUND},
    };
    (void)state;
    memset(too_long, 'a', sizeof too_long - 1);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        minos_rc rc = mn_listen_hold(rows[i].host, rows[i].port, 16);
        if (rc != rows[i].rc && !(rc == MINOS_EIO && rows[i].rc == MINOS_ENOTFOUND))
            fail_msg("%s: %s", rows[i].name, minos_rc_name(rc)); /* EIO: no name server here */
    }
    for (size_t i = 0; i < 16; i++)
        assert_ok(mn_listen_hold(HOST, 0, 16));
    assert_rc(mn_listen_hold(HOST, 0, 16), MINOS_ETOOMANY);
    mn_listen_drop_held();
    assert_ok(mn_listen_hold(HOST, 0, 16));
    mn_listen_drop_held();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_connection_is_taken_once),
        cmocka_unit_test(waits_end),
        cmocka_unit_test(a_socket_is_taken_once),
        cmocka_unit_test(what_cannot_be_held),
    };
    return cmocka_run_group_tests_name("fiber/real_listener", tests, NULL, NULL);
}
