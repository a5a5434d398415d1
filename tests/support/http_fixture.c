/*
 * An HTTP connector under test and its peer: see http_fixture.h.
 */
#include "support/http_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fiber/socket.h"

#define PATIENCE (60 * MINOS_S)

void http_fixture_start(http_fixture *fixture, const minos_service *service,
                        const minos_http_options *options)
{
    minos_http_options own = {.host = "127.0.0.1", .port = -1};
    if (options != NULL)
        own = *options;
    assert_ok(minos_factory_new(MINOS_SERVICES(service), NULL, &fixture->factory));
    assert_ok(minos_factory_setup(fixture->factory, NULL));
    assert_ok(minos_router_new(MINOS_ROUTER_REST, fixture->factory, &fixture->router));
    assert_ok(
        minos_http_adapter_new((minos_router *const[]){fixture->router, NULL}, &fixture->adapter));
    assert_ok(minos_http_connector_new(&own, fixture->adapter, &fixture->connector));
    assert_ok(minos_http_connector_start(fixture->connector));
}

void http_fixture_stop(http_fixture *fixture)
{
    assert_ok(minos_http_connector_stop(fixture->connector, minos_deadline_in(PATIENCE)));
    minos_http_connector_free(fixture->connector);
    minos_http_adapter_free(fixture->adapter);
    minos_router_free(fixture->router);
    minos_factory_destroy(fixture->factory);
    minos_factory_free(fixture->factory);
}

mn_socket *http_open(const http_fixture *fixture)
{
    mn_socket *socket = NULL;
    assert_ok(mn_connect("127.0.0.1", minos_http_connector_port(fixture->connector),
                         minos_deadline_in(PATIENCE), &socket));
    return socket;
}

void http_send(mn_socket *socket, const char *bytes, size_t size)
{
    struct iovec part = {.iov_base = (void *)(uintptr_t)bytes, .iov_len = size};
    if (size != 0) /* the server may have ended the connection already: what it said counts */
        minos_ignore(mn_socket_write(socket, &part, 1, minos_deadline_in(PATIENCE)));
}

/* Give the size of the answer at `text`, 0 when it is not whole. */
static size_t answer_size(const char *text)
{
    const char *end = strstr(text, "\r\n\r\n"), *length;
    size_t size;
    if (end == NULL)
        return 0;
    length = strstr(text, "Content-Length: ");
    size = (size_t)(end - text) + 4;
    if (length != NULL && length < end)
        size += strtoul(length + 16, NULL, 10);
    return size <= strlen(text) ? size : 0;
}

static size_t answers(const http_heard *heard)
{
    size_t count = 0, at = 0, size;
    while (at < heard->size && (size = answer_size(heard->text + at)) != 0) {
        at += size;
        count++;
    }
    return count;
}

void http_hear(mn_socket *socket, size_t count, http_heard *heard)
{
    minos_deadline deadline = minos_deadline_in(PATIENCE);
    memset(heard, 0, sizeof *heard);
    while (answers(heard) < count && heard->size + 1 < sizeof heard->text) {
        size_t got;
        minos_rc rc = mn_socket_read(socket, heard->text + heard->size,
                                     sizeof heard->text - heard->size - 1, deadline, &got);
        if (rc == MINOS_ETIMEDOUT)
            return;
        if (rc != MINOS_OK || got == 0) {
            heard->closed = true;
            return;
        }
        heard->size += got;
        heard->text[heard->size] = '\0';
    }
}

void http_hear_all(mn_socket *socket, http_heard *heard)
{
    http_hear(socket, SIZE_MAX, heard);
}

void http_statuses(const http_heard *heard, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (const char *at = heard->text; (at = strstr(at, "HTTP/1.1 ")) != NULL; at += 9)
        if (at[9] >= '1' && at[9] <= '5') /* or some text of an answer's */
            used += (size_t)snprintf(text + used, size - used, "%.3s ", at + 9);
    snprintf(text + used, size - used, "%s", heard->closed ? "closed" : "open");
}
