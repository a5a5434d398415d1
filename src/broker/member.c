/*
 * Members of the hub's groups: subscribing, receiving, going. See hub.h and hub_inside.h.
 */
#include "broker/hub_inside.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* ---- receive ---- */

/*
 * A place was freed. Who is woken may be held up by another lane and not use it, so an empty lane
 * wakes all: nobody is left behind.
 */
static void make_room(mn_lane *lane)
{
    if (MINOS_LIKELY(mn_list_empty(&lane->room.list)))
        return;
    if (lane->messages.count == 0)
        mn_waiters_wake_all(&lane->room);
    else
        mn_waiters_wake_one(&lane->room);
}

/* Take from the lane that has been ready longest; it goes to the end, so that topics take turns. */
static minos_message *take_ready(mn_member *member)
{
    mn_group *group = member->group;

    mn_list_each(node, &group->ready) {
        mn_lane *lane = mn_container(node, mn_lane, in_ready);
        minos_message *message;
        if (!mn_member_has(member, lane))
            continue;
        message = mn_ring_take(&lane->messages);
        mn_list_remove(&lane->in_ready);
        if (lane->messages.count != 0)
            mn_list_insert(&group->ready, &lane->in_ready);
        make_room(lane);
        return message;
    }
    return NULL;
}

static minos_rc wait_for_message(mn_member *member, minos_deadline deadline,
                                 minos_message **ret_message)
{
    mn_wait wait = {.fiber = mn_fiber_current(), .message = NULL};
    minos_rc rc;

    if (mn_list_empty(&member->waiting))
        mn_list_insert(&member->group->hungry, &member->in_hungry);
    mn_list_insert(member->waiting.next, &wait.in_member);
    do {
        rc = mn_fiber_park(deadline);
    } while (rc == MINOS_OK && wait.message == NULL && !wait.interrupted);
    if (wait.message != NULL) { /* handed over: it counts, whatever came after */
        *ret_message = wait.message;
        return MINOS_OK;
    }
    mn_list_remove(&wait.in_member);
    if (mn_list_empty(&member->waiting))
        mn_list_remove(&member->in_hungry);
    return rc;
}

minos_rc mn_member_receive(mn_member *member, minos_deadline deadline, minos_message **ret_message)
{
    minos_message *message;
    minos_rc rc;

    if (member->interrupted)
        return minos_fail(MINOS_ECLOSED, "the subscriber takes no more messages");
    if (minos_fiber_canceled())
        return minos_fail(MINOS_ECANCELED, "no message is received by a cancelled fiber");
    message = mn_ring_take(&member->added);
    if (message == NULL)
        message = take_ready(member);
    if (message != NULL) {
        *ret_message = message;
        return MINOS_OK;
    }
    message = NULL;
    rc = wait_for_message(member, deadline, &message);
    if (MINOS_LIKELY(message != NULL)) {
        *ret_message = message;
        return MINOS_OK;
    }
    if (rc == MINOS_OK)
        return minos_fail(MINOS_ECLOSED, "the subscriber takes no more messages");
    return minos_fail(rc, "no message came");
}

minos_rc mn_member_add(mn_member *member, minos_message *message)
{
    if (member->listen != NULL)
        member->listen(member->listen_context, message);
    else if (!mn_list_empty(&member->waiting))
        mn_member_hand_over(member, minos_message_ref(message));
    else if (member->added.count >= member->hub->limits.lane_messages_max)
        return minos_fail(MINOS_EFULL, "%zu messages were added and not received",
                          member->added.count);
    else
        mn_ring_put(&member->added, minos_message_ref(message));
    return MINOS_OK;
}

void mn_member_listen(mn_member *member, mn_listen_fn *fn, void *context)
{
    minos_message *message;

    assert(member->group->name == NULL && mn_list_empty(&member->waiting));
    member->listen = fn;
    member->listen_context = context;
    mn_list_remove(&member->in_hungry);
    mn_list_insert(&member->group->hungry, &member->in_hungry);
    while ((message = take_ready(member)) != NULL) {
        fn(context, message);
        minos_message_unref(message);
    }
}

void mn_member_interrupt(mn_member *member, bool on)
{
    member->interrupted = on;
    if (!on)
        return;
    mn_list_remove(&member->in_hungry);
    for (mn_list *node; (node = mn_list_pop(&member->waiting)) != NULL;) {
        mn_wait *wait = mn_container(node, mn_wait, in_member);
        wait->interrupted = true; /* stays, even when the interrupt ends before the fiber runs */
        mn_fiber_wake(wait->fiber);
    }
}

/* ---- subscribe ---- */

