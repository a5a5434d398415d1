/*
 * The connector, as the port and the test kit see it.
 */
#ifndef MN_HTTP_CONNECTOR_H
#define MN_HTTP_CONNECTOR_H

#include <minos/http.h>

#include "http/connection.h"

/* Give what its connections share, the dispatch among it. */
const mn_http_shared *mn_http_connector_shared(const minos_http_connector *connector);

#endif
