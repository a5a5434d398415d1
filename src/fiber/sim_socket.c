/*
 * Sockets of the simulation: two rings of bytes between two ends in one process.
 */
#include <arpa/inet.h>
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "fiber/sim.h"
#include "fiber/socket_ops.h"

#define RING_BYTES 16384 /* small, so that full sockets are met in tests */
#define PORT_FIRST 20000 /* of those the simulation chooses */

/* One direction. */
typedef struct ring {
    size_t first;
    size_t count;
    bool ended;  /* nothing comes any more */
    bool broken; /* nobody reads any more */
    mn_fiber *reader;
    mn_fiber *writer;
    char bytes[RING_BYTES];
} ring;

/* A connection; dropped by the end that closes last. */
typedef struct link {
    int ends;      /* open */
    ring rings[2]; /* end i reads the ring i and writes the other */
} link;

typedef struct sim_socket {
    mn_socket base;
    link *link;
    ring *in;
    ring *out;
    bool interrupted;
    mn_list node; /* in its listener's queue until accepted */
    char peer[MN_ADDRESS_BYTES];
} sim_socket;

typedef struct sim_listener {
    mn_listener base;
    mn_list node; /* in `listeners` */
    int port;
    int backlog;
    int pending_count;
    mn_list pending;
    mn_waiters waiters;
    int accepting; /* fibers inside accept: the last one out frees a closed listener */
    bool closed;
} sim_listener;

static const mn_listener_ops listener_ops;
static const mn_socket_ops socket_ops;
static mn_list listeners; /* of the one simulation */
static int port_next;

void mn_sim_sockets_init(void)
{
    mn_list_init(&listeners);
    port_next = PORT_FIRST;
}

minos_rc mn_sim_resolve(const char *name, char *address, size_t size)
{
    unsigned char binary[sizeof(struct in6_addr)];
    const char *found = name;

    if (strcmp(name, "localhost") == 0)
        found = "127.0.0.1";
    else if (inet_pton(AF_INET, name, binary) != 1 && inet_pton(AF_INET6, name, binary) != 1)
        return minos_fail(MINOS_ENOTFOUND, "cannot resolve %s: not known in the simulation", name);
    if ((size_t)snprintf(address, size, "%s", found) >= size)
        return minos_fail(MINOS_ETOOBIG, "no room for the address %s", found);
    return MINOS_OK;
}

/* ---- listeners ---- */

static sim_listener *listener_at(int port)
{
    mn_list_each(node, &listeners) {
        sim_listener *self = mn_container(node, sim_listener, node);
        if (self->port == port)
            return self;
    }
    return NULL;
}

minos_rc mn_sim_listen(const char *host, int port, int backlog, mn_listener **ret_listener)
{
    char address[INET6_ADDRSTRLEN];
    sim_listener *self;

    MINOS_TRY(mn_sim_resolve(host, address, sizeof address));
    if (port == 0)
        do
            port = port_next++;
        while (listener_at(port) != NULL);
    if (listener_at(port) != NULL)
        return minos_fail(MINOS_EIO,
                          "cannot listen on %s port %d: already in use; choose another port", host,
                          port);
    self = mn_new(sim_listener);
    self->base.ops = &listener_ops;
    self->port = port;
    self->backlog = backlog;
    mn_list_init(&self->pending);
    mn_waiters_init(&self->waiters);
    mn_list_insert(&listeners, &self->node);
    *ret_listener = &self->base;
    return MINOS_OK;
}

static int sim_port(const mn_listener *listener)
{
    return ((const sim_listener *)(const void *)listener)->port;
}

static void listener_release(sim_listener *self)
{
    if (self->closed && self->accepting == 0)
        free(self);
}

static minos_rc accept_one(sim_listener *self, minos_deadline deadline, mn_socket **ret_socket)
{
    while (!self->closed) {
        mn_list *first = mn_list_pop(&self->pending);
        minos_rc rc;
        if (first != NULL) {
            self->pending_count--;
            *ret_socket = &mn_container(first, sim_socket, node)->base;
            return MINOS_OK;
        }
        rc = mn_waiters_wait(&self->waiters, deadline);
        if (rc != MINOS_OK)
            return minos_fail(rc, "%s while waiting for a connection", minos_rc_text(rc));
    }
    return minos_fail(MINOS_ECLOSED, "the listener was closed");
}

static minos_rc sim_accept(mn_listener *listener, minos_deadline deadline, mn_socket **ret_socket)
{
    sim_listener *self = (sim_listener *)(void *)listener;
    minos_rc rc;
    self->accepting++;
    rc = accept_one(self, deadline, ret_socket);
    self->accepting--;
    listener_release(self);
    return rc;
}

static void sim_listener_close(mn_listener *listener)
{
    sim_listener *self = (sim_listener *)(void *)listener;
    mn_list *pending;
    assert(!self->closed);
    self->closed = true;
    mn_list_remove(&self->node);
    while ((pending = mn_list_pop(&self->pending)) != NULL)
        mn_socket_close(&mn_container(pending, sim_socket, node)->base);
    mn_waiters_wake_all(&self->waiters);
    listener_release(self);
}

/* ---- connections ---- */

static void wake(mn_fiber *fiber)
{
    if (fiber != NULL)
        mn_fiber_wake(fiber);
}

