/*
 * The writer: groups of operations in one transaction each.
 *
 * A group is open from BEGIN to COMMIT and lives across steps. What has been run in it lies in
 * `group`; when the transaction is lost to one statement (INSERT OR ROLLBACK, an interrupted write,
 * a plain operation's failure), that one's operation fails and the others move to `again`, to be
 * run before the queue in a transaction of their own. Nobody is told before COMMIT has returned.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/env.h"
#include "base/fault.h"
#include "store/inside.h"

#define BUSY_WAIT                                                                                  \
    (500 * MINOS_MS) /* for another process's lock, before withdrawals are looked at */
#define FULL_RETRY  MINOS_S
#define WAL_WAIT    MINOS_MS      /* between two looks whether readers let go of the log */
#define WAL_GIVE_UP (6 * MINOS_S) /* our readings end within 5 s; whoever stays longer is foreign */

static void move_all(mn_list *from, mn_list *to)
{
    mn_list *node;
    while ((node = mn_list_pop(from)) != NULL)
        mn_list_insert(to, node);
}

void mn_writer_finish(mn_store *store, mn_op *op, minos_rc rc)
{
    op->rc = rc;
    if (rc != MINOS_OK)
        op->errors = mn_error_slot_take();
    pthread_mutex_lock(&store->lock);
    store->stats.failed += rc != MINOS_OK;
    mn_list_insert(&store->done, &op->place);
    pthread_mutex_unlock(&store->lock);
}

/* A second fsync may say that all is well when the pages of the first were dropped. */
static void die_of_sync(const char *path)
{
    char line[4300];
    int size = snprintf(line, sizeof line,
                        "minos: %s could not be synced: what was written may be lost, so the "
                        "process ends; a start reads what the disk really holds\n",
                        path);
    mn_env->write_error(line, (size_t)size < sizeof line ? (size_t)size : sizeof line - 1);
    abort();
}

static bool is_sync_failure(int code)
{
    return code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC;
}

/* ---- the disk is full ---- */

static void set_full(mn_store *store, bool full)
{
    store->full = full;
    pthread_mutex_lock(&store->lock);
    store->stats.full = full;
    pthread_mutex_unlock(&store->lock);
}

/* Fail what is not kept, and keep the rest for a later try. */
static void sort_out(mn_store *store, mn_list *list, int code)
{
    mn_list kept;
    mn_list *node;

    mn_list_init(&kept);
    while ((node = mn_list_pop(list)) != NULL) {
        mn_op *op = mn_container(node, mn_op, place);
        if (op->flags & MN_OP_KEPT)
            mn_list_insert(&kept, node);
        else
            mn_writer_finish(store, op,
                             minos_fail_os(MINOS_EFULL, code, "%s: the disk takes no more (%d)",
                                           store->path, code));
    }
    move_all(&kept, list);
}

/* The transaction is gone since the file cannot be written; all of the group is in `again`. */
static void become_full(mn_store *store, int code)
{
    sort_out(store, &store->again, code);
    mn_ballast_drop(store->path);
    set_full(store, true);
    store->retry_at_ns = mn_now() + FULL_RETRY;
}

/* Whether the disk has room again: enough to keep some for the next time. */
static void look_for_room(mn_store *store)
{
    if (mn_list_empty(&store->again) && mn_ballast_make(store->path))
        set_full(store, false);
    else
        store->retry_at_ns = mn_now() + FULL_RETRY;
}

/* ---- the group ---- */

static mn_op *peek(mn_store *store)
{
    mn_list *node = NULL;
    if (!mn_list_empty(&store->again)) {
        node = store->again.next;
    } else {
        pthread_mutex_lock(&store->lock);
        if (!mn_list_empty(&store->queue))
            node = store->queue.next;
        pthread_mutex_unlock(&store->lock);
    }
    return node == NULL ? NULL : mn_container(node, mn_op, place);
}

/* Take the next operation into the open group; NULL when there is none that fits. */
static mn_op *take(mn_store *store)
{
    mn_op *op = NULL;
    mn_list *from = &store->again;

    pthread_mutex_lock(&store->lock);
    if (mn_list_empty(from))
        from = &store->queue;
    if (!mn_list_empty(from)) {
        op = mn_container(from->next, mn_op, place);
        if ((op->flags & MN_OP_ALONE) || ((op->flags & MN_OP_SYNCED) && !store->group_synced)) {
            op = NULL;
        } else {
            mn_list_remove(&op->place);
            op->taken = true;
            store->stats.replayed += from == &store->again;
        }
    }
    pthread_mutex_unlock(&store->lock);
    return op;
}

