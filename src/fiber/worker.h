/*
 * Which of a service's processes this one is. Alone it is number 0 of 1; under a supervisor
 * (children.h) it is one of several, and each has a page that the supervisor reads too.
 */
#ifndef MN_FIBER_WORKER_H
#define MN_FIBER_WORKER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include <minos/time.h>

#define MN_WORKERS_MAX             256
#define MN_WORKER_REPORT_BYTES_MAX 1024

/* What a worker tells its supervisor; one a slot, outlives the worker. */
typedef struct mn_worker_page {
    atomic_bool is_ready; /* it serves */
    /* When it stopped what only slot 0 does; 0: it has not. */
    _Atomic minos_timestamp handed_at;
    /* What it said when a fatal signal came; "": nothing. */
    char report[MN_WORKER_REPORT_BYTES_MAX];
} mn_worker_page;

/* Memory that the supervisor shares with its workers. */
typedef struct mn_worker_share {
    /* Connections that each has open from shared sockets; below 0: it takes none. */
    atomic_int open[MN_WORKERS_MAX];
    mn_worker_page pages[]; /* one a slot */
} mn_worker_share;

/* Give this process's slot, from 0; a successor after a death has its predecessor's. */
int mn_worker_slot(void);
/* Give the number of slots; 1: this process is alone, without a supervisor. */
int mn_worker_count(void);
/* Tell the supervisor that this worker serves; nothing when there is none. */
void mn_worker_ready(void);
/*
 * Give the moment from which this worker goes on with what only slot 0 does: the death of its
 * predecessor. 0: it had none, or this was asked before.
 */
minos_timestamp mn_worker_since_take(void);
/* Say that what only slot 0 does has stopped: a successor goes on from this moment. */
void mn_worker_hand_over(void);
/* Count connections from shared sockets: that this worker takes some, and each with its end. */
void mn_worker_open_begin(void);
void mn_worker_open_add(int count);
void mn_worker_open_end(void);
/*
 * Give a descriptor that becomes readable, once an event, when a worker takes no more: a connection
 * that it was woken for may still wait. To be watched edge triggered, never read; -1: this is
 * no worker.
 */
int mn_worker_look_fd(void);
/* Tell whether this worker has so many more than another that it should let that one go first. */
bool mn_worker_is_ahead(void);
/*
 * Leave a fatal signal's report for the supervisor, which logs it; false when there is none.
 * Async-signal-safe.
 */
bool mn_worker_report(const char *text, size_t size);

/* Become a worker, after the fork: for children.c. `share` is borrowed for ever. */
void mn_worker_become(int slot, int count, minos_timestamp since, mn_worker_share *share,
                      int news_fd, int look_fd);

#endif
