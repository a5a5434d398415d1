/*
 * Responses as the doors read them.
 */
#ifndef MN_ENROUTE_RESPONSE_H
#define MN_ENROUTE_RESPONSE_H

#include <minos/response.h>

#include "enroute/header.h"

struct minos_response {
    minos_arena *arena; /* borrowed from the door, or own when made by minos_response_new */
    int status;         /* 200 until set */
    bool has_content;
    const minos_value *content; /* NULL when absent */
    const char *content_type;   /* NULL: application/json */
    mn_header *headers;         /* set by the handler, in order; names lower case */
};

void mn_response_init(minos_response *res, minos_arena *arena);
/* Empty it, as before the handler ran. */
void mn_response_reset(minos_response *res);
/* Forget the reply and keep the headers: what a handler finds when a middleware runs it again. */
void mn_response_clear_reply(minos_response *res);

#endif
