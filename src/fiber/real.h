/*
 * The real driver's inside: one epoll instance a loop, to which every descriptor is added once,
 * edge triggered, for its life. libuv lies inside it by its own descriptor and runs only when that
 * is readable: it gives the thread pool and the signals.
 */
#ifndef MN_FIBER_REAL_H
#define MN_FIBER_REAL_H

#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

#include "fiber/loop.h"

/* A descriptor in the epoll instance. */
typedef struct mn_watch {
    int fd;
    bool readable;    /* may have bytes: nobody met EAGAIN or a short read since the last event */
    bool writable;    /* may have room */
    bool ended;       /* the peer has ended, or failed: reads find it without another event */
    mn_fiber *reader; /* waits for readable; NULL: nobody */
    mn_fiber *writer; /* waits for writable */
} mn_watch;

typedef struct mn_real {
    int epoll;
    mn_watch wakeup; /* an eventfd */
    bool uv_open;    /* the libuv loop is made at first use */
    bool uv_due;     /* it has watchers that only a run of it registers */
    mn_watch uv_watch;
    uv_loop_t uv;
    uv_signal_t signals[3];
} mn_real;

static inline mn_real *mn_real_of(mn_loop *loop)
{
    return loop->driver_self;
}

/* Add a descriptor; `watch->fd` is set before. */
minos_rc mn_watch_add(mn_real *real, mn_watch *watch);
/*
 * Add one for reading, level triggered, where of all processes that did the same with this socket
 * one is woken; to be removed after each event.
 */
minos_rc mn_watch_add_exclusive(mn_real *real, mn_watch *watch);
void mn_watch_remove(mn_real *real, mn_watch *watch);
/*
 * Close the descriptor. Removed first: epoll would go on reporting it while a forked child has it.
 */
void mn_watch_close(mn_watch *watch);
/* Wait until readable (or writable) is set. */
minos_rc mn_watch_wait(bool *ready, mn_fiber **slot, minos_deadline deadline);

minos_rc mn_real_offload(minos_fiber_fn *fn, void *argument);
minos_rc mn_real_resolve(const char *name, char *address, size_t size);
minos_rc mn_real_listen(const char *host, int port, int backlog, mn_listener **ret_listener);
minos_rc mn_real_connect(const char *host, int port, minos_deadline deadline,
                         mn_socket **ret_socket);

minos_rc mn_real_thread_start(const char *name, mn_thread_step_fn *step, void *argument,
                              mn_thread **ret_thread);
void mn_real_thread_ring(mn_thread *thread);
void mn_real_thread_stop(mn_thread *thread);
void mn_real_thread_pause(minos_duration length);

/* The loop's libuv loop, made at first use. */
minos_rc mn_real_uv(mn_loop *loop, uv_loop_t **ret_uv);

#endif
