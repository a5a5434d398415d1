/*
 * An HTTP connector with a small service behind it, on a free port of this machine, and a peer that
 * sends it bytes.
 */
#ifndef MN_TESTS_HTTP_FIXTURE_H
#define MN_TESTS_HTTP_FIXTURE_H

#include <minos/minos.h>

#include "support/support.h"

typedef struct http_fixture {
    minos_factory *factory;
    minos_router *router;
    minos_http_adapter *adapter;
    minos_http_connector *connector;
} http_fixture;

/* What a peer got: all bytes until the end, or until it stopped waiting. */
typedef struct http_heard {
    char text[16384];
    size_t size;
    bool closed; /* the server ended the connection */
} http_heard;

/* Start a service on a free port; on a fiber. */
void http_fixture_start(http_fixture *fixture, const minos_service *service,
                        const minos_http_options *options);
void http_fixture_stop(http_fixture *fixture);

struct mn_socket *http_open(const http_fixture *fixture);
void http_send(struct mn_socket *socket, const char *bytes, size_t size);
/* Read until `count` answers are whole, the end, or a minute. */
void http_hear(struct mn_socket *socket, size_t count, http_heard *heard);
/* Read until the end, or a minute. */
void http_hear_all(struct mn_socket *socket, http_heard *heard);
/* Give the statuses of what was heard: "200 404", and " closed" behind. */
void http_statuses(const http_heard *heard, char *text, size_t size);

#endif
