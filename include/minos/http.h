/*
 * The HTTP door: a connector accepts connections, an adapter joins HTTP routers, a port ties both to
 * a config. HTTP/1.1 as RFC 9110 and RFC 9112 demand; errors are problem+json (RFC 9457).
 */
#ifndef MINOS_HTTP_H
#define MINOS_HTTP_H

#include <stdint.h>

#include <minos/compiler.h>
#include <minos/config.h>
#include <minos/enroute.h>
#include <minos/error.h>
#include <minos/time.h>

MINOS_BEGIN_DECLS

typedef struct minos_http_adapter minos_http_adapter;
typedef struct minos_http_connector minos_http_connector;
typedef struct minos_http_port minos_http_port;

/** Join HTTP routers, NULL-terminated, borrowed. @retval MINOS_EREDEFINED  a key is bound twice */
MINOS_API MINOS_MUST_CHECK minos_rc minos_http_adapter_new(minos_router *const *routers,
                                                           minos_http_adapter **ret_adapter);
MINOS_API void minos_http_adapter_free(minos_http_adapter *adapter);

/** Limits and address of a connector; zeros take the defaults of minos.yml(5). */
typedef struct minos_http_options {
    const char *host;                 /* "0.0.0.0" */
    int32_t port;                     /* 8080; -1: any free one */
    int32_t max_connections;          /* handlers at once: 1024 */
    int32_t connections_open_max;     /* sockets at once: 10000 */
    int64_t request_line_bytes_max;   /* 8 KiB */
    int64_t headers_bytes_max;        /* 32 KiB */
    int32_t headers_count_max;        /* 100 */
    int64_t body_bytes_max;           /* 1 MiB */
    minos_duration header_timeout;    /* 10 s to receive a whole head */
    minos_duration body_timeout;      /* 30 s to receive a whole body */
    minos_duration keep_alive;        /* 75 s between requests */
    minos_duration request_timeout;   /* 30 s for a handler */
} minos_http_options;

/** The adapter is borrowed. */
MINOS_API MINOS_MUST_CHECK minos_rc minos_http_connector_new(const minos_http_options *options,
                                                             minos_http_adapter *adapter,
                                                             minos_http_connector **ret_connector);
MINOS_API MINOS_MUST_CHECK minos_rc minos_http_connector_start(minos_http_connector *connector);
MINOS_API MINOS_MUST_CHECK minos_rc minos_http_connector_stop(minos_http_connector *connector,
                                                              minos_deadline deadline);
/** Give the port that is listened on, 0 before start. */
MINOS_API int minos_http_connector_port(const minos_http_connector *connector);
MINOS_API const char *minos_http_connector_host(const minos_http_connector *connector);
MINOS_API void minos_http_connector_free(minos_http_connector *connector);

MINOS_API MINOS_MUST_CHECK minos_rc minos_http_port_from_config(const minos_config *config,
                                                                minos_http_port **ret_port);
MINOS_API MINOS_MUST_CHECK minos_rc minos_http_port_start(minos_http_port *port);
/** Wait for SIGINT or SIGTERM, then stop. @yields */
MINOS_API MINOS_MUST_CHECK minos_rc minos_http_port_wait(minos_http_port *port);
MINOS_API MINOS_MUST_CHECK minos_rc minos_http_port_stop(minos_http_port *port,
                                                         minos_deadline deadline);
MINOS_API minos_http_connector *minos_http_port_connector(const minos_http_port *port);
MINOS_API void minos_http_port_free(minos_http_port *port);

MINOS_AUTO_DEFINE(minos_http_adapter)
MINOS_AUTO_DEFINE(minos_http_connector)
MINOS_AUTO_DEFINE(minos_http_port)

MINOS_END_DECLS

#endif
