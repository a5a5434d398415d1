/*
 * Receive: one transaction stores a message's mark, its bytes and a row of work for each handler of
 * its topic, as running where a place was kept. A message seen before is not stored again: when its
 * reply is known it is sent once more, else the caller that asks now is the one who gets it.
 */
#include "delivery/inside.h"

static minos_rc repeat_reply(mn_sql *sql, const mn_incoming *message, int64_t id, int64_t now,
                             bool *ret_done)
{
    mn_statement *select;
    bool row;

    *ret_done = false;
    MINOS_TRY(mn_sql_prepare(sql, "SELECT reply FROM minos_dedup WHERE id = ?1 AND reply_at >= ?2",
                             &select));
    mn_bind_int(select, 1, id);
    mn_bind_int(select, 2, now - MN_DELIVERY_REPLY_AGE / MINOS_US);
    MINOS_TRY(mn_statement_step(select, &row));
    if (row) {
        mn_outgoing reply = {.topic = message->reply_topic,
                             .identifier = message->identifier,
                             .data = mn_column_view(select, 0)};
        minos_rc rc = mn_outbox_add(sql, &reply);
        mn_statement_done(select);
        *ret_done = true;
        return rc;
    }
    return MINOS_OK;
}

static minos_rc receive_again(mn_sql *sql, const mn_incoming *message, int64_t id, int64_t now)
{
    mn_statement *update;
    bool replied;

    if (message->reply_topic.size == 0)
        return MINOS_OK;
    MINOS_TRY(repeat_reply(sql, message, id, now, &replied));
    if (replied)
        return MINOS_OK;
    MINOS_TRY(mn_sql_prepare(
        sql, "UPDATE minos_message SET reply_topic = ?2, identifier = ?3 WHERE id = ?1", &update));
    mn_bind_int(update, 1, id);
    mn_bind_text(update, 2, message->reply_topic);
    mn_bind_text(update, 3, message->identifier);
    return mn_statement_run(update);
}

static minos_rc add_message(mn_sql *sql, const mn_incoming *message, int64_t now, int live)
{
    mn_statement *insert;
    MINOS_TRY(mn_sql_prepare(sql,
                             "INSERT INTO minos_message(topic, identifier, reply_topic, data,"
                             " received_at, live) VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
                             &insert));
    mn_bind_text(insert, 1, message->topic);
    mn_bind_text(insert, 2, message->identifier);
    mn_bind_text(insert, 3, message->reply_topic);
    mn_bind_bytes(insert, 4, message->data);
    mn_bind_int(insert, 5, now);
    mn_bind_int(insert, 6, live);
    return mn_statement_run(insert);
}

static minos_rc exists(mn_statement *select, bool *ret_exists)
{
    MINOS_TRY(mn_statement_step(select, ret_exists));
    if (*ret_exists)
        mn_statement_done(select);
    return MINOS_OK;
}

static minos_rc is_key_held(mn_sql *sql, minos_view handler, minos_view key, bool *ret_held)
{
    mn_statement *select;
    MINOS_TRY(mn_sql_prepare(sql,
                             "SELECT 1 FROM minos_work WHERE handler = ?1 AND key = ?2 AND"
                             " holds = 1 AND state <> 1",
                             &select));
    mn_bind_text(select, 1, handler);
    mn_bind_text(select, 2, key);
    return exists(select, ret_held);
}

/* Whether nothing is in the way of a new row: an older one that is ready, or a pause. */
static minos_rc may_begin(mn_sql *sql, minos_view handler, bool *ret_may)
{
    mn_statement *select;
    bool found;
    MINOS_TRY(mn_sql_prepare(sql,
                             "SELECT 1 WHERE EXISTS(SELECT 1 FROM minos_work WHERE handler = ?1 AND"
                             " state = 0) OR EXISTS(SELECT 1 FROM minos_pause WHERE handler = ?1)",
                             &select));
    mn_bind_text(select, 1, handler);
    MINOS_TRY(exists(select, &found));
    *ret_may = !found;
    return MINOS_OK;
}

