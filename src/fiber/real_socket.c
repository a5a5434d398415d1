/*
 * Sockets of the kernel. A keep-alive request costs one read and one write: a socket is registered
 * once, edge triggered, and after a short read the next one waits without asking the kernel first.
 */
#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "fiber/real.h"
#include "fiber/socket_ops.h"

#define PARTS_MAX 64 /* of one system call */

typedef union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
} address;

typedef struct real_listener {
    mn_listener base;
    mn_watch watch;
    int port;
    int accepting; /* fibers inside accept: the last one out frees a closed listener */
    bool closed;
    mn_waiters waiters; /* for their turn to wait on the watch */
} real_listener;

typedef struct real_socket {
    mn_socket base;
    mn_watch watch;
    bool interrupted;
    address peer;
    char peer_text[MN_ADDRESS_BYTES]; /* empty until asked for */
} real_socket;

static const mn_listener_ops listener_ops;
static const mn_socket_ops socket_ops;

static mn_real *real_here(void)
{
    return mn_real_of(mn_loop_of_thread);
}

static bool is_short_of_descriptors(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

static void address_format(const address *from, char *text, size_t size)
{
    char host[INET6_ADDRSTRLEN] = "?";
    if (from->any.sa_family == AF_INET6) {
        inet_ntop(AF_INET6, &from->v6.sin6_addr, host, sizeof host);
        snprintf(text, size, "[%s]:%d", host, ntohs(from->v6.sin6_port));
    } else {
        inet_ntop(AF_INET, &from->v4.sin_addr, host, sizeof host);
        snprintf(text, size, "%s:%d", host, ntohs(from->v4.sin_port));
    }
}

/* Make an address of a host's name or number. Yields when it must ask for a name. */
static minos_rc address_of(const char *host, int port, address *ret_address, socklen_t *ret_size)
{
    char text[INET6_ADDRSTRLEN + 20]; /* with the interface of a link-local address */
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST};
    struct addrinfo *found;
    int error;

    MINOS_TRY(mn_real_resolve(host, text, sizeof text));
    error = getaddrinfo(text, NULL, &hints, &found);
    if (error != 0)
        return minos_fail(MINOS_EIO, "%s is no address: %s", text, gai_strerror(error));
    memcpy(ret_address, found->ai_addr, found->ai_addrlen);
    *ret_size = found->ai_addrlen;
    freeaddrinfo(found);
    if (ret_address->any.sa_family == AF_INET6)
        ret_address->v6.sin6_port = htons((uint16_t)port);
    else
        ret_address->v4.sin_port = htons((uint16_t)port);
    return MINOS_OK;
}

static minos_rc socket_open(int family, int *ret_fd)
{
    int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int on = 1;
    if (fd < 0)
        return minos_fail_os(is_short_of_descriptors(errno) ? MINOS_ETOOMANY : MINOS_EIO, errno,
                             "no socket: %s", strerror(errno));
    /* Linux: accepted sockets inherit it. */
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    *ret_fd = fd;
    return MINOS_OK;
}

/* ---- listeners ---- */

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

minos_rc mn_real_listen(const char *host, int port, int backlog, mn_listener **ret_listener)
{
    address at;
    socklen_t size;
    int fd = -1, on = 1;
    real_listener *self;
    minos_rc rc;

    MINOS_TRY(address_of(host, port, &at, &size));
    MINOS_TRY(socket_open(at.any.sa_family, &fd));
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, &at.any, size) != 0 || listen(fd, backlog) != 0 ||
        getsockname(fd, &at.any, &size) != 0) {
        rc = listen_failed(host, port, errno);
        close(fd);
        return rc;
    }
    self = mn_new(real_listener);
    self->base.ops = &listener_ops;
    self->watch.fd = fd;
    self->port = ntohs(at.any.sa_family == AF_INET6 ? at.v6.sin6_port : at.v4.sin_port);
    mn_waiters_init(&self->waiters);
    rc = mn_watch_add(real_here(), &self->watch);
    if (rc != MINOS_OK) {
        close(fd);
        free(self);
        return rc;
    }
    *ret_listener = &self->base;
    return MINOS_OK;
}

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
    self->watch.readable = true; /* ends the wait */
    if (self->watch.reader != NULL)
        mn_fiber_wake(self->watch.reader);
    mn_waiters_wake_all(&self->waiters);
    listener_release(self);
}

