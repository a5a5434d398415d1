/*
 * Claim: take as many ready rows as there are places now, never more. Handlers in turn; of each the
 * first by (priority, id), and every eighth time the oldest, so that none waits for ever.
 *
 * A row that is blamed for a death runs alone: it is taken only by a process in which nothing runs,
 * and nothing begins beside it.
 */
#include "delivery/inside.h"

#define ROW_COLUMNS                                                                                \
    "SELECT w.id, w.message_id, w.key, w.attempt, w.base, w.blamed, w.expires_at, w.stored_at,"    \
    " m.topic, m.identifier, m.reply_topic, m.data FROM minos_work w"                              \
    " CROSS JOIN minos_message m ON m.id = w.message_id"

static const char first_text[] =
    ROW_COLUMNS " WHERE w.handler = ?1 AND w.state = 0 ORDER BY w.priority, w.id LIMIT 1";
static const char one_text[] = ROW_COLUMNS " WHERE w.id = ?1 AND w.handler = ?2";

/* The oldest ready row: the index is by priority, so the oldest of each is looked at. */
static minos_rc find_oldest(mn_sql *sql, minos_view handler, int64_t *ret_id)
{
    mn_statement *select;
    int64_t oldest = 0;

    MINOS_TRY(mn_sql_prepare(sql,
                             "SELECT min(id) FROM minos_work WHERE handler = ?1 AND state = 0 AND"
                             " priority = ?2",
                             &select));
    for (int priority = 0; priority <= MN_DELIVERY_PRIORITY_MAX; priority++) {
        bool row;
        int64_t id;
        mn_bind_text(select, 1, handler);
        mn_bind_int(select, 2, priority);
        MINOS_TRY(mn_statement_step(select, &row));
        id = row ? mn_column_int(select, 0) : 0;
        mn_statement_done(select);
        if (id != 0 && (oldest == 0 || id < oldest))
            oldest = id;
    }
    *ret_id = oldest;
    return MINOS_OK;
}

/* The statement on a handler's next row. */
static minos_rc find_next(mn_post *post, mn_sql *sql, mn_statement **ret_select, bool *ret_row)
{
    mn_statement *select;
    int64_t oldest = 0;

    if (post->turn % MN_CLAIM_OLDEST == MN_CLAIM_OLDEST - 1)
        MINOS_TRY(find_oldest(sql, post->name, &oldest));
    MINOS_TRY(mn_sql_prepare(sql, oldest != 0 ? one_text : first_text, &select));
    if (oldest != 0) {
        mn_bind_int(select, 1, oldest);
        mn_bind_text(select, 2, post->name);
    } else {
        mn_bind_text(select, 1, post->name);
    }
    *ret_select = select;
    return mn_statement_step(select, ret_row);
}

static minos_rc mark_running(mn_sql *sql, const mn_delivery *delivery, int64_t id)
{
    mn_statement *update;
    MINOS_TRY(mn_sql_prepare(
        sql, "UPDATE minos_work SET state = 3, owner = ?2, attempt = attempt + 1 WHERE id = ?1",
        &update));
    mn_bind_int(update, 1, id);
    mn_bind_int(update, 2, delivery->owner);
    return mn_statement_run(update);
}

/* Its time is over: dropped when it was never tried, else dead. */
static minos_rc expire(mn_claim *claim, mn_run *run, mn_sql *sql)
{
    minos_view key = mn_run_key(run);
    mn_work work = {.id = run->work_id,
                    .message_id = run->message_id,
                    .handler = run->post->name,
                    .key = run->keyed ? &key : NULL,
                    .attempt = run->attempt};

    run->post->expired++;
    if (run->attempt == 0) {
        claim->expired++;
        return mn_work_delete(sql, &work);
    }
    claim->buried++;
    MINOS_TRY(mn_failure_add(sql, work.id, work.attempt, claim->delivery->owner, "expired",
                             MINOS_VIEW("not done before its time was over")));
    return mn_work_bury(sql, &work, MN_WORK_DEAD, run->post->handler->hold_key,
                        MINOS_VIEW("expired"));
}

