/*
 * Sockets of the kernel.
 */
#include "support/support.h"

#include <string.h>

#include "fiber/fiber.h"
#include "fiber/socket.h"

static minos_rc write_text(mn_socket *socket, const char *text)
{
    struct iovec part = {(void *)(uintptr_t)text, strlen(text)};
    return mn_socket_write(socket, &part, 1, minos_deadline_never());
}

static minos_rc serve_echo(void *argument)
{
    mn_listener *listener = argument;
    mn_socket *socket;
    char bytes[100];
    size_t size;

    MINOS_TRY(mn_accept(listener, minos_deadline_never(), &socket));
    for (;;) {
        struct iovec part = {bytes, 0};
        MINOS_TRY(mn_socket_read(socket, bytes, sizeof bytes, minos_deadline_never(), &size));
        if (size == 0)
            break;
        part.iov_len = size;
        MINOS_TRY(mn_socket_write(socket, &part, 1, minos_deadline_never()));
    }
    mn_socket_close(socket);
    return MINOS_OK;
}

static minos_rc echo_main(void *argument)
{
    MINOS_AUTO(minos_scope) *scope = NULL;
    mn_listener *listener;
    mn_socket *socket;
    char bytes[100];
    size_t size;
    (void)argument;

    MINOS_TRY(minos_scope_new(&scope));
    MINOS_TRY(mn_listen("127.0.0.1", 0, 16, &listener));
    assert_true(mn_listener_port(listener) > 0);
    MINOS_TRY(minos_scope_spawn(scope, "server", serve_echo, listener));
    MINOS_TRY(mn_connect("127.0.0.1", mn_listener_port(listener), minos_deadline_never(), &socket));
    for (int i = 0; i < 3; i++) {
        MINOS_TRY(write_text(socket, "hello"));
        MINOS_TRY(mn_socket_read(socket, bytes, sizeof bytes, minos_deadline_never(), &size));
        assert_int_equal(size, 5);
        assert_memory_equal(bytes, "hello", 5);
    }
    mn_socket_shutdown(socket);
    MINOS_TRY(mn_socket_read(socket, bytes, sizeof bytes, minos_deadline_never(), &size));
    assert_int_equal(size, 0);
    mn_socket_close(socket);
    mn_listener_close(listener);
    return minos_scope_join(scope, minos_deadline_never());
}

static void bytes_come_back(void **state)
{
    (void)state;
    mn_on_fiber(echo_main, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
