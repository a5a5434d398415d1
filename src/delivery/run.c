/*
 * Runs: the places of a process, and one handler at work on one row.
 */
#include <stdlib.h>
#include <string.h>

#include "delivery/inside.h"

/* ---- places ---- */

bool mn_place_open(const mn_delivery *delivery)
{
    return !delivery->stopping && !delivery->alone && !delivery->wants_alone &&
           !(delivery->claim.under_way && delivery->claim.alone_allowed);
}

static bool has_place(const mn_post *post)
{
    return post->handler->concurrency == 0 || post->running < post->handler->concurrency;
}

mn_run *mn_place_keep(mn_post *post)
{
    mn_delivery *delivery = post->delivery;
    mn_list *node;

    if (!has_place(post))
        return NULL;
    node = mn_list_pop(&delivery->free_runs);
    if (node == NULL)
        return NULL;
    delivery->free_count--;
    post->running++;
    mn_container(node, mn_run, free_place)->post = post;
    return mn_container(node, mn_run, free_place);
}

static void trim(minos_buffer *buffer)
{
    if (buffer->capacity > MN_RUN_BYTES_KEPT)
        mn_buffer_done(buffer);
    if (buffer->data == NULL)
        mn_buffer_init(buffer, MN_DELIVERY_MESSAGE_BYTES);
    buffer->size = 0;
    buffer->full = false;
}

void mn_place_return(mn_run *run)
{
    mn_delivery *delivery = run->delivery;

    run->post->running--;
    trim(&run->bytes);
    trim(&run->outgoing);
    mn_list_insert(&delivery->free_runs, &run->free_place);
    delivery->free_count++;
}

/* ---- what a handler sees ---- */

minos_rc mn_run_fill(mn_run *run, minos_view topic, minos_view identifier, minos_view reply_topic,
                     const minos_view *key, minos_view data)
{
    run->bytes.size = 0;
    run->keyed = key != NULL;
    run->topic_bytes = topic.size;
    run->identifier_bytes = identifier.size;
    run->reply_topic_bytes = reply_topic.size;
    run->key_bytes = key == NULL ? 0 : key->size;
    run->data_bytes = data.size;
    mn_buffer_put(&run->bytes, topic.data, topic.size);
    mn_buffer_put(&run->bytes, identifier.data, identifier.size);
    mn_buffer_put(&run->bytes, reply_topic.data, reply_topic.size);
    if (key != NULL)
        mn_buffer_put(&run->bytes, key->data, key->size);
    mn_buffer_put(&run->bytes, data.data, data.size);
    return mn_buffer_check(&run->bytes);
}

const mn_delivery_handler *mn_run_handler(const mn_run *run)
{
    return run->post->handler;
}

minos_view mn_run_topic(const mn_run *run)
{
    return minos_view_make(run->bytes.data, run->topic_bytes);
}

minos_view mn_run_identifier(const mn_run *run)
{
    return minos_view_make(run->bytes.data + run->topic_bytes, run->identifier_bytes);
}

minos_view mn_run_reply_topic(const mn_run *run)
{
    return minos_view_make(run->bytes.data + run->topic_bytes + run->identifier_bytes,
                           run->reply_topic_bytes);
}

minos_view mn_run_key(const mn_run *run)
{
    return minos_view_make(run->bytes.data + run->topic_bytes + run->identifier_bytes +
                               run->reply_topic_bytes,
                           run->key_bytes);
}

minos_view mn_run_data(const mn_run *run)
{
    return minos_view_make(run->bytes.data + run->bytes.size - run->data_bytes, run->data_bytes);
}

int mn_run_attempt(const mn_run *run)
{
    return run->attempt;
}

int64_t mn_run_work(const mn_run *run)
{
    return run->work_id;
}

/* ---- at work ---- */

static void ended(mn_run *run)
{
    mn_delivery *delivery = run->delivery;

    delivery->active--;
    delivery->alone = false;
    mn_place_return(run);
    mn_claim_look(delivery);
    mn_delivery_ended(delivery);
}

static minos_rc work(void *argument)
{
    mn_run *run = argument;
    mn_delivery *delivery = run->delivery;
    minos_rc rc;

    run->outgoing.size = 0;
    memset(&run->outcome, 0, sizeof run->outcome);
    delivery->stats.runs++;
    delivery->options.ops->run(delivery->options.self, run, &run->outcome);
    /* A cancelled handler gave no answer: its row is ready again when this owner has gone. */
    if (minos_fiber_canceled() && run->outcome.kind == MN_OUTCOME_FAULT)
        rc = MINOS_ECANCELED;
    else
        rc = mn_finish_store(run);
    minos_error_clear();
    minos_ignore(rc); /* counted where it happened; the row stays running, and is reclaimed */
    ended(run);
    return MINOS_OK;
}

void mn_run_begin(mn_run *run)
{
    mn_delivery *delivery = run->delivery;

    delivery->active++;
    if (run->blamed != 0)
        delivery->alone = true;
    if (minos_scope_spawn(delivery->scope, run->post->handler->name, work, run) != MINOS_OK) {
        /* No stack is to be had now; the ticker tries again. */
        minos_error_clear();
        delivery->active--;
        mn_list_insert(&delivery->stalled, &run->free_place);
    }
}
