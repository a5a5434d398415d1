/*
 * Requests as the doors make them: a door embeds a minos_request as the first member of its own
 * struct, fills it with mn_request_init, and runs an action on it. What the door reads lazily
 * (content, params, headers) it offers as a table; answers are cached here, so a door computes
 * once.
 */
#ifndef MN_ENROUTE_REQUEST_H
#define MN_ENROUTE_REQUEST_H

#include <minos/request.h>

#include "enroute/header.h"

/*
 * Every member but the name may be NULL: then the door has none of it. None of them yields. What
 * gave a value is not called again; what failed, or gave none, may be.
 */
typedef struct mn_request_ops {
    const char *name;
    /* Tell whether there is content, without decoding it. */
    bool (*has_content)(minos_request *req);
    /* Decode the content; called after has_content gave true. */
    minos_rc (*content)(minos_request *req, const minos_value **ret_content);
    /* Params from the path, from the query; each a map, NULL when there are none. */
    minos_rc (*url_params)(minos_request *req, const minos_value **ret_params);
    minos_rc (*query_params)(minos_request *req, const minos_value **ret_params);
    /*
     * One param without building maps: true when found exactly once. The fast path of _param; false
     * leads to the maps, which tell absent from repeated.
     */
    bool (*param)(minos_request *req, minos_view name, minos_view *ret_text);
    /* One header, case disregarded, NULL when absent; all headers as a map of strings. */
    const char *(*header)(minos_request *req, const char *name);
    minos_rc (*headers)(minos_request *req, const minos_value **ret_headers);
    /* REST: as sent. */
    const char *(*method)(const minos_request *req);
    const char *(*path)(const minos_request *req);
    minos_view (*body)(minos_request *req);
    /*
     * All params as one map, instead of merging those of path and query; has_params goes with
     * it.
     */
    bool (*has_params)(minos_request *req);
    minos_rc (*params)(minos_request *req, const minos_value **ret_params);
} mn_request_ops;

struct minos_request {
    const mn_request_ops *ops;
    minos_arena *arena; /* borrowed from the door; all that the handler sees lives there */
    minos_door door;
    void *self;               /* set by the action */
    const minos_route *route; /* set by the action */
    minos_uuid user;
    bool has_user;
    /* caches: NULL until asked for */
    const minos_value *content;
    const minos_value *params;
    const minos_value *url_params;
    const minos_value *query_params;
    const minos_value *headers;
    minos_timestamp scheduled_at;        /* periodic door */
    const struct minos_message *message; /* broker door, borrowed */
    const char *reply_topic;             /* broker door: for the context */
    /* Headers that the handler changed, set by the action at its end whatever its outcome; the door
       puts them on its reply. */
    const mn_header *changed;
};

void mn_request_init(minos_request *req, const mn_request_ops *ops, minos_door door,
                     minos_arena *arena);
/* Set the user from the text of a `user` header. EPARSE (400) when it is no UUID; NULL is fine. */
minos_rc mn_request_user_set(minos_request *req, const char *text);

#endif
