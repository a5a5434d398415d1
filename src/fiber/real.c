/*
 * The real driver: waiting by epoll, with libuv inside for what it does well. See real.h.
 *
 * epoll outside and libuv inside, not the other way round: a loop's turn is one epoll_pwait2 whose
 * time-out is in nanoseconds, and sockets stay registered from accept to close, which uv_poll
 * cannot do without spinning while a handler leaves bytes unread.
 */
#include "fiber/real.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/env.h"

#define EVENTS_MAX 256

/*
 * Held while libuv opens and closes its descriptors: it closes them by the bare system call, and
 * TSan would take the number's next use by another thread for a race.
 */
static pthread_mutex_t uv_lock = PTHREAD_MUTEX_INITIALIZER;

static minos_rc watch_add(mn_real *real, mn_watch *watch, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = watch};
    if (epoll_ctl(real->epoll, EPOLL_CTL_ADD, watch->fd, &event) != 0)
        return minos_fail_os(errno == ENOSPC ? MINOS_ETOOMANY : MINOS_EIO, errno,
                             "cannot watch a descriptor: %s", strerror(errno));
    return MINOS_OK;
}

minos_rc mn_watch_add(mn_real *real, mn_watch *watch)
{
    return watch_add(real, watch, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
}

minos_rc mn_watch_add_exclusive(mn_real *real, mn_watch *watch)
{
    return watch_add(real, watch, EPOLLIN | EPOLLEXCLUSIVE);
}

void mn_watch_remove(mn_real *real, mn_watch *watch)
{
    struct epoll_event none = {.events = 0};
    (void)epoll_ctl(real->epoll, EPOLL_CTL_DEL, watch->fd, &none); /* fine when it is not there */
}

void mn_watch_close(mn_watch *watch)
{
    mn_loop *loop = mn_loop_of_thread;
    if (loop != NULL) /* else it outlived its loop */
        mn_watch_remove(mn_real_of(loop), watch);
    close(watch->fd);
}

minos_rc mn_watch_wait(bool *ready, mn_fiber **slot, minos_deadline deadline)
{
    minos_rc rc = MINOS_OK;
    *slot = mn_fiber_running();
    while (rc == MINOS_OK && !*ready)
        rc = mn_fiber_park(deadline);
    *slot = NULL;
    return rc;
}

static minos_rc real_open(mn_loop *loop)
{
    mn_real *real = mn_new(mn_real);
    minos_rc rc;

    loop->driver_self = real;
    real->wakeup.fd = -1;
    real->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (real->epoll >= 0)
        real->wakeup.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (real->wakeup.fd < 0)
        rc = minos_fail_os(MINOS_ETOOMANY, errno, "no descriptor for a loop: %s", strerror(errno));
    else
        rc = watch_add(real, &real->wakeup, EPOLLIN | EPOLLET); /* so it need not be read */
    return rc;
}

static void close_handle(uv_handle_t *handle, void *unused)
{
    (void)unused;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

static void real_close(mn_loop *loop)
{
    mn_real *real = mn_real_of(loop);
    if (real->uv_open) {
        pthread_mutex_lock(&uv_lock);
        uv_walk(&real->uv, close_handle, NULL);
        uv_run(&real->uv, UV_RUN_DEFAULT);
        uv_loop_close(&real->uv);
        pthread_mutex_unlock(&uv_lock);
    }
    if (real->wakeup.fd >= 0)
        close(real->wakeup.fd);
    if (real->epoll >= 0)
        close(real->epoll);
    free(real);
}

minos_rc mn_real_uv(mn_loop *loop, uv_loop_t **ret_uv)
{
    mn_real *real = mn_real_of(loop);
    if (!real->uv_open) {
        int error;
        pthread_mutex_lock(&uv_lock);
        error = uv_loop_init(&real->uv);
        pthread_mutex_unlock(&uv_lock);
        if (error != 0)
            return minos_fail_os(MINOS_ETOOMANY, -error, "no libuv loop: %s", uv_strerror(error));
        real->uv_open = true;
        real->uv.data = loop;
        real->uv_watch.fd = uv_backend_fd(&real->uv);
        MINOS_TRY(watch_add(real, &real->uv_watch, EPOLLIN));
    }
    real->uv_due = true;
    *ret_uv = &real->uv;
    return MINOS_OK;
}

/* Wait in epoll; kernels before 5.11 count in milliseconds, rounded up so that no timer spins. */
static int wait_events(int epoll, struct epoll_event *events, int64_t left_ns)
{
    static atomic_bool lacks_pwait2;
    struct timespec left = {left_ns / 1000000000, left_ns % 1000000000};
    int count;

    if (left_ns == 0)
        return epoll_wait(epoll, events, EVENTS_MAX, 0);
    if (!lacks_pwait2) {
        count = epoll_pwait2(epoll, events, EVENTS_MAX, left_ns == INT64_MAX ? NULL : &left, NULL);
        if (count >= 0 || errno != ENOSYS)
            return count;
        lacks_pwait2 = true;
    }
    if (left_ns > INT64_C(1000000) * INT32_MAX)
        return epoll_wait(epoll, events, EVENTS_MAX, -1);
    return epoll_wait(epoll, events, EVENTS_MAX, (int)((left_ns + 999999) / 1000000));
}

static void watch_event(mn_watch *watch, uint32_t events)
{
    if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
        watch->ended = true;
    if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) {
        watch->readable = true;
        if (watch->reader != NULL)
            mn_fiber_wake(watch->reader);
    }
    if (events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) {
        watch->writable = true;
        if (watch->writer != NULL)
            mn_fiber_wake(watch->writer);
    }
}

static void real_poll(mn_loop *loop, int64_t until_ns)
{
    mn_real *real = mn_real_of(loop);
    struct epoll_event events[EVENTS_MAX];
    int64_t left_ns = until_ns;
    int count;

    if (MINOS_UNLIKELY(real->uv_due)) {
        real->uv_due = false;
        uv_run(&real->uv, UV_RUN_NOWAIT);
        if (loop->ready_first != NULL)
            left_ns = 0;
    }
    if (left_ns != 0) {
        int64_t trim_ns = mn_stack_pool_idle(&loop->stacks, loop->now_ns);
        left_ns = trim_ns < left_ns ? trim_ns : left_ns;
    }
    if (left_ns != 0 && left_ns != INT64_MAX) {
        left_ns -= mn_now();
        left_ns = left_ns > 0 ? left_ns : 0;
    }
    mn_loop_beat(loop);
    count = wait_events(real->epoll, events, left_ns);
    mn_loop_beat(loop);
    for (int i = 0; i < count; i++) {
        if (events[i].data.ptr == &real->uv_watch)
            uv_run(&real->uv, UV_RUN_NOWAIT);
        else
            watch_event(events[i].data.ptr, events[i].events);
    }
}

static void real_notify(mn_loop *loop)
{
    /* Fails only when the counter is at its maximum: then the loop is awake. */
    if (eventfd_write(mn_real_of(loop)->wakeup.fd, 1) != 0)
        return;
}

/*
 * libuv's handler only writes to a pipe: a loop that a handler keeps busy never reads it. SIGINT
 * upon a request to end that no loop has taken yet therefore ends the process right here.
 */
static atomic_bool end_is_untaken;
static void (*handler_of_uv)(int number);

static void on_end_request(int number)
{
    static const char text[] = "minos: the loop does not answer: SIGINT ends the process at once\n";

    if (atomic_exchange(&end_is_untaken, true) && number == SIGINT)
        _exit(write(STDERR_FILENO, text, sizeof text - 1) < 0 ? 1 : 128 + SIGINT);
    handler_of_uv(number);
}

static void stand_before_uv(int number)
{
    struct sigaction action;

    if (sigaction(number, NULL, &action) != 0 || action.sa_handler == on_end_request)
        return;
    handler_of_uv = action.sa_handler;
    action.sa_handler = on_end_request;
    sigaction(number, &action, NULL);
}

static void on_signal(uv_signal_t *handle, int number)
{
    if (number != SIGHUP)
        atomic_store(&end_is_untaken, false);
    mn_loop_signal(handle->loop->data, number);
}

static minos_rc real_catch_signals(mn_loop *loop)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    mn_real *real = mn_real_of(loop);
    uv_loop_t *uv;

    MINOS_TRY(mn_real_uv(loop, &uv));
    for (size_t i = 0; i < mn_count_of(numbers); i++) {
        int error = uv_signal_init(uv, &real->signals[i]);
        if (error == 0)
            error = uv_signal_start(&real->signals[i], on_signal, numbers[i]);
        if (error != 0)
            return minos_fail_os(MINOS_EIO, -error, "cannot catch signals: %s", uv_strerror(error));
    }
    stand_before_uv(SIGINT);
    stand_before_uv(SIGTERM);
    return MINOS_OK;
}

const mn_driver_ops mn_driver_real = {
    .name = "real",
    .open = real_open,
    .close = real_close,
    .poll = real_poll,
    .notify = real_notify,
    .offload = mn_real_offload,
    .resolve = mn_real_resolve,
    .listen = mn_real_listen,
    .connect = mn_real_connect,
    .catch_signals = real_catch_signals,
    .thread_start = mn_real_thread_start,
    .thread_ring = mn_real_thread_ring,
    .thread_stop = mn_real_thread_stop,
    .thread_pause = mn_real_thread_pause,
};
