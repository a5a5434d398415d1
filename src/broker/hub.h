/*
 * The hub: the broker that lives in the process. Topics hold lanes, one for each subscribed group;
 * a multicast message goes into every lane of its topic, a unicast one into the lane that was there
 * first. The members of a group share its lanes.
 *
 * Owner: publishers and members hold it by count; it ends with the last of them. One thread only.
 * Contract (design.md §6, as for the stored brokers): a unicast message that nobody is subscribed
 * to is kept for the first who subscribes, an event is dropped and counted, so is a reply whose
 * client has gone. A full lane makes publishers wait.
 */
#ifndef MN_BROKER_HUB_H
#define MN_BROKER_HUB_H

#include <minos/broker.h>

#include "broker/message.h"

/* Limits, told in docs/internals/limits.md. */
#define MN_LANE_MESSAGES_MAX 10000 /* waiting in one lane */
#define MN_TOPIC_KEPT_MAX    1000  /* kept for a topic without subscriber */
#define MN_HUB_KEPT_MAX      10000 /* kept for all such topics */
#define MN_HUB_TOPICS_MAX    100000
#define MN_SUBSCRIBE_MAX     10000 /* topics of one subscriber */

typedef struct mn_hub mn_hub;
typedef struct mn_member mn_member;

/* Zeros take the limits above. */
typedef struct mn_hub_options {
    size_t lane_messages_max;
    size_t topic_kept_max;
    size_t hub_kept_max;
} mn_hub_options;

/* What happened so far, in messages. */
typedef struct mn_hub_counts {
    uint64_t published;       /* accepted from publishers */
    uint64_t kept;            /* now kept for topics without subscriber */
    uint64_t dropped_events;  /* multicast that nobody was subscribed to */
    uint64_t dropped_replies; /* replies to clients that had gone */
    uint64_t abandoned;       /* left in the lanes of subscribers that went */
} mn_hub_counts;

/*
 * Called for each message of a listening member, in the publisher's fiber; must not wait. Borrows.
 */
typedef void mn_listen_fn(void *context, minos_message *message);

/* Make a hub with one reference. */
mn_hub *mn_hub_new(const mn_hub_options *options);
/* Give a reference to the hub of this thread, made by the first who asks. */
mn_hub *mn_hub_of_thread(void);
mn_hub *mn_hub_ref(mn_hub *hub);
/* The last one drops what was not taken, with a notice when there is any. NULL is fine. */
void mn_hub_unref(mn_hub *hub);
mn_hub_counts mn_hub_count(const mn_hub *hub);

/*
 * Route one message; its lanes take references of their own. `is_reply`: nobody there means
 * dropped, not kept. Waits while a lane is full: ETIMEDOUT, ECANCELED. EFULL: no room and nobody
 * who could make any. Nothing was delivered unless MINOS_OK. Yields only when it waits.
 */
minos_rc mn_hub_publish(mn_hub *hub, minos_message *message, bool is_reply,
                        minos_deadline deadline);

/* Subscribe. EEXISTS: a command or query topic that belongs to another group. */
minos_rc mn_member_new(mn_hub *hub, const minos_subscriber_options *options,
                       mn_member **ret_member);
/* Nobody may be waiting on it. Unread messages stay with a named group, and go with an own one. */
void mn_member_free(mn_member *member);
/*
 * Wait for the next message: ETIMEDOUT, ECANCELED, ECLOSED when interrupted. Yields when none is
 * there.
 */
minos_rc mn_member_receive(mn_member *member, minos_deadline deadline, minos_message **ret_message);
/* Put a message before this one member, past the lanes. EFULL. */
minos_rc mn_member_add(mn_member *member, minos_message *message);
/* Put a received message back, before all others of its topic; the group's others may take it. */
void mn_member_give_back(mn_member *member, minos_message *message);
/* Subscribe to one more topic: EEXISTS, EFULL. Fibers in receive get what waits there. */
minos_rc mn_member_topic_add(mn_member *member, const char *name, minos_kind kind);
/* ENOTFOUND: it is not subscribed to it. */
minos_rc mn_member_topic_remove(mn_member *member, const char *name);
/* Hand messages to a function as they are published; for members with a group of their own. */
void mn_member_listen(mn_member *member, mn_listen_fn *fn, void *context);
/* Make receive fail with ECLOSED, for those waiting too, until switched off. */
void mn_member_interrupt(mn_member *member, bool on);

#endif