typedef enum catch { TOOK_ONE, TOOK_NONE, TOOK_END } catch;

static minos_rc fill(mn_run *run, mn_statement *select, int64_t now, bool *ret_expired)
{
    bool keyed = !mn_column_is_null(select, 2);
    minos_view key = mn_column_view(select, 2);
    int64_t expires_at =
        mn_moment_by_clock(mn_column_int(select, 6), mn_column_int(select, 7), now);

    run->work_id = mn_column_int(select, 0);
    run->message_id = mn_column_int(select, 1);
    run->attempt = (int)mn_column_int(select, 3);
    run->base = (int)mn_column_int(select, 4);
    run->blamed = (int)mn_column_int(select, 5);
    *ret_expired = expires_at != 0 && expires_at <= now;
    return mn_run_fill(run, mn_column_view(select, 8), mn_column_view(select, 9),
                       mn_column_view(select, 10), keyed ? &key : NULL, mn_column_view(select, 11));
}

/* Take one row of a handler into the next run. */
static minos_rc take_one(mn_claim *claim, mn_post *post, mn_sql *sql, catch *ret_took)
{
    mn_run *run = claim->runs[claim->taken];
    mn_statement *select;
    bool row, expired;
    minos_rc rc;

    *ret_took = TOOK_NONE;
    for (;;) {
        MINOS_TRY(find_next(post, sql, &select, &row));
        if (!row)
            return MINOS_OK;
        run->post = post;
        rc = fill(run, select, mn_delivery_now(), &expired);
        mn_statement_done(select);
        MINOS_TRY(rc);
        if (!expired)
            break;
        MINOS_TRY(expire(claim, run, sql));
    }
    if (run->blamed != 0 && (claim->taken != 0 || !claim->alone_allowed)) {
        claim->wants_alone = true;
        *ret_took = TOOK_END;
        return MINOS_OK;
    }
    post->turn++;
    run->attempt++;
    claim->taken++;
    post->taken++;
    claim->took_alone = run->blamed != 0;
    *ret_took = claim->took_alone ? TOOK_END : TOOK_ONE;
    return mark_running(sql, claim->delivery, run->work_id);
}

static minos_rc is_paused(mn_sql *sql, minos_view handler, bool *ret_paused)
{
    mn_statement *select;
    MINOS_TRY(mn_sql_prepare(sql, "SELECT 1 FROM minos_pause WHERE handler = ?1", &select));
    mn_bind_text(select, 1, handler);
    MINOS_TRY(mn_statement_step(select, ret_paused));
    if (*ret_paused)
        mn_statement_done(select);
    return MINOS_OK;
}

static minos_rc claim_run(mn_op *op, mn_sql *sql)
{
    mn_claim *claim = mn_container(op, mn_claim, op);
    mn_delivery *delivery = claim->delivery;
    size_t dry = 0; /* handlers in a row that gave nothing */

    claim->taken = 0;
    claim->took_alone = claim->wants_alone = false;
    claim->expired = claim->buried = 0;
    for (size_t i = 0; i < delivery->post_count; i++) {
        mn_post *post = &delivery->posts[i];
        post->taken = post->expired = 0;
        post->paused = false;
        if (post->offered != 0)
            MINOS_TRY(is_paused(sql, post->name, &post->paused));
    }
    while (dry < delivery->post_count && claim->taken < claim->offered) {
        mn_post *post = &delivery->posts[delivery->first_post++ % delivery->post_count];
        catch took = TOOK_NONE;
        if (post->taken < post->offered && !post->paused)
            MINOS_TRY(take_one(claim, post, sql, &took));
        if (took == TOOK_END)
            break;
        dry = took == TOOK_ONE ? 0 : dry + 1;
    }
    return MINOS_OK;
}

