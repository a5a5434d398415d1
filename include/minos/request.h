/*
 * Requests: one type for every door. What a request gives is borrowed from it and lives until the
 * handler returns.
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

/** Give the state of the service that answers; NULL when the service has none. @noyield */
MINOS_API void *minos_request_self(const minos_request *req);
/** Give the arena of the request. @noyield @lifetime{until the handler returns} */
MINOS_API minos_arena *minos_request_arena(minos_request *req);
MINOS_API minos_door minos_request_door(const minos_request *req);
/** Give the row that is answering; NULL for a request made in memory and not yet dispatched. */
MINOS_API const minos_route *minos_request_route(const minos_request *req);
/** Give the user, NULL when none. */
MINOS_API const minos_uuid *minos_request_user(const minos_request *req);
/** Tell whether there is content; null is content, absence is not. */
MINOS_API bool minos_request_has_content(minos_request *req);
/**
 * Give the content, decoded once.
 * @retval MINOS_ENOCONTENT   there is none (400)
 * @retval MINOS_EPARSE       it is malformed (400)
 * @retval MINOS_EMEDIATYPE   no codec for its content type (415)
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_request_content(minos_request *req,
                                                          const minos_value **ret_content);
MINOS_API bool minos_request_has_params(minos_request *req);
/**
 * Give all params as a map; a key seen more than once holds a list.
 * @retval MINOS_ENOPARAMS  there are none (400)
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_request_params(minos_request *req,
                                                         const minos_value **ret_params);
/**
 * Give one param as text.
 * @retval MINOS_EMISSING  no such param (400)
 * @retval MINOS_ETYPE     it was given more than once, is no text, or holds a NUL (400)
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_request_param(minos_request *req, const char *name,
                                                        const char **ret_text);
/** Give a header, case disregarded; NULL when absent. */
MINOS_API const char *minos_request_header(minos_request *req, const char *name);
/** Give all headers as a map of strings. */
MINOS_API MINOS_MUST_CHECK minos_rc minos_request_headers(minos_request *req,
                                                          const minos_value **ret_headers);

/* ---- REST ---- */

MINOS_API MINOS_MUST_CHECK minos_rc minos_request_url_params(minos_request *req,
                                                             const minos_value **ret_params);
MINOS_API MINOS_MUST_CHECK minos_rc minos_request_query_params(minos_request *req,
                                                               const minos_value **ret_params);
/** Give the method, path or content type as sent; NULL at other doors. */
MINOS_API const char *minos_request_method(const minos_request *req);
MINOS_API const char *minos_request_path(const minos_request *req);
MINOS_API const char *minos_request_content_type(minos_request *req);
/** Give the undecoded body; empty at other doors. */
MINOS_API minos_view minos_request_body(minos_request *req);

/* ---- broker ---- */

/** Give the message that is handled, NULL at other doors. */
struct minos_message;
MINOS_API const struct minos_message *minos_request_message(const minos_request *req);

/* ---- periodic ---- */

/** Give the moment the task was due, 0 at other doors. It is the content's `scheduled_at` too. */
MINOS_API minos_timestamp minos_request_scheduled_at(const minos_request *req);

/* ---- made by hand ---- */

/** What a request in memory is made of; all is copied. */
typedef struct minos_request_options {
    const minos_value *content; /* NULL: absent; a null value is content */
    const minos_value *params;  /* a map; NULL: absent */
    const minos_value *headers; /* a map of strings; NULL: none */
    const minos_uuid *user;     /* NULL: none; the context's user, when set, wins over it */
    void *self;                 /* what minos_request_self gives */
} minos_request_options;

/** Make a request in memory, for tests and direct calls. Free with minos_request_free. */
MINOS_API MINOS_MUST_CHECK minos_rc minos_request_new_memory(const minos_request_options *options,
                                                             minos_request **ret_req);
/** Transform a content or params value; what it makes lives in the request's arena. */
typedef minos_rc minos_transform_fn(minos_request *req, const minos_value *value,
                                    const minos_value **ret_value);
/**
 * Wrap a request: content and params are those of `base`, sent through the actions once, when first
 * asked for. A NULL action passes through. The wrapper lives in the arena of `base`.
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_request_wrap(minos_request *base,
                                                       minos_transform_fn *content_action,
                                                       minos_transform_fn *params_action,
                                                       minos_request **ret_req);
/** Tell whether two requests are equal by door, user, content and params. */
MINOS_API bool minos_request_equal(minos_request *a, minos_request *b);
/** Free a request made in memory; NULL and wrappers are fine. */
MINOS_API void minos_request_free(minos_request *req);

MINOS_AUTO_DEFINE(minos_request)

MINOS_END_DECLS

#endif
