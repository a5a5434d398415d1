/*
 * Which of a service's processes this one is: see worker.h.
 */
#include "fiber/worker.h"

#include <limits.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/log.h"

/* Being ahead is to have AHEAD_MIN connections more than another, and an AHEAD_PART-th of its. */
#define AHEAD_MIN  4
#define AHEAD_PART 8

static struct {
    int slot;
    int count;
    minos_timestamp since;
    mn_worker_share *share; /* NULL: no supervisor */
    mn_worker_page *page;   /* in it; NULL too */
    int news_fd;            /* an eventfd that wakes the supervisor */
    int look_fd;            /* an eventfd that wakes all workers */
} self = {.count = 1, .news_fd = -1, .look_fd = -1};

static void ring(int eventfd)
{
    if (eventfd_write(eventfd, 1) != 0)
        return; /* the counter is full: who is to be woken is awake */
}

int mn_worker_slot(void)
{
    return self.slot;
}

int mn_worker_count(void)
{
    return self.count;
}

void mn_worker_ready(void)
{
    if (self.page == NULL)
        return;
    atomic_store(&self.page->is_ready, true);
    ring(self.news_fd);
}

minos_timestamp mn_worker_since_take(void)
{
    minos_timestamp since = self.since;
    self.since = 0;
    return since;
}

void mn_worker_hand_over(void)
{
    if (self.page != NULL)
        atomic_store(&self.page->handed_at, minos_timestamp_now());
}

/* ---- connections ---- */

void mn_worker_open_begin(void)
{
    if (self.share == NULL)
        return;
    atomic_store_explicit(&self.share->open[self.slot], 0, memory_order_relaxed);
}

void mn_worker_open_add(int count)
{
    if (self.share == NULL)
        return;
    atomic_fetch_add_explicit(&self.share->open[self.slot], count, memory_order_relaxed);
}

void mn_worker_open_end(void)
{
    if (self.share == NULL)
        return;
    atomic_store_explicit(&self.share->open[self.slot], INT_MIN / 2, memory_order_relaxed);
    ring(self.look_fd);
}

int mn_worker_look_fd(void)
{
    return self.look_fd;
}

bool mn_worker_is_ahead(void)
{
    int here;

    if (self.share == NULL)
        return false;
    here = atomic_load_explicit(&self.share->open[self.slot], memory_order_relaxed);
    for (int i = 0; i < self.count; i++) {
        int there = atomic_load_explicit(&self.share->open[i], memory_order_relaxed);
        if (there >= 0 && here - there > AHEAD_MIN + there / AHEAD_PART)
            return true;
    }
    return false;
}

/* ---- the supervisor ---- */

bool mn_worker_report(const char *text, size_t size)
{
    if (self.page == NULL)
        return false;
    if (size > sizeof self.page->report - 1)
        size = sizeof self.page->report - 1;
    memcpy(self.page->report, text, size);
    self.page->report[size] = '\0';
    return true;
}

void mn_worker_become(int slot, int count, minos_timestamp since, mn_worker_share *share,
                      int news_fd, int look_fd)
{
    self.slot = slot;
    self.count = count;
    self.since = since;
    self.share = share;
    self.page = &share->pages[slot];
    self.news_fd = news_fd;
    self.look_fd = look_fd;
    mn_log_worker_set(slot, (int)getpid());
}
