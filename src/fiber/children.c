/*
 * Processes forked from this one: see children.h.
 *
 * Signals are blocked and read from a descriptor, so the whole supervisor is one poll. Children
 * speak through their pages and ring one eventfd: a pipe could break, and would kill who writes.
 */
#include "fiber/children.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"

static struct {
    int count;
    mn_worker_share *share;
    size_t share_bytes;
    sigset_t mask_before;
    int signal_fd;
    int news_fd;
    int look_fd;
} self = {.signal_fd = -1, .news_fd = -1, .look_fd = -1};

static minos_rc open_descriptors(void)
{
    static const int numbers[] = {SIGCHLD, SIGINT, SIGTERM, SIGHUP};
    sigset_t mask;

    sigemptyset(&mask);
    for (size_t i = 0; i < mn_count_of(numbers); i++)
        sigaddset(&mask, numbers[i]);
    signal(SIGCHLD, SIG_DFL); /* ignored, as some parents leave it, deaths would go unseen */
    sigprocmask(SIG_BLOCK, &mask, &self.mask_before);
    self.signal_fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
    self.news_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    self.look_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (self.signal_fd < 0 || self.news_fd < 0 || self.look_fd < 0)
        return minos_fail_os(MINOS_ETOOMANY, errno, "no descriptor for the supervisor: %s",
                             strerror(errno));
    return MINOS_OK;
}

minos_rc mn_children_open(int count)
{
    size_t bytes = sizeof *self.share + sizeof *self.share->pages * (size_t)count;
    void *share = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    minos_rc rc;

    if (share == MAP_FAILED)
        return minos_fail_os(MINOS_EIO, errno, "no memory to share with workers: %s",
                             strerror(errno));
    self.count = count;
    self.share = share;
    self.share_bytes = bytes;
    for (int i = 0; i < count; i++)
        atomic_store(&self.share->open[i], -1);
    rc = open_descriptors();
    if (rc != MINOS_OK)
        mn_children_close();
    return rc;
}

void mn_children_close(void)
{
    if (self.share == NULL)
        return;
    munmap(self.share, self.share_bytes);
    self.share = NULL;
    if (self.signal_fd >= 0)
        close(self.signal_fd);
    if (self.news_fd >= 0)
        close(self.news_fd);
    if (self.look_fd >= 0)
        close(self.look_fd);
    self.signal_fd = self.news_fd = self.look_fd = -1;
    sigprocmask(SIG_SETMASK, &self.mask_before, NULL);
}

/* In the child. */
static void begin_child(int slot, minos_timestamp since, pid_t parent)
{
    /* A terminal sends these to all its processes; the supervisor alone decides what they mean. */
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    close(self.signal_fd);
    self.signal_fd = -1;
    mn_worker_become(slot, self.count, since, self.share, self.news_fd, self.look_fd);
    sigprocmask(SIG_SETMASK, &self.mask_before, NULL);
    if (getppid() != parent)
        raise(SIGTERM); /* it died before the kernel was asked to tell */
}

minos_rc mn_child_start(int slot, minos_timestamp since, mn_child_fn *fn, void *argument,
                        pid_t *ret_pid)
{
    pid_t parent = getpid(), pid;

    fflush(NULL); /* or both would write what is buffered */
    memset(&self.share->pages[slot], 0, sizeof self.share->pages[slot]);
    pid = fork();
    if (pid < 0)
        return minos_fail_os(MINOS_ETOOMANY, errno, "cannot start a worker: %s", strerror(errno));
    if (pid == 0) {
        begin_child(slot, since, parent);
        exit(fn(argument)); /* as if main had returned: what is buffered is written */
    }
    *ret_pid = pid;
    return MINOS_OK;
}

static int left_ms(minos_deadline deadline)
{
    minos_duration left = minos_deadline_left(deadline);
    int64_t ms = left / MINOS_MS + (left % MINOS_MS != 0);
    return deadline.at_ns == INT64_MAX ? -1 : ms > INT32_MAX ? INT32_MAX : (int)ms;
}

/*
 * Give the next event that is there already. Signals first: who stops a whole group of processes
 * shall not be told that workers died of it.
 */
static bool take_event(mn_child_event *event)
{
    struct signalfd_siginfo info;
    eventfd_t count;

    while (read(self.signal_fd, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == SIGCHLD)
            continue; /* may stand for many: all are asked for below */
        event->kind = MN_CHILD_SIGNAL;
        event->signal = (int)info.ssi_signo;
        return true;
    }
    event->pid = waitpid(-1, &event->status, WNOHANG);
    event->kind = event->pid > 0 ? MN_CHILD_DEATH : MN_CHILD_NEWS;
    return event->pid > 0 || eventfd_read(self.news_fd, &count) == 0;
}

minos_rc mn_children_wait(minos_deadline deadline, mn_child_event *ret_event)
{
    struct pollfd watched[2] = {{.fd = self.signal_fd, .events = POLLIN},
                                {.fd = self.news_fd, .events = POLLIN}};

    while (!take_event(ret_event)) {
        if (minos_deadline_left(deadline) == 0)
            return MINOS_ETIMEDOUT;
        if (poll(watched, mn_count_of(watched), left_ms(deadline)) < 0 && errno != EINTR)
            return minos_fail_os(MINOS_EIO, errno, "the supervisor cannot wait: %s",
                                 strerror(errno));
    }
    return MINOS_OK;
}

void mn_child_kill(pid_t pid, int signal)
{
    kill(pid, signal);
}

void mn_child_forget(int slot)
{
    atomic_store(&self.share->open[slot], -1);
    if (eventfd_write(self.look_fd, 1) != 0)
        return; /* the counter is full: none of them has slept since */
}

const mn_worker_page *mn_child_page(int slot)
{
    return &self.share->pages[slot];
}
