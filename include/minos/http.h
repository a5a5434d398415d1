/*
 * The HTTP door: a connector accepts connections, an adapter joins HTTP routers, a port ties both
 * to a config. HTTP/1.1 as RFC 9110 and RFC 9112 demand; errors are problem+json (RFC 9457).
 *
 * Paths are templates: `/users/{user_id}` takes one segment, `/users/{uuid:REGEX}` one that the
 * regex takes whole, `/static/{rest:.*}` the rest of the path. A literal segment is preferred to a
 * regex, a regex to a bare param. Method "*" takes any. HEAD is answered by the row of GET, OPTIONS
 * by the methods that the path knows, unless rows of their own are bound.
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

/** The rows of HTTP routers, joined by path. */
typedef struct minos_http_adapter minos_http_adapter;
/** A listener and its connections. */
typedef struct minos_http_connector minos_http_connector;
/** Router, adapter and connector, made from a config. */
typedef struct minos_http_port minos_http_port;

/* ---- adapter ---- */

/**
 * Join HTTP routers into one table of paths.
 * @param routers      NULL-terminated, of kind HTTP or REST; borrowed with their factory
 * @param ret_adapter  owned by the caller
 * @retval MINOS_OK         all rows can be told apart
 * @retval MINOS_EREDEFINED  two rows take the same paths by the same method; names both places
 * @retval MINOS_EINVAL     a path or method is not valid (the message says where), or a router
 *                          routes no HTTP
 * @noyield @thread{any, one at a time} @lifetime{until minos_http_adapter_free} @since 0.1
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_http_adapter_new(minos_router *const *routers,
                                                           minos_http_adapter **ret_adapter);
/** Free an adapter that no connector uses any more; NULL is fine. @noyield @since 0.1 */
MINOS_API void minos_http_adapter_free(minos_http_adapter *adapter);

/* ---- connector ---- */

/** Limits and address of a connector; zeros take the defaults of minos.yml(5). */
typedef struct minos_http_options {
    const char *host;               /* name or address; "0.0.0.0". Copied */
    int32_t port;                   /* 1..65535; 8080; -1: any free one */
    int32_t max_connections;        /* requests in handlers at once, others wait; 1024 */
    int32_t connections_open_max;   /* sockets at once, others are answered 503; 10000 */
    int64_t request_line_bytes_max; /* above: 414; 8 KiB */
    int64_t headers_bytes_max;      /* above: 431; 32 KiB */
    int32_t headers_count_max;      /* above: 431; 100 */
    int64_t body_bytes_max;         /* above: 413; 1 MiB */
    minos_duration header_timeout;  /* to receive a whole head, else 408; 10 s */
    minos_duration body_timeout;    /* to receive a whole body, else 408; 30 s */
    minos_duration keep_alive;      /* between two requests; 75 s */
    minos_duration request_timeout; /* for a handler whose row names none, else 504; 30 s */
} minos_http_options;

/**
 * Make a connector; it listens when it is started.
 * @param options        copied; NULL: all defaults
 * @param adapter        borrowed, must outlive the connector
 * @param ret_connector  owned by the caller
 * @retval MINOS_OK      made
 * @retval MINOS_EINVAL  an option is out of its range; the message names it and the range
 * @noyield @thread{the loop that will run it} @lifetime{until minos_http_connector_free}
 * @since 0.1
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_http_connector_new(const minos_http_options *options,
                                                             minos_http_adapter *adapter,
                                                             minos_http_connector **ret_connector);
/**
 * Listen and serve, on fibers of its own, until stop. A started one is left as it is; a stopped one
 * may be started again.
 * @param connector  stopped, or just made
 * @retval MINOS_OK   connections are accepted
 * @retval MINOS_EIO  the address cannot be listened on; the message says what to do
 * @yields @thread{the loop that created it} @std{RFC 9112} @since 0.1
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_http_connector_start(minos_http_connector *connector);
/**
 * Stop listening, close the connections that rest, let requests in flight be answered (with
 * `Connection: close`), and cut what is left at the deadline. A stopped one is left as it is.
 * @param connector  not one whose handler calls this
 * @param deadline   when handlers still running are cancelled
 * @retval MINOS_OK         all were answered
 * @retval MINOS_ETIMEDOUT  some were cut; the connector is stopped none the less
 * @yields @thread{the loop that created it} @since 0.1
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_http_connector_stop(minos_http_connector *connector,
                                                              minos_deadline deadline);
/** Give the port that is listened on, 0 while stopped. @noyield @since 0.1 */
MINOS_API int minos_http_connector_port(const minos_http_connector *connector);
/** Give the host asked for. @noyield @lifetime{that of the connector} @since 0.1 */
MINOS_API const char *minos_http_connector_host(const minos_http_connector *connector);
/**
 * Free a connector; NULL is fine. One that still runs is cut, with a warning.
 * @param connector  stopped
 * @yields only when it still runs @thread{the loop that created it} @since 0.1
 */
MINOS_API void minos_http_connector_free(minos_http_connector *connector);

/* ---- port ---- */

/**
 * Build factory, router, adapter and connector from `interfaces.http` and what is registered.
 * @param config    borrowed, must outlive the port
 * @param ret_port  owned by the caller
 * @retval MINOS_OK          built; nothing is opened yet
 * @retval MINOS_ECONFIG     the config names what does not exist
 * @retval MINOS_EREDEFINED  two rows take the same paths; and the other codes of
 *                           minos_factory_from_config and minos_http_adapter_new
 * @noyield @thread{the loop that will run it} @lifetime{until minos_http_port_free} @since 0.1
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_http_port_from_config(const minos_config *config,
                                                                minos_http_port **ret_port);
/**
 * Set the services up and start the connector. A started one is left as it is.
 * @param port  made by minos_http_port_from_config
 * @retval MINOS_OK   it serves
 * @retval MINOS_EIO  the address cannot be listened on
 * @retval other      the setup of a service failed with it
 * @yields @thread{the loop that created it} @since 0.1
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_http_port_start(minos_http_port *port);
/**
 * Wait for SIGINT or SIGTERM, then stop with 30 s for what is in flight.
 * @param port  started
 * @retval MINOS_OK         stopped, all was answered
 * @retval MINOS_ECANCELED  the fiber was cancelled; stopped none the less
 * @retval MINOS_ETIMEDOUT  stopped, some requests were cut
 * @yields @thread{the loop that created it} @since 0.1
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_http_port_wait(minos_http_port *port);
/**
 * Stop the connector and destroy the services. A stopped one is left as it is.
 * @param port      any
 * @param deadline  when handlers still running are cancelled
 * @retval MINOS_OK         all was answered
 * @retval MINOS_ETIMEDOUT  some requests were cut
 * @yields @thread{the loop that created it} @since 0.1
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_http_port_stop(minos_http_port *port,
                                                         minos_deadline deadline);
/**
 * Give the connector (the original's HttpPort.connector).
 * @noyield @lifetime{that of the port} @since 0.1
 */
MINOS_API minos_http_connector *minos_http_port_connector(const minos_http_port *port);
/** Free a stopped port; NULL is fine. @noyield @since 0.1 */
MINOS_API void minos_http_port_free(minos_http_port *port);

MINOS_AUTO_DEFINE(minos_http_adapter)
MINOS_AUTO_DEFINE(minos_http_connector)
MINOS_AUTO_DEFINE(minos_http_port)

MINOS_END_DECLS

#endif
