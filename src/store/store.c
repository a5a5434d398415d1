/*
 * The loop's side of a store: opening, sharing, submitting, telling. The writer's is in writer.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/task.h"
#include "store/inside.h"

/* Stores of this thread's loop. */
static _Thread_local mn_list stores;

static mn_list *stores_of_thread(void)
{
    if (stores.next == NULL)
        mn_list_init(&stores);
    return &stores;
}

/* ---- operations ---- */

void mn_store_submit(mn_store *store, mn_op *op)
{
    op->taken = op->told = false;
    op->rc = MINOS_OK;
    op->errors = NULL;
    store->pending++;
    pthread_mutex_lock(&store->lock);
    mn_list_insert(&store->queue, &op->place);
    pthread_mutex_unlock(&store->lock);
    mn_thread_ring(store->writer);
}

bool mn_store_withdraw(mn_store *store, mn_op *op)
{
    bool queued;

    pthread_mutex_lock(&store->lock);
    queued = !op->taken;
    if (queued)
        mn_list_remove(&op->place);
    pthread_mutex_unlock(&store->lock);
    store->pending -= queued ? 1 : 0;
    return queued;
}

minos_rc mn_store_run(mn_store *store, mn_op *op)
{
    bool deaf = (op->flags & MN_OP_DEAF) != 0;

    op->waiter = mn_fiber_current();
    if (op->waiter == NULL)
        return minos_fail(MINOS_ESTATE, "a store is used on a fiber only");
    mn_store_submit(store, op);
    while (!op->told) {
        minos_rc rc;
        if (deaf) {
            minos_ignore(mn_fiber_park_shielded(minos_deadline_never())); /* wakes only */
            continue;
        }
        rc = mn_fiber_park(minos_deadline_never());
        if (rc != MINOS_OK && mn_store_withdraw(store, op))
            return minos_fail(rc, "%s while %s waited for its turn", minos_rc_text(rc),
                              op->ops->name);
        deaf = rc != MINOS_OK;
    }
    if (op->rc != MINOS_OK)
        mn_error_slot_put(mn_take(&op->errors));
    return op->rc;
}

static void tell(mn_op *op)
{
    minos_rc rc = op->rc;

    op->told = true;
    if (op->waiter != NULL) {
        mn_fiber_wake(op->waiter);
        return;
    }
    if (rc != MINOS_OK)
        mn_error_slot_put(mn_take(&op->errors));
    if (op->ops->done != NULL)
        op->ops->done(op, rc);
    minos_error_clear();
}

/* The fiber that tells. */
static minos_rc wake_all(void *argument)
{
    mn_store *store = argument;

    for (;;) {
        mn_list done;
        mn_list *node;

        mn_list_init(&done);
        pthread_mutex_lock(&store->lock);
        while ((node = mn_list_pop(&store->done)) != NULL)
            mn_list_insert(&done, node);
        pthread_mutex_unlock(&store->lock);
        while ((node = mn_list_pop(&done)) != NULL) {
            store->pending--;
            tell(mn_container(node, mn_op, place));
        }
        if (store->waker_stops && store->pending == 0)
            return MINOS_OK;
        mn_bell_wait_shielded(store->bell);
    }
}

mn_store_stats mn_store_stats_of(mn_store *store)
{
    mn_store_stats stats;
    pthread_mutex_lock(&store->lock);
    stats = store->stats;
    pthread_mutex_unlock(&store->lock);
    return stats;
}

const char *mn_store_path(const mn_store *store)
{
    return store->path;
}

/* ---- opening ---- */

typedef struct open_op {
    mn_op op;
    mn_store *store;
    const mn_schema *const *schemas; /* NULL: none */
} open_op;

static minos_rc open_run(mn_op *op, mn_sql *sql)
{
    open_op *self = mn_container(op, open_op, op);

    if (sql == NULL)
        MINOS_TRY(mn_file_open(self->store));
    for (const mn_schema *const *schema = self->schemas; schema != NULL && *schema != NULL;
         schema++) {
        minos_rc rc = mn_schema_apply(self->store, *schema);
        if (rc != MINOS_OK)
            return minos_wrap(rc, "while opening the store %s", self->store->path);
    }
    return MINOS_OK;
}

static minos_rc close_run(mn_op *op, mn_sql *sql)
{
    open_op *self = mn_container(op, open_op, op);
    (void)sql;
    mn_sql_close(mn_take(&self->store->checkpoint));
    mn_sql_close(mn_take(&self->store->sql));
    return MINOS_OK;
}

static const mn_op_ops open_ops = {.name = "opening", .run = open_run};
static const mn_op_ops close_ops = {.name = "closing", .run = close_run};

