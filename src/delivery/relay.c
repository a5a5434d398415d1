/*
 * The relay: takes the outbox to the broker, one process a store at a time, in id order per (topic,
 * key). A message is deleted when the broker has confirmed it; a crash before that sends it again
 * under the same identifier. What the broker refuses for good stays as refused, and the others
 * pass; while the broker is away all wait.
 *
 * Unless the broker keeps the order of one key under retry, two messages of one key are never on
 * the way together.
 */
#include <stdio.h>
#include <stdlib.h>

#include "delivery/inside.h"

#define AWAY_WAIT     (100 * MINOS_MS) /* after a publication without an answer, then doubled */
#define AWAY_WAIT_MAX (30 * MINOS_S)

typedef struct relay {
    mn_op op;
    mn_delivery *delivery;
    mn_outgoing messages[MN_RELAY_MAX];
    size_t count;
    size_t expired;
    bool mine;      /* this process is the one that relays */
    bool more;      /* the batch was cut */
    int64_t due_us; /* of the next message; INT64_MAX: none */
    minos_buffer bytes;
    size_t offsets[MN_RELAY_MAX];
} relay;

/* ---- reading a batch; on the writer ---- */

/* Whether this process relays: nobody does, or it does already. */
static minos_rc take_office(relay *self, mn_sql *sql)
{
    mn_statement *statement;
    bool row;

    MINOS_TRY(mn_sql_prepare(
        sql, "SELECT r.owner FROM minos_relay r JOIN minos_owner o ON o.owner = r.owner",
        &statement));
    MINOS_TRY(mn_statement_step(statement, &row));
    self->mine = row && mn_column_int(statement, 0) == self->delivery->owner;
    if (row) {
        mn_statement_done(statement);
        return MINOS_OK;
    }
    MINOS_TRY(mn_sql_prepare(sql, "INSERT OR REPLACE INTO minos_relay(one, owner) VALUES(1, ?1)",
                             &statement));
    mn_bind_int(statement, 1, self->delivery->owner);
    self->mine = true;
    return mn_statement_run(statement);
}

static minos_rc drop_expired(relay *self, mn_sql *sql, int64_t now)
{
    mn_statement *statement;
    MINOS_TRY(mn_sql_prepare(sql,
                             "DELETE FROM minos_outbox WHERE state = 0 AND attempt = 0 AND"
                             " expires_at <> 0 AND expires_at <= ?1 AND id IN (SELECT id FROM"
                             " minos_outbox WHERE state = 0 ORDER BY not_before, id LIMIT 200)",
                             &statement));
    mn_bind_int(statement, 1, now);
    MINOS_TRY(mn_statement_run(statement));
    self->expired = (size_t)mn_sql_changes(sql);
    return MINOS_OK;
}

/* Whether a message of the same key is in the batch already. */
static bool is_key_taken(const relay *self, minos_view topic, minos_view key)
{
    for (size_t i = 0; i < self->count; i++) {
        const char *at = self->bytes.data + self->offsets[i];
        const mn_outgoing *other = &self->messages[i];
        if (other->key.size != 0 &&
            minos_view_equal(minos_view_make(at, other->topic.size), topic) &&
            minos_view_equal(minos_view_make(at + other->topic.size, other->key.size), key))
            return true;
    }
    return false;
}

static void add(relay *self, mn_statement *select)
{
    mn_outgoing *message = &self->messages[self->count];
    minos_view parts[4];

    self->offsets[self->count++] = self->bytes.size;
    for (int i = 0; i < 4; i++) {
        parts[i] = mn_column_view(select, 1 + i);
        mn_buffer_put(&self->bytes, parts[i].data, parts[i].size);
    }
    /* The buffer may move yet: sizes now, addresses in settle_views. */
    *message = (mn_outgoing){.id = mn_column_int(select, 0),
                             .topic.size = parts[0].size,
                             .key.size = parts[1].size,
                             .identifier.size = parts[2].size,
                             .data.size = parts[3].size,
                             .not_before = mn_column_int(select, 5),
                             .expires_at = mn_column_int(select, 6)};
}

static void settle_views(relay *self)
{
    for (size_t i = 0; i < self->count; i++) {
        mn_outgoing *message = &self->messages[i];
        message->topic.data = self->bytes.data + self->offsets[i];
        message->key.data = message->topic.data + message->topic.size;
        message->identifier.data = message->key.data + message->key.size;
        message->data.data = message->identifier.data + message->identifier.size;
    }
}

static minos_rc read_batch(relay *self, mn_sql *sql, int64_t now)
{
    mn_statement *select;
    bool keeps_order = self->delivery->options.transport->keeps_order;

    MINOS_TRY(mn_sql_prepare(sql,
                             "SELECT id, topic, key, identifier, data, not_before, expires_at"
                             " FROM minos_outbox WHERE state = 0 ORDER BY not_before, id LIMIT 400",
                             &select));
    for (;;) {
        minos_view topic, key;
        bool row;
        MINOS_TRY(mn_statement_step(select, &row));
        if (!row)
            return MINOS_OK;
        if (mn_column_int(select, 5) > now) {
            self->due_us = mn_column_int(select, 5);
            break;
        }
        topic = mn_column_view(select, 1);
        key = mn_column_view(select, 2);
        if (!keeps_order && key.size != 0 && is_key_taken(self, topic, key)) {
            self->more = true;
            continue;
        }
        if (self->count == MN_RELAY_MAX ||
            (self->count != 0 &&
             self->bytes.size + mn_column_view(select, 4).size > MN_RELAY_BYTES)) {
            self->more = true;
            break;
        }
        add(self, select);
    }
    mn_statement_done(select);
    return MINOS_OK;
}