/* Whether one of those that the next group takes is to be synced. */
static bool wants_sync(mn_store *store)
{
    bool wants = false;
    int count = 0;

    mn_list_each(node, &store->again)
        wants = wants || (mn_container(node, mn_op, place)->flags & MN_OP_SYNCED);
    pthread_mutex_lock(&store->lock);
    for (mn_list *node = store->queue.next;
         node != &store->queue && !wants && count < MN_STORE_GROUP_MAX; node = node->next, count++)
        wants = (mn_container(node, mn_op, place)->flags & MN_OP_SYNCED) != 0;
    pthread_mutex_unlock(&store->lock);
    return wants;
}

static void note_busy(mn_store *store, bool busy)
{
    int64_t now = busy || store->busy_since_ns != 0 ? mn_now() : 0;

    if (!busy && store->busy_since_ns == 0)
        return;
    if (busy && store->busy_since_ns == 0)
        store->busy_since_ns = now - BUSY_WAIT;
    pthread_mutex_lock(&store->lock);
    store->stats.busy_ns = busy ? now - store->busy_since_ns : 0;
    pthread_mutex_unlock(&store->lock);
    if (!busy)
        store->busy_since_ns = 0;
}

int mn_writer_frame(mn_store *store, const char *text)
{
    mn_statement *statement;
    bool row;

    if (mn_sql_prepare(store->sql, text, &statement) == MINOS_OK &&
        mn_statement_step(statement, &row) == MINOS_OK)
        return SQLITE_OK;
    return minos_error_os(minos_error_last());
}

/* End a transaction that may be gone already. */
static void roll_back(mn_store *store)
{
    if (mn_sql_in_transaction(store->sql))
        mn_writer_frame(store, "ROLLBACK");
}

/* The transaction is gone: those that ran in it run again, all but sections. */
static void lose_group(mn_store *store)
{
    mn_list rest;
    mn_list *node;

    roll_back(store);
    mn_list_init(&rest);
    move_all(&store->again, &rest);
    while ((node = mn_list_pop(&store->group)) != NULL) {
        mn_op *op = mn_container(node, mn_op, place);
        if (op->flags & MN_OP_SECTION)
            mn_writer_finish(store, op,
                             minos_fail(MINOS_EAGAIN, "the transaction was undone with another one "
                                                      "of its group: it can be run again"));
        else
            mn_list_insert(&store->again, node);
    }
    move_all(&rest, &store->again);
    store->group_open = false;
}

void mn_writer_lost(mn_store *store, int code)
{
    lose_group(store);
    if (is_sync_failure(code))
        die_of_sync(store->path);
    if (mn_sql_is_unwritable(code))
        become_full(store, code);
}

/* The file is damaged or cannot be had at all: everything fails with what was raised. */
static void fail_all(mn_store *store, minos_rc rc)
{
    mn_error_slot *errors = mn_error_slot_take();
    char why[512];
    mn_list all;
    mn_list *node;

    mn_error_slot_put(errors);
    minos_error_describe(minos_error_last(), why, sizeof why);
    mn_list_init(&all);
    pthread_mutex_lock(&store->lock);
    move_all(&store->again, &all);
    move_all(&store->queue, &all);
    mn_list_each(each, &all)
        mn_container(each, mn_op, place)->taken = true;
    pthread_mutex_unlock(&store->lock);
    while ((node = mn_list_pop(&all)) != NULL)
        mn_writer_finish(store, mn_container(node, mn_op, place), minos_fail(rc, "%s", why));
}

static bool open_group(mn_store *store)
{
    bool synced = wants_sync(store);
    int code;

    if (store->synchronous != (int)synced) {
        code = mn_sqlite.exec(store->sql->db,
                              synced ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL",
                              NULL, NULL, NULL);
        store->synchronous = code == SQLITE_OK ? (int)synced : -1;
    }
    if (mn_fault_hit(MN_FAULT_STORE_BEFORE_BEGIN))
        return false;
    store->sql->busy_until_ns = mn_now() + BUSY_WAIT;
    store->sql->until_ns = INT64_MAX;
    code = mn_writer_frame(store, "BEGIN IMMEDIATE");
    note_busy(store, (code & 0xff) == SQLITE_BUSY);
    if (code == SQLITE_OK) {
        store->group_open = true;
        store->group_synced = synced;
        store->group_count = 0;
        store->group_until_ns = mn_now() + MN_STORE_GROUP_NS;
        return true;
    }
    if ((code & 0xff) == SQLITE_BUSY)
        return false;
    if (mn_sql_is_unwritable(code)) {
        lose_group(store);
        become_full(store, code);
    } else {
        fail_all(store, minos_error_rc(minos_error_last()));
    }
    return false;
}

