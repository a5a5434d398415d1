/*
 * Delivery: a service's inbox and outbox on its store, and with them the promise that nothing that
 * was accepted is lost, whatever dies when (docs/internals/delivery.md).
 *
 * A message is received: stored once, with a row of work for each handler of its topic. A row is
 * claimed, its handler run on a fiber, and finished: what the handler sent and replied is stored in
 * the transaction that ends the row. The relay takes the outbox to the broker.
 *
 * Messages are opaque bytes; topic, identifier and whom to reply to are given beside them. Handlers
 * and the broker are tables of functions. Times of rows are wall-clock microseconds. All belongs to
 * the store's loop; what says "on the writer" runs on the store's thread, inside a transaction.
 */
#ifndef MN_DELIVERY_DELIVERY_H
#define MN_DELIVERY_DELIVERY_H

#include <minos/route.h>
#include <minos/time.h>
#include <minos/view.h>

#include "base/buffer.h"
#include "store/store.h"

#define MN_DELIVERY_HANDLERS_MAX  32              /* of one topic */
#define MN_DELIVERY_PRIORITY_MAX  9               /* 0 goes first */
#define MN_DELIVERY_CONCURRENCY   64              /* runs at once in a process */
#define MN_DELIVERY_ROOM_MAX      100000          /* rows of a handler, those that are over apart */
#define MN_DELIVERY_ATTEMPTS_MAX  10              /* faults, then the row is dead */
#define MN_DELIVERY_BACKOFF       MINOS_S         /* before the second attempt, then doubled */
#define MN_DELIVERY_BACKOFF_MAX   (5 * MINOS_MIN) /* ± 20 % */
#define MN_DELIVERY_DEDUP_MAX     1000000         /* marks */
#define MN_DELIVERY_DEDUP_AGE     (24 * MINOS_H)
#define MN_DELIVERY_REPLY_BYTES   65536 /* of a reply that is kept for repetitions */
#define MN_DELIVERY_REPLY_AGE     (10 * MINOS_MIN)
#define MN_DELIVERY_MESSAGE_BYTES (64 << 20) /* of a message, of what one run sends */
#define MN_DELIVERY_BLAMED_MAX    2          /* deaths by this row's fault */
#define MN_DELIVERY_DEATHS_MAX    5          /* deaths by a fault whose row is not known */
#define MN_DELIVERY_TICK          MINOS_S
#define MN_DELIVERY_SWEEP         (10 * MINOS_S)
#define MN_DELIVERY_ERROR_BYTES   512

typedef struct mn_delivery mn_delivery;

/* States as stored; never renumbered. */
typedef enum mn_work_state {
    MN_WORK_READY = 0,
    MN_WORK_WAITING = 1, /* behind another row of its handler and key */
    MN_WORK_DELAYED = 2,
    MN_WORK_RUNNING = 3,
    MN_WORK_DEAD = 4,
    MN_WORK_QUARANTINED = 5
} mn_work_state;

/* The tables, for mn_store_options.schemas. */
extern const mn_schema mn_delivery_schema;

/* ---- handlers ---- */

/* One that this process runs; static or outliving the delivery. */
typedef struct mn_delivery_handler {
    const char *name; /* stable: rows are stored under it */
    const char *topic;
    minos_kind kind;
    int concurrency; /* most runs at once in this process; 0: no limit of its own */
    int64_t room;    /* rows; 0: MN_DELIVERY_ROOM_MAX */
    bool retry;      /* a fault is retried although a caller waits */
    bool hold_key;   /* a dead row holds its key until it is requeued or dropped */
} mn_delivery_handler;

/* How a run ended. */
typedef enum mn_outcome_kind {
    MN_OUTCOME_FAULT, /* the default: any failure that is not the peer's */
    MN_OUTCOME_OK,
    MN_OUTCOME_REFUSED, /* the request's fault: minos_reject */
    MN_OUTCOME_RETRY,   /* the handler asks to be run again after `after` */
    MN_OUTCOME_DEAD,    /* the handler says that it never will succeed */
    MN_OUTCOME_DROP     /* the handler wants to hear no more of it */
} mn_outcome_kind;

