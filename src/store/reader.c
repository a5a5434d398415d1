/*
 * Readings: each on a connection of its own, on a thread of the pool, within one snapshot. A log
 * cannot be begun anew while a snapshot needs it, so none lives longer than 5 s.
 */
#include "base/alloc.h"
#include "base/env.h"
#include "store/inside.h"

#define READING_MAX (5 * MINOS_S)
#define BUSY_WAIT                                                                                  \
    MINOS_S /* recovery of the log by another process; readings wait for nothing else */

static const char settings[] = "PRAGMA query_only=ON;"
                               "PRAGMA mmap_size=0;"
                               "PRAGMA cache_size=-1024;" /* KiB */
                               "PRAGMA trusted_schema=OFF;";

typedef struct reading {
    mn_store *store;
    mn_op *op;
    mn_sql *sql; /* NULL: to be opened */
    int64_t until_ns;
} reading;

static minos_rc open_reader(reading *self)
{
    minos_rc rc;
    MINOS_TRY(mn_sql_open(self->store->path, true, &self->sql));
    self->sql->busy_until_ns = self->until_ns;
    rc = mn_sql_exec(self->sql, settings);
    if (rc != MINOS_OK)
        mn_sql_close(mn_take(&self->sql));
    return rc;
}

static minos_rc read_in_snapshot(void *argument)
{
    reading *self = argument;
    minos_rc rc;

    if (self->sql == NULL)
        MINOS_TRY(open_reader(self));
    self->sql->busy_until_ns = mn_now() + BUSY_WAIT;
    self->sql->until_ns = self->until_ns;
    MINOS_TRY(mn_sql_exec(self->sql, "BEGIN"));
    rc = self->op->ops->run(self->op, self->sql);
    self->sql->until_ns = INT64_MAX;
    mn_sqlite.exec(self->sql->db, "ROLLBACK", NULL, NULL, NULL);
    return rc;
}

minos_rc mn_store_read(mn_store *store, mn_op *op)
{
    reading self = {.store = store, .op = op};
    minos_rc rc;

    MINOS_TRY(minos_semaphore_acquire(store->reading, minos_deadline_never()));
    if (store->reader_count != 0)
        self.sql = store->readers[--store->reader_count];
    self.until_ns =
        minos_deadline_min(minos_deadline_in(READING_MAX), minos_fiber_deadline()).at_ns;
    rc = minos_offload(read_in_snapshot, &self);
    if (self.sql != NULL)
        store->readers[store->reader_count++] = self.sql;
    minos_semaphore_release(store->reading);
    return rc;
}

void mn_readers_close(mn_store *store)
{
    while (store->reader_count != 0)
        mn_sql_close(store->readers[--store->reader_count]);
}
