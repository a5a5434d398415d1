/*
 * The in-process broker: topics, lanes and the way of a message into them. See hub.h and, for the
 * invariants, hub_inside.h.
 */
#include "broker/hub_inside.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <minos/log.h>

#include "broker/driver.h"

static _Thread_local mn_hub *hub_of_thread;

/* ---- hub ---- */

mn_hub *mn_hub_new(const mn_hub_options *options)
{
    mn_hub *hub = mn_new(mn_hub);
    hub->refs = 1;
    if (options != NULL)
        hub->limits = *options;
    if (hub->limits.lane_messages_max == 0)
        hub->limits.lane_messages_max = MN_LANE_MESSAGES_MAX;
    if (hub->limits.topic_kept_max == 0)
        hub->limits.topic_kept_max = MN_TOPIC_KEPT_MAX;
    if (hub->limits.hub_kept_max == 0)
        hub->limits.hub_kept_max = MN_HUB_KEPT_MAX;
    mn_list_init(&hub->own_groups);
    return hub;
}

mn_hub *mn_hub_of_thread(void)
{
    if (hub_of_thread != NULL)
        return mn_hub_ref(hub_of_thread);
    return hub_of_thread = mn_hub_new(NULL);
}

mn_hub *mn_hub_ref(mn_hub *hub)
{
    hub->refs++;
    return hub;
}

mn_hub_counts mn_hub_count(const mn_hub *hub)
{
    return hub->counts;
}

mn_topic *mn_topic_make(mn_hub *hub, minos_view name)
{
    mn_topic *topic = mn_new(mn_topic);
    topic->name = mn_alloc(name.size + 1);
    memcpy(topic->name, name.data, name.size);
    mn_list_init(&topic->lanes);
    mn_map_set(&hub->topics, minos_view_make(topic->name, name.size), topic);
    return topic;
}

/* A topic lives while it has lanes or keeps messages, so that clients' topics do not pile up. */
static void topic_drop_unused(mn_hub *hub, mn_topic *topic)
{
    if (!mn_list_empty(&topic->lanes) || topic->kept.count != 0)
        return;
    mn_map_remove(&hub->topics, minos_view_of(topic->name));
    mn_ring_done(&topic->kept);
    free(topic->name);
    free(topic);
}

size_t mn_lane_free(mn_hub *hub, mn_lane *lane)
{
    mn_topic *topic = lane->topic;
    size_t left;

    mn_list_remove(&lane->in_topic);
    mn_list_remove(&lane->in_ready);
    lane->group->lanes[lane->index] = NULL;
    mn_waiters_wake_all(&lane->room); /* they look the topic up again */
    left = mn_ring_done(&lane->messages);
    free(lane);
    topic_drop_unused(hub, topic);
    return left;
}

size_t mn_group_free(mn_hub *hub, mn_group *group)
{
    size_t left = 0;
    for (size_t i = 0; i < group->lane_count; i++)
        if (group->lanes[i] != NULL)
            left += mn_lane_free(hub, group->lanes[i]);
    mn_list_remove(&group->in_hub);
    if (group->name != NULL)
        mn_map_remove(&hub->groups, minos_view_of(group->name));
    free(group->lanes);
    free(group->name);
    free(group);
    return left;
}

void mn_hub_unref(mn_hub *hub)
{
    size_t left = 0, place;
    mn_map_entry *entry;

    if (hub == NULL || --hub->refs != 0)
        return;
    if (hub == hub_of_thread)
        hub_of_thread = NULL;
    while (place = 0, (entry = mn_map_next(&hub->groups, &place)) != NULL)
        left += mn_group_free(hub, entry->value);
    for (place = 0; hub->topics.count != 0;) {
        entry = mn_map_next(&hub->topics, &place);
        if (entry == NULL) { /* removing moves entries; what was passed over is met the next time */
            place = 0;
            continue;
        }
        mn_topic *topic = entry->value;
        left += mn_ring_done(&topic->kept);
        topic_drop_unused(hub, topic);
    }
    mn_map_done(&hub->groups);
    mn_map_done(&hub->topics);
    free(hub);
    if (left != 0)
        minos_log_notice("the in-process broker ends with %zu messages that nobody took", left);
}

/* ---- delivery ---- */

void mn_member_hand_over(mn_member *member, minos_message *message)
{
    mn_wait *wait = mn_container(mn_list_pop(&member->waiting), mn_wait, in_member);
    wait->message = message;
    mn_list_remove(&member->in_hungry);
    if (!mn_list_empty(&member->waiting))
        mn_list_insert(&member->group->hungry, &member->in_hungry);
    mn_fiber_wake(wait->fiber);
}

