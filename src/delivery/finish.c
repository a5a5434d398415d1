/*
 * Finish: one transaction ends a run. The row is changed under its fence (id, owner, attempt), so
 * that a run whose row was given to another since changes nothing at all: not the row, and of what
 * it sent and replied nothing goes out.
 */
#include "base/env.h"
#include "delivery/inside.h"

#define RETRY_STORE MINOS_S /* between two tries to store a finish */

/* Change or delete the row; exactly one must be there. */
static minos_rc fenced(mn_run *run, mn_sql *sql, mn_statement *statement)
{
    mn_bind_int(statement, 1, run->work_id);
    mn_bind_int(statement, 2, run->delivery->owner);
    mn_bind_int(statement, 3, run->attempt);
    MINOS_TRY(mn_statement_run(statement));
    if (mn_sql_changes(sql) != 1)
        return minos_fail(MINOS_ESTATE, "the row is another's by now");
    return MINOS_OK;
}

static minos_rc end_row(mn_run *run, mn_sql *sql, int64_t now)
{
    mn_statement *statement;
    bool buries = run->verdict.action == MN_ACTION_BURY;

    if (run->verdict.action == MN_ACTION_DELETE) {
        MINOS_TRY(mn_sql_prepare(sql,
                                 "DELETE FROM minos_work WHERE id = ?1 AND owner = ?2 AND"
                                 " attempt = ?3 AND state = 3",
                                 &statement));
        return fenced(run, sql, statement);
    }
    MINOS_TRY(mn_sql_prepare(sql,
                             "UPDATE minos_work SET state = ?4, holds = ?5, owner = NULL,"
                             " not_before = ?6, last_error = ?7, stored_at = ?8, expires_at ="
                             " CASE WHEN expires_at = 0 OR stored_at <= ?8 THEN expires_at"
                             " ELSE expires_at - (stored_at - ?8) END"
                             " WHERE id = ?1 AND owner = ?2 AND attempt = ?3 AND state = 3",
                             &statement));
    mn_bind_int(statement, 4, buries ? MN_WORK_DEAD : MN_WORK_DELAYED);
    mn_bind_int(statement, 5, run->keyed && (!buries || run->post->handler->hold_key));
    mn_bind_int(statement, 6, buries ? 0 : now + run->verdict.after / MINOS_US);
    mn_bind_text(statement, 7, minos_view_of(run->outcome.error));
    mn_bind_int(statement, 8, now);
    return fenced(run, sql, statement);
}

/* Keep the reply for who asks again. */
static minos_rc keep_reply(const mn_run *run, mn_sql *sql, int64_t now)
{
    mn_statement *update;

    if (run->outcome.reply.size > MN_DELIVERY_REPLY_BYTES)
        return MINOS_OK;
    MINOS_TRY(mn_sql_prepare(sql, "UPDATE minos_dedup SET reply = ?2, reply_at = ?3 WHERE id = ?1",
                             &update));
    mn_bind_int(update, 1, run->message_id);
    mn_bind_bytes(update, 2, run->outcome.reply);
    mn_bind_int(update, 3, now);
    return mn_statement_run(update);
}

/* Reply to who asked last: a repeated request may have come while the handler ran. */
static minos_rc reply(const mn_run *run, mn_sql *sql, int64_t now)
{
    mn_outgoing message = {.data = run->outcome.reply};
    mn_statement *select;
    minos_rc rc = MINOS_OK;
    bool row;

    MINOS_TRY(mn_sql_prepare(sql, "SELECT reply_topic, identifier FROM minos_message WHERE id = ?1",
                             &select));
    mn_bind_int(select, 1, run->message_id);
    MINOS_TRY(mn_statement_step(select, &row));
    if (!row)
        return minos_fail(MINOS_EIO, "the store has a row without its message");
    message.topic = mn_column_view(select, 0);
    message.identifier = mn_column_view(select, 1);
    if (message.topic.size != 0)
        rc = mn_outbox_add(sql, &message);
    mn_statement_done(select);
    MINOS_TRY(rc);
    return keep_reply(run, sql, now);
}

static bool failed(const mn_run *run)
{
    return run->outcome.kind != MN_OUTCOME_OK && run->outcome.kind != MN_OUTCOME_DROP;
}

static minos_rc finish_run(mn_op *op, mn_sql *sql)
{
    mn_run *run = mn_container(op, mn_run, op);
    const mn_verdict *verdict = &run->verdict;
    int64_t now = mn_delivery_now();
    mn_statement *statement;
    minos_view key = mn_run_key(run);

    MINOS_TRY(end_row(run, sql, now));
    if (verdict->sends)
        MINOS_TRY(mn_outbox_add_all(sql, &run->outgoing));
    if (verdict->replies && run->outcome.replies)
        MINOS_TRY(reply(run, sql, now));
    if (verdict->action == MN_ACTION_DELETE) {
        if (run->attempt > 1) {
            MINOS_TRY(
                mn_sql_prepare(sql, "DELETE FROM minos_failure WHERE work_id = ?1", &statement));
            mn_bind_int(statement, 1, run->work_id);
            MINOS_TRY(mn_statement_run(statement));
        }
        MINOS_TRY(mn_message_release(sql, run->message_id));
    } else if (failed(run)) {
        MINOS_TRY(mn_failure_add(sql, run->work_id, run->attempt, run->delivery->owner,
                                 mn_outcome_name(run->outcome.kind),
                                 minos_view_of(run->outcome.error)));
    }
    if (run->keyed && verdict->action != MN_ACTION_DELAY)
        return mn_work_promote(sql, run->post->name, key);
    return MINOS_OK;
}

static const mn_op_ops finish_ops = {.name = "finishing a run", .run = finish_run};

static void stored(mn_run *run)
{
    mn_delivery *delivery = run->delivery;
    const mn_verdict *verdict = &run->verdict;

    delivery->stats.finished++;
    delivery->stats.retried += verdict->action == MN_ACTION_DELAY;
    delivery->stats.dead += verdict->action == MN_ACTION_BURY;
    if (verdict->action == MN_ACTION_DELAY)
        mn_tick_look(delivery, mn_delivery_now() + verdict->after / MINOS_US);
    else
        mn_room_add(run->post, -1);
    if (run->keyed)
        run->post->ready = true;
    if ((verdict->sends && run->outgoing.size != 0) || (verdict->replies && run->outcome.replies))
        mn_relay_ring(delivery);
}

minos_rc mn_finish_store(mn_run *run)
{
    mn_delivery *delivery = run->delivery;
    uint32_t dice;

    mn_env->random(&dice, sizeof dice);
    run->verdict = mn_verdict_of(run->post->handler, run->reply_topic_bytes != 0, &run->outcome,
                                 run->attempt - run->base, dice);
    for (;;) {
        minos_rc rc;
        run->op.ops = &finish_ops;
        run->op.flags =
            mn_delivery_flags(delivery, MN_OP_SYNCED | MN_OP_KEPT | MN_OP_DEAF | MN_OP_PLAIN);
        rc = mn_store_run(delivery->store, &run->op);
        if (rc == MINOS_OK)
            stored(run);
        if (rc == MINOS_ESTATE)
            delivery->stats.zombies++;
        if (rc == MINOS_OK || rc == MINOS_ESTATE)
            return rc;
        /* The file fails. The handler is not run again for that: its result waits in memory. */
        if (minos_sleep(RETRY_STORE) != MINOS_OK)
            return rc;
    }
}
