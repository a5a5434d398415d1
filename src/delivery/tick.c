/*
 * The clock's work: rows whose time has come; once a second a look at what other processes did;
 * every ten seconds the sweep of what ought not to be there and of what may be forgotten.
 *
 * Moments of rows are wall-clock. When that clock falls back, what was stored in its future keeps
 * the length of its delay, not the moment.
 */
#include "base/env.h"
#include "delivery/inside.h"

static minos_rc recompute(mn_sql *sql, int64_t now)
{
    mn_statement *update;
    MINOS_TRY(mn_sql_prepare(sql,
                             "UPDATE minos_work SET not_before = not_before - (stored_at - ?1),"
                             " expires_at = CASE expires_at WHEN 0 THEN 0 ELSE"
                             " expires_at - (stored_at - ?1) END, stored_at = ?1"
                             " WHERE state = 2 AND stored_at > ?1",
                             &update));
    mn_bind_int(update, 1, now);
    return mn_statement_run(update);
}

/* ---- due rows ---- */

typedef struct due {
    int64_t id;
    int64_t at;
    bool held; /* another row holds its key */
} due;

/* The handler's next delayed row; id 0: none. */
static minos_rc find_delayed(mn_sql *sql, minos_view handler, due *ret_due)
{
    mn_statement *select;
    bool row;

    /* A head in backoff holds its key itself, so nothing else does. */
    MINOS_TRY(mn_sql_prepare(
        sql,
        "SELECT w.id, w.not_before, w.holds = 0 AND w.key IS NOT NULL AND EXISTS(SELECT 1 FROM"
        " minos_work h WHERE h.handler = w.handler AND h.key = w.key AND h.holds = 1 AND"
        " h.state <> 1) FROM minos_work w WHERE w.handler = ?1 AND w.state = 2"
        " ORDER BY w.not_before LIMIT 1",
        &select));
    mn_bind_text(select, 1, handler);
    MINOS_TRY(mn_statement_step(select, &row));
    *ret_due = (due){.id = 0};
    if (row) {
        *ret_due = (due){.id = mn_column_int(select, 0),
                         .at = mn_column_int(select, 1),
                         .held = mn_column_int(select, 2) != 0};
        mn_statement_done(select);
    }
    return MINOS_OK;
}

static minos_rc move(mn_sql *sql, const due *row)
{
    mn_statement *update;
    MINOS_TRY(mn_sql_prepare(sql,
                             "UPDATE minos_work SET state = ?2, holds = key IS NOT NULL"
                             " WHERE id = ?1",
                             &update));
    mn_bind_int(update, 1, row->id);
    mn_bind_int(update, 2, row->held ? MN_WORK_WAITING : MN_WORK_READY);
    return mn_statement_run(update);
}

static minos_rc move_due(mn_tick *tick, mn_sql *sql, minos_view handler, int64_t now)
{
    for (int moved = 0;; moved++) {
        due next;
        MINOS_TRY(find_delayed(sql, handler, &next));
        if (next.id == 0)
            return MINOS_OK;
        if (next.at > now) {
            tick->due_us = next.at < tick->due_us ? next.at : tick->due_us;
            return MINOS_OK;
        }
        if (moved == MN_DUE_MAX) {
            tick->more = true;
            return MINOS_OK;
        }
        MINOS_TRY(move(sql, &next));
    }
}

/* ---- the sweep ---- */

/* Rows that wait for nobody. There are none unless we have a fault; they must not wait for ever. */
static minos_rc promote_orphans(mn_tick *tick, mn_sql *sql)
{
    mn_statement *update;
    MINOS_TRY(mn_sql_prepare(
        sql,
        "UPDATE minos_work SET state = 0 WHERE id IN (SELECT min(w.id) FROM minos_work w"
        " WHERE w.state = 1 AND NOT EXISTS(SELECT 1 FROM minos_work h WHERE h.handler = w.handler"
        " AND h.key = w.key AND h.holds = 1 AND h.state <> 1) GROUP BY w.handler, w.key)",
        &update));
    MINOS_TRY(mn_statement_run(update));
    tick->promoted = (unsigned)mn_sql_changes(sql);
    return MINOS_OK;
}

static minos_rc look_for_dead(mn_tick *tick, mn_sql *sql)
{
    mn_statement *select;
    bool row;

    MINOS_TRY(mn_sql_prepare(sql, "SELECT slot FROM minos_owner WHERE owner <> ?1", &select));
    mn_bind_int(select, 1, tick->delivery->owner);
    for (;;) {
        MINOS_TRY(mn_statement_step(select, &row));
        if (!row)
            return MINOS_OK;
        if (!mn_owner_alive(tick->delivery->slot, (int)mn_column_int(select, 0)))
            tick->dead_owner = true;
    }
}