typedef struct mn_delivery_outcome {
    mn_outcome_kind kind;
    minos_duration after; /* of RETRY */
    bool replies;         /* `reply` is to be sent when somebody waits; also of failures */
    minos_view reply;     /* wire bytes, borrowed from the run or longer */
    char error[MN_DELIVERY_ERROR_BYTES]; /* for the record; empty for none */
} mn_delivery_outcome;
/* What is being run. All views live until the run function returns. */
typedef struct mn_run mn_run;
const mn_delivery_handler *mn_run_handler(const mn_run *run);
minos_view mn_run_topic(const mn_run *run);
minos_view mn_run_identifier(const mn_run *run);
minos_view mn_run_reply_topic(const mn_run *run); /* empty: nobody waits */
minos_view mn_run_data(const mn_run *run);
int mn_run_attempt(const mn_run *run);  /* from 1 */
int64_t mn_run_work(const mn_run *run); /* the row's id, never reused */

/* A message on its way out. */
typedef struct mn_outgoing {
    int64_t id; /* the relay's */
    minos_view topic;
    minos_view key; /* empty: none */
    minos_view identifier;
    minos_view data;
    minos_timestamp not_before; /* 0: at once */
    minos_timestamp expires_at; /* 0: never */
    /* Set by the transport. */
    enum { MN_SENT_AWAY, MN_SENT_CONFIRMED, MN_SENT_REFUSED } result;
    char why[128]; /* of a refusal */
} mn_outgoing;

/*
 * Send a message when the run succeeds, copied; discarded when it does not. MINOS_ETOOBIG: the run
 * sends more than MN_DELIVERY_MESSAGE_BYTES. Does not yield.
 */
minos_rc mn_run_send(mn_run *run, const mn_outgoing *message);

/* Who ended when an owner died, as far as it is known. */
typedef struct mn_death {
    bool by_fault;   /* a fatal signal of its own, not a kill from outside */
    int64_t work_id; /* the row whose handler was running; 0: not known */
    const char *report;
} mn_death;

/* What the delivery asks of the one who uses it. */
typedef struct mn_delivery_ops {
    const char *name;
    /* Run a handler; the outcome is zeroed before. On a fiber of its own; yields. Required. */
    void (*run)(void *self, mn_run *run, mn_delivery_outcome *outcome);
    /*
     * A topic takes messages or, since a handler has no room, does not. Must not wait. NULL: the
     * receiver looks at MINOS_EFULL.
     */
    void (*intake)(void *self, const char *topic, bool open);
    /* Tell of the death of the owner of a slot; `*ret` is zeroed. On the writer. NULL: unknown. */
    void (*death_of)(void *self, int slot, mn_death *ret_death);
} mn_delivery_ops;

/* A broker, to publish to. */
typedef struct mn_transport_ops {
    const char *name;
    bool keeps_order; /* of one key, also when a publication is repeated */
    /*
     * Publish messages and wait until each is confirmed or refused; AWAY is what it finds and what
     * it leaves for those not settled, which are published again. Topic and identifier count, not
     * what the bytes say of them: the reply kept for a repeated request is sent under its
     * identifier. Yields.
     */
    void (*publish)(void *self, mn_outgoing *messages, size_t count);
} mn_transport_ops;

/* ---- life ---- */

typedef struct mn_delivery_options {
    mn_store *store; /* open with mn_delivery_schema; outlives the delivery */
    const mn_delivery_handler *handlers;
    size_t handler_count;
    const mn_delivery_ops *ops;
    void *self;
    const mn_transport_ops *transport; /* NULL: the outbox is left to another process */
    void *transport_self;
    int concurrency;  /* runs at once in this process; 0: MN_DELIVERY_CONCURRENCY */
    size_t dedup_max; /* marks; 0: MN_DELIVERY_DEDUP_MAX */
    bool synced; /* false: survives the process only (`queue: memory` is that without a file) */
} mn_delivery_options;

/*
 * Take an owner's slot, take up what dead owners left, and begin to claim. MINOS_EINVAL: two
 * handlers of one name, more than MN_DELIVERY_HANDLERS_MAX on a topic. Yields.
 */
