/*
 * Reclaim: rows that run for an owner that is dead are ready again, attempts kept. When it is known
 * whose handler killed it, that row is blamed: it runs alone the next time, and after the second
 * time it is quarantined. A kill from outside blames nobody.
 */
#include <stdio.h>
#include <string.h>

#include "delivery/inside.h"

typedef struct reclaim {
    mn_op op;
    mn_delivery *delivery;
    bool starts; /* this process begins: whatever held its slot before is dead */
    unsigned rows, quarantined;
} reclaim;

/* The next dead owner; 0: none. */
static minos_rc find_dead(const reclaim *self, mn_sql *sql, int64_t *ret_owner, int *ret_slot)
{
    mn_statement *select;
    bool row;

    MINOS_TRY(
        mn_sql_prepare(sql, "SELECT owner, slot FROM minos_owner WHERE owner <> ?1", &select));
    mn_bind_int(select, 1, self->delivery->owner);
    for (;;) {
        MINOS_TRY(mn_statement_step(select, &row));
        if (!row) {
            *ret_owner = 0;
            return MINOS_OK;
        }
        *ret_owner = mn_column_int(select, 0);
        *ret_slot = (int)mn_column_int(select, 1);
        if (*ret_slot == mn_owner_slot(self->delivery->slot) ||
            !mn_owner_alive(self->delivery->slot, *ret_slot))
            break;
    }
    mn_statement_done(select);
    return MINOS_OK;
}

/* Quarantine what is too dangerous to run; the others are ready. */
static minos_rc put_back(mn_sql *sql, int64_t owner, const mn_death *death)
{
    mn_statement *update;
    bool known = death->work_id != 0;

    MINOS_TRY(mn_sql_prepare(sql,
                             "UPDATE minos_work SET state = 0, owner = NULL,"
                             " blamed = blamed + (?2 AND id = ?3), deaths = deaths + ?4"
                             " WHERE owner = ?1 AND state = 3",
                             &update));
    mn_bind_int(update, 1, owner);
    mn_bind_int(update, 2, death->by_fault && known);
    mn_bind_int(update, 3, death->work_id);
    mn_bind_int(update, 4, death->by_fault && !known);
    return mn_statement_run(update);
}

static minos_rc count_running(mn_sql *sql, int64_t owner, unsigned *ret_rows)
{
    mn_statement *select;
    bool row;
    MINOS_TRY(mn_sql_prepare(sql, "SELECT count(*) FROM minos_work WHERE owner = ?1 AND state = 3",
                             &select));
    mn_bind_int(select, 1, owner);
    MINOS_TRY(mn_statement_step(select, &row));
    *ret_rows += row ? (unsigned)mn_column_int(select, 0) : 0;
    mn_statement_done(select);
    return MINOS_OK;
}

/* One row that was running for a dead owner and has caused too much. */
static minos_rc quarantine_one(reclaim *self, mn_sql *sql, int64_t owner, const mn_death *death,
                               bool *ret_found)
{
    minos_view report = minos_view_of(death->report == NULL ? "the process died" : death->report);
    bool known = death->work_id != 0;
    mn_work work;
    minos_view key;
    char handler[256], key_text[1024];
    mn_statement *select;
    minos_view text;

    MINOS_TRY(mn_sql_prepare(sql,
                             "SELECT id, message_id, handler, key, attempt FROM minos_work WHERE"
                             " owner = ?1 AND state = 3 AND (blamed + (?2 AND id = ?3) >= ?4 OR"
                             " deaths + ?5 >= ?6) LIMIT 1",
                             &select));
    mn_bind_int(select, 1, owner);
    mn_bind_int(select, 2, death->by_fault && known);
    mn_bind_int(select, 3, death->work_id);
    mn_bind_int(select, 4, MN_DELIVERY_BLAMED_MAX);
    mn_bind_int(select, 5, death->by_fault && !known);
    mn_bind_int(select, 6, MN_DELIVERY_DEATHS_MAX);
    MINOS_TRY(mn_statement_step(select, ret_found));
    if (!*ret_found)
        return MINOS_OK;
    work = (mn_work){.id = mn_column_int(select, 0),
                     .message_id = mn_column_int(select, 1),
                     .attempt = (int)mn_column_int(select, 4)};
    text = mn_column_view(select, 2);
    snprintf(handler, sizeof handler, "%.*s", (int)text.size, text.data);
    work.handler = minos_view_of(handler);
    text = mn_column_view(select, 3);
    key = minos_view_make(key_text, text.size < sizeof key_text ? text.size : sizeof key_text);
    if (key.size != 0)
        memcpy(key_text, text.data, key.size);
    work.key = mn_column_is_null(select, 3) ? NULL : &key;
    mn_statement_done(select);
    self->quarantined++;
    MINOS_TRY(mn_failure_add(sql, work.id, work.attempt, owner, "death", report));
    return mn_work_bury(sql, &work, MN_WORK_QUARANTINED, false, report);
}