/* ---- the loop's side ---- */

/*
 * Runs are kept without a handler; each handler's places are kept by number, so that a receive
 * under way at the same time takes none of them.
 */
static void keep_places(mn_delivery *delivery)
{
    mn_claim *claim = &delivery->claim;
    size_t wanted = 0;

    for (size_t i = 0; i < delivery->post_count; i++) {
        mn_post *post = &delivery->posts[i];
        int most = post->handler->concurrency == 0 ? MN_CLAIM_MAX : post->handler->concurrency;
        int left = most - post->running;
        post->offered = post->ready && left > 0 ? left : 0;
        post->running += post->offered;
        wanted += (size_t)post->offered;
    }
    claim->offered = 0;
    while (claim->offered < wanted && claim->offered < MN_CLAIM_MAX && delivery->free_count != 0) {
        mn_list *node = mn_list_pop(&delivery->free_runs);
        delivery->free_count--;
        claim->runs[claim->offered++] = mn_container(node, mn_run, free_place);
    }
}

static void return_places(mn_delivery *delivery)
{
    mn_claim *claim = &delivery->claim;

    for (size_t i = 0; i < delivery->post_count; i++)
        delivery->posts[i].running -= delivery->posts[i].offered - delivery->posts[i].taken;
    for (size_t i = claim->taken; i < claim->offered; i++) {
        mn_list_insert(&delivery->free_runs, &claim->runs[i]->free_place);
        delivery->free_count++;
    }
}

static void claim_done(mn_op *op, minos_rc rc)
{
    mn_claim *claim = mn_container(op, mn_claim, op);
    mn_delivery *delivery = claim->delivery;
    bool ended = claim->took_alone || claim->wants_alone;

    claim->under_way = false;
    if (rc != MINOS_OK) {
        claim->taken = 0;
        claim->expired = claim->buried = 0;
        claim->took_alone = claim->wants_alone = false;
        for (size_t i = 0; i < delivery->post_count; i++)
            delivery->posts[i].taken = delivery->posts[i].expired = 0;
    }
    for (size_t i = 0; i < delivery->post_count; i++) {
        mn_post *post = &delivery->posts[i];
        mn_room_add(post, -post->expired);
        if (rc == MINOS_OK && !ended && claim->taken < claim->offered &&
            post->taken < post->offered)
            post->ready = false; /* it has no more, or is paused: the ticker looks again */
    }
    return_places(delivery);
    delivery->stats.expired += claim->expired;
    delivery->stats.dead += claim->buried;
    delivery->wants_alone = claim->wants_alone;
    for (size_t i = 0; i < claim->taken; i++)
        mn_run_begin(claim->runs[i]);
    mn_delivery_ended(delivery);
    if (rc == MINOS_OK && claim->taken != 0)
        mn_claim_look(delivery);
}

static const mn_op_ops claim_ops = {.name = "claiming", .run = claim_run, .done = claim_done};

void mn_claim_look(mn_delivery *delivery)
{
    mn_claim *claim = &delivery->claim;
    bool idle = delivery->free_count == delivery->run_count;
    bool any = false;

    if (claim->under_way || delivery->stopping || delivery->alone || delivery->free_count == 0 ||
        (delivery->wants_alone && !idle))
        return;
    for (size_t i = 0; i < delivery->post_count; i++) {
        const mn_post *post = &delivery->posts[i];
        any = any || (post->ready && (post->handler->concurrency == 0 ||
                                      post->running < post->handler->concurrency));
    }
    if (!any)
        return;
    claim->delivery = delivery;
    claim->alone_allowed = idle;
    keep_places(delivery);
    claim->under_way = true;
    claim->op = (mn_op){.ops = &claim_ops, .flags = MN_OP_PLAIN};
    mn_store_submit(delivery->store, &claim->op);
}
