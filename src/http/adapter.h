/*
 * The adapter's inside: the rows of all routers, by path.
 */
#ifndef MN_HTTP_ADAPTER_H
#define MN_HTTP_ADAPTER_H

#include <minos/http.h>

#include "http/paths.h"

struct minos_http_adapter {
    mn_http_paths *paths; /* their data: minos_action */
};

#endif
