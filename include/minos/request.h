/*
 * Requests: one type for every door. What a request gives is borrowed from it and lives until the
 * handler returns. A request belongs to the loop that runs its handler; fibers of that loop may
 * share it, since none of these functions yields.
 */
#ifndef MINOS_REQUEST_H
#define MINOS_REQUEST_H

#include <minos/arena.h>
#include <minos/compiler.h>
#include <minos/error.h>
#include <minos/route.h>
#include <minos/uuid.h>
#include <minos/value.h>

MINOS_BEGIN_DECLS

/* ---- any door ---- */

/**
 * Give the state of the service that answers.
 * @return what `.self_size` of the service made, zeroed at first; NULL when the service has none
 * @noyield @thread{the request's loop} @lifetime{until the service is destroyed}
 */
MINOS_API void *minos_request_self(const minos_request *req);
/**
 * Give the arena of the request, for what the handler builds.
 * @noyield @thread{the request's loop} @lifetime{until the handler returns}
 */
MINOS_API minos_arena *minos_request_arena(minos_request *req);
/**
 * Give the door that the request came through; MINOS_DOOR_NONE for one made in memory.
 * @noyield @thread{the request's loop}
 */
MINOS_API minos_door minos_request_door(const minos_request *req);
/**
 * Give the row that is answering.
 * @return NULL for a request made in memory that no action was run on
 * @noyield @thread{the request's loop} @lifetime{that of the service's table}
 */
MINOS_API const minos_route *minos_request_route(const minos_request *req);
/**
 * Give the user, taken from the header `user`.
 * @return NULL when there is none
 * @noyield @thread{the request's loop} @lifetime{until the handler returns}
 */
MINOS_API const minos_uuid *minos_request_user(const minos_request *req);
/**
 * Tell whether there is content; null is content, absence is not. Decodes nothing.
 * @noyield @thread{the request's loop}
 */
MINOS_API bool minos_request_has_content(minos_request *req);
/**
 * Give the content, decoded at the first call and kept.
 * @param ret_content  borrowed
 * @retval MINOS_ENOCONTENT  there is none (400)
 * @retval MINOS_EPARSE      it is malformed (400)
 * @retval MINOS_EMEDIATYPE  no codec for its content type (415)
 * @retval MINOS_ETOOBIG     decoded, it passes the limit of the request's arena (413)
 * @noyield @thread{the request's loop} @lifetime{until the handler returns}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_request_content(minos_request *req,
                                                          const minos_value **ret_content);
/**
 * Tell whether there are params; true also for some that cannot be decoded.
 * @noyield @thread{the request's loop}
 */
MINOS_API bool minos_request_has_params(minos_request *req);
/**
 * Give all params, those of the path and those of the query, as a map; one seen more than once
 * holds a list, the path's first.
 * @param ret_params  a map of strings and lists of strings, borrowed
 * @retval MINOS_ENOPARAMS  there are none (400)
 * @retval MINOS_EPARSE     they are malformed (400)
 * @noyield @thread{the request's loop} @lifetime{until the handler returns}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_request_params(minos_request *req,
                                                         const minos_value **ret_params);
/**
 * Give one param as text. The quick way to a param: builds no map when it is one of the path.
 * @param name      case-sensitive
 * @param ret_text  a copy, NUL-terminated
 * @retval MINOS_EMISSING  no such param (400)
 * @retval MINOS_ETYPE     it was given more than once, is no text, or holds a NUL (400)
 * @retval MINOS_EPARSE    the params are malformed (400)
 * @retval MINOS_ETOOBIG   the copy passes the limit of the request's arena (413)
 * @noyield @thread{the request's loop} @lifetime{until the handler returns}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_request_param(minos_request *req, const char *name,
                                                        const char **ret_text);
/**
 * Give a header.
 * @param name  case disregarded
 * @return NULL when absent
 * @noyield @thread{the request's loop} @lifetime{until the handler returns} @std{RFC 9110 §5.1}
 */
MINOS_API const char *minos_request_header(minos_request *req, const char *name);
/**
 * Give all headers, as they were sent.
 * @param ret_headers  a map of strings, empty when there are none; borrowed
 * @retval MINOS_ETOOBIG  the map passes the limit of the request's arena (413)
 * @noyield @thread{the request's loop} @lifetime{until the handler returns}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_request_headers(minos_request *req,
                                                          const minos_value **ret_headers);

/* ---- REST ---- */