static mn_group *group_find_or_make(mn_hub *hub, const char *name)
{
    mn_group *group = name == NULL ? NULL : mn_map_get(&hub->groups, minos_view_of(name));
    if (group != NULL)
        return group;
    group = mn_new(mn_group);
    mn_list_init(&group->in_hub);
    mn_list_init(&group->ready);
    mn_list_init(&group->hungry);
    if (name == NULL) {
        mn_list_insert(&hub->own_groups, &group->in_hub);
        return group;
    }
    group->name = mn_strdup(name);
    mn_map_set(&hub->groups, minos_view_of(group->name), group);
    return group;
}

static mn_lane *lane_find(mn_topic *topic, const mn_group *group)
{
    mn_list_each(node, &topic->lanes) {
        mn_lane *lane = mn_container(node, mn_lane, in_topic);
        if (lane->group == group)
            return lane;
    }
    return NULL;
}

static size_t lane_place(mn_group *group)
{
    for (size_t i = 0; i < group->lane_count; i++)
        if (group->lanes[i] == NULL)
            return i;
    group->lanes = mn_realloc(group->lanes, (group->lane_count + 1) * sizeof *group->lanes);
    group->lanes[group->lane_count] = NULL;
    return group->lane_count++;
}

static mn_lane *lane_find_or_make(mn_hub *hub, mn_group *group, minos_view name)
{
    mn_topic *topic = mn_map_get(&hub->topics, name);
    mn_lane *lane;
    minos_message *message;

    if (topic == NULL)
        topic = mn_topic_make(hub, name);
    lane = lane_find(topic, group);
    if (lane != NULL)
        return lane;
    lane = mn_new(mn_lane);
    lane->topic = topic;
    lane->group = group;
    lane->index = lane_place(group);
    group->lanes[lane->index] = lane;
    mn_list_init(&lane->in_ready);
    mn_list_insert(&topic->lanes, &lane->in_topic);
    mn_waiters_init(&lane->room);
    while ((message = mn_ring_take(&topic->kept)) != NULL) {
        hub->counts.kept--;
        mn_lane_deliver(lane, message);
        minos_message_unref(message);
    }
    return lane;
}

/* Refuse a command topic that another group holds; a place held by nobody any more is cleared. */
static minos_rc check_exclusive(mn_hub *hub, const char *name, const char *group_name)
{
    mn_topic *topic = mn_map_get(&hub->topics, minos_view_of(name));
    if (topic == NULL)
        return MINOS_OK;
    for (mn_list *node = topic->lanes.next, *next; node != &topic->lanes; node = next) {
        mn_lane *lane = mn_container(node, mn_lane, in_topic);
        next = node->next;
        if (!lane->exclusive || (group_name != NULL && lane->group->name != NULL &&
                                 strcmp(lane->group->name, group_name) == 0))
            continue;
        if (lane->member_count != 0 || lane->messages.count != 0)
            return minos_fail(
                MINOS_EEXISTS,
                "topic %s takes commands or queries and belongs to group %s; group %s "
                "cannot subscribe to it too",
                name, lane->group->name != NULL ? lane->group->name : "(a client's own)",
                group_name != NULL ? group_name : "(a client's own)");
        bool last = next == &topic->lanes && node->prev == &topic->lanes;
        mn_lane_free(hub, lane);
        if (last)
            return MINOS_OK; /* the topic has gone with it */
    }
    return MINOS_OK;
}

static bool kind_is_exclusive(const minos_subscriber_options *options, size_t index)
{
    return options->kinds != NULL && (options->kinds[index] == MINOS_KIND_COMMAND ||
                                      options->kinds[index] == MINOS_KIND_QUERY);
}

static void member_join(mn_member *member, const char *name, bool exclusive)
{
    mn_lane *lane = lane_find_or_make(member->hub, member->group, minos_view_of(name));
    size_t word = lane->index / 64;

    if (word >= member->lane_words) {
        member->lane_bits = mn_realloc(member->lane_bits, (word + 1) * sizeof *member->lane_bits);
        memset(member->lane_bits + member->lane_words, 0,
               (word + 1 - member->lane_words) * sizeof *member->lane_bits);
        member->lane_words = word + 1;
    }
    if (mn_member_has(member, lane))
        return; /* named twice */
    member->lane_bits[word] |= UINT64_C(1) << (lane->index % 64);
    lane->member_count++;
    lane->exclusive |= exclusive;
}

