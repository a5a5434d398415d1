/*
 * Sockets: the entry to both implementations, see socket_ops.h.
 */
#include "fiber/socket.h"

#include "fiber/loop.h"
#include "fiber/socket_ops.h"

static minos_rc check_fiber(void)
{
    if (MINOS_UNLIKELY(mn_fiber_running() == NULL))
        return minos_fail(MINOS_ESTATE, "sockets are for fibers only");
    return mn_fiber_check();
}

static minos_rc check_port(int port, int least)
{
    if (port < least || port > 65535)
        return minos_fail(MINOS_EINVAL, "port: %d is not in %d..65535", port, least);
    return MINOS_OK;
}

minos_rc mn_listen(const char *host, int port, int backlog, mn_listener **ret_listener)
{
    MINOS_TRY(check_fiber());
    MINOS_TRY(check_port(port, 0));
    return mn_loop_of_thread->driver->listen(host, port, backlog, ret_listener);
}

int mn_listener_port(const mn_listener *listener)
{
    return listener->ops->port(listener);
}

minos_rc mn_accept(mn_listener *listener, minos_deadline deadline, mn_socket **ret_socket)
{
    MINOS_TRY(check_fiber());
    MINOS_TRY(mn_fiber_fair(mn_fiber_running()));
    return listener->ops->accept(listener, deadline, ret_socket);
}

void mn_listener_close(mn_listener *listener)
{
    if (listener != NULL)
        listener->ops->close(listener);
}

minos_rc mn_connect(const char *host, int port, minos_deadline deadline, mn_socket **ret_socket)
{
    MINOS_TRY(check_fiber());
    MINOS_TRY(check_port(port, 1));
    return mn_loop_of_thread->driver->connect(host, port, deadline, ret_socket);
}

minos_rc mn_socket_read(mn_socket *socket, void *bytes, size_t size, minos_deadline deadline,
                        size_t *ret_size)
{
    MINOS_TRY(check_fiber());
    MINOS_TRY(mn_fiber_fair(mn_fiber_running()));
    return socket->ops->read(socket, bytes, size, deadline, ret_size);
}

minos_rc mn_socket_write(mn_socket *socket, const struct iovec *parts, int count,
                         minos_deadline deadline)
{
    return socket->ops->write(socket, parts, count, deadline);
}

void mn_socket_shutdown(mn_socket *socket)
{
    socket->ops->shutdown(socket);
}

const char *mn_socket_peer(const mn_socket *socket)
{
    return socket->ops->peer(socket);
}

void mn_socket_interrupt(mn_socket *socket)
{
    socket->ops->interrupt(socket);
}

void mn_socket_close(mn_socket *socket)
{
    if (socket != NULL)
        socket->ops->close(socket);
}

minos_rc mn_resolve(const char *name, char *address, size_t size)
{
    MINOS_TRY(check_fiber());
    return mn_loop_of_thread->driver->resolve(name, address, size);
}

minos_rc minos_offload(minos_fiber_fn *fn, void *argument)
{
    MINOS_TRY(check_fiber());
    return mn_loop_of_thread->driver->offload(fn, argument);
}