/**
 * Give the params of the path: `{user_id}` in "/users/{user_id}". In memory: all params.
 * @param ret_params  a map of strings, borrowed
 * @retval MINOS_ENOPARAMS  there are none (400)
 * @noyield @thread{the request's loop} @lifetime{until the handler returns}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_request_url_params(minos_request *req,
                                                             const minos_value **ret_params);
/**
 * Give the params of the query, "?page=3"; one given more than once holds a list. In memory: all
 * params.
 * @param ret_params  a map of strings and lists of strings, borrowed
 * @retval MINOS_ENOPARAMS  there are none (400)
 * @retval MINOS_EPARSE     they are malformed (400)
 * @noyield @thread{the request's loop} @lifetime{until the handler returns}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_request_query_params(minos_request *req,
                                                               const minos_value **ret_params);
/**
 * Give the method as sent.
 * @return NULL at other doors
 * @noyield @thread{the request's loop} @lifetime{until the handler returns}
 */
MINOS_API const char *minos_request_method(const minos_request *req);
/**
 * Give the path as sent, without its query.
 * @return NULL at other doors
 * @noyield @thread{the request's loop} @lifetime{until the handler returns}
 */
MINOS_API const char *minos_request_path(const minos_request *req);
/**
 * Give the header `content-type` as sent.
 * @return NULL when there is none, and at other doors
 * @noyield @thread{the request's loop} @lifetime{until the handler returns}
 */
MINOS_API const char *minos_request_content_type(minos_request *req);
/**
 * Give the body before it is decoded.
 * @return empty at other doors
 * @noyield @thread{the request's loop} @lifetime{until the handler returns}
 */
MINOS_API minos_view minos_request_body(minos_request *req);

/* ---- broker ---- */

struct minos_message;

/**
 * Give the message that is handled.
 * @return NULL at other doors
 * @noyield @thread{the request's loop} @lifetime{until the handler returns}
 */
MINOS_API const struct minos_message *minos_request_message(const minos_request *req);

/* ---- periodic ---- */

/**
 * Give the moment the task was due. It is the content's `scheduled_at` too.
 * @return 0 at other doors
 * @noyield @thread{the request's loop}
 */
MINOS_API minos_timestamp minos_request_scheduled_at(const minos_request *req);

/* ---- made by hand ---- */

/** What a request in memory is made of; all is copied. */
typedef struct minos_request_options {
    const minos_value *content; /* NULL: absent; a null value is content */
    const minos_value *params;  /* a map; NULL: absent */
    const minos_value *headers; /* a map of strings; NULL: none */
    const minos_uuid *user;     /* NULL: none; the context's user, when set, wins over it */
    void *self;                 /* what minos_request_self gives until an action is run on it */
} minos_request_options;

/**
 * Make a request in memory, for tests and direct calls. When the context has a user, that is the
 * request's, and a warning is logged if the options name another.
 * @param options  copied; NULL: a request without anything
 * @param ret_req  to be freed with minos_request_free
 * @retval MINOS_EINVAL   params that are no map, headers that are no map of strings
 * @retval MINOS_ETOOBIG  more than an arena's 64 MiB
 * @noyield @thread{any; the request then belongs to one loop}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_request_new_memory(const minos_request_options *options,
                                                             minos_request **ret_req);
/**
 * Transform a content or params value.
 * @param req        the wrapped request; what is made lives in its arena
 * @param value      borrowed
 * @param ret_value  any value for content, a map for params
 */
typedef minos_rc minos_transform_fn(minos_request *req, const minos_value *value,
                                    const minos_value **ret_value);
/**
 * Wrap a request: content and params are those of `base`, sent through the actions when first asked
 * for, and kept. All else is the base's. The params of path and query apart are not transformed.
 * @param base            borrowed, and outlives the wrapper
 * @param content_action  NULL: passes through
 * @param params_action   NULL: passes through
 * @param ret_req         lives in the arena of `base`
 * @retval MINOS_EINVAL  no base
 * @noyield @thread{the request's loop} @lifetime{that of `base`}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_request_wrap(minos_request *base,
                                                       minos_transform_fn *content_action,
                                                       minos_transform_fn *params_action,
                                                       minos_request **ret_req);
/**
 * Tell whether two requests are equal by door, user, content and params; decodes what it compares.
 * Contents or params that cannot be decoded are equal to nothing but themselves.
 * @noyield @thread{the requests' loop}
 */
MINOS_API bool minos_request_equal(minos_request *a, minos_request *b);
/**
 * Free a request made in memory.
 * @param req  taken; NULL, wrappers and a door's own requests are left alone
 * @noyield @thread{the request's loop}
 */
MINOS_API void minos_request_free(minos_request *req);

MINOS_AUTO_DEFINE(minos_request)

MINOS_END_DECLS

#endif
