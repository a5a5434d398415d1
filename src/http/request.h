/*
 * The request of the HTTP door: what enroute reads lazily is taken out of the reader's buffer.
 *
 * Invariant: it lives between the reading of one request and the next; everything it gives points
 * into the reader's buffer or into the connection's arena.
 */
#ifndef MN_HTTP_REQUEST_H
#define MN_HTTP_REQUEST_H

#include "enroute/request.h"
#include "http/paths.h"
#include "http/reader.h"
#include "http/target.h"

typedef struct mn_http_request {
    minos_request base; /* first: enroute sees this */
    mn_http_reader *reader;
    mn_http_target target;
    minos_view path; /* normalized: what is looked up */
    mn_http_match match;
} mn_http_request;

/*
 * Begin the request that the reader holds. Gives NULL, or why it is refused (400).
 */
const char *mn_http_request_begin(mn_http_request *request, mn_http_reader *reader,
                                  minos_arena *arena);
/* Read the field `user`, once the row is known. EPARSE (400): no UUID. */
minos_rc mn_http_request_user(mn_http_request *request);

#endif