static sim_socket *end_new(link *shared, int end, const char *host, int port)
{
    sim_socket *self = mn_new(sim_socket);
    self->base.ops = &socket_ops;
    self->link = shared;
    self->in = &shared->rings[end];
    self->out = &shared->rings[1 - end];
    mn_list_init(&self->node);
    snprintf(self->peer, sizeof self->peer, strchr(host, ':') ? "[%s]:%d" : "%s:%d", host, port);
    shared->ends++;
    return self;
}

minos_rc mn_sim_connect(const char *host, int port, minos_deadline deadline, mn_socket **ret_socket)
{
    char address[INET6_ADDRSTRLEN];
    sim_listener *listener;
    sim_socket *ours, *theirs;
    link *shared;

    (void)deadline; /* within a process nobody is slow to answer */
    MINOS_TRY(mn_sim_resolve(host, address, sizeof address));
    MINOS_TRY(minos_yield());
    listener = listener_at(port);
    if (listener == NULL || listener->pending_count >= listener->backlog)
        return minos_fail(MINOS_EIO, "cannot connect to %s port %d: refused", host, port);
    shared = mn_new(link);
    ours = end_new(shared, 0, address, port);
    theirs = end_new(shared, 1, "127.0.0.1", port_next++ % 65536);
    mn_list_insert(&listener->pending, &theirs->node);
    listener->pending_count++;
    mn_waiters_wake_one(&listener->waiters);
    *ret_socket = &ours->base;
    return MINOS_OK;
}

static size_t ring_take(ring *self, char *bytes, size_t size)
{
    size_t taken = 0;
    while (taken < size && self->count != 0) {
        size_t some = RING_BYTES - self->first;
        some = some < self->count ? some : self->count;
        some = some < size - taken ? some : size - taken;
        memcpy(bytes + taken, self->bytes + self->first, some);
        self->first = (self->first + some) % RING_BYTES;
        self->count -= some;
        taken += some;
    }
    return taken;
}

static size_t ring_put(ring *self, const char *bytes, size_t size)
{
    size_t put = 0;
    while (put < size && self->count != RING_BYTES) {
        size_t at = (self->first + self->count) % RING_BYTES;
        size_t some = at >= self->first ? RING_BYTES - at : self->first - at;
        some = some < size - put ? some : size - put;
        memcpy(self->bytes + at, bytes + put, some);
        self->count += some;
        put += some;
    }
    return put;
}

static minos_rc sim_read(mn_socket *socket, void *bytes, size_t size, minos_deadline deadline,
                         size_t *ret_size)
{
    sim_socket *self = (sim_socket *)(void *)socket;
    ring *in = self->in;

    while (in->count == 0 && !in->ended) {
        minos_rc rc;
        if (self->interrupted)
            return minos_fail(MINOS_ECLOSED, "the read was interrupted");
        assert(in->reader == NULL);
        in->reader = mn_fiber_running();
        rc = mn_fiber_park(deadline);
        in->reader = NULL;
        if (rc != MINOS_OK)
            return minos_fail(rc, "%s while reading from a peer", minos_rc_text(rc));
    }
    *ret_size = ring_take(in, bytes, size);
    wake(in->writer);
    return MINOS_OK;
}

static minos_rc write_part(ring *out, const char *bytes, size_t size, minos_deadline deadline)
{
    while (size != 0) {
        size_t put;
        minos_rc rc;
        if (out->broken || out->ended)
            return minos_fail(MINOS_ECLOSED, "the peer is gone");
        put = ring_put(out, bytes, size);
        bytes += put;
        size -= put;
        wake(out->reader);
        if (size == 0)
            break;
        assert(out->writer == NULL);
        out->writer = mn_fiber_running();
        rc = mn_fiber_park(deadline);
        out->writer = NULL;
        if (rc != MINOS_OK)
            return minos_fail(rc, "%s while writing to a peer", minos_rc_text(rc));
    }
    return MINOS_OK;
}

static minos_rc sim_write(mn_socket *socket, const struct iovec *parts, int count,
                          minos_deadline deadline)
{
    sim_socket *self = (sim_socket *)(void *)socket;
    for (int i = 0; i < count; i++)
        MINOS_TRY(write_part(self->out, parts[i].iov_base, parts[i].iov_len, deadline));
    return MINOS_OK;
}

static void sim_shutdown(mn_socket *socket)
{
    sim_socket *self = (sim_socket *)(void *)socket;
    self->out->ended = true;
    wake(self->out->reader);
}

static const char *sim_peer(const mn_socket *socket)
{
    return ((const sim_socket *)(const void *)socket)->peer;
}

static void sim_interrupt(mn_socket *socket)
{
    sim_socket *self = (sim_socket *)(void *)socket;
    self->interrupted = true;
    wake(self->in->reader);
}

static void sim_socket_close(mn_socket *socket)
{
    sim_socket *self = (sim_socket *)(void *)socket;
    assert(self->in->reader == NULL && self->out->writer == NULL);
    self->out->ended = true;
    self->in->broken = true;
    wake(self->out->reader);
    wake(self->in->writer);
    if (--self->link->ends == 0)
        free(self->link);
    free(self);
}

static const mn_listener_ops listener_ops = {
    .port = sim_port,
    .accept = sim_accept,
    .close = sim_listener_close,
};

static const mn_socket_ops socket_ops = {
    .read = sim_read,
    .write = sim_write,
    .shutdown = sim_shutdown,
    .peer = sim_peer,
    .interrupt = sim_interrupt,
    .close = sim_socket_close,
};
