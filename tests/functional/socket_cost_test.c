/*
 * What sockets cost in system calls, counted at the C library's door.
 */
#include "support/support.h"

#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fiber/context.h"
#include "fiber/fiber.h"
#include "fiber/socket.h"

/* ---- counted system calls: these definitions come before the C library's ---- */

static struct calls {
    int recv, send, epoll_ctl, epoll_wait;
} calls;

#ifndef MN_SANITIZED /* sanitizers have their own */
ssize_t recv(int fd, void *bytes, size_t size, int flags)
{
    calls.recv++;
    return syscall(SYS_recvfrom, fd, bytes, size, flags, NULL, NULL);
}

ssize_t send(int fd, const void *bytes, size_t size, int flags)
{
    calls.send++;
    return syscall(SYS_sendto, fd, bytes, size, flags, NULL, 0);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    calls.send++;
    return syscall(SYS_sendmsg, fd, message, flags);
}

int epoll_ctl(int epoll, int what, int fd, struct epoll_event *event)
{
    calls.epoll_ctl++;
    return (int)syscall(SYS_epoll_ctl, epoll, what, fd, event);
}

int epoll_wait(int epoll, struct epoll_event *events, int max, int timeout_ms)
{
    calls.epoll_wait++;
    return (int)syscall(SYS_epoll_pwait, epoll, events, max, timeout_ms, NULL, 0);
}

int epoll_pwait2(int epoll, struct epoll_event *events, int max, const struct timespec *timeout,
                 const sigset_t *mask)
{
    calls.epoll_wait++;
    return (int)syscall(SYS_epoll_pwait2, epoll, events, max, timeout, mask, 0);
}
#endif

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

/* ---- the cost of a request ---- */

#define REQUESTS 1000

static minos_rc serve(void *argument)
{
    char bytes[1000];
    size_t size;
    for (;;) {
        struct iovec parts[2] = {{bytes, 2}, {bytes, 0}};
        MINOS_TRY(mn_socket_read(argument, bytes, sizeof bytes, minos_deadline_in(MINOS_H), &size));
        if (size == 0)
            return MINOS_OK;
        parts[1].iov_len = size;
        MINOS_TRY(mn_socket_write(argument, parts, 2, minos_deadline_in(MINOS_H)));
    }
}

static minos_rc cost_main(void *argument)
{
    MINOS_AUTO(minos_scope) *scope = NULL;
    char bytes[100];
    struct calls before;
    size_t size;
    wire pair;
    (void)argument;

    MINOS_TRY(wire_open(&pair));
    MINOS_TRY(minos_scope_new(&scope));
    MINOS_TRY(minos_scope_spawn(scope, "server", serve, pair.theirs));
    for (int i = 0; i < REQUESTS + 10; i++) {
        if (i == 10)
            before = calls;
        MINOS_TRY(write_text(pair.ours, "request"));
        MINOS_TRY(
            mn_socket_read(pair.ours, bytes, sizeof bytes, minos_deadline_in(MINOS_H), &size));
        assert_int_equal(size, 9);
    }
    /* Both ends are ours: one read and one write each, and one wait before each read. */
#ifndef MN_SANITIZED
    assert_int_equal(calls.recv - before.recv, 2 * REQUESTS);
    assert_int_equal(calls.send - before.send, 2 * REQUESTS);
#endif
    assert_int_equal(calls.epoll_ctl - before.epoll_ctl, 0);
    assert_in_range(calls.epoll_wait - before.epoll_wait, 0, 2 * REQUESTS + 20);
    mn_socket_shutdown(pair.ours);
    MINOS_TRY(minos_scope_join(scope, never()));
    wire_close(&pair);
    return MINOS_OK;
}

static void a_request_costs_one_read_and_one_write(void **state)
{
    (void)state;
    mn_on_fiber(cost_main, NULL);
}

static minos_rc quiet_main(void *argument)
{
    struct calls before;
    char bytes[4];
    size_t size;
    wire pair;
    (void)argument;
    MINOS_TRY(wire_open(&pair));
    MINOS_TRY(write_text(pair.ours, "more bytes than one read takes"));
    MINOS_TRY(mn_socket_read(pair.theirs, bytes, sizeof bytes, never(), &size));
    MINOS_TRY(write_text(pair.ours, "and more"));
    before = calls;
    MINOS_TRY(minos_sleep(20 * MINOS_MS)); /* a handler at work while bytes are left */
#ifndef MN_SANITIZED
    assert_in_range(calls.epoll_wait - before.epoll_wait, 1, 6);
#endif
    (void)before;
    wire_close(&pair);
    return MINOS_OK;
}

static void unread_bytes_do_not_keep_the_loop_busy(void **state)
{
    (void)state;
    mn_on_fiber(quiet_main, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_costs_one_read_and_one_write),
        cmocka_unit_test(unread_bytes_do_not_keep_the_loop_busy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