minos_rc mn_member_new(mn_hub *hub, const minos_subscriber_options *options, mn_member **ret_member)
{
    mn_member *member;
    size_t count = 0;

    for (; options->topics[count] != NULL; count++) {
        if (count == MN_SUBSCRIBE_MAX)
            return minos_fail(MINOS_EINVAL, "more than %d topics", MN_SUBSCRIBE_MAX);
        MINOS_TRY(mn_topic_check(options->topics[count], "a topic to subscribe to"));
        if (kind_is_exclusive(options, count))
            MINOS_TRY(check_exclusive(hub, options->topics[count], options->group));
    }
    if (hub->topics.count + count > MN_HUB_TOPICS_MAX)
        return minos_fail(MINOS_EFULL, "the broker has %zu topics; %zu more are too many",
                          hub->topics.count, count);
    member = mn_new(mn_member);
    member->hub = mn_hub_ref(hub);
    member->group = group_find_or_make(hub, options->group);
    member->group->member_count++;
    member->remove_topics = options->remove_topics_on_destroy;
    mn_list_init(&member->in_hungry);
    mn_list_init(&member->waiting);
    for (size_t i = 0; i < count; i++)
        member_join(member, options->topics[i], kind_is_exclusive(options, i));
    *ret_member = member;
    return MINOS_OK;
}

/* Free the lane when nobody will read it any more. */
static void member_leave(mn_member *member, mn_lane *lane)
{
    mn_hub *hub = member->hub;

    member->lane_bits[lane->index / 64] &= ~(UINT64_C(1) << (lane->index % 64));
    if (--lane->member_count != 0)
        return;
    if (member->remove_topics || member->group->name == NULL)
        hub->counts.abandoned += mn_lane_free(hub, lane);
    else
        mn_waiters_wake_all(&lane->room); /* to learn that nobody will make room */
}

/* ---- afterwards ---- */

minos_rc mn_member_topic_add(mn_member *member, const char *name, minos_kind kind)
{
    const bool exclusive = kind == MINOS_KIND_COMMAND || kind == MINOS_KIND_QUERY;
    minos_message *message;

    if (exclusive)
        MINOS_TRY(check_exclusive(member->hub, name, member->group->name));
    if (member->hub->topics.count >= MN_HUB_TOPICS_MAX &&
        mn_map_get(&member->hub->topics, minos_view_of(name)) == NULL)
        return minos_fail(MINOS_EFULL, "the broker has %d topics, no more", MN_HUB_TOPICS_MAX);
    member_join(member, name, exclusive);
    while ((member->listen != NULL || !mn_list_empty(&member->waiting)) &&
           (message = take_ready(member)) != NULL) {
        if (member->listen == NULL) {
            mn_member_hand_over(member, message);
            continue;
        }
        member->listen(member->listen_context, message);
        minos_message_unref(message);
    }
    return MINOS_OK;
}

minos_rc mn_member_topic_remove(mn_member *member, const char *name)
{
    mn_topic *topic = mn_map_get(&member->hub->topics, minos_view_of(name));
    mn_lane *lane = topic == NULL ? NULL : lane_find(topic, member->group);

    if (lane == NULL || !mn_member_has(member, lane))
        return minos_fail(MINOS_ENOTFOUND, "not subscribed to %s", name);
    member_leave(member, lane);
    return MINOS_OK;
}

void mn_member_give_back(mn_member *member, minos_message *message)
{
    mn_topic *topic = mn_map_get(&member->hub->topics, message->topic);
    mn_lane *lane = topic == NULL ? NULL : lane_find(topic, member->group);

    if (lane != NULL)
        mn_lane_give_back(lane, message);
    else if (!mn_list_empty(&member->waiting))
        mn_member_hand_over(member, minos_message_ref(message));
    else
        mn_ring_put_first(&member->added, minos_message_ref(message)); /* it came by hand */
}

/* ---- go ---- */

static bool group_has_lanes(const mn_group *group)
{
    for (size_t i = 0; i < group->lane_count; i++)
        if (group->lanes[i] != NULL)
            return true;
    return false;
}

void mn_member_free(mn_member *member)
{
    mn_hub *hub;
    mn_group *group;

    if (member == NULL)
        return;
    assert(mn_list_empty(&member->waiting));
    hub = member->hub;
    group = member->group;
    mn_list_remove(&member->in_hungry);
    for (size_t i = 0; i < group->lane_count; i++) {
        mn_lane *lane = group->lanes[i];
        if (lane != NULL && mn_member_has(member, lane))
            member_leave(member, lane);
    }
    group->member_count--;
    if (group->member_count == 0 && (group->name == NULL || !group_has_lanes(group)))
        hub->counts.abandoned += mn_group_free(hub, group);
    hub->counts.abandoned += mn_ring_done(&member->added);
    free(member->lane_bits);
    free(member);
    mn_hub_unref(hub);
}
