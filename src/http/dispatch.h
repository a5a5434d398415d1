/*
 * From a request that was read to its response: the row, the deadline, the handler, and what its
 * failure is told as. Sockets are none of its business: the test kit's exchange comes this way too.
 */
#ifndef MN_HTTP_DISPATCH_H
#define MN_HTTP_DISPATCH_H

#include <minos/fiber.h>
#include <minos/http.h>

#include "enroute/response.h"
#include "http/request.h"

typedef struct mn_http_dispatch {
    minos_http_adapter *adapter;    /* borrowed */
    minos_semaphore *places;        /* of handlers; owned by the connector; NULL: no limit */
    minos_duration request_timeout; /* of rows that name none */
} mn_http_dispatch;

/* What a request comes to. */
typedef struct mn_http_turn {
    mn_http_request request;
    minos_response response;
    bool is_head;
} mn_http_turn;

/* Find the row of the request in the reader. NULL: the response says why there is none. */
minos_action *mn_http_dispatch_find(const mn_http_dispatch *dispatch, mn_http_turn *turn,
                                    mn_http_reader *reader, minos_arena *arena);
/* Run the row and make the response, whatever happens. Yields. */
void mn_http_dispatch_run(const mn_http_dispatch *dispatch, mn_http_turn *turn,
                          minos_action *action);
/* Make the response tell of a failed run or of content that could not be encoded; logs it. */
void mn_http_dispatch_fail(mn_http_turn *turn, const minos_action *action, minos_rc rc);

#endif
