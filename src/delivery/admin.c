/*
 * By hand: pausing handlers, and deciding about rows that were put aside.
 */
#include <string.h>

#include "delivery/inside.h"

typedef struct admin {
    mn_op op;
    const char *handler; /* NULL: as stored */
    int64_t work_id;
    bool resumes;
} admin;

static minos_rc pause_run(mn_op *op, mn_sql *sql)
{
    const admin *self = mn_container(op, admin, op);
    mn_statement *statement;

    if (self->resumes)
        MINOS_TRY(mn_sql_prepare(sql, "DELETE FROM minos_pause WHERE handler = ?1", &statement));
    else
        MINOS_TRY(mn_sql_prepare(sql, "INSERT OR IGNORE INTO minos_pause(handler) VALUES(?1)",
                                 &statement));
    mn_bind_text(statement, 1, minos_view_of(self->handler));
    return mn_statement_run(statement);
}

static const mn_op_ops pause_ops = {.name = "pausing", .run = pause_run};

static minos_rc pause_or_resume(mn_delivery *delivery, const char *handler, bool resumes)
{
    admin self = {.op = {.ops = &pause_ops, .flags = mn_delivery_flags(delivery, MN_OP_SYNCED)},
                  .handler = handler,
                  .resumes = resumes};

    if (handler == NULL || handler[0] == '\0')
        return minos_fail(MINOS_EINVAL, "handler: its name is needed");
    MINOS_TRY(mn_store_run(delivery->store, &self.op));
    for (size_t i = 0; i < delivery->post_count; i++)
        delivery->posts[i].ready = true;
    mn_claim_look(delivery);
    return MINOS_OK;
}

minos_rc mn_delivery_pause(mn_delivery *delivery, const char *handler)
{
    return pause_or_resume(delivery, handler, false);
}

minos_rc mn_delivery_resume(mn_delivery *delivery, const char *handler)
{
    return pause_or_resume(delivery, handler, true);
}

/* ---- rows put aside ---- */

typedef struct aside {
    int64_t message_id;
    int state;
    char handler[256];
    bool keyed;
    char key[256];
    size_t key_bytes;
} aside;

static size_t copy(minos_view from, char *to, size_t size)
{
    size_t bytes = from.size < size ? from.size : size - 1;
    if (bytes != 0)
        memcpy(to, from.data, bytes);
    to[bytes] = '\0';
    return bytes;
}

static minos_rc read_aside(mn_sql *sql, int64_t id, aside *ret_row)
{
    mn_statement *select;
    bool row;

    MINOS_TRY(mn_sql_prepare(
        sql, "SELECT message_id, state, handler, key FROM minos_work WHERE id = ?1", &select));
    mn_bind_int(select, 1, id);
    MINOS_TRY(mn_statement_step(select, &row));
    if (!row)
        return minos_fail(MINOS_ENOTFOUND, "there is no row %lld", (long long)id);
    ret_row->message_id = mn_column_int(select, 0);
    ret_row->state = (int)mn_column_int(select, 1);
    copy(mn_column_view(select, 2), ret_row->handler, sizeof ret_row->handler);
    ret_row->keyed = !mn_column_is_null(select, 3);
    ret_row->key_bytes = copy(mn_column_view(select, 3), ret_row->key, sizeof ret_row->key);
    mn_statement_done(select);
    return MINOS_OK;
}

static bool is_put_aside(const aside *row)
{
    return row->state == MN_WORK_DEAD || row->state == MN_WORK_QUARANTINED;
}

/* Behind the rows of its key that came while it lay aside, in the order of ids among those. */
static minos_rc requeue_run(mn_op *op, mn_sql *sql)
{
    const admin *self = mn_container(op, admin, op);
    minos_view name = minos_view_of(self->handler);
    mn_statement *update;
    aside row;

    MINOS_TRY(read_aside(sql, self->work_id, &row));
    if (!is_put_aside(&row) && (self->handler == NULL || row.state == MN_WORK_RUNNING))
        return minos_fail(MINOS_ENOTFOUND, "row %lld is not put aside", (long long)self->work_id);
    if (self->handler == NULL)
        name = minos_view_of(row.handler);
    MINOS_TRY(mn_sql_prepare(
        sql,
        "UPDATE minos_work SET handler = ?2, state = CASE WHEN key IS NOT NULL AND EXISTS(SELECT 1"
        " FROM minos_work h WHERE h.handler = ?2 AND h.key = minos_work.key AND h.holds = 1 AND"
        " h.state <> 1 AND h.id <> ?1) THEN 1 ELSE 0 END, holds = key IS NOT NULL, base = attempt,"
        " blamed = 0, deaths = 0, not_before = 0, expires_at = 0 WHERE id = ?1",
        &update));
    mn_bind_int(update, 1, self->work_id);
    mn_bind_text(update, 2, name);
    MINOS_TRY(mn_statement_run(update));
    if (row.keyed) /* it may have held the key under its old name */
        return mn_work_promote(sql, minos_view_of(row.handler),
                               minos_view_make(row.key, row.key_bytes));
    return MINOS_OK;
}

static minos_rc drop_run(mn_op *op, mn_sql *sql)
{
    const admin *self = mn_container(op, admin, op);
    minos_view key;
    aside row;

    MINOS_TRY(read_aside(sql, self->work_id, &row));
    if (!is_put_aside(&row))
        return minos_fail(MINOS_ENOTFOUND, "row %lld is not put aside", (long long)self->work_id);
    key = minos_view_make(row.key, row.key_bytes);
    return mn_work_delete(sql, &(mn_work){.id = self->work_id,
                                          .message_id = row.message_id,
                                          .handler = minos_view_of(row.handler),
                                          .key = row.keyed ? &key : NULL});
}

static const mn_op_ops requeue_ops = {.name = "requeueing a row", .run = requeue_run};
static const mn_op_ops drop_ops = {.name = "dropping a row", .run = drop_run};

static minos_rc decide(mn_delivery *delivery, int64_t work_id, const char *handler,
                       const mn_op_ops *ops)
{
    admin self = {.op = {.ops = ops, .flags = mn_delivery_flags(delivery, MN_OP_SYNCED)},
                  .handler = handler,
                  .work_id = work_id};

    MINOS_TRY(mn_store_run(delivery->store, &self.op));
    for (size_t i = 0; i < delivery->post_count; i++)
        delivery->posts[i].ready = true;
    mn_claim_look(delivery);
    return MINOS_OK;
}

minos_rc mn_delivery_requeue(mn_delivery *delivery, int64_t work_id, const char *handler)
{
    return decide(delivery, work_id, handler, &requeue_ops);
}

minos_rc mn_delivery_drop(mn_delivery *delivery, int64_t work_id)
{
    return decide(delivery, work_id, NULL, &drop_ops);
}
