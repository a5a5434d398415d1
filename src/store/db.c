/*
 * The users' client of a store: see minos/db.h. Outside of transactions queries are readings and
 * statements are operations; inside both are commands of the fiber's section.
 */
#include <minos/db.h>

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "store/db.h"
#include "store/foreign.h"

#define RUNS_MAX 10 /* of a transaction whose group was lost to others */

struct minos_db {
    mn_store *store;
};

typedef struct call_op {
    mn_op op;
    mn_foreign_call call;
} call_op;

static minos_rc call_run(mn_op *op, mn_sql *sql)
{
    return mn_foreign_run(sql, &mn_container(op, call_op, op)->call);
}

static const mn_op_ops call_ops = {.name = "a statement", .run = call_run};

minos_rc mn_db_of_store(mn_store *store, minos_db **ret_db)
{
    minos_db *db = mn_new(minos_db);
    db->store = store;
    *ret_db = db;
    return MINOS_OK;
}

mn_store *mn_db_store(minos_db *db)
{
    return db->store;
}

minos_rc minos_db_new(const char *path, minos_db **ret_db)
{
    mn_store_options options = {.path = path};
    mn_store *store;
    MINOS_TRY(mn_store_open(&options, &store));
    return mn_db_of_store(store, ret_db);
}

void minos_db_free(minos_db *db)
{
    if (db == NULL)
        return;
    mn_store_close(db->store);
    free(db);
}

static minos_rc check(const minos_db *db, const char *sql)
{
    if (db == NULL)
        return minos_fail(MINOS_EINVAL, "db: NULL");
    if (sql == NULL)
        return minos_fail(MINOS_EINVAL, "sql: NULL");
    return MINOS_OK;
}

minos_rc minos_db_query(minos_db *db, minos_arena *arena, const char *sql,
                        const minos_value *params, const minos_value **ret_rows)
{
    call_op self = {.op = {.ops = &call_ops, .flags = MN_OP_FOREIGN}};
    mn_section *section;
    minos_rc rc;

    MINOS_TRY(check(db, sql));
    if (arena == NULL || ret_rows == NULL)
        return minos_fail(MINOS_EINVAL, "%s: NULL", arena == NULL ? "arena" : "ret_rows");
    section = mn_section_of(db->store);
    /* Filled on another thread: the caller's arena may be in use by fibers beside this one. */
    self.call = (mn_foreign_call){.text = sql,
                                  .params = params,
                                  .reads_only = section == NULL,
                                  .arena = minos_arena_new(MINOS_DB_ROWS_BYTES_MAX)};
    rc = section == NULL ? mn_store_read(db->store, &self.op) : mn_section_run(section, &self.op);
    if (rc == MINOS_OK)
        rc = minos_value_dup(arena, self.call.rows, ret_rows);
    minos_arena_free(self.call.arena);
    return rc;
}

minos_rc minos_db_exec(minos_db *db, const char *sql, const minos_value *params,
                       minos_db_result *ret_result)
{
    call_op self = {.op = {.ops = &call_ops, .flags = MN_OP_FOREIGN | MN_OP_SYNCED}};
    mn_section *section;

    MINOS_TRY(check(db, sql));
    section = mn_section_of(db->store);
    self.call = (mn_foreign_call){.text = sql, .params = params};
    if (section == NULL)
        MINOS_TRY(mn_store_run(db->store, &self.op));
    else
        MINOS_TRY(mn_section_run(section, &self.op));
    if (ret_result != NULL)
        *ret_result = (minos_db_result){self.call.changes, self.call.last_id};
    return MINOS_OK;
}

static minos_rc run_once(minos_db *db, minos_db_transaction_fn *fn, void *argument)
{
    mn_section *section;
    minos_rc rc;

    MINOS_TRY(mn_section_open(db->store, MN_SECTION_LIMIT, &section));
    rc = fn(db, argument);
    if (rc == MINOS_OK)
        return mn_section_commit(section, NULL);
    mn_section_undo(section);
    return rc;
}

minos_rc minos_db_transaction(minos_db *db, minos_db_transaction_fn *fn, void *argument)
{
    minos_rc rc = MINOS_EAGAIN;

    if (db == NULL || fn == NULL)
        return minos_fail(MINOS_EINVAL, "%s: NULL", db == NULL ? "db" : "fn");
    if (mn_section_of(db->store) != NULL)
        return fn(db, argument);
    for (int i = 0; i < RUNS_MAX && rc == MINOS_EAGAIN; i++)
        rc = run_once(db, fn, argument);
    return rc;
}
