/*
 * A store: one SQLite file with one writer, on which delivery, the sqlite broker and users' clients
 * work by operations.
 *
 * An operation is a struct that its caller embeds in one of its own; the writer runs it on a thread
 * of its own, together with others, in one transaction: at most 100 operations or 5 ms a group,
 * nobody is waited for. It is done when COMMIT has returned, never before.
 *
 *     typedef struct put { mn_op op; minos_view word; int64_t id; } put;
 *
 *     static minos_rc put_run(mn_op *op, mn_sql *sql)
 *     {
 *         put *self = mn_container(op, put, op);
 *         mn_statement *insert;
 *         MINOS_TRY(mn_sql_prepare(sql, "INSERT INTO word(text) VALUES(?1)", &insert));
 *         mn_bind_text(insert, 1, self->word);
 *         MINOS_TRY(mn_statement_run(insert));
 *         self->id = mn_sql_last_id(sql);
 *         return MINOS_OK;
 *     }
 *     static const mn_op_ops put_ops = {.name = "put", .run = put_run};
 *
 *     put self = {.op = {.ops = &put_ops, .flags = MN_OP_SYNCED}, .word = word};
 *     MINOS_TRY(mn_store_run(store, &self.op));
 *
 * Invariants: an operation's memory is its caller's until it is done, and is never left behind; a
 * group either is committed whole or run again without the operation that lost it, so `run` may be
 * called several times and the last one counts; operations take effect in the order they were
 * submitted.
 *
 * A store belongs to the loop that opened it, is opened after fork only, and is shared by whoever
 * opens the same file on that loop: nothing else in a process opens or closes the file.
 */
#ifndef MN_STORE_STORE_H
#define MN_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <minos/error.h>
#include <minos/time.h>

#include "base/error.h"
#include "base/list.h"
#include "fiber/fiber.h"
#include "store/sql.h"

#define MN_STORE_GROUP_MAX 100 /* operations */
#define MN_STORE_GROUP_NS  (5 * MINOS_MS)

typedef struct mn_store mn_store;
typedef struct mn_op mn_op;

/* ---- the file ---- */

/* Tables of one part of the program. Steps that were released are never changed, only added to. */
typedef struct mn_schema {
    const char *name; /* "delivery"; the version is kept under it */
    const char *const
        *steps; /* SQL from one version to the next, the first from nothing; NULL-ended */
} mn_schema;

typedef struct mn_store_options {
    const char *path;    /* of the file; made with its folders when it is not there */
    const char *service; /* whom the file belongs to; NULL: users' own file, without our tables */
    const mn_schema *const *schemas; /* NULL-ended; brought to their versions; NULL: none */
} mn_store_options;

/*
 * Open a store, or share it when this loop has it open: then only the schemas are brought up.
 * MINOS_EAGAIN: another process holds the file for itself. MINOS_EIO: it cannot be opened, is
 * damaged or has been emptied. MINOS_ECONFIG: it is of a newer version, of another service, or no
 * store of ours. MINOS_ENOTSUP: no SQLite. Never begins anew over what was there. Yields.
 */
minos_rc mn_store_open(const mn_store_options *options, mn_store **ret_store);
/*
 * Give a store back; the last user's call waits for the operations submitted and closes the file.
 * NULL does nothing. Yields, deaf to cancel.
 */
void mn_store_close(mn_store *store);
/* The file's path as it was given by the first that opened it. */
const char *mn_store_path(const mn_store *store);

/* ---- operations ---- */

enum {
    MN_OP_SYNCED = 1, /* survives a power cut; else the end of the process only */
    MN_OP_KEPT = 2,   /* waits in memory while the disk is full; else fails: MINOS_EFULL */
    MN_OP_DEAF = 4,   /* not withdrawn by cancel or deadline while it waits for its turn */
    MN_OP_PLAIN =
        8, /* no savepoint: its failure costs the group a second run. For what rarely fails */
    MN_OP_FOREIGN = 16 /* runs SQL of users: behind the authorizer, deferred keys are checked */
};

/* What an operation does; static. */
typedef struct mn_op_ops {
    const char *name; /* for messages */
    /*
     * Do it, in a savepoint of the group's transaction, on the writer's thread: no waiting, nothing
     * of the loop but the operation's own memory. A failure undoes this operation only. Called
     * again from the start when the group was lost to another. Required.
     */
    minos_rc (*run)(mn_op *op, mn_sql *sql);
    /*
     * Told on the store's loop after COMMIT, or after the failure, whose errors then lie in the
     * running fiber's slot; may free or submit the operation again; must not wait. For operations
     * of mn_store_submit; NULL: nobody wants to know.
     */
    void (*done)(mn_op *op, minos_rc rc);
} mn_op_ops;

struct mn_op {
    const mn_op_ops *ops;
    unsigned flags; /* MN_OP_… */
    /* The store's until it is done. */
    bool taken; /* its turn has come; guarded by the store's lock */
    bool told;  /* it is done; the loop's */
    minos_rc rc;
    mn_list place; /* in the queue, the group or the list of those done */
    mn_fiber *waiter;
    mn_error_slot *errors;
};

/*
 * Run an operation and wait until it is committed. Gives what it gave, with its errors; ECANCELED
 * or ETIMEDOUT when the fiber's wait ended before its turn: then it never runs. Once it runs its
 * end is waited for. MINOS_EFULL: the disk takes no more. Yields.
 */
minos_rc mn_store_run(mn_store *store, mn_op *op);
/* Submit an operation and go on; its `done` is told. On the store's loop. Does not yield. */
void mn_store_submit(mn_store *store, mn_op *op);
/*
 * Run an operation that only reads, on a connection and thread of its own, within one snapshot and
 * 5 s (MINOS_ETIMEDOUT). Flags but MN_OP_FOREIGN are ignored; `run` copies what it reads. Yields.
 */
minos_rc mn_store_read(mn_store *store, mn_op *op);

/* ---- its state ---- */

typedef struct mn_store_stats {
    uint64_t operations;  /* committed */
    uint64_t groups;      /* committed */
    uint64_t syncs;       /* groups that were synced */
    uint64_t failed;      /* operations that failed */
    uint64_t replayed;    /* operations run again since their group was lost */
    uint64_t checkpoints; /* that moved the whole log */
    int64_t busy_ns;      /* for how long another process has kept the writer waiting; 0: not */
    int64_t wal_bytes;    /* size of the log when last committed */
    bool full;            /* the disk is full: the service is not ready, only MN_OP_KEPT is taken */
} mn_store_stats;

/* Any time, on the store's loop. Does not yield. */
mn_store_stats mn_store_stats_of(mn_store *store);

#endif
