/*
 * The connector: a listener, one fiber a connection, and an orderly end.
 *
 * Invariant: the accepting fiber's scope owns all connection fibers; a connection is in `open` from
 * accept to close, in `spare` otherwise. Only the loop's thread touches any of it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <minos/http.h>
#include <minos/log.h>

#include "base/alloc.h"
#include "fiber/fiber.h"
#include "http/connection.h"
#include "http/connector.h"

#define SPARE_MAX        1024
#define ACCEPT_RETRY     (100 * MINOS_MS) /* when out of descriptors */
#define ACCEPT_LOG_EVERY (10 * MINOS_S)

struct minos_http_connector {
    mn_http_shared shared;
    char *host;
    int port; /* asked for; 0: any */
    size_t open_max;
    mn_listener *listener; /* NULL: not started */
    int port_bound;        /* kept after stop, for messages */
    mn_fiber *acceptor;
    minos_scope *scope; /* of the connections; the acceptor's */
    mn_list open;
    mn_list spare;
    size_t open_count;
    size_t spare_count;
    mn_waiters emptied;         /* woken when the last connection closes */
    minos_deadline complain_at; /* not more often than ACCEPT_LOG_EVERY */
};

/* ---- options ---- */

/* X(member, default, least, most) */
#define OPTION_TABLE(X)                                                                            \
    X(max_connections, 1024, 1, 1000000)                                                           \
    X(connections_open_max, 10000, 1, 1000000)                                                     \
    X(request_line_bytes_max, 8 << 10, 64, 1 << 20)                                                \
    X(headers_bytes_max, 32 << 10, 256, 16 << 20)                                                  \
    X(headers_count_max, 100, 1, 10000)                                                            \
    X(body_bytes_max, 1 << 20, 1, 1 << 30)                                                         \
    X(header_timeout, 10 * MINOS_S, MINOS_MS, MINOS_H)                                             \
    X(body_timeout, 30 * MINOS_S, MINOS_MS, MINOS_H)                                               \
    X(keep_alive, 75 * MINOS_S, MINOS_MS, 24 * MINOS_H)                                            \
    X(request_timeout, 30 * MINOS_S, MINOS_MS, 24 * MINOS_H)

static minos_rc options_resolve(const minos_http_options *given, minos_http_options *ret_options)
{
    minos_http_options options = {0};
    if (given != NULL)
        options = *given;
    if (options.host == NULL)
        options.host = "0.0.0.0";
    options.port = options.port == 0 ? 8080 : options.port == -1 ? 0 : options.port;
    if (options.port < 0 || options.port > 65535)
        return minos_fail(MINOS_EINVAL, "port: %d is not in 1..65535, nor -1", (int)options.port);
#define OPTION_CHECK(member, standard, least, most)                                                \
    if (options.member == 0)                                                                       \
        options.member = (standard);                                                               \
    if (options.member < (least) || options.member > (most))                                       \
        return minos_fail(MINOS_EINVAL, #member ": %lld is not in %lld..%lld",                     \
                          (long long)options.member, (long long)(least), (long long)(most));
    OPTION_TABLE(OPTION_CHECK)
#undef OPTION_CHECK
    *ret_options = options;
    return MINOS_OK;
}

minos_rc minos_http_connector_new(const minos_http_options *options, minos_http_adapter *adapter,
                                  minos_http_connector **ret_connector)
{
    minos_http_options resolved;
    minos_http_connector *connector;

    if (adapter == NULL)
        return minos_fail(MINOS_EINVAL, "adapter: a connector needs one");
    MINOS_TRY(options_resolve(options, &resolved));
    connector = mn_new(minos_http_connector);
    connector->host = mn_strdup(resolved.host);
    connector->port = resolved.port;
    connector->open_max = (size_t)resolved.connections_open_max;
    connector->shared.dispatch.adapter = adapter;
    connector->shared.dispatch.request_timeout = resolved.request_timeout;
    connector->shared.limits = (mn_http_limits){
        .line_bytes_max = (size_t)resolved.request_line_bytes_max,
        .headers_bytes_max = (size_t)resolved.headers_bytes_max,
        .headers_count_max = (size_t)resolved.headers_count_max,
        .body_bytes_max = (size_t)resolved.body_bytes_max,
    };
    connector->shared.header_timeout = resolved.header_timeout;
    connector->shared.body_timeout = resolved.body_timeout;
    connector->shared.keep_alive = resolved.keep_alive;
    mn_list_init(&connector->open);
    mn_list_init(&connector->spare);
    mn_waiters_init(&connector->emptied);
    MINOS_TRY(
        minos_semaphore_new((size_t)resolved.max_connections, &connector->shared.dispatch.places));
    *ret_connector = connector;
    return MINOS_OK;
}

void minos_http_connector_free(minos_http_connector *connector)
{
    mn_list *node;
    if (connector == NULL)
        return;
    if (connector->acceptor != NULL) {
        minos_log_warning("the HTTP connector was freed before it was stopped");
        minos_ignore(minos_http_connector_stop(connector, minos_deadline_in(0))); /* freed anyway */
    }
    while ((node = mn_list_pop(&connector->spare)) != NULL) {
        mn_http_connection *connection = mn_container(node, mn_http_connection, link);
        mn_http_connection_done(connection);
        free(connection);
    }
    minos_semaphore_free(connector->shared.dispatch.places);
    free(connector->host);
    free(connector);
}

/* ---- connections ---- */

