/*
 * Listeners of the kernel, our own and those that a supervisor holds for its workers.
 *
 * Our own is registered once, edge triggered, and drained. A held one is shared: several processes
 * wait on the same socket. Each registers it with EPOLLEXCLUSIVE only while it waits, so that a
 * connection wakes one of them, and takes one connection for each wake. The kernel wakes the one
 * that has waited longest, since who comes back goes to the end of the socket's queue: connections
 * go around. Were it registered for good, the first process would be woken for ever.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/alloc.h"
#include "fiber/real_socket.h"
#include "fiber/socket_ops.h"
#include "fiber/worker.h"

#define HELD_MAX       16
#define HOST_BYTES_MAX 256
#define AHEAD_PAUSE    MINOS_MS

typedef struct real_listener {
    mn_listener base;
    mn_watch watch;
    int port;
    bool is_shared; /* with other processes: see above */
    int accepting;  /* fibers inside accept: the last one out frees a closed listener */
    bool closed;
    mn_waiters waiters; /* for their turn to wait on the watch */
    mn_watch look;      /* shared: mn_worker_look_fd */
} real_listener;

/* A socket that was opened before this process was forked, or will be inherited by those forked. */
typedef struct held {
    char host[HOST_BYTES_MAX]; /* as asked for */
    int port;                  /* as asked for, 0 any */
    int fd;
} held;

static held all_held[HELD_MAX];
static size_t held_count;

static const mn_listener_ops listener_ops;

/* ---- opening ---- */

static minos_rc listen_failed(const char *host, int port, int error)
{
    const char *remedy = "";
    if (error == EADDRINUSE)
        remedy = ": another process listens there; choose another port";
    else if (error == EACCES)
        remedy = ": ports below 1024 need CAP_NET_BIND_SERVICE";
    else if (error == EADDRNOTAVAIL)
        remedy = ": this machine has no such address";
    return minos_fail_os(MINOS_EIO, error, "cannot listen on %s port %d: %s%s", host, port,
                         strerror(error), remedy);
}

static minos_rc listener_open(const char *host, int port, int backlog, int *ret_fd)
{
    mn_address at;
    socklen_t size;
    int fd = -1, on = 1;

    MINOS_TRY(mn_address_of(host, port, &at, &size));
    MINOS_TRY(mn_real_socket_open(at.any.sa_family, &fd));
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, &at.any, size) != 0 || listen(fd, backlog) != 0) {
        minos_rc rc = listen_failed(host, port, errno);
        close(fd);
        return rc;
    }
    *ret_fd = fd;
    return MINOS_OK;
}

minos_rc mn_listen_hold(const char *host, int port, int backlog)
{
    held *one = &all_held[held_count];

    if (held_count == HELD_MAX)
        return minos_fail(MINOS_ETOOMANY, "more than %d sockets are held", HELD_MAX);
    if ((size_t)snprintf(one->host, sizeof one->host, "%s", host) >= sizeof one->host)
        return minos_fail(MINOS_ETOOBIG, "a host's name has more than %d bytes",
                          HOST_BYTES_MAX - 1);
    MINOS_TRY(listener_open(host, port, backlog, &one->fd));
    one->port = port;
    held_count++;
    return MINOS_OK;
}

void mn_listen_drop_held(void)
{
    for (size_t i = 0; i < held_count; i++)
        close(all_held[i].fd);
    held_count = 0;
}

/* Give the held socket of an address and forget it; -1 when there is none. */
static int held_take(const char *host, int port)
{
    for (size_t i = 0; i < held_count; i++)
        if (all_held[i].port == port && strcmp(all_held[i].host, host) == 0) {
            int fd = all_held[i].fd;
            all_held[i] = all_held[--held_count];
            return fd;
        }
    return -1;
}

static int port_of(int fd)
{
    mn_address at = {0};
    socklen_t size = sizeof at;

    if (getsockname(fd, &at.any, &size) != 0)
        return 0;
    return ntohs(at.any.sa_family == AF_INET6 ? at.v6.sin6_port : at.v4.sin_port);
}

static minos_rc begin_sharing(real_listener *self)
{
    minos_rc rc;

    self->look.fd = mn_worker_look_fd();
    if (self->look.fd < 0)
        return MINOS_OK;
    self->look.fd = fcntl(self->look.fd, F_DUPFD_CLOEXEC, 0);
    if (self->look.fd < 0)
        return minos_fail_os(MINOS_ETOOMANY, errno, "no descriptor for a listener: %s",
                             strerror(errno));
    rc = mn_watch_add(mn_real_of(mn_loop_of_thread), &self->look);
    if (rc == MINOS_OK)
        mn_worker_open_begin();
    else
        close(self->look.fd);
    return rc;
}

minos_rc mn_real_listen(const char *host, int port, int backlog, mn_listener **ret_listener)
{
    int fd = held_take(host, port);
    bool is_shared = fd >= 0;
    real_listener *self;
    minos_rc rc;

    if (!is_shared)
        MINOS_TRY(listener_open(host, port, backlog, &fd));
    self = mn_new(real_listener);
    self->base.ops = &listener_ops;
    self->watch.fd = fd;
    self->is_shared = is_shared;
    self->port = port_of(fd);
    mn_waiters_init(&self->waiters);
    rc =
        is_shared ? begin_sharing(self) : mn_watch_add(mn_real_of(mn_loop_of_thread), &self->watch);
    if (rc != MINOS_OK) {
        close(fd);
        free(self);
        return rc;
    }
    *ret_listener = &self->base;
    return MINOS_OK;
}

