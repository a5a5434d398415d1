/*
 * One request through the whole HTTP door but its sockets: for the test kit.
 */
#ifndef MN_HTTP_EXCHANGE_H
#define MN_HTTP_EXCHANGE_H

#include <minos/http.h>
#include <minos/test.h>

/*
 * Ask a port; the request is read, routed, run and encoded as one from a socket. The answer lives
 * in `arena`. EINVAL: what was given makes no request line. Yields.
 */
minos_rc mn_http_exchange(minos_http_port *port, const char *method, const char *target,
                          const char *content_type, minos_view body, minos_arena *arena,
                          minos_answer *ret_answer);

#endif