/* The same text for the same file, whether it is there or not. */
static char *real_path_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash == NULL ? mn_strdup(".") : mn_strdup(path);
    size_t size = strlen(path) + 2;
    char *real, *whole;

    if (slash != NULL)
        folder[slash == path ? 1 : slash - path] = '\0';
    real = realpath(folder, NULL);
    size += strlen(real == NULL ? folder : real);
    whole = mn_alloc(size);
    snprintf(whole, size, "%s/%s", real == NULL ? folder : real, slash == NULL ? path : slash + 1);
    free(real);
    free(folder);
    return whole;
}

static void store_free(mn_store *store)
{
    if (store->waker != NULL) {
        store->waker_stops = true;
        mn_bell_ring(store->bell);
        minos_ignore(mn_fiber_join(store->waker, minos_deadline_never())); /* it always gives OK */
    }
    mn_thread_stop(store->writer);
    mn_bell_free(store->bell);
    minos_semaphore_free(store->reading);
    pthread_mutex_destroy(&store->lock);
    mn_list_remove(&store->all);
    free(store->path);
    free(store->real_path);
    free(store->service);
    free(store);
}

static mn_store *store_new(const mn_store_options *options, char *real_path)
{
    mn_store *store = mn_new(mn_store);

    store->path = mn_strdup(options->path);
    store->real_path = real_path;
    store->service = options->service == NULL ? NULL : mn_strdup(options->service);
    store->synchronous = -1;
    pthread_mutex_init(&store->lock, NULL);
    mn_list_init(&store->queue);
    mn_list_init(&store->done);
    mn_list_init(&store->group);
    mn_list_init(&store->again);
    mn_list_insert(stores_of_thread(), &store->all);
    return store;
}

static minos_rc store_start(mn_store *store)
{
    MINOS_TRY(mn_bell_new(&store->bell));
    MINOS_TRY(minos_semaphore_new(MN_STORE_READERS_MAX, &store->reading));
    MINOS_TRY(mn_thread_start("minos-store", mn_writer_step, store, &store->writer));
    return mn_fiber_start("store", wake_all, store, &store->waker);
}

static mn_store *find(const char *real_path)
{
    mn_list_each(node, stores_of_thread()) {
        mn_store *store = mn_container(node, mn_store, all);
        if (!store->shut && strcmp(store->real_path, real_path) == 0)
            return store;
    }
    return NULL;
}

static minos_rc check_options(const mn_store_options *options)
{
    if (options->path == NULL || options->path[0] == '\0' || strlen(options->path) > 4000)
        return minos_fail(MINOS_EINVAL, "path: a store needs one of 1..4000 bytes");
    if (options->service != NULL && (options->service[0] == '\0' || strlen(options->service) > 255))
        return minos_fail(MINOS_EINVAL, "service: a name has 1..255 bytes");
    if (mn_fiber_current() == NULL)
        return minos_fail(MINOS_ESTATE, "a store is opened on a fiber only");
    return MINOS_OK;
}

minos_rc mn_store_open(const mn_store_options *options, mn_store **ret_store)
{
    open_op open = {.op = {.ops = &open_ops, .flags = MN_OP_ALONE}, .schemas = options->schemas};
    minos_rc rc = MINOS_OK;
    char *real_path;

    MINOS_TRY(check_options(options));
    MINOS_TRY(mn_folders_make(options->path));
    real_path = real_path_of(options->path);
    open.store = find(real_path);
    if (open.store == NULL) {
        open.store = store_new(options, real_path);
        rc = store_start(open.store);
    } else {
        free(real_path);
        if (options->service != NULL &&
            (open.store->service == NULL || strcmp(open.store->service, options->service) != 0))
            return minos_fail(MINOS_ECONFIG, "%s is open for %s, not for %s", options->path,
                              open.store->service == NULL ? "no service" : open.store->service,
                              options->service);
    }
    open.store->users++;
    if (rc == MINOS_OK)
        rc = mn_store_run(open.store, &open.op);
    if (rc != MINOS_OK) {
        mn_error_slot *errors = mn_error_slot_take();
        mn_store_close(open.store);
        mn_error_slot_put(errors);
        return rc;
    }
    *ret_store = open.store;
    return MINOS_OK;
}

void mn_store_close(mn_store *store)
{
    open_op closing = {.op = {.ops = &close_ops, .flags = MN_OP_ALONE | MN_OP_DEAF}};

    if (store == NULL || --store->users != 0)
        return;
    store->shut = true; /* who opens the file while this one closes gets a store of its own */
    mn_readers_close(store);
    if (store->waker != NULL) {
        pthread_mutex_lock(&store->lock);
        store->closing = true;
        pthread_mutex_unlock(&store->lock);
        closing.store = store;
        minos_ignore(mn_store_run(store, &closing.op)); /* gives OK */
    }
    store_free(store);
}
