/*
 * The context of the request that a fiber is handling: user, headers, reply topic (the original's
 * REQUEST_USER_CONTEXT_VAR, REQUEST_HEADERS_CONTEXT_VAR, REQUEST_REPLY_TOPIC_CONTEXT_VAR). Set when
 * a handler begins, restored when it ends whatever its outcome, inherited by fibers spawned in it.
 */
#ifndef MINOS_CONTEXT_H
#define MINOS_CONTEXT_H

#include <minos/compiler.h>
#include <minos/error.h>
#include <minos/uuid.h>
#include <minos/value.h>

MINOS_BEGIN_DECLS

/**
 * Give the user of the request being handled.
 * @return NULL when it has none, and outside of handlers
 * @noyield @thread{a loop's fiber} @lifetime{until the handler returns}
 */
MINOS_API const minos_uuid *minos_context_user(void);
/**
 * Give the headers of the request being handled, with the changes made to them.
 * @return a map of strings, NULL outside of handlers
 * @noyield @thread{a loop's fiber} @lifetime{until the handler returns}
 */
MINOS_API const minos_value *minos_context_headers(void);
/**
 * Change a header: it travels on what this handler sends from now on, and back on its reply, which
 * an error reply is too. One change is seen by all fibers of the handler.
 * @param name   a token; replaces one of that name, case disregarded; copied as written
 * @param value  without control characters but tab; copied
 * @retval MINOS_OK      it is changed
 * @retval MINOS_ESTATE  no request is being handled
 * @retval MINOS_EINVAL  name or value is not one of a header; the message says which byte
 * @retval MINOS_ENOMEM  the value passes the limit of the request's arena
 * @noyield @thread{a loop's fiber} @std{RFC 9110 §5.1, §5.5}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_context_header_set(const char *name, const char *value);
/**
 * Give the topic that replies to what this fiber sends go to: that of the request being handled, or
 * of the pooled client that the fiber holds.
 * @return NULL when there is none
 * @noyield @thread{a loop's fiber} @lifetime{until the handler returns or the client is given back}
 */
MINOS_API const char *minos_context_reply_topic(void);

MINOS_END_DECLS

#endif
