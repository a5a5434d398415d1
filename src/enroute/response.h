/*
 * Responses as the doors read them.
 */
#ifndef MN_ENROUTE_RESPONSE_H
#define MN_ENROUTE_RESPONSE_H

#include <minos/response.h>

typedef struct mn_header {
    minos_view name;
    minos_view value;
    struct mn_header *next;
} mn_header;

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

#endif
