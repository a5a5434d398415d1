/*
 * The life of a delivery: see delivery.h.
 */
#include <stdlib.h>
#include <string.h>

#include "base/env.h"
#include "delivery/inside.h"

static minos_rc check_handlers(const mn_delivery_options *options)
{
    for (size_t i = 0; i < options->handler_count; i++) {
        const mn_delivery_handler *handler = &options->handlers[i];
        size_t same_topic = 0;
        size_t name_bytes = handler->name == NULL ? 0 : strlen(handler->name);
        if (name_bytes == 0 || name_bytes > 255)
            return minos_fail(MINOS_EINVAL, "handlers: a name has 1..255 bytes");
        if (handler->topic == NULL || handler->topic[0] == '\0' || strlen(handler->topic) > 255)
            return minos_fail(MINOS_EINVAL, "handlers: the topic of %s has not 1..255 bytes",
                              handler->name);
        if (handler->concurrency < 0 || handler->room < 0)
            return minos_fail(MINOS_EINVAL, "handlers: a limit of %s is negative", handler->name);
        for (size_t j = 0; j < options->handler_count; j++) {
            if (j < i && strcmp(options->handlers[j].name, handler->name) == 0)
                return minos_fail(MINOS_EINVAL, "handlers: two are named %s", handler->name);
            same_topic += strcmp(options->handlers[j].topic, handler->topic) == 0;
        }
        if (same_topic > MN_DELIVERY_HANDLERS_MAX)
            return minos_fail(MINOS_EINVAL, "handlers: %zu of %s are more than %d", same_topic,
                              handler->topic, MN_DELIVERY_HANDLERS_MAX);
    }
    return MINOS_OK;
}

static mn_delivery *make(const mn_delivery_options *options)
{
    mn_delivery *delivery = mn_new(mn_delivery);
    int concurrency = options->concurrency > 0 ? options->concurrency : MN_DELIVERY_CONCURRENCY;

    delivery->store = options->store;
    delivery->options = *options;
    delivery->post_count = options->handler_count;
    delivery->posts = mn_new_array(mn_post, options->handler_count + 1);
    delivery->counts = mn_new_array(int64_t, options->handler_count + 1);
    for (size_t i = 0; i < options->handler_count; i++)
        delivery->posts[i] = (mn_post){.handler = &options->handlers[i],
                                       .delivery = delivery,
                                       .name = minos_view_of(options->handlers[i].name),
                                       .ready = true};
    delivery->dedup =
        mn_dedup_new(options->dedup_max != 0 ? options->dedup_max : MN_DELIVERY_DEDUP_MAX);
    mn_list_init(&delivery->free_runs);
    mn_list_init(&delivery->stalled);
    delivery->run_count = delivery->free_count = (size_t)concurrency;
    delivery->runs = mn_new_array(mn_run, delivery->run_count);
    for (size_t i = 0; i < delivery->run_count; i++) {
        mn_run *run = &delivery->runs[i];
        run->delivery = delivery;
        mn_buffer_init(&run->bytes, MN_DELIVERY_MESSAGE_BYTES);
        mn_buffer_init(&run->outgoing, MN_DELIVERY_MESSAGE_BYTES);
        mn_list_insert(&delivery->free_runs, &run->free_place);
    }
    delivery->due_us = INT64_MAX;
    do
        mn_env->random(&delivery->owner, sizeof delivery->owner);
    while (delivery->owner == 0);
    return delivery;
}

static void destroy(mn_delivery *delivery)
{
    minos_scope_free(delivery->scope);
    mn_owner_leave(delivery->slot);
    for (size_t i = 0; i < delivery->run_count; i++) {
        mn_buffer_done(&delivery->runs[i].bytes);
        mn_buffer_done(&delivery->runs[i].outgoing);
    }
    free(delivery->runs);
    free(delivery->posts);
    free(delivery->counts);
    mn_dedup_free(delivery->dedup);
    free(delivery);
}

static minos_rc begin(mn_delivery *delivery)
{
    MINOS_TRY(minos_scope_new(&delivery->scope));
    MINOS_TRY(mn_owner_take(mn_store_path(delivery->store), &delivery->slot));
    MINOS_TRY(mn_reclaim(delivery, true));
    MINOS_TRY(mn_room_count(delivery));
    MINOS_TRY(mn_fiber_start("delivery", mn_tick_loop, delivery, &delivery->ticker));
    if (delivery->options.transport != NULL)
        MINOS_TRY(mn_fiber_start("relay", mn_relay_loop, delivery, &delivery->relay));
    return MINOS_OK;
}

minos_rc mn_delivery_start(const mn_delivery_options *options, mn_delivery **ret_delivery)
{
    mn_delivery *delivery;
    minos_rc rc;

    MINOS_TRY(check_handlers(options));
    delivery = make(options);
    rc = begin(delivery);
    if (rc != MINOS_OK) {
        mn_error_slot *errors = mn_error_slot_take();
        mn_delivery_stop(delivery, minos_deadline_in(0));
        mn_error_slot_put(errors);
        return rc;
    }
    *ret_delivery = delivery;
    return MINOS_OK;
}

void mn_delivery_ended(mn_delivery *delivery)
{
    if (delivery->stopper != NULL)
        mn_fiber_wake(delivery->stopper);
}

static void end_fiber(mn_fiber **fiber)
{
    mn_fiber *ending = mn_take(fiber);
    if (ending == NULL)
        return;
    mn_fiber_cancel(ending);
    minos_ignore(mn_fiber_join(ending, minos_deadline_never())); /* it gives OK */
}

void mn_delivery_stop(mn_delivery *delivery, minos_deadline deadline)
{
    if (delivery == NULL)
        return;
    delivery->stopping = true;
    end_fiber(&delivery->ticker); /* begins no stalled run any more */
    delivery->stopper = mn_fiber_current();
    while (delivery->active != 0 && minos_deadline_left(deadline) > 0)
        minos_ignore(mn_fiber_park_shielded(deadline)); /* looked at above */
    if (delivery->scope != NULL)
        minos_scope_cancel(delivery->scope);
    while (delivery->claim.under_way || delivery->receiving != 0 || delivery->active != 0)
        minos_ignore(mn_fiber_park_shielded(minos_deadline_never())); /* wakes only */
    minos_scope_free(mn_take(&delivery->scope));
    end_fiber(&delivery->relay);
    if (delivery->slot != NULL && mn_leave(delivery) != MINOS_OK)
        minos_error_clear(); /* the next start finds a dead owner */
    destroy(delivery);
}

mn_delivery_stats mn_delivery_stats_of(const mn_delivery *delivery)
{
    mn_delivery_stats stats = delivery->stats;
    stats.running = (int64_t)delivery->active;
    return stats;
}