static minos_rc tick_run(mn_op *op, mn_sql *sql)
{
    mn_tick *tick = mn_container(op, mn_tick, op);
    mn_delivery *delivery = tick->delivery;
    int64_t now = mn_delivery_now();

    tick->more = tick->dead_owner = false;
    tick->promoted = 0;
    tick->due_us = INT64_MAX;
    if (tick->clock_fell)
        MINOS_TRY(recompute(sql, now));
    for (size_t i = 0; i < delivery->post_count; i++)
        MINOS_TRY(move_due(tick, sql, delivery->posts[i].name, now));
    MINOS_TRY(look_for_dead(tick, sql));
    if (!tick->sweeps)
        return MINOS_OK;
    MINOS_TRY(promote_orphans(tick, sql));
    {
        bool more;
        MINOS_TRY(mn_dedup_sweep(delivery->dedup, sql, now, &more));
        tick->more = tick->more || more;
    }
    return MINOS_OK;
}

static const mn_op_ops tick_ops = {.name = "looking at the clock", .run = tick_run};

/* ---- the fiber ---- */

void mn_tick_look(mn_delivery *delivery, int64_t due_us)
{
    if (due_us >= delivery->due_us)
        return;
    delivery->due_us = due_us;
    delivery->tick_rung = true;
    if (delivery->ticker != NULL)
        mn_fiber_wake(delivery->ticker);
}

static void begin_stalled(mn_delivery *delivery)
{
    mn_list again;
    mn_list *node;

    mn_list_init(&again);
    while ((node = mn_list_pop(&delivery->stalled)) != NULL)
        mn_list_insert(&again, node);
    while ((node = mn_list_pop(&again)) != NULL)
        mn_run_begin(mn_container(node, mn_run, free_place));
}

static minos_rc tick_once(mn_delivery *delivery, mn_tick *tick)
{
    tick->op = (mn_op){.ops = &tick_ops, .flags = MN_OP_PLAIN};
    MINOS_TRY(mn_store_run(delivery->store, &tick->op));
    delivery->stats.promoted += tick->promoted;
    if (tick->due_us < delivery->due_us)
        delivery->due_us = tick->due_us;
    if (tick->dead_owner)
        MINOS_TRY(mn_reclaim(delivery, false));
    for (size_t i = 0; i < delivery->post_count; i++)
        delivery->posts[i].ready = true;
    if (tick->sweeps && !tick->more)
        MINOS_TRY(mn_room_count(delivery));
    mn_claim_look(delivery);
    return MINOS_OK;
}

static minos_duration wait_for_due(const mn_delivery *delivery)
{
    int64_t left = delivery->due_us - mn_delivery_now();
    if (delivery->due_us == INT64_MAX || left > MN_DELIVERY_TICK / MINOS_US)
        return MN_DELIVERY_TICK;
    return left <= 0 ? 0 : left * MINOS_US;
}

minos_rc mn_tick_loop(void *argument)
{
    mn_delivery *delivery = argument;
    mn_tick tick = {.delivery = delivery, .clock_fell = true, .sweeps = true};
    int64_t sweep_at_ns = 0;
    int64_t wall_offset_us = mn_delivery_now() - mn_now() / MINOS_US;

    while (!minos_fiber_canceled()) {
        int64_t offset_us = mn_delivery_now() - mn_now() / MINOS_US;
        minos_rc rc;

        if (offset_us < wall_offset_us - MN_CLOCK_TOLERANCE / MINOS_US)
            tick.clock_fell = true;
        wall_offset_us = offset_us;
        tick.sweeps = tick.sweeps || mn_now() >= sweep_at_ns;
        delivery->tick_rung = false;
        delivery->due_us = INT64_MAX;
        begin_stalled(delivery);
        rc = tick_once(delivery, &tick);
        minos_error_clear();
        if (rc == MINOS_OK && tick.more)
            continue;
        if (rc == MINOS_OK) {
            if (tick.sweeps)
                sweep_at_ns = mn_now() + MN_DELIVERY_SWEEP;
            tick.sweeps = tick.clock_fell = false;
        }
        if (rc != MINOS_OK)
            minos_ignore(minos_sleep(MN_DELIVERY_TICK)); /* the file fails; rings do not help */
        else if (!delivery->tick_rung)
            minos_ignore(mn_fiber_park(minos_deadline_in(wait_for_due(delivery)))); /* any end */
        minos_error_clear();
    }
    return MINOS_OK;
}
