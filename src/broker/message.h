/*
 * Messages from the inside: how the broker's own code makes them without a second copy, and the few
 * headers that are ours.
 *
 * Owner: whoever holds a reference. All a message shows lies in its own arena, or in that of the
 * message it was derived from, which it then holds. Messages belong to one thread, as their loop
 * does.
 */
#ifndef MN_BROKER_MESSAGE_H
#define MN_BROKER_MESSAGE_H

#include <minos/message.h>
#include <minos/time.h>

#include "base/arena.h"

/* Limits, told in docs/internals/limits.md. */
#define MN_TOPIC_BYTES_MAX     255
#define MN_MESSAGE_BYTES_MAX   ((size_t)16 << 20) /* content, headers and all */
#define MN_MESSAGE_HEADERS_MAX 100
#define MN_HEADER_NAME_MAX     255
#define MN_HEADER_VALUE_MAX    8192
#define MN_MESSAGES_POOLED_MAX 1024               /* kept for reuse, a thread */
#define MN_POOLED_BYTES_MAX    ((size_t)64 << 10) /* a message that grew beyond is not kept */

/* Our own headers; all others are the user's. */
#define MN_HEADER_STATUS   "minos-status"   /* the exact status of a reply, 100..599 */
#define MN_HEADER_DEADLINE "minos-deadline" /* Unix ms; whoever waits has gone by then */
#define MN_HEADER_USER     "user"

struct minos_message {
    minos_message *base; /* held: content and headers are its; NULL when all is our own */
    uint32_t refs;
    uint32_t magic;
    bool is_reply; /* set by whoever publishes it as one: nobody there means dropped, not kept */
    minos_strategy strategy;
    minos_status status;
    minos_uuid identifier;
    minos_view topic;       /* NUL-terminated, as all our text */
    minos_view reply_topic; /* data NULL: no reply wanted */
    const minos_value *content;
    const minos_value *headers; /* a map, possibly empty */
    const char *text;           /* NULL until asked for */
    minos_deadline deadline;    /* as header minos-deadline says, when it was made in this process;
                                   never: look at the header */
    minos_message *next;        /* in the pool of free ones */
    minos_arena arena;
};

/* What a message is made of, already checked; all but `headers` is copied. */
typedef struct mn_message_parts {
    minos_view topic;
    minos_view reply_topic; /* data NULL: none */
    minos_uuid identifier;
    minos_strategy strategy;
    minos_status status;
    const minos_value *content; /* NULL: null */
} mn_message_parts;

/*
 * Make a message without headers and with one reference; the maker may put a map that lives in its
 * arena, or for ever, into ->headers before anybody else sees it. ETOOBIG.
 */
minos_rc mn_message_make(const mn_message_parts *parts, minos_message **ret_message);
/* Make the same message with another reply topic; shares content and headers. */
minos_message *mn_message_derive(minos_message *base, minos_view reply_topic);
/* Refuse what is no topic: EINVAL, naming `what`. */
minos_rc mn_topic_check(const char *topic, const char *what);
/* Find a header in a map of strings, case of ASCII disregarded; data NULL when absent. */
minos_view mn_headers_find(const minos_value *headers, minos_view name);
/* A map without entries, for messages without headers. */
extern const minos_value mn_headers_none;

/* Messages alive on this thread, for tests and reports. */
size_t mn_messages_alive(void);

#endif
