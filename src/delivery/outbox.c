/*
 * The outbox's way in: what a run sends waits in its buffer, and becomes rows when it succeeds.
 */
#include <string.h>

#include "delivery/inside.h"

/* Before each message in a run's buffer; its texts follow. */
typedef struct sent {
    size_t topic_bytes, key_bytes, identifier_bytes, data_bytes;
    minos_timestamp not_before, expires_at;
} sent;

static minos_rc check(const mn_outgoing *message)
{
    if (message->topic.size == 0 || message->topic.size > 255)
        return minos_fail(MINOS_EINVAL, "topic: a message's has 1..255 bytes");
    if (message->data.size > MN_DELIVERY_MESSAGE_BYTES / 2)
        return minos_fail(MINOS_ETOOBIG, "a message of %zu bytes", message->data.size);
    return MINOS_OK;
}

minos_rc mn_run_send(mn_run *run, const mn_outgoing *message)
{
    minos_buffer *out = &run->outgoing;
    size_t before = out->size;
    sent head = {.topic_bytes = message->topic.size,
                 .key_bytes = message->key.size,
                 .identifier_bytes = message->identifier.size,
                 .data_bytes = message->data.size,
                 .not_before = message->not_before,
                 .expires_at = message->expires_at};

    MINOS_TRY(check(message));
    mn_buffer_put(out, &head, sizeof head);
    mn_buffer_put(out, message->topic.data, message->topic.size);
    mn_buffer_put(out, message->key.data, message->key.size);
    mn_buffer_put(out, message->identifier.data, message->identifier.size);
    mn_buffer_put(out, message->data.data, message->data.size);
    if (!out->full)
        return MINOS_OK;
    out->size = before; /* the messages before it are whole */
    out->full = false;
    return minos_fail(MINOS_ETOOBIG, "a run sends more than %d bytes", MN_DELIVERY_MESSAGE_BYTES);
}

minos_rc mn_outbox_add(mn_sql *sql, const mn_outgoing *message)
{
    mn_statement *insert;
    MINOS_TRY(mn_sql_prepare(sql,
                             "INSERT INTO minos_outbox(topic, key, identifier, data, not_before,"
                             " expires_at, state, attempt) VALUES(?1, ?2, ?3, ?4, ?5, ?6, 0, 0)",
                             &insert));
    mn_bind_text(insert, 1, message->topic);
    mn_bind_text(insert, 2, message->key);
    mn_bind_text(insert, 3, message->identifier);
    mn_bind_bytes(insert, 4, message->data);
    mn_bind_int(insert, 5, message->not_before);
    mn_bind_int(insert, 6, message->expires_at);
    return mn_statement_run(insert);
}

static minos_view cut(const char **at, size_t size)
{
    minos_view view = minos_view_make(*at, size);
    *at += size;
    return view;
}

minos_rc mn_outbox_add_all(mn_sql *sql, const minos_buffer *outgoing)
{
    const char *at = outgoing->data;
    size_t size = outgoing->size; /* of an empty buffer `data` is NULL */

    while ((size_t)(at - outgoing->data) < size) {
        mn_outgoing message = {.id = 0};
        sent head;
        memcpy(&head, at, sizeof head);
        at += sizeof head;
        message.topic = cut(&at, head.topic_bytes);
        message.key = cut(&at, head.key_bytes);
        message.identifier = cut(&at, head.identifier_bytes);
        message.data = cut(&at, head.data_bytes);
        message.not_before = head.not_before;
        message.expires_at = head.expires_at;
        MINOS_TRY(mn_outbox_add(sql, &message));
    }
    return MINOS_OK;
}

/* ---- outside of runs ---- */

typedef struct send_op {
    mn_op op;
    const mn_outgoing *messages;
    size_t count;
} send_op;

static minos_rc send_run(mn_op *op, mn_sql *sql)
{
    const send_op *self = mn_container(op, send_op, op);
    for (size_t i = 0; i < self->count; i++)
        MINOS_TRY(mn_outbox_add(sql, &self->messages[i]));
    return MINOS_OK;
}

static const mn_op_ops send_ops = {.name = "sending", .run = send_run};

minos_rc mn_delivery_send(mn_delivery *delivery, const mn_outgoing *messages, size_t count)
{
    send_op self = {
        .op = {.ops = &send_ops, .flags = mn_delivery_flags(delivery, MN_OP_SYNCED | MN_OP_PLAIN)},
        .messages = messages,
        .count = count};

    for (size_t i = 0; i < count; i++)
        MINOS_TRY(check(&messages[i]));
    MINOS_TRY(mn_store_run(delivery->store, &self.op));
    mn_relay_ring(delivery);
    return MINOS_OK;
}
