/*
 * The in-process broker: see hub.h.
 *
 * Invariants. A lane lies in its group's `ready` list exactly when it holds messages. A member lies in
 * its group's `hungry` list exactly when a fiber waits in its receive; then no ready lane is its own,
 * so a message that finds a hungry member is handed over without touching the lane.
 * Among members the one served longest ago comes first; among the fibers of one member the one that
 * waited last, whose stack is still warm.
 */
#include "broker/hub.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <minos/log.h>

#include "base/list.h"
#include "base/map.h"
#include "broker/driver.h"
#include "broker/ring.h"
#include "fiber/fiber.h"

typedef struct mn_topic mn_topic;
typedef struct mn_group mn_group;

/* What one group gets of one topic. */
typedef struct mn_lane {
    mn_list in_topic; /* of mn_topic.lanes, the oldest first */
    mn_list in_ready; /* of mn_group.ready */
    mn_topic *topic;
    mn_group *group;
    size_t index;        /* in mn_group.lanes */
    size_t member_count; /* members that are subscribed to it */
    bool exclusive;      /* of a command or query */
    mn_ring messages;
    mn_waiters room; /* publishers waiting for room */
} mn_lane;

struct mn_topic {
    char *name; /* also the key in mn_hub.topics */
    mn_list lanes;
    mn_ring kept; /* until the first lane is there */
};

struct mn_group {
    mn_list in_hub; /* of mn_hub.own_groups when it has no name */
    char *name;     /* NULL: one member's own */
    mn_lane **lanes; /* by index; NULL: free place */
    size_t lane_count;
    size_t member_count;
    mn_list ready;
    mn_list hungry;
};

struct mn_member {
    mn_hub *hub; /* held */
    mn_group *group;
    mn_list in_hungry; /* of mn_group.hungry */
    mn_list waiting;   /* waits, the newest first */
    uint64_t *lane_bits; /* by index: the lanes it is subscribed to */
    size_t lane_words;
    mn_ring added; /* put in by hand */
    bool interrupted;
    bool remove_topics;
    mn_listen_fn *listen;
    void *listen_context;
};

/* One fiber in receive; lies on its stack. */
typedef struct mn_wait {
    mn_list in_member;
    mn_fiber *fiber;
    minos_message *message; /* handed over, with its reference */
} mn_wait;

struct mn_hub {
    size_t refs;
    mn_hub_options limits;
    mn_map topics; /* name to mn_topic */
    mn_map groups; /* name to mn_group, the named ones */
    mn_list own_groups;
    mn_hub_counts counts;
};

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

static mn_topic *topic_make(mn_hub *hub, minos_view name)
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

static size_t lane_free(mn_hub *hub, mn_lane *lane)
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

static size_t group_free(mn_hub *hub, mn_group *group)
{
    size_t left = 0;
    for (size_t i = 0; i < group->lane_count; i++)
        if (group->lanes[i] != NULL)
            left += lane_free(hub, group->lanes[i]);
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
        left += group_free(hub, entry->value);
    while (place = 0, (entry = mn_map_next(&hub->topics, &place)) != NULL) {
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

static bool member_has(const mn_member *member, const mn_lane *lane)
{
    size_t word = lane->index / 64;
    return word < member->lane_words && (member->lane_bits[word] >> (lane->index % 64) & 1) != 0;
}

/* Hand a message, with its reference, to the fiber of a member that waited last. */
static void hand_over(mn_member *member, minos_message *message)
{
    mn_wait *wait = mn_container(mn_list_pop(&member->waiting), mn_wait, in_member);
    wait->message = message;
    mn_list_remove(&member->in_hungry);
    if (!mn_list_empty(&member->waiting))
        mn_list_insert(&member->group->hungry, &member->in_hungry);
    mn_fiber_wake(wait->fiber);
}

static void deliver(mn_lane *lane, minos_message *message)
{
    mn_group *group = lane->group;

    mn_list_each(node, &group->hungry) {
        mn_member *member = mn_container(node, mn_member, in_hungry);
        if (MINOS_LIKELY(member_has(member, lane))) {
            hand_over(member, minos_message_ref(message));
            return;
        }
    }
    if (lane->messages.count == 0)
        mn_list_insert(&group->ready, &lane->in_ready);
    mn_ring_put(&lane->messages, minos_message_ref(message));
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
        deliver(lane, message);
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
        topic = topic_make(hub, message->topic);
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

/* ---- members ---- */

/*
 * A place was freed. Who is woken may be held up by another lane and not use it, so an empty lane wakes
 * all: nobody is left behind.
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
        if (!member_has(member, lane))
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
    } while (rc == MINOS_OK && wait.message == NULL && !member->interrupted);
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
        hand_over(member, minos_message_ref(message));
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
    for (mn_list *node; (node = mn_list_pop(&member->waiting)) != NULL;)
        mn_fiber_wake(mn_container(node, mn_wait, in_member)->fiber);
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
        topic = topic_make(hub, name);
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
        deliver(lane, message);
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
            return minos_fail(MINOS_EEXISTS,
                              "topic %s takes commands or queries and belongs to group %s; group %s "
                              "cannot subscribe to it too",
                              name, lane->group->name != NULL ? lane->group->name : "(a client's own)",
                              group_name != NULL ? group_name : "(a client's own)");
        bool last = next == &topic->lanes && node->prev == &topic->lanes;
        lane_free(hub, lane);
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
    if (member_has(member, lane))
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
        if (lane == NULL || !member_has(member, lane))
            continue;
        lane->member_count--;
        if (lane->member_count == 0 && member->remove_topics)
            hub->counts.abandoned += lane_free(hub, lane);
        else if (lane->member_count == 0)
            mn_waiters_wake_all(&lane->room); /* to learn that nobody will make room */
    }
    group->member_count--;
    if (group->member_count == 0 && (group->name == NULL || !group_has_lanes(group)))
        hub->counts.abandoned += group_free(hub, group);
    hub->counts.abandoned += mn_ring_done(&member->added);
    free(member->lane_bits);
    free(member);
    mn_hub_unref(hub);
}
