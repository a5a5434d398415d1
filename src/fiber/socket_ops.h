/*
 * Sockets as tables: one set of them talks to the kernel, the other stays within the process.
 * The functions of socket.h check their arguments and the fiber's state, then come here.
 */
#ifndef MN_FIBER_SOCKET_OPS_H
#define MN_FIBER_SOCKET_OPS_H

#include "fiber/socket.h"

typedef struct mn_listener_ops {
    int (*port)(const mn_listener *listener);
    minos_rc (*accept)(mn_listener *listener, minos_deadline deadline, mn_socket **ret_socket);
    void (*close)(mn_listener *listener);
} mn_listener_ops;

typedef struct mn_socket_ops {
    minos_rc (*read)(mn_socket *socket, void *bytes, size_t size, minos_deadline deadline,
                     size_t *ret_size);
    minos_rc (*write)(mn_socket *socket, const struct iovec *parts, int count,
                      minos_deadline deadline);
    void (*shutdown)(mn_socket *socket);
    const char *(*peer)(const mn_socket *socket);
    void (*interrupt)(mn_socket *socket);
    void (*close)(mn_socket *socket);
} mn_socket_ops;

/* First members of every implementation. */
struct mn_listener {
    const mn_listener_ops *ops;
};

struct mn_socket {
    const mn_socket_ops *ops;
};

#endif
