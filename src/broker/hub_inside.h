/*
 * The hub from the inside: what hub.c, which routes, and member.c, which receives, share.
 *
 * Invariants. A lane lies in its group's `ready` list exactly when it holds messages. A member lies
 * in its group's `hungry` list exactly when a fiber waits in its receive, or when it listens; then
 * no ready lane is its own, so a message that finds a hungry member is handed over without touching
 * the lane. Among members the one served longest ago comes first; among the fibers of one member
 * the one that waited last, whose stack is still warm.
 */
#ifndef MN_BROKER_HUB_INSIDE_H
#define MN_BROKER_HUB_INSIDE_H

#include "base/list.h"
#include "base/map.h"
#include "broker/hub.h"
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
    mn_list in_hub;  /* of mn_hub.own_groups when it has no name */
    char *name;      /* NULL: one member's own */
    mn_lane **lanes; /* by index; NULL: free place */
    size_t lane_count;
    size_t member_count;
    mn_list ready;
    mn_list hungry;
};

struct mn_member {
    mn_hub *hub; /* held */
    mn_group *group;
    mn_list in_hungry;   /* of mn_group.hungry */
    mn_list waiting;     /* waits, the newest first */
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
    bool interrupted;
} mn_wait;

struct mn_hub {
    size_t refs;
    mn_hub_options limits;
    mn_map topics; /* name to mn_topic */
    mn_map groups; /* name to mn_group, the named ones */
    mn_list own_groups;
    mn_hub_counts counts;
};

/* Make a topic that is not there yet. */
mn_topic *mn_topic_make(mn_hub *hub, minos_view name);
/* Free a lane, and its topic when that has no use any more; gives the messages that were in it. */
size_t mn_lane_free(mn_hub *hub, mn_lane *lane);
/* Free a group with its lanes; gives the messages that were in them. */
size_t mn_group_free(mn_hub *hub, mn_group *group);
/* Hand a message to a hungry member, or put it into the lane; takes a reference of its own. */
void mn_lane_deliver(mn_lane *lane, minos_message *message);
/* The same, but into the lane before all others. */
void mn_lane_give_back(mn_lane *lane, minos_message *message);
/* Hand a message, with its reference, to the fiber of a member that waited last. */
void mn_member_hand_over(mn_member *member, minos_message *message);

/* Tell whether a member is subscribed to a lane of its group. */
static inline bool mn_member_has(const mn_member *member, const mn_lane *lane)
{
    size_t word = lane->index / 64;
    return word < member->lane_words && (member->lane_bits[word] >> (lane->index % 64) & 1) != 0;
}

#endif