/* The state that a new row begins in, and whether it holds its key. */
static minos_rc choose_state(mn_sql *sql, const mn_incoming *message, const mn_post *post,
                             const minos_view *key, bool has_place, int64_t now,
                             mn_work_state *ret_state)
{
    bool is = false;

    if (message->undecodable.size != 0) {
        *ret_state = MN_WORK_DEAD;
        return MINOS_OK;
    }
    if (message->not_before > now) {
        *ret_state = MN_WORK_DELAYED;
        return MINOS_OK;
    }
    if (key != NULL)
        MINOS_TRY(is_key_held(sql, post->name, *key, &is));
    if (is) {
        *ret_state = MN_WORK_WAITING;
        return MINOS_OK;
    }
    if (has_place)
        MINOS_TRY(may_begin(sql, post->name, &is));
    *ret_state = is ? MN_WORK_RUNNING : MN_WORK_READY;
    return MINOS_OK;
}

static minos_rc add_work(mn_receive *receive, mn_sql *sql, mn_post *post, int number,
                         int64_t message_id, int64_t now)
{
    const mn_incoming *message = &receive->message;
    const minos_view *key =
        message->keys == NULL || message->keys[number].size == 0 ? NULL : &message->keys[number];
    mn_run *run = receive->runs[number];
    mn_statement *insert;
    mn_work_state state;
    bool running;
    int64_t id;

    MINOS_TRY(choose_state(sql, message, post, key, run != NULL, now, &state));
    running = state == MN_WORK_RUNNING;
    MINOS_TRY(mn_sql_prepare(
        sql,
        "INSERT INTO minos_work(message_id, handler, key, priority, state, holds, attempt, owner,"
        " not_before, stored_at, expires_at, last_error)"
        " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        &insert));
    mn_bind_int(insert, 1, message_id);
    mn_bind_text(insert, 2, post->name);
    if (key != NULL)
        mn_bind_text(insert, 3, *key);
    mn_bind_int(insert, 4, message->priority);
    mn_bind_int(insert, 5, state);
    mn_bind_int(insert, 6, key != NULL && state != MN_WORK_DEAD && state != MN_WORK_DELAYED);
    mn_bind_int(insert, 7, running ? 1 : 0);
    if (running)
        mn_bind_int(insert, 8, receive->delivery->owner);
    mn_bind_int(insert, 9, message->not_before);
    mn_bind_int(insert, 10, now);
    mn_bind_int(insert, 11, message->expires_at);
    if (state == MN_WORK_DEAD)
        mn_bind_text(insert, 12, message->undecodable);
    MINOS_TRY(mn_statement_run(insert));
    id = mn_sql_last_id(sql);
    receive->stored++;
    if (state == MN_WORK_DEAD)
        return mn_failure_add(sql, id, 0, receive->delivery->owner, "undecodable",
                              message->undecodable);
    if (!running)
        return MINOS_OK;
    receive->starts[number] = true;
    run->work_id = id;
    run->message_id = message_id;
    run->attempt = 1;
    run->base = 0;
    run->blamed = 0;
    return mn_run_fill(run, message->topic, message->identifier, message->reply_topic, key,
                       message->data);
}

static bool is_for(const mn_post *post, minos_view topic)
{
    return minos_view_is(topic, post->handler->topic);
}

static minos_rc receive_run(mn_op *op, mn_sql *sql)
{
    mn_receive *receive = mn_container(op, mn_receive, op);
    mn_delivery *delivery = receive->delivery;
    const mn_incoming *message = &receive->message;
    int64_t now = mn_delivery_now(), id = 0;
    int live = 0, number = 0;

    receive->duplicate = false;
    receive->stored = 0;
    for (size_t i = 0; i < mn_count_of(receive->starts); i++)
        receive->starts[i] = false;
    if (message->token.size != 0)
        MINOS_TRY(mn_dedup_find(delivery->dedup, sql, message->topic, message->token, &id));
    if (id != 0) {
        receive->duplicate = true;
        return receive_again(sql, message, id, now);
    }
    for (size_t i = 0; i < delivery->post_count; i++)
        live += is_for(&delivery->posts[i], message->topic);
    if (live == 0)
        return MINOS_OK;
    MINOS_TRY(add_message(sql, message, now, live));
    id = mn_sql_last_id(sql);
    receive->id = id;
    if (message->token.size != 0)
        MINOS_TRY(mn_dedup_add(delivery->dedup, sql, id, message->topic, message->token, now));
    for (size_t i = 0; i < delivery->post_count; i++)
        if (is_for(&delivery->posts[i], message->topic))
            MINOS_TRY(add_work(receive, sql, &delivery->posts[i], number++, id, now));
    return MINOS_OK;
}

/* After the transaction: begin what is stored as running, give the other places back. */
static void received(mn_receive *receive, minos_rc rc)
{
    mn_delivery *delivery = receive->delivery;
    int number = 0;

    delivery->receiving--;
    for (size_t i = 0; i < delivery->post_count; i++) {
        mn_post *post = &delivery->posts[i];
        if (!is_for(post, receive->message.topic))
            continue;
        if (rc == MINOS_OK && receive->stored != 0) {
            mn_room_add(post, receive->message.undecodable.size != 0 ? 0 : 1);
            post->ready = post->ready || !receive->starts[number];
        }
        if (receive->runs[number] == NULL) {
            number++;
            continue;
        }
        if (rc == MINOS_OK && receive->starts[number])
            mn_run_begin(receive->runs[number]);
        else
            mn_place_return(receive->runs[number]);
        number++;
    }
    if (rc == MINOS_OK) {
        delivery->stats.received += receive->stored != 0;
        delivery->stats.duplicates += receive->duplicate;
        delivery->stats.unhandled += receive->stored == 0 && !receive->duplicate;
        if (receive->stored != 0 && receive->message.token.size != 0)
            mn_dedup_stored(delivery->dedup, receive->id);
        if (receive->duplicate && receive->message.reply_topic.size != 0)
            mn_relay_ring(delivery);
        if (receive->message.not_before > 0)
            mn_tick_look(delivery, receive->message.not_before);
    }
    mn_claim_look(delivery);
    mn_delivery_ended(delivery);
}

static void receive_done(mn_op *op, minos_rc rc)
{
    mn_receive *receive = mn_container(op, mn_receive, op);
    received(receive, rc);
    if (receive->done != NULL)
        receive->done(receive, rc);
}

static const mn_op_ops receive_ops = {
    .name = "receiving a message", .run = receive_run, .done = receive_done};

static minos_rc check(const mn_delivery *delivery, const mn_incoming *message)
{
    int number = 0;

    if (message->topic.size == 0 || message->topic.size > 255)
        return minos_fail(MINOS_EINVAL, "topic: a message's has 1..255 bytes");
    if (message->priority < 0 || message->priority > MN_DELIVERY_PRIORITY_MAX)
        return minos_fail(MINOS_EINVAL, "priority: %d is not 0..%d", message->priority,
                          MN_DELIVERY_PRIORITY_MAX);
    if (message->data.size > MN_DELIVERY_MESSAGE_BYTES / 2)
        return minos_fail(MINOS_ETOOBIG, "a message of %zu bytes", message->data.size);
    if (delivery->stopping)
        return minos_fail(MINOS_ECLOSED, "the delivery has been stopped");
    for (size_t i = 0; i < delivery->post_count; i++) {
        if (!is_for(&delivery->posts[i], message->topic))
            continue;
        if (delivery->posts[i].full)
            return minos_fail(MINOS_EFULL, "%s has no room for more", delivery->posts[i].name.data);
        if (message->keys != NULL && message->keys[number++].size > 255)
            return minos_fail(MINOS_ETOOBIG, "a key has more than 255 bytes");
    }
    return MINOS_OK;
}

static void keep_places(mn_delivery *delivery, mn_receive *receive)
{
    bool open = mn_place_open(delivery) && receive->message.undecodable.size == 0;
    int number = 0;

    delivery->receiving++;
    for (size_t i = 0; i < delivery->post_count; i++)
        if (is_for(&delivery->posts[i], receive->message.topic))
            receive->runs[number++] = open ? mn_place_keep(&delivery->posts[i]) : NULL;
}

minos_rc mn_delivery_receive(mn_delivery *delivery, const mn_incoming *message)
{
    mn_receive receive = {.message = *message, .delivery = delivery};
    minos_rc rc;

    MINOS_TRY(check(delivery, message));
    receive.op.ops = &receive_ops;
    receive.op.flags = mn_delivery_flags(delivery, MN_OP_SYNCED | MN_OP_PLAIN);
    keep_places(delivery, &receive);
    rc = mn_store_run(delivery->store, &receive.op);
    received(&receive, rc);
    return rc;
}

void mn_delivery_submit(mn_delivery *delivery, mn_receive *receive)
{
    minos_rc rc = check(delivery, &receive->message);

    receive->delivery = delivery;
    receive->duplicate = false;
    receive->stored = 0;
    if (rc != MINOS_OK) {
        receive->done(receive, rc);
        return;
    }
    receive->op.ops = &receive_ops;
    receive->op.flags = mn_delivery_flags(delivery, MN_OP_SYNCED | MN_OP_PLAIN);
    receive->op.waiter = NULL;
    keep_places(delivery, receive);
    mn_store_submit(delivery->store, &receive->op);
}