minos_rc mn_delivery_start(const mn_delivery_options *options, mn_delivery **ret_delivery);
/*
 * Claim no more, wait for what runs until the deadline, cancel it then, and free all; rows that did
 * not finish are ready again. NULL does nothing. Yields, deaf to cancel.
 */
void mn_delivery_stop(mn_delivery *delivery, minos_deadline deadline);

/* ---- in ---- */

typedef struct mn_incoming {
    minos_view topic;
    minos_view identifier;
    minos_view token; /* one a request, whatever its identifier; empty: never a duplicate */
    minos_view reply_topic;
    minos_view data;
    const minos_view *keys;     /* one a handler of the topic, in their order; NULL: none */
    int priority;               /* 0 .. MN_DELIVERY_PRIORITY_MAX */
    minos_timestamp not_before; /* 0: at once */
    minos_timestamp expires_at; /* 0: never */
    minos_view undecodable;     /* why; empty: it is not */
} mn_incoming;

typedef struct mn_receive mn_receive;
struct mn_receive {
    mn_op op; /* zero but for what the delivery sets */
    mn_incoming message;
    void (*done)(mn_receive *receive, minos_rc rc); /* of mn_delivery_submit; must not wait */
    /* Told by it. */
    bool duplicate;
    int stored; /* rows of work; 0: a duplicate, or nobody handles the topic */
    /* The delivery's. */
    mn_delivery *delivery;
    int64_t id;                             /* of the message */
    mn_run *runs[MN_DELIVERY_HANDLERS_MAX]; /* places kept, by handler of the topic */
    bool starts[MN_DELIVERY_HANDLERS_MAX];  /* stored as running */
};

/*
 * Store a message, once, and begin its handlers. After MINOS_OK it may be acknowledged to the
 * broker: row and mark are on the disk. MINOS_EFULL: a handler, or the disk, has no room; nothing
 * is stored. Yields.
 */
minos_rc mn_delivery_receive(mn_delivery *delivery, const mn_incoming *message);
/* The same without waiting: `done` is told. The struct and what its views show live until then. */
void mn_delivery_submit(mn_delivery *delivery, mn_receive *receive);

/* ---- out, and by hand ---- */

/* Put messages into the outbox in a transaction of its own; all or none. Yields. */
minos_rc mn_delivery_send(mn_delivery *delivery, const mn_outgoing *messages, size_t count);
/* Stop or go on claiming a handler's rows, of all processes on the store and beyond restarts. */
minos_rc mn_delivery_pause(mn_delivery *delivery, const char *handler);
minos_rc mn_delivery_resume(mn_delivery *delivery, const char *handler);
/*
 * Run a dead or quarantined row again, or one of an unknown handler; `handler` NULL: as stored. Its
 * attempts begin anew, its numbers do not. MINOS_ENOTFOUND: there is no such row in such a state.
 */
minos_rc mn_delivery_requeue(mn_delivery *delivery, int64_t work_id, const char *handler);
/* Delete such a row. Both yield. */
minos_rc mn_delivery_drop(mn_delivery *delivery, int64_t work_id);

typedef struct mn_delivery_stats {
    uint64_t received;   /* messages stored */
    uint64_t duplicates; /* messages not stored again */
    uint64_t unhandled;  /* messages nobody handles */
    uint64_t runs;
    uint64_t finished;
    uint64_t zombies;   /* finishes that came too late and changed nothing */
    uint64_t retried;   /* rows put back by a retry */
    uint64_t dead;      /* rows buried */
    uint64_t expired;   /* rows and outgoing messages never tried in time, dropped */
    uint64_t reclaimed; /* rows of dead owners */
    uint64_t quarantined;
    uint64_t promoted; /* rows that waited for nobody: a fault of ours */
    uint64_t sent;     /* confirmed by the transport */
    uint64_t refused;  /* by it, for good */
    int64_t running;   /* now */
} mn_delivery_stats;

mn_delivery_stats mn_delivery_stats_of(const mn_delivery *delivery);

#endif
