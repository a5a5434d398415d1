/*
 * What the files of this folder share: the delivery, its handlers, runs and operations.
 *
 * Places are the loop's: whoever submits an operation that may begin runs keeps the places first,
 * and gives back what it did not use when the operation is done. So no operation has to know what
 * another one, still in the queue, will use.
 */
#ifndef MN_DELIVERY_INSIDE_H
#define MN_DELIVERY_INSIDE_H

#include <stdatomic.h>

#include "delivery/dedup.h"
#include "delivery/delivery.h"
#include "delivery/verdict.h"
#include "store/owner.h"

#define MN_CLAIM_MAX       64  /* rows in one operation */
#define MN_CLAIM_OLDEST    8   /* every so many claims of a handler the oldest row, not the first */
#define MN_DUE_MAX         200 /* delayed rows in one operation */
#define MN_DEDUP_CHUNK     2000
#define MN_RELAY_MAX       100
#define MN_RELAY_BYTES     (4 << 20)
#define MN_RUN_BYTES_KEPT  (64 << 10) /* a run's buffers larger than that are given back */
#define MN_CLOCK_TOLERANCE MINOS_S    /* a wall clock that falls back by less is left alone */

/* One handler's place in the delivery. */
typedef struct mn_post {
    const mn_delivery_handler *handler;
    mn_delivery *delivery;
    minos_view name;
    int running;   /* runs, and places kept for operations under way */
    bool ready;    /* a row of it may be ready */
    bool full;     /* it has told its topic to take no more */
    int64_t rows;  /* that are not over, of all processes, about */
    int offered;   /* places that the claim under way has kept */
    int taken;     /* and has used; the writer's */
    int expired;   /* rows it met whose time was over; the writer's */
    bool paused;   /* as the claim under way found it; the writer's */
    unsigned turn; /* claims so far; the writer's */
} mn_post;

struct mn_run {
    mn_op op; /* finish */
    mn_list free_place;
    mn_delivery *delivery;
    mn_post *post;
    int64_t work_id, message_id;
    int attempt, base;
    int blamed;
    bool keyed;
    size_t topic_bytes, identifier_bytes, reply_topic_bytes, key_bytes, data_bytes;
    minos_buffer bytes;    /* these, one behind the other, in this order */
    minos_buffer outgoing; /* messages sent, see outbox.c */
    mn_delivery_outcome outcome;
    mn_verdict verdict;
};

typedef struct mn_claim {
    mn_op op;
    mn_delivery *delivery;
    bool under_way;
    bool alone_allowed; /* nothing runs: a blamed row may be taken */
    mn_run *runs[MN_CLAIM_MAX];
    size_t offered; /* runs kept for it */
    size_t taken;   /* the first of them, used */
    bool took_alone, wants_alone;
    unsigned expired;
    unsigned buried;
} mn_claim;

/* The clock's work; see tick.c. */
typedef struct mn_tick {
    mn_op op;
    mn_delivery *delivery;
    bool sweeps, clock_fell;
    bool more; /* it did not get through */
    unsigned promoted;
    int64_t due_us;  /* when the next delayed row is due; INT64_MAX: none */
    bool dead_owner; /* one was seen */
} mn_tick;

struct mn_delivery {
    mn_store *store;
    mn_delivery_options options;
    mn_post *posts;
    size_t post_count;
    size_t first_post; /* whose turn it is; the writer's */
    int64_t owner;     /* random, of this life */
    mn_owner *slot;
    mn_dedup *dedup; /* the writer's */
    mn_run *runs;
    size_t run_count;
    mn_list free_runs;
    mn_list stalled; /* runs stored as running that got no fiber yet */
    size_t free_count;
    size_t active;    /* runs on their fibers */
    bool alone;       /* the one that runs is blamed for a death: nothing beside it */
    bool wants_alone; /* nothing begins until all has ended: a blamed row waits */
    bool stopping;
    minos_scope *scope; /* of the runs */
    mn_fiber *ticker, *relay;
    bool relay_rung, tick_rung;
    int64_t *counts; /* of rows by handler, as last looked up */
    int64_t due_us;  /* of the next delayed row, as far as this process knows */
    mn_claim claim;
    size_t receiving;  /* receives under way */
    mn_fiber *stopper; /* waits in stop for what is under way; NULL: nobody */
    mn_delivery_stats stats;
};

static inline int64_t mn_delivery_now(void)
{
    return minos_timestamp_now();
}

static inline unsigned mn_delivery_flags(const mn_delivery *delivery, unsigned flags)
{
    return delivery->options.synced ? flags : flags & ~(unsigned)MN_OP_SYNCED;
}

/* ---- places; the loop's ---- */

/* Keep a run for a handler; NULL: there is no place. */
mn_run *mn_place_keep(mn_post *post);
/* Give back one that was not used, or has ended. */
void mn_place_return(mn_run *run);
/* Whether rows that were just stored may begin at once. */
bool mn_place_open(const mn_delivery *delivery);
/* Something that stop waits for has ended. */
void mn_delivery_ended(mn_delivery *delivery);
/* Begin a run that is stored as running. */
void mn_run_begin(mn_run *run);

/* ---- runs ---- */

/* Fill a run's bytes; `key` NULL: none. Any thread. */
minos_rc mn_run_fill(mn_run *run, minos_view topic, minos_view identifier, minos_view reply_topic,
                     const minos_view *key, minos_view data);
minos_view mn_run_key(const mn_run *run);

/* ---- rows; on the writer ---- */

/* A row as operations need it. */
typedef struct mn_work {
    int64_t id, message_id;
    minos_view handler;
    const minos_view *key; /* NULL: none */
    int attempt;
} mn_work;

/* Make the key's next row ready, when no row holds the key any more. */
minos_rc mn_work_promote(mn_sql *sql, minos_view handler, minos_view key);
/* Take one off a message's rows, and delete it with the last. */
minos_rc mn_message_release(mn_sql *sql, int64_t message_id);
/* Delete a row with its failures, release its message, promote its key's next. */
minos_rc mn_work_delete(mn_sql *sql, const mn_work *work);
/* Put a row aside, under DEAD or QUARANTINED. */
minos_rc mn_work_bury(mn_sql *sql, const mn_work *work, mn_work_state state, bool holds,
                      minos_view error);
minos_rc mn_failure_add(mn_sql *sql, int64_t work_id, int attempt, int64_t owner,
                        const char *outcome, minos_view error);
/* Give an expiry or other moment stored before the clock fell back, as it is by this clock. */
int64_t mn_moment_by_clock(int64_t at, int64_t stored_at, int64_t now);

/* ---- the parts ---- */

minos_rc mn_finish_store(mn_run *run);
/* Ask for rows when there are places. */
void mn_claim_look(mn_delivery *delivery);
minos_rc mn_tick_loop(void *delivery);
/* A row is due at a moment: the ticker is to look then. */
void mn_tick_look(mn_delivery *delivery, int64_t due_us);
minos_rc mn_reclaim(mn_delivery *delivery, bool starts);
/* Put the rows that run here back, and sign out. */
minos_rc mn_leave(mn_delivery *delivery);
minos_rc mn_relay_loop(void *delivery);
void mn_relay_ring(mn_delivery *delivery);
void mn_room_add(mn_post *post, int64_t rows);
minos_rc mn_room_count(mn_delivery *delivery);
/* Put messages into the outbox; on the writer. */
minos_rc mn_outbox_add(mn_sql *sql, const mn_outgoing *message);
minos_rc mn_outbox_add_all(mn_sql *sql, const minos_buffer *outgoing);

#endif