minos_rc mn_writer_check_deferred(mn_sql *sql)
{
    int now = 0, most = 0;
    mn_sqlite.db_status(sql->db, SQLITE_DBSTATUS_DEFERRED_FKS, &now, &most, 0);
    if (now != 0)
        return minos_fail_os(MINOS_EINVAL, SQLITE_CONSTRAINT_FOREIGNKEY,
                             "a foreign key points nowhere");
    return MINOS_OK;
}

minos_rc mn_writer_run(mn_store *store, mn_op *op)
{
    bool plain = (op->flags & MN_OP_PLAIN) != 0 && store->section == NULL;
    minos_rc rc;

    if (!plain && mn_writer_frame(store, "SAVEPOINT minos_op") != SQLITE_OK)
        return minos_wrap(minos_error_rc(minos_error_last()), "while beginning %s", op->ops->name);
    rc = op->ops->run(op, store->sql);
    if (rc == MINOS_OK && (op->flags & MN_OP_FOREIGN) && store->section == NULL)
        rc = mn_writer_check_deferred(store->sql);
    if (rc == MINOS_OK && mn_fault_hit(MN_FAULT_STORE_BEFORE_RELEASE))
        rc = minos_fail(MINOS_EIO, "a fault was injected");
    if (plain || !mn_sql_in_transaction(store->sql))
        return rc;
    if (rc != MINOS_OK) {
        mn_error_slot *errors = mn_error_slot_take();
        if (mn_writer_frame(store, "ROLLBACK TO minos_op") != SQLITE_OK ||
            mn_writer_frame(store, "RELEASE minos_op") != SQLITE_OK)
            roll_back(store); /* the group is run again without this one */
        mn_error_slot_put(errors);
    } else if (mn_writer_frame(store, "RELEASE minos_op") != SQLITE_OK) {
        rc = minos_error_rc(minos_error_last());
        roll_back(store);
    }
    return rc;
}

static void run_op(mn_store *store, mn_op *op)
{
    minos_rc rc;
    int code;

    store->group_count++;
    if (store->full && !(op->flags & MN_OP_KEPT)) {
        mn_writer_finish(store, op, minos_fail(MINOS_EFULL, "%s: the disk is full", store->path));
        return;
    }
    minos_error_clear();
    if (op->flags & MN_OP_SECTION) {
        mn_writer_section_begin(store, mn_container(op, mn_section, op));
        return;
    }
    store->sql->until_ns = op->flags & MN_OP_FOREIGN ? mn_now() + MN_SECTION_LIMIT : INT64_MAX;
    if (mn_fault_hit(MN_FAULT_STORE_BEFORE_OPERATION))
        rc = minos_fail(MINOS_EIO, "a fault was injected");
    else
        rc = mn_writer_run(store, op);
    store->sql->until_ns = INT64_MAX;
    if (rc == MINOS_OK && mn_sql_in_transaction(store->sql)) {
        mn_list_insert(&store->group, &op->place);
        return;
    }
    if (rc == MINOS_OK) /* ended the transaction and said nothing */
        rc = minos_fail(MINOS_EIO, "%s lost its transaction", op->ops->name);
    code = minos_error_os(minos_error_last());
    if (is_sync_failure(code))
        die_of_sync(store->path);
    if (mn_sql_is_unwritable(code)) {
        mn_list_insert(&store->group, &op->place);
        lose_group(store);
        become_full(store, code);
        return;
    }
    if ((op->flags & MN_OP_PLAIN) || !mn_sql_in_transaction(store->sql)) {
        mn_error_slot *errors = mn_error_slot_take();
        lose_group(store);
        mn_error_slot_put(errors);
    }
    mn_writer_finish(store, op, rc);
}

static void commit_group(mn_store *store)
{
    mn_list *node;
    int code = SQLITE_FULL;
    uint64_t count = 0;

    if (mn_fault_hit(MN_FAULT_STORE_COMMIT_SYNC))
        die_of_sync(store->path);
    if (!mn_fault_hit(MN_FAULT_STORE_COMMIT_FULL) && !mn_fault_hit(MN_FAULT_STORE_BEFORE_COMMIT)) {
        do
            code = mn_writer_frame(store, mn_list_empty(&store->group) ? "ROLLBACK" : "COMMIT");
        while ((code & 0xff) == SQLITE_BUSY);
    }
    if (code != SQLITE_OK) {
        if (is_sync_failure(code))
            die_of_sync(store->path);
        lose_group(store);
        if (mn_sql_is_unwritable(code))
            become_full(store, code);
        else
            fail_all(store, minos_error_rc(minos_error_last()));
        return;
    }
    store->group_open = false;
    if (mn_fault_hit(MN_FAULT_STORE_BEFORE_DONE))
        minos_error_clear(); /* a place to die only: what is committed cannot fail */
    mn_list_each(each, &store->group)
        count++;
    pthread_mutex_lock(&store->lock);
    store->stats.operations += count;
    store->stats.groups += count != 0;
    store->stats.syncs += count != 0 && store->group_synced;
    store->stats.wal_bytes = (int64_t)store->wal_pages * MN_STORE_PAGE_BYTES;
    while ((node = mn_list_pop(&store->group)) != NULL) {
        mn_container(node, mn_op, place)->rc = MINOS_OK;
        mn_list_insert(&store->done, node);
    }
    pthread_mutex_unlock(&store->lock);
    if (store->full && count != 0)
        look_for_room(store);
}