static minos_rc forget_owner(mn_sql *sql, int64_t owner)
{
    mn_statement *statement;
    MINOS_TRY(mn_sql_prepare(sql, "DELETE FROM minos_owner WHERE owner = ?1", &statement));
    mn_bind_int(statement, 1, owner);
    return mn_statement_run(statement);
}

static minos_rc reclaim_one(reclaim *self, mn_sql *sql, int64_t owner, int slot)
{
    const mn_delivery_options *options = &self->delivery->options;
    mn_death death = {.by_fault = false};
    bool found;

    if (options->ops->death_of != NULL)
        options->ops->death_of(options->self, slot, &death);
    MINOS_TRY(count_running(sql, owner, &self->rows));
    do
        MINOS_TRY(quarantine_one(self, sql, owner, &death, &found));
    while (found);
    MINOS_TRY(put_back(sql, owner, &death));
    return forget_owner(sql, owner);
}

static minos_rc sign_in(const reclaim *self, mn_sql *sql)
{
    mn_statement *insert;
    MINOS_TRY(mn_sql_prepare(sql, "INSERT INTO minos_owner(owner, slot) VALUES(?1, ?2)", &insert));
    mn_bind_int(insert, 1, self->delivery->owner);
    mn_bind_int(insert, 2, mn_owner_slot(self->delivery->slot));
    return mn_statement_run(insert);
}

static minos_rc reclaim_run(mn_op *op, mn_sql *sql)
{
    reclaim *self = mn_container(op, reclaim, op);
    int64_t owner;
    int slot = 0;

    self->rows = self->quarantined = 0;
    for (;;) {
        MINOS_TRY(find_dead(self, sql, &owner, &slot));
        if (owner == 0)
            break;
        MINOS_TRY(reclaim_one(self, sql, owner, slot));
    }
    return self->starts ? sign_in(self, sql) : MINOS_OK;
}

static const mn_op_ops reclaim_ops = {.name = "taking up what a dead owner left",
                                      .run = reclaim_run};

minos_rc mn_reclaim(mn_delivery *delivery, bool starts)
{
    reclaim self = {.op = {.ops = &reclaim_ops,
                           .flags = mn_delivery_flags(delivery, MN_OP_SYNCED | MN_OP_DEAF)},
                    .delivery = delivery,
                    .starts = starts};

    MINOS_TRY(mn_store_run(delivery->store, &self.op));
    delivery->stats.reclaimed += self.rows;
    delivery->stats.quarantined += self.quarantined;
    for (size_t i = 0; i < delivery->post_count; i++)
        delivery->posts[i].ready = true;
    return MINOS_OK;
}

/* ---- leaving ---- */

static minos_rc leave_run(mn_op *op, mn_sql *sql)
{
    const reclaim *self = mn_container(op, reclaim, op);
    mn_death none = {.by_fault = false};
    MINOS_TRY(put_back(sql, self->delivery->owner, &none));
    return forget_owner(sql, self->delivery->owner);
}

static const mn_op_ops leave_ops = {.name = "leaving", .run = leave_run};

minos_rc mn_leave(mn_delivery *delivery)
{
    reclaim self = {.op = {.ops = &leave_ops, .flags = MN_OP_DEAF | MN_OP_PLAIN},
                    .delivery = delivery};
    return mn_store_run(delivery->store, &self.op);
}
