/*
 * Answers: a response, whatever it came from, as bytes of HTTP/1.1.
 */
#ifndef MN_HTTP_REPLY_H
#define MN_HTTP_REPLY_H

#include <stdbool.h>

#include <minos/error.h>

#include "base/buffer.h"
#include "enroute/response.h"
#include "http/date.h"

/* How an answer is put on its connection. */
typedef struct mn_http_form {
    minos_view date;          /* the whole Date line */
    const mn_header *changed; /* context headers that travel back; NULL: none */
    bool is_head;             /* of a HEAD: everything but the content */
    bool closes;              /* the connection ends with it */
    bool is_old;              /* of an HTTP/1.0 request that stays: say so */
} mn_http_form;

/*
 * Append an answer. On failure nothing was appended and the error lies in the slot: content that
 * its media type cannot carry, or an answer larger than the buffer's maximum.
 */
minos_rc mn_http_reply_put(minos_buffer *out, const minos_response *res, const mn_http_form *form);
/* Append the content alone, encoded. */
minos_rc mn_http_reply_content(minos_buffer *out, const minos_response *res);
/*
 * Make a response tell a problem (RFC 9457). `detail` NULL: nothing but the status's own phrase;
 * copied. Headers that were set stay.
 */
void mn_http_problem(minos_response *res, int status, const char *detail);
/* Add a header, its name in lower case, to a response of the door's own making. */
void mn_http_reply_header(minos_response *res, const char *name, minos_view value);

#endif
