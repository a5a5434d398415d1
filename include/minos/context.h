/*
 * The context of the request that a fiber is handling: user, headers, reply topic (the original's
 * REQUEST_USER_CONTEXT_VAR, REQUEST_HEADERS_CONTEXT_VAR, REQUEST_REPLY_TOPIC_CONTEXT_VAR). Set when
 * a handler begins, restored when it ends, inherited by fibers spawned in it.
 */
#ifndef MINOS_CONTEXT_H
#define MINOS_CONTEXT_H

#include <minos/compiler.h>
#include <minos/error.h>
#include <minos/uuid.h>
#include <minos/value.h>

MINOS_BEGIN_DECLS

/** Give the user of the request being handled, NULL when none. @noyield */
MINOS_API const minos_uuid *minos_context_user(void);
/** Give the headers of the request being handled as a map of strings, NULL outside of handlers. */
MINOS_API const minos_value *minos_context_headers(void);
/** Change a header; it travels on what this handler sends, and back on its reply. Copied. */
MINOS_API MINOS_MUST_CHECK minos_rc minos_context_header_set(const char *name, const char *value);
/** Give the topic that replies to what this fiber sends go to, NULL when none. */
MINOS_API const char *minos_context_reply_topic(void);

MINOS_END_DECLS

#endif
