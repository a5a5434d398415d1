/*
 * The headers that our messages carry: what travels from a request to what its handler sends, what
 * travels back on a reply, and the deadline.
 */
#ifndef MN_BROKER_HEADERS_H
#define MN_BROKER_HEADERS_H

#include <minos/time.h>

#include "broker/message.h"
#include "enroute/header.h"

/*
 * Give a message that this fiber sends its headers: the user and the trace of the request being
 * handled, what the handler changed, and the deadline when there is one; `now_ns` is mn_now() then.
 * ETOOBIG.
 */
minos_rc mn_headers_of_send(minos_message *message, minos_deadline deadline, int64_t now_ns);
/*
 * Give a reply its headers: those of the request but our own, what the handler changed and set on
 * its response, and the exact status. ETOOBIG.
 */
minos_rc mn_headers_of_reply(minos_message *reply, const minos_value *request_headers, int status,
                             const mn_header *changed, const mn_header *set);
/* Read the deadline; never when there is none, or none that can be read. */
minos_deadline mn_headers_deadline(const minos_value *headers);
/* The same of a message, which may know it without reading. */
static inline minos_deadline mn_message_deadline(const minos_message *message)
{
    if (message->deadline.at_ns != INT64_MAX || message->headers->size == 0)
        return message->deadline;
    return mn_headers_deadline(message->headers);
}
/* Read the exact status of a reply; its wire status when there is none, or none in 100..599. */
int mn_headers_status(const minos_message *reply);

#endif