/* Hand a message to a hungry member; false when there is none. */
static bool feed(mn_lane *lane, minos_message *message)
{
    mn_list_each(node, &lane->group->hungry) {
        mn_member *member = mn_container(node, mn_member, in_hungry);
        if (MINOS_LIKELY(mn_member_has(member, lane))) {
            mn_member_hand_over(member, minos_message_ref(message));
            return true;
        }
    }
    return false;
}

void mn_lane_deliver(mn_lane *lane, minos_message *message)
{
    if (MINOS_LIKELY(feed(lane, message)))
        return;
    if (lane->messages.count == 0)
        mn_list_insert(&lane->group->ready, &lane->in_ready);
    mn_ring_put(&lane->messages, minos_message_ref(message));
}

void mn_lane_give_back(mn_lane *lane, minos_message *message)
{
    if (feed(lane, message))
        return;
    if (lane->messages.count == 0)
        mn_list_insert(&lane->group->ready, &lane->in_ready);
    mn_ring_put_first(&lane->messages, minos_message_ref(message));
}

/* The only member of an own group, when it listens. */
static mn_member *listener_of(const mn_lane *lane)
{
    mn_list *first = lane->group->hungry.next;
    mn_member *member;
    if (lane->group->name != NULL || first == &lane->group->hungry)
        return NULL;
    member = mn_container(first, mn_member, in_hungry);
    return member->listen != NULL ? member : NULL;
}

static void deliver_or_listen(mn_lane *lane, minos_message *message)
{
    mn_member *listener = listener_of(lane);
    if (listener != NULL)
        listener->listen(listener->listen_context, message);
    else
        mn_lane_deliver(lane, message);
}

static minos_rc keep(mn_hub *hub, mn_topic *topic, minos_message *message)
{
    if (topic == NULL && hub->topics.count >= MN_HUB_TOPICS_MAX)
        return minos_fail(MINOS_EFULL, "the broker has %d topics, no more", MN_HUB_TOPICS_MAX);
    if (hub->counts.kept >= hub->limits.hub_kept_max ||
        (topic != NULL && topic->kept.count >= hub->limits.topic_kept_max))
        return minos_fail(MINOS_EFULL,
                          "nobody is subscribed to %s and %" PRIu64
                          " messages are kept for topics without subscriber",
                          message->topic.data, hub->counts.kept);
    if (topic == NULL)
        topic = mn_topic_make(hub, message->topic);
    mn_ring_put(&topic->kept, minos_message_ref(message));
    hub->counts.kept++;
    return MINOS_OK;
}

/* The first lane of a message's route that has no room, NULL when all have. */
static mn_lane *find_full(const mn_hub *hub, const mn_topic *topic, minos_strategy strategy)
{
    mn_list_each(node, &topic->lanes) {
        mn_lane *lane = mn_container(node, mn_lane, in_topic);
        if (MINOS_UNLIKELY(lane->messages.count >= hub->limits.lane_messages_max))
            return lane;
        if (strategy == MINOS_UNICAST)
            break;
    }
    return NULL;
}

/* Yields; others may change topics and lanes meanwhile. */
static minos_rc wait_for_room(mn_lane *lane, const minos_message *message, bool is_reply,
                              minos_deadline deadline)
{
    minos_rc rc;

    if (lane->member_count == 0)
        return minos_fail(MINOS_EFULL, "the queue of %s is full and nobody reads it",
                          message->topic.data);
    if (deadline.at_ns == INT64_MAX)
        deadline = minos_deadline_in(is_reply ? MN_REPLY_WAIT : MN_PUBLISH_WAIT);
    rc = mn_waiters_wait(&lane->room, deadline);
    return rc == MINOS_OK ? rc : minos_fail(rc, "the queue of %s is full", message->topic.data);
}

minos_rc mn_hub_publish(mn_hub *hub, minos_message *message, bool is_reply, minos_deadline deadline)
{
    mn_topic *topic;

    for (mn_lane *full;;) {
        topic = mn_map_get(&hub->topics, message->topic);
        if (MINOS_UNLIKELY(topic == NULL || mn_list_empty(&topic->lanes))) {
            if (message->strategy == MINOS_UNICAST && !is_reply)
                MINOS_TRY(keep(hub, topic, message));
            else if (is_reply)
                hub->counts.dropped_replies++;
            else
                hub->counts.dropped_events++;
            hub->counts.published++;
            return MINOS_OK;
        }
        full = find_full(hub, topic, message->strategy);
        if (MINOS_LIKELY(full == NULL))
            break;
        MINOS_TRY(wait_for_room(full, message, is_reply, deadline));
    }
    hub->counts.published++;
    if (message->strategy == MINOS_UNICAST) {
        deliver_or_listen(mn_container(topic->lanes.next, mn_lane, in_topic), message);
        return MINOS_OK;
    }
    for (mn_list *node = topic->lanes.next, *next; node != &topic->lanes; node = next) {
        next = node->next;
        deliver_or_listen(mn_container(node, mn_lane, in_topic), message);
    }
    return MINOS_OK;
}
