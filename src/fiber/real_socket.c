/*
 * Sockets of the kernel. A keep-alive request costs one read and one write: a socket is registered
 * once, edge triggered, and after a short read the next one waits without asking the kernel first.
 */
#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "fiber/real_socket.h"
#include "fiber/socket_ops.h"
#include "fiber/worker.h"

#define PARTS_MAX 64 /* of one system call */

typedef struct real_socket {
    mn_socket base;
    mn_watch watch;
    bool interrupted;
    bool is_shared; /* counted among the connections of workers */
    mn_address peer;
    char peer_text[MN_ADDRESS_BYTES]; /* empty until asked for */
} real_socket;

static const mn_socket_ops socket_ops;

bool mn_is_short_of_descriptors(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

static void address_format(const mn_address *from, char *text, size_t size)
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

minos_rc mn_address_of(const char *host, int port, mn_address *ret_address, socklen_t *ret_size)
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

minos_rc mn_real_socket_open(int family, int *ret_fd)
{
    int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int on = 1;
    if (fd < 0)
        return minos_fail_os(mn_is_short_of_descriptors(errno) ? MINOS_ETOOMANY : MINOS_EIO, errno,
                             "no socket: %s", strerror(errno));
    /* Linux: accepted sockets inherit it. */
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    *ret_fd = fd;
    return MINOS_OK;
}

minos_rc mn_real_socket_new(int fd, const mn_address *peer, bool is_shared, mn_socket **ret_socket)
{
    real_socket *self = mn_new(real_socket);
    minos_rc rc;

    self->base.ops = &socket_ops;
    self->watch.fd = fd;
    self->watch.writable = true;
    self->peer = *peer;
    self->is_shared = is_shared;
    rc = mn_watch_add(mn_real_of(mn_loop_of_thread), &self->watch);
    if (rc != MINOS_OK) {
        close(fd);
        free(self);
        return rc;
    }
    if (is_shared)
        mn_worker_open_add(1);
    *ret_socket = &self->base;
    return MINOS_OK;
}

minos_rc mn_real_connect(const char *host, int port, minos_deadline deadline,
                         mn_socket **ret_socket)
{
    mn_address to;
    socklen_t size;
    mn_socket *made;
    real_socket *self;
    minos_rc rc = MINOS_OK;
    int fd = -1, error = 0;

    MINOS_TRY(mn_address_of(host, port, &to, &size));
    MINOS_TRY(mn_real_socket_open(to.any.sa_family, &fd));
    if (connect(fd, &to.any, size) != 0)
        error = errno;
    if (error != 0 && error != EINPROGRESS) {
        close(fd);
        return minos_fail_os(MINOS_EIO, error, "cannot connect to %s port %d: %s", host, port,
                             strerror(error));
    }
    MINOS_TRY(mn_real_socket_new(fd, &to, false, &made));
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
    if (self->is_shared)
        mn_worker_open_add(-1);
    free(self);
}

static const mn_socket_ops socket_ops = {
    .read = real_read,
    .write = real_write,
    .shutdown = real_shutdown,
    .peer = real_peer,
    .interrupt = real_interrupt,
    .close = real_socket_close,
};