/* ---- closing ---- */

static int real_port(const mn_listener *listener)
{
    return ((const real_listener *)(const void *)listener)->port;
}

static void listener_release(real_listener *self)
{
    if (self->closed && self->accepting == 0)
        free(self);
}

static void real_listener_close(mn_listener *listener)
{
    real_listener *self = (real_listener *)(void *)listener;
    assert(!self->closed);
    self->closed = true;
    mn_watch_close(&self->watch);
    if (self->is_shared) {
        if (self->look.fd >= 0)
            mn_watch_close(&self->look);
        mn_worker_open_end();
    }
    self->watch.readable = true; /* ends the wait */
    if (self->watch.reader != NULL)
        mn_fiber_wake(self->watch.reader);
    mn_waiters_wake_all(&self->waiters);
    listener_release(self);
}

/* ---- accepting ---- */

/* Let the others go first: they were woken too, but a burst can be over before they run. */
static minos_rc pause_ahead(real_listener *self)
{
    minos_rc rc;

    self->watch.reader = mn_fiber_running();
    rc = mn_fiber_park(minos_deadline_in(AHEAD_PAUSE));
    self->watch.reader = NULL;
    return rc == MINOS_ETIMEDOUT ? MINOS_OK : rc;
}

/* Wait on a shared socket among those of the other processes. */
static minos_rc wait_in_turn(real_listener *self, minos_deadline deadline)
{
    mn_real *real = mn_real_of(mn_loop_of_thread);
    minos_rc rc = mn_worker_is_ahead() ? pause_ahead(self) : MINOS_OK;

    if (rc != MINOS_OK || self->closed)
        return rc;
    MINOS_TRY(mn_watch_add_exclusive(real, &self->watch));
    self->watch.reader = self->look.reader = mn_fiber_running();
    while (rc == MINOS_OK && !self->watch.readable && !self->look.readable)
        rc = mn_fiber_park(deadline);
    self->watch.reader = self->look.reader = NULL;
    if (!self->closed) /* else its number may be another's by this time */
        mn_watch_remove(real, &self->watch);
    if (self->look.readable) /* one that was woken before us may have died instead */
        self->watch.readable = true;
    self->look.readable = false;
    return rc;
}

/* Wait for the listener to have something; several fibers take turns. */
static minos_rc accept_wait(real_listener *self, minos_deadline deadline)
{
    minos_rc rc;
    if (self->watch.reader != NULL)
        return mn_waiters_wait(&self->waiters, deadline);
    if (self->is_shared)
        rc = wait_in_turn(self, deadline);
    else
        rc = mn_watch_wait(&self->watch.readable, &self->watch.reader, deadline);
    mn_waiters_wake_one(&self->waiters);
    return rc;
}

static minos_rc accept_failed(int error)
{
    if (mn_is_short_of_descriptors(error))
        return minos_fail_os(MINOS_ETOOMANY, error,
                             "cannot accept a connection: %s (raise ulimit -n)", strerror(error));
    if (error == EBADF || error == EINVAL || error == ENOTSOCK || error == EFAULT)
        return minos_fail_os(MINOS_EIO, error, "cannot accept: %s", strerror(error));
    return MINOS_OK; /* this connection is gone already; accept(2) lists many codes for that */
}

static minos_rc accept_one(real_listener *self, minos_deadline deadline, mn_socket **ret_socket)
{
    for (;;) {
        mn_address peer = {0};
        socklen_t size = sizeof peer;
        minos_rc rc;
        int fd;

        if (self->closed)
            return minos_fail(MINOS_ECLOSED, "the listener was closed");
        if (!self->watch.readable) {
            rc = accept_wait(self, deadline);
            if (rc == MINOS_ETIMEDOUT || rc == MINOS_ECANCELED)
                return minos_fail(rc, "%s while waiting for a connection", minos_rc_text(rc));
            MINOS_TRY(rc);
            continue;
        }
        fd = accept4(self->watch.fd, &peer.any, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (self->is_shared || (fd < 0 && errno == EAGAIN))
            self->watch.readable = false;
        if (fd >= 0)
            return mn_real_socket_new(fd, &peer, self->is_shared, ret_socket);
        if (errno != EAGAIN)
            MINOS_TRY(accept_failed(errno));
    }
}

static minos_rc real_accept(mn_listener *listener, minos_deadline deadline, mn_socket **ret_socket)
{
    real_listener *self = (real_listener *)(void *)listener;
    minos_rc rc;
    self->accepting++;
    rc = accept_one(self, deadline, ret_socket);
    self->accepting--;
    listener_release(self);
    return rc;
}

static const mn_listener_ops listener_ops = {
    .port = real_port,
    .accept = real_accept,
    .close = real_listener_close,
};