static mn_http_connection *connection_take(minos_http_connector *connector)
{
    mn_list *node = mn_list_pop(&connector->spare);
    mn_http_connection *connection;

    if (node != NULL) {
        connector->spare_count--;
        connection = mn_container(node, mn_http_connection, link);
    } else {
        connection = mn_new(mn_http_connection);
        mn_http_connection_init(connection, &connector->shared);
        connection->connector = connector;
    }
    mn_list_insert(&connector->open, &connection->link);
    connector->open_count++;
    return connection;
}

static void connection_give(mn_http_connection *connection)
{
    minos_http_connector *connector = connection->connector;

    mn_socket_close(mn_take(&connection->socket));
    mn_list_remove(&connection->link);
    if (connector->spare_count < SPARE_MAX) {
        mn_list_insert(connector->spare.next, &connection->link);
        connector->spare_count++;
    } else {
        mn_http_connection_done(connection);
        free(connection);
    }
    if (--connector->open_count == 0)
        mn_waiters_wake_all(&connector->emptied);
}

static minos_rc connection_main(void *argument)
{
    mn_http_connection *connection = argument;
    mn_http_connection_serve(connection, connection->socket);
    connection_give(connection);
    return MINOS_OK;
}

static void begin_connection(minos_http_connector *connector, mn_socket *socket)
{
    mn_http_connection *connection;

    if (connector->open_count >= connector->open_max) {
        mn_http_connection_refuse(&connector->shared, socket);
        mn_socket_close(socket);
        return;
    }
    connection = connection_take(connector);
    connection->socket = socket;
    if (minos_scope_spawn(connector->scope, "http", connection_main, connection) == MINOS_OK)
        return;
    minos_log_chain(MINOS_LEVEL_ERROR, minos_error_last(), "an HTTP connection was closed at once");
    connection_give(connection);
}

/* ---- accepting ---- */

/* Out of descriptors or the like: say so now and then, and try again soon. */
static minos_rc accept_failed(minos_http_connector *connector)
{
    if (minos_deadline_left(connector->complain_at) == 0) {
        minos_log_chain(MINOS_LEVEL_ERROR, minos_error_last(), "no HTTP connection can be taken");
        connector->complain_at = minos_deadline_in(ACCEPT_LOG_EVERY);
    }
    return minos_sleep(ACCEPT_RETRY);
}

static minos_rc acceptor_main(void *argument)
{
    minos_http_connector *connector = argument;
    minos_rc rc = MINOS_OK;

    MINOS_TRY(minos_scope_new(&connector->scope));
    /* Stop takes the listener away, also before the first accept and between two. */
    while (connector->listener != NULL && rc != MINOS_ECLOSED && rc != MINOS_ECANCELED) {
        mn_socket *socket;
        rc = mn_accept(connector->listener, minos_deadline_never(), &socket);
        if (rc == MINOS_OK)
            begin_connection(connector, socket);
        else if (rc != MINOS_ECLOSED && rc != MINOS_ECANCELED)
            rc = accept_failed(connector);
    }
    while (connector->open_count != 0 && rc != MINOS_ECANCELED)
        rc = mn_waiters_wait(&connector->emptied, minos_deadline_never());
    minos_scope_free(mn_take(&connector->scope)); /* cancels what is left and waits for it */
    return MINOS_OK;
}

/* ---- life ---- */

minos_rc minos_http_connector_start(minos_http_connector *connector)
{
    minos_rc rc;

    if (connector->acceptor != NULL)
        return MINOS_OK;
    rc = mn_listen(connector->host, connector->port, MN_HTTP_BACKLOG, &connector->listener);
    if (rc != MINOS_OK)
        return minos_wrap(rc, "while starting the HTTP connector (interfaces.http.connector)");
    connector->port_bound = mn_listener_port(connector->listener);
    connector->shared.stopping = false;
    rc = mn_fiber_start("http accept", acceptor_main, connector, &connector->acceptor);
    if (rc != MINOS_OK) {
        mn_listener_close(mn_take(&connector->listener));
        connector->port_bound = 0;
    }
    return rc;
}

/* Close what rests between two requests; its fiber sees the end of its read. */
static void close_idle(minos_http_connector *connector)
{
    mn_list_each(node, &connector->open) {
        mn_http_connection *connection = mn_container(node, mn_http_connection, link);
        if (connection->idle)
            mn_socket_interrupt(connection->socket);
    }
}

minos_rc minos_http_connector_stop(minos_http_connector *connector, minos_deadline deadline)
{
    minos_rc rc;

    if (connector->acceptor == NULL)
        return MINOS_OK;
    connector->shared.stopping = true;
    mn_listener_close(mn_take(&connector->listener));
    close_idle(connector);
    rc = mn_fiber_join(connector->acceptor, deadline);
    if (rc == MINOS_ETIMEDOUT) {
        rc = minos_fail(rc, "%zu HTTP connections were cut at the deadline", connector->open_count);
        mn_fiber_cancel(connector->acceptor);
        minos_ignore(
            mn_fiber_join(connector->acceptor, minos_deadline_never())); /* it ends in OK */
    }
    connector->acceptor = NULL;
    connector->port_bound = 0;
    return rc;
}

int minos_http_connector_port(const minos_http_connector *connector)
{
    return connector->port_bound;
}

const char *minos_http_connector_host(const minos_http_connector *connector)
{
    return connector->host;
}

const mn_http_shared *mn_http_connector_shared(const minos_http_connector *connector)
{
    return &connector->shared;
}