static minos_rc read_run(mn_op *op, mn_sql *sql)
{
    relay *self = mn_container(op, relay, op);
    int64_t now = mn_delivery_now();

    self->count = self->expired = 0;
    self->bytes.size = 0;
    self->more = false;
    self->due_us = INT64_MAX;
    MINOS_TRY(take_office(self, sql));
    if (!self->mine)
        return MINOS_OK;
    MINOS_TRY(drop_expired(self, sql, now));
    MINOS_TRY(read_batch(self, sql, now));
    return mn_buffer_check(&self->bytes);
}

/* ---- settling it ---- */

static minos_rc settle_one(mn_sql *sql, const mn_outgoing *message)
{
    mn_statement *statement;

    if (message->result == MN_SENT_CONFIRMED) {
        MINOS_TRY(mn_sql_prepare(sql, "DELETE FROM minos_outbox WHERE id = ?1", &statement));
        mn_bind_int(statement, 1, message->id);
        return mn_statement_run(statement);
    }
    MINOS_TRY(mn_sql_prepare(sql,
                             "UPDATE minos_outbox SET attempt = attempt + 1, state = ?2, last_error"
                             " = ?3 WHERE id = ?1",
                             &statement));
    mn_bind_int(statement, 1, message->id);
    mn_bind_int(statement, 2, message->result == MN_SENT_REFUSED);
    mn_bind_text(statement, 3, minos_view_of(message->why));
    return mn_statement_run(statement);
}

static minos_rc settle_run(mn_op *op, mn_sql *sql)
{
    const relay *self = mn_container(op, relay, op);
    for (size_t i = 0; i < self->count; i++)
        MINOS_TRY(settle_one(sql, &self->messages[i]));
    return MINOS_OK;
}

static const mn_op_ops read_ops = {.name = "reading the outbox", .run = read_run};
static const mn_op_ops settle_ops = {.name = "settling the outbox", .run = settle_run};

/* Publish a batch; tells whether the broker answered for all of it. */
static minos_rc publish(relay *self, bool *ret_answered)
{
    mn_delivery *delivery = self->delivery;

    settle_views(self);
    delivery->options.transport->publish(delivery->options.transport_self, self->messages,
                                         self->count);
    minos_error_clear();
    *ret_answered = true;
    for (size_t i = 0; i < self->count; i++)
        *ret_answered = *ret_answered && self->messages[i].result != MN_SENT_AWAY;
    self->op = (mn_op){.ops = &settle_ops, .flags = MN_OP_PLAIN | MN_OP_DEAF | MN_OP_KEPT};
    MINOS_TRY(mn_store_run(delivery->store, &self->op));
    for (size_t i = 0; i < self->count; i++) {
        delivery->stats.sent += self->messages[i].result == MN_SENT_CONFIRMED;
        delivery->stats.refused += self->messages[i].result == MN_SENT_REFUSED;
    }
    return MINOS_OK;
}

/* ---- the fiber ---- */

void mn_relay_ring(mn_delivery *delivery)
{
    delivery->relay_rung = true;
    if (delivery->relay != NULL)
        mn_fiber_wake(delivery->relay);
}

static minos_rc turn(relay *self, bool *ret_answered)
{
    mn_delivery *delivery = self->delivery;

    *ret_answered = true;
    do {
        self->op = (mn_op){.ops = &read_ops, .flags = MN_OP_PLAIN};
        MINOS_TRY(mn_store_run(delivery->store, &self->op));
        delivery->stats.expired += self->expired;
        if (self->count != 0)
            MINOS_TRY(publish(self, ret_answered));
    } while (self->more && *ret_answered && !minos_fiber_canceled());
    return MINOS_OK;
}

static minos_duration wait_for_due(const relay *self)
{
    int64_t now = mn_delivery_now();
    if (self->due_us == INT64_MAX || self->due_us - now > MN_DELIVERY_TICK / MINOS_US)
        return MN_DELIVERY_TICK;
    return self->due_us <= now ? 0 : (self->due_us - now) * MINOS_US;
}

minos_rc mn_relay_loop(void *argument)
{
    mn_delivery *delivery = argument;
    relay *self = mn_new(relay);
    minos_duration away = AWAY_WAIT;

    self->delivery = delivery;
    mn_buffer_init(&self->bytes, 2 * MN_DELIVERY_MESSAGE_BYTES);
    while (!minos_fiber_canceled()) {
        minos_duration wait;
        bool answered = false;
        delivery->relay_rung = false;
        if (turn(self, &answered) != MINOS_OK)
            answered = false;
        minos_error_clear();
        wait = answered ? wait_for_due(self) : away;
        away = answered ? AWAY_WAIT : away * 2 > AWAY_WAIT_MAX ? AWAY_WAIT_MAX : away * 2;
        if (!answered) /* rings do not shorten it */
            minos_ignore(minos_sleep(wait));
        else if (!delivery->relay_rung)
            minos_ignore(mn_fiber_park(minos_deadline_in(wait))); /* looks in any case */
        minos_error_clear();
    }
    mn_buffer_done(&self->bytes);
    free(self);
    return MINOS_OK;
}
