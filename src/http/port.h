/*
 * The HTTP port as the launcher runs it.
 */
#ifndef MN_HTTP_PORT_H
#define MN_HTTP_PORT_H

#include <minos/http.h>
#include <minos/plugin.h>

/* `self` is a minos_http_port. */
extern const minos_port_ops mn_http_port_ops;

/* Open the socket of a config's HTTP port for processes that will be forked: mn_listen_hold. */
minos_rc mn_http_port_hold(const minos_config *config);

#endif