static minos_rc socket_new(int fd, const address *peer, mn_socket **ret_socket)
{
    real_socket *self = mn_new(real_socket);
    minos_rc rc;

    self->base.ops = &socket_ops;
    self->watch.fd = fd;
    self->watch.writable = true;
    self->peer = *peer;
    rc = mn_watch_add(real_here(), &self->watch);
    if (rc != MINOS_OK) {
        close(fd);
        free(self);
        return rc;
    }
    *ret_socket = &self->base;
    return MINOS_OK;
}

/* Wait for the listener to have something; several fibers take turns. */
static minos_rc accept_wait(real_listener *self, minos_deadline deadline)
{
    minos_rc rc;
    if (self->watch.reader != NULL)
        return mn_waiters_wait(&self->waiters, deadline);
    rc = mn_watch_wait(&self->watch.readable, &self->watch.reader, deadline);
    mn_waiters_wake_one(&self->waiters);
    return rc;
}

static minos_rc accept_one(real_listener *self, minos_deadline deadline, mn_socket **ret_socket)
{
    for (;;) {
        address peer = {0};
        socklen_t size = sizeof peer;
        minos_rc rc;
        int fd;

        if (self->closed)
            return minos_fail(MINOS_ECLOSED, "the listener was closed");
        if (!self->watch.readable) {
            rc = accept_wait(self, deadline);
            if (rc != MINOS_OK)
                return minos_fail(rc, "%s while waiting for a connection", minos_rc_text(rc));
            continue;
        }
        fd = accept4(self->watch.fd, &peer.any, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0)
            return socket_new(fd, &peer, ret_socket);
        if (errno == EAGAIN)
            self->watch.readable = false;
        else if (is_short_of_descriptors(errno))
            return minos_fail_os(MINOS_ETOOMANY, errno,
                                 "cannot accept a connection: %s (raise ulimit -n)",
                                 strerror(errno));
        else if (errno == EBADF || errno == EINVAL || errno == ENOTSOCK || errno == EFAULT)
            return minos_fail_os(MINOS_EIO, errno, "cannot accept: %s", strerror(errno));
        /* Else this connection is gone already; accept(2) lists many codes for that. */
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

/* ---- connections ---- */

minos_rc mn_real_connect(const char *host, int port, minos_deadline deadline,
                         mn_socket **ret_socket)
{
    address to;
    socklen_t size;
    mn_socket *made;
    real_socket *self;
    minos_rc rc = MINOS_OK;
    int fd = -1, error = 0;

    MINOS_TRY(address_of(host, port, &to, &size));
    MINOS_TRY(socket_open(to.any.sa_family, &fd));
    if (connect(fd, &to.any, size) != 0)
        error = errno;
    if (error != 0 && error != EINPROGRESS) {
        close(fd);
        return minos_fail_os(MINOS_EIO, error, "cannot connect to %s port %d: %s", host, port,
                             strerror(error));
    }
    MINOS_TRY(socket_new(fd, &to, &made));
    self = (real_socket *)(void *)made;
    if (error == EINPROGRESS) {
        self->watch.writable = false;
        rc = mn_watch_wait(&self->watch.writable, &self->watch.writer, deadline);
        size = sizeof error;
        getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
        if (rc != MINOS_OK)
            rc = minos_fail(rc, "%s while connecting to %s port %d", minos_rc_text(rc), host, port);
        else if (error != 0)
            rc = minos_fail_os(MINOS_EIO, error, "cannot connect to %s port %d: %s", host, port,
                               strerror(error));
    }
    if (rc != MINOS_OK) {
        mn_socket_close(made);
        return rc;
    }
    *ret_socket = made;
    return MINOS_OK;
}

static minos_rc real_read(mn_socket *socket, void *bytes, size_t size, minos_deadline deadline,
                          size_t *ret_size)
{
    real_socket *self = (real_socket *)(void *)socket;
    mn_watch *watch = &self->watch;

    for (;;) {
        ssize_t got;
        if (!watch->readable) {
            minos_rc rc;
            if (self->interrupted)
                return minos_fail(MINOS_ECLOSED, "the read was interrupted");
            assert(watch->reader == NULL);
            watch->reader = mn_fiber_running();
            rc = mn_fiber_park(deadline);
            watch->reader = NULL;
            if (rc != MINOS_OK)
                return minos_fail(rc, "%s while reading from a peer", minos_rc_text(rc));
            continue;
        }
        got = recv(watch->fd, bytes, size, 0);
        if (got >= 0) {
            /* Less than asked for: the kernel has no more, unless the end is what comes next. */
            if ((size_t)got < size && !watch->ended)
                watch->readable = false;
            *ret_size = (size_t)got;
            return MINOS_OK;
        }
        if (errno == EAGAIN)
            watch->readable = false;
        else if (errno != EINTR)
            return minos_fail_os(MINOS_ECLOSED, errno, "the peer is gone: %s", strerror(errno));
    }
}

/* Send what the kernel takes at once. */
static ssize_t send_parts(int fd, const struct iovec *parts, int count)
{
    struct msghdr message = {.msg_iov = (struct iovec *)(uintptr_t)parts,
                             .msg_iovlen = (size_t)count};
    if (count == 1)
        return send(fd, parts->iov_base, parts->iov_len, MSG_NOSIGNAL);
    return sendmsg(fd, &message, MSG_NOSIGNAL);
}

static minos_rc write_wait(real_socket *self, minos_deadline deadline)
{
    minos_rc rc;
    assert(self->watch.writer == NULL);
    rc = mn_watch_wait(&self->watch.writable, &self->watch.writer, deadline);
    if (rc != MINOS_OK)
        return minos_fail(rc, "%s while writing to a peer", minos_rc_text(rc));
    return MINOS_OK;
}

/* Write what one system call can name; `parts` is changed. */
static minos_rc write_some(real_socket *self, struct iovec *parts, int count,
                           minos_deadline deadline)
{
    while (count != 0) {
        ssize_t sent;
        if (!self->watch.writable)
            MINOS_TRY(write_wait(self, deadline));
        sent = send_parts(self->watch.fd, parts, count);
        if (sent < 0) {
            if (errno == EAGAIN)
                self->watch.writable = false;
            else if (errno != EINTR)
                return minos_fail_os(MINOS_ECLOSED, errno, "the peer is gone: %s", strerror(errno));
            continue;
        }
        for (; count != 0 && (size_t)sent >= parts->iov_len; parts++, count--)
            sent -= (ssize_t)parts->iov_len;
        if (count != 0) {
            parts->iov_base = (char *)parts->iov_base + sent;
            parts->iov_len -= (size_t)sent;
        }
    }
    return MINOS_OK;
}

static minos_rc real_write(mn_socket *socket, const struct iovec *parts, int count,
                           minos_deadline deadline)
{
    real_socket *self = (real_socket *)(void *)socket;
    struct iovec some[PARTS_MAX];

    while (count > 0) {
        int now = count < PARTS_MAX ? count : PARTS_MAX;
        memcpy(some, parts, (size_t)now * sizeof *some);
        MINOS_TRY(write_some(self, some, now, deadline));
        parts += now;
        count -= now;
    }
    return MINOS_OK;
}

static void real_shutdown(mn_socket *socket)
{
    shutdown(((real_socket *)(void *)socket)->watch.fd, SHUT_WR);
}

static const char *real_peer(const mn_socket *socket)
{
    real_socket *self = (real_socket *)(uintptr_t)socket; /* the text is made when asked for */
    if (self->peer_text[0] == '\0')
        address_format(&self->peer, self->peer_text, sizeof self->peer_text);
    return self->peer_text;
}

static void real_interrupt(mn_socket *socket)
{
    real_socket *self = (real_socket *)(void *)socket;
    self->interrupted = true;
    if (self->watch.reader != NULL)
        mn_fiber_wake(self->watch.reader);
}

static void real_socket_close(mn_socket *socket)
{
    real_socket *self = (real_socket *)(void *)socket;
    assert(self->watch.reader == NULL && self->watch.writer == NULL);
    mn_watch_close(&self->watch);
    free(self);
}

static const mn_listener_ops listener_ops = {
    .port = real_port,
    .accept = real_accept,
    .close = real_listener_close,
};

static const mn_socket_ops socket_ops = {
    .read = real_read,
    .write = real_write,
    .shutdown = real_shutdown,
    .peer = real_peer,
    .interrupt = real_interrupt,
    .close = real_socket_close,
};
