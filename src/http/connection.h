/*
 * One connection: a fiber that reads requests, runs their handlers itself and writes the answers in
 * order. Memory is its own and pooled: in the steady state of a connection nothing is allocated.
 */
#ifndef MN_HTTP_CONNECTION_H
#define MN_HTTP_CONNECTION_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/list.h"
#include "fiber/socket.h"
#include "http/date.h"
#include "http/dispatch.h"
#include "http/reader.h"

/* What all connections of a connector share. */
typedef struct mn_http_shared {
    mn_http_dispatch dispatch;
    mn_http_limits limits;
    mn_http_date date;
    minos_duration header_timeout;
    minos_duration body_timeout;
    minos_duration keep_alive;
    bool stopping; /* answer what was taken, take no more */
} mn_http_shared;

typedef struct mn_http_connection {
    mn_list link; /* in the connector's list: open ones, or spare ones */
    struct minos_http_connector *connector;
    mn_http_shared *shared;
    mn_socket *socket;
    mn_http_reader reader;
    mn_http_turn turn;
    minos_arena arena;
    minos_buffer out;
    minos_deadline part_deadline; /* of the head or body being received; never: not begun */
    bool has_served;              /* at least one request */
    bool in_body;
    bool idle; /* waits for the first byte of a request: may be closed at once */
} mn_http_connection;

void mn_http_connection_init(mn_http_connection *connection, mn_http_shared *shared);
void mn_http_connection_done(mn_http_connection *connection);
/* Serve a fresh socket until it is to be closed; the caller closes it. Yields. */
void mn_http_connection_serve(mn_http_connection *connection, mn_socket *socket);
/* Write a refusal of the whole connection (503), as far as it goes without waiting long. Yields. */
void mn_http_connection_refuse(mn_http_shared *shared, mn_socket *socket);

#endif