/* ---- steps ---- */

/* Move the log when it is long; false: writing has to wait for those that read it. */
static bool tend_log(mn_store *store)
{
    minos_rc rc;

    if (store->wal_pages < store->wal_pages_try)
        return true;
    rc = mn_checkpoint(store);
    if (rc == MINOS_OK) {
        store->reader_since_ns = 0;
        store->wal_pages_try = MN_STORE_WAL_PAGES;
        return true;
    }
    if (is_sync_failure(minos_error_os(minos_error_last())))
        die_of_sync(store->path);
    if (store->wal_pages < MN_STORE_WAL_PAGES_MAX) {
        store->wal_pages_try = store->wal_pages + MN_STORE_WAL_PAGES / 4;
        return true;
    }
    if (store->reader_since_ns == 0)
        store->reader_since_ns = mn_now();
    return mn_now() - store->reader_since_ns > WAL_GIVE_UP;
}

static void run_alone(mn_store *store, mn_op *op)
{
    minos_rc rc;

    pthread_mutex_lock(&store->lock);
    mn_list_remove(&op->place); /* of the queue, or of none */
    op->taken = true;
    pthread_mutex_unlock(&store->lock);
    minos_error_clear();
    rc = op->ops->run(op, store->sql);
    mn_writer_finish(store, op, rc);
}

/* Some operations wait for room: what comes meanwhile waits behind them, or fails. */
static void wait_full(mn_store *store)
{
    mn_list queue;
    mn_list *node;
    bool closing;

    mn_list_init(&queue);
    pthread_mutex_lock(&store->lock);
    closing = store->closing;
    mn_list_each(each, &store->queue)
        mn_container(each, mn_op, place)->taken = true;
    move_all(&store->queue, &queue);
    pthread_mutex_unlock(&store->lock);
    if (closing)
        mn_list_each(each, &store->again)
            mn_container(each, mn_op, place)->flags &= ~(unsigned)MN_OP_KEPT;
    while ((node = mn_list_pop(&queue)) != NULL) {
        mn_op *op = mn_container(node, mn_op, place);
        if (op->flags & MN_OP_ALONE)
            run_alone(store, op);
        else
            mn_list_insert(&store->again, node);
    }
    sort_out(store, &store->again, SQLITE_FULL);
}

static void run_group(mn_store *store)
{
    mn_op *op;

    while (store->group_open && store->section == NULL && store->group_count < MN_STORE_GROUP_MAX &&
           (store->group_count == 0 || mn_now() < store->group_until_ns) &&
           (op = take(store)) != NULL)
        run_op(store, op);
    if (store->group_open && store->section == NULL)
        commit_group(store);
}

static bool has_done(mn_store *store)
{
    bool has;
    pthread_mutex_lock(&store->lock);
    has = !mn_list_empty(&store->done);
    pthread_mutex_unlock(&store->lock);
    return has;
}

/* Begin what is to be done next, when no group is open. Gives when to look again. */
static int64_t begin_work(mn_store *store)
{
    mn_op *op = peek(store);

    if (store->full && mn_list_empty(&store->again) && mn_now() >= store->retry_at_ns)
        look_for_room(store);
    if (op == NULL)
        return store->full ? store->retry_at_ns : INT64_MAX;
    if (store->full && !mn_list_empty(&store->again) && mn_now() < store->retry_at_ns) {
        wait_full(store);
        return mn_list_empty(&store->again) ? 0 : store->retry_at_ns;
    }
    if (op->flags & MN_OP_ALONE)
        run_alone(store, op);
    else if (store->sql == NULL)
        fail_all(store, minos_fail(MINOS_ECLOSED, "%s is not open", store->path));
    else if (!tend_log(store))
        return mn_now() + WAL_WAIT;
    else if (open_group(store))
        run_group(store);
    else if (store->busy_since_ns != 0)
        return mn_now() + MINOS_MS;
    return 0;
}

int64_t mn_writer_step(void *argument)
{
    mn_store *store = argument;
    int64_t next_ns;

    if (store->section == NULL) {
        next_ns = begin_work(store);
    } else {
        next_ns = mn_writer_section_step(store);
        run_group(store);
    }
    if (has_done(store))
        mn_bell_ring(store->bell);
    return store->section == NULL ? next_ns : store->section->until_ns;
}
