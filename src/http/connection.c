/*
 * One connection: see connection.h.
 *
 * Answers are gathered in `out` and written when no whole request is at hand any more, so that
 * pipelined requests share one write and a lone one costs one read and one write.
 */
#include "http/connection.h"

#include <string.h>

#include <minos/log.h>

#include "base/env.h"
#include "enroute/action.h"
#include "fiber/fiber.h"
#include "http/reply.h"

#define WRITE_TIMEOUT    (30 * MINOS_S) /* for each slice that a slow peer takes */
#define WRITE_SLICE      ((size_t)256 << 10)
#define LINGER_TIMEOUT   (5 * MINOS_S) /* for the peer to see our end, after a refusal */
#define LINGER_BYTES_MAX ((size_t)16 << 20)

typedef enum verdict {
    GO_ON,
    CLOSE,       /* nothing of the peer's is left unread */
    CLOSE_GENTLY /* it may still be sending: read on, or it would lose our answer by a reset */
} verdict;

void mn_http_connection_init(mn_http_connection *connection, mn_http_shared *shared)
{
    memset(connection, 0, sizeof *connection);
    connection->shared = shared;
    mn_list_init(&connection->link);
    mn_http_reader_init(&connection->reader, &shared->limits);
    mn_arena_init(&connection->arena, 0);
    mn_buffer_init(&connection->out, MN_HTTP_ANSWER_BYTES_MAX);
    mn_buffer_reserve(&connection->out, MN_HTTP_OUT_BYTES);
}

void mn_http_connection_done(mn_http_connection *connection)
{
    mn_http_reader_done(&connection->reader);
    mn_arena_done(&connection->arena);
    mn_buffer_done(&connection->out);
}

/* ---- writing ---- */

static minos_rc write_all(mn_socket *socket, const char *data, size_t size)
{
    while (size != 0) {
        struct iovec part = {.iov_base = (void *)(uintptr_t)data,
                             .iov_len = size < WRITE_SLICE ? size : WRITE_SLICE};
        minos_rc rc = mn_socket_write(socket, &part, 1, minos_deadline_in(WRITE_TIMEOUT));
        if (rc != MINOS_OK)
            return rc;
        data += part.iov_len;
        size -= part.iov_len;
    }
    return MINOS_OK;
}

static minos_rc flush(mn_http_connection *connection)
{
    minos_buffer *out = &connection->out;
    minos_rc rc = write_all(connection->socket, out->data, out->size);

    out->size = 0;
    if (out->capacity > MN_HTTP_KEPT_BYTES) {
        mn_buffer_done(out);
        mn_buffer_reserve(out, MN_HTTP_OUT_BYTES);
    }
    return rc;
}

static minos_view date_line(mn_http_shared *shared)
{
    return mn_http_date_line(&shared->date, mn_env->wall_us());
}

/* Put the turn's response; content that cannot be encoded becomes a 500. */
static void put_response(mn_http_connection *connection, const minos_action *action, bool closes)
{
    mn_http_turn *turn = &connection->turn;
    mn_http_form form = {
        .date = date_line(connection->shared),
        .changed = turn->request.base.changed,
        .is_head = turn->is_head,
        .closes = closes,
        .is_old = connection->reader.line.minor == 0 && !closes,
    };
    minos_rc rc = mn_http_reply_put(&connection->out, &turn->response, &form);

    if (MINOS_LIKELY(rc == MINOS_OK))
        return;
    if (action != NULL) {
        /* Whatever the code, the peer is not to blame for what the handler answered. */
        rc = minos_fail(MINOS_EINTERNAL, "the answer cannot be sent: %s",
                        minos_error_message(minos_error_last()));
        mn_http_dispatch_fail(turn, action, rc);
    } else {
        mn_http_problem(&turn->response, 500, NULL);
    }
    if (mn_http_reply_put(&connection->out, &turn->response, &form) != MINOS_OK)
        minos_log_error("an answer could not be made: %s", /* nothing is left to be told */
                        minos_error_message(minos_error_last()));
}

/* Refuse what is no request: the framing failed, so the connection ends. */
static verdict refuse(mn_http_connection *connection, int status, const char *why)
{
    mn_http_form form = {.date = date_line(connection->shared), .closes = true};

    minos_arena_reset(&connection->arena);
    mn_response_init(&connection->turn.response, &connection->arena);
    mn_http_problem(&connection->turn.response, status, why);
    minos_ignore(mn_http_reply_put(&connection->out, &connection->turn.response, &form));
    minos_log_debug("http: %s refused with %d: %s", mn_socket_peer(connection->socket), status,
                    why);
    return flush(connection) == MINOS_OK ? CLOSE_GENTLY : CLOSE;
}

/* ---- reading ---- */

static minos_deadline read_deadline(mn_http_connection *connection)
{
    const mn_http_shared *shared = connection->shared;

    connection->idle = mn_http_reader_idle(&connection->reader);
    if (connection->idle)
        return minos_deadline_in(connection->has_served ? shared->keep_alive
                                                        : shared->header_timeout);
    if (connection->part_deadline.at_ns == INT64_MAX)
        connection->part_deadline =
            minos_deadline_in(connection->in_body ? shared->body_timeout : shared->header_timeout);
    return connection->part_deadline;
}

/* Receive more; the total time of a head or body counts, so a trickle does not help. */
static verdict receive(mn_http_connection *connection)
{
    minos_deadline deadline = read_deadline(connection);
    size_t room, got;
    char *place;
    minos_rc rc;

    if (connection->idle && connection->shared->stopping)
        return CLOSE;
    place = mn_http_reader_room(&connection->reader, &room);
    rc = mn_socket_read(connection->socket, place, room, deadline, &got);
    if (rc == MINOS_OK && got != 0) {
        connection->idle = false;
        mn_http_reader_received(&connection->reader, got);
        return GO_ON;
    }
    if (rc == MINOS_ETIMEDOUT && !connection->idle)
        return refuse(connection, 408, "the request did not come in time");
    if (rc != MINOS_OK && rc != MINOS_ETIMEDOUT)
        minos_log_debug("http: %s: %s", mn_socket_peer(connection->socket),
                        minos_error_message(minos_error_last()));
    return CLOSE;
}

/* ---- requests ---- */

static verdict end_turn(mn_http_connection *connection, bool closes, bool is_read)
{
    if (!closes)
        return GO_ON;
    if (flush(connection) != MINOS_OK)
        return CLOSE;
    return is_read && !mn_http_reader_has_more(&connection->reader) ? CLOSE : CLOSE_GENTLY;
}

/* Run the row; before one that is known to wait, what pipelined requests were answered goes out. */
static verdict run(mn_http_connection *connection, minos_action *action)
{
    uint32_t waits;

    if (action->waits && connection->out.size != 0 && flush(connection) != MINOS_OK)
        return CLOSE;
    waits = mn_fiber_waits();
    mn_http_dispatch_run(&connection->shared->dispatch, &connection->turn, action);
    action->waits = action->waits || mn_fiber_waits() != waits;
    return GO_ON;
}

/* A whole request is there. Yields. */
static verdict answer(mn_http_connection *connection)
{
    mn_http_turn *turn = &connection->turn;
    mn_http_reader *reader = &connection->reader;
    bool keeps = mn_http_reader_keeps(reader);
    minos_action *action;

    action = mn_http_dispatch_find(&connection->shared->dispatch, turn, reader, &connection->arena);
    if (MINOS_UNLIKELY(reader->known.expect_other && reader->line.minor != 0)) {
        action = NULL;
        mn_http_problem(&turn->response, 417, "the only expectation known is 100-continue");
    }
    if (action != NULL && run(connection, action) != GO_ON)
        return CLOSE;
    keeps = keeps && !connection->shared->stopping;
    put_response(connection, action, !keeps);
    connection->has_served = true;
    if (!keeps)
        return end_turn(connection, true, true);
    mn_http_reader_next(reader);
    minos_arena_reset(&connection->arena);
    connection->in_body = false;
    connection->part_deadline = minos_deadline_never();
    return connection->out.size < MN_HTTP_PIPELINED_BYTES || flush(connection) == MINOS_OK ? GO_ON
                                                                                           : CLOSE;
}

/*
 * A head whose body is still to come. Who expects 100-continue is told at once what the head
 * decides (RFC 9110 §10.1.1); who does not is answered when the body is read, and stays connected.
 */
static verdict begin_body(mn_http_connection *connection)
{
    const mn_http_known *known = &connection->reader.known;
    mn_http_turn *turn = &connection->turn;

    connection->in_body = true;
    connection->part_deadline = minos_deadline_never();
    if (!known->expect_continue && !known->expect_other)
        return GO_ON;
    if (connection->reader.line.minor == 0)
        return GO_ON; /* HTTP/1.0 knows no expectations */
    if (mn_http_dispatch_find(&connection->shared->dispatch, turn, &connection->reader,
                              &connection->arena) != NULL &&
        !known->expect_other) {
        minos_arena_reset(&connection->arena); /* found again when the body is there */
        if (!mn_http_reader_has_more(&connection->reader))
            mn_buffer_put_text(&connection->out, "HTTP/1.1 100 Continue\r\n\r\n");
        return GO_ON;
    }
    if (known->expect_other)
        mn_http_problem(&turn->response, 417, "the only expectation known is 100-continue");
    put_response(connection, NULL, true);
    return end_turn(connection, true, false);
}

static verdict step(mn_http_connection *connection)
{
    switch (mn_http_reader_step(&connection->reader)) {
    case MN_HTTP_DONE:
        return answer(connection);
    case MN_HTTP_HEAD:
        return begin_body(connection);
    case MN_HTTP_BAD:
        return refuse(connection, connection->reader.status, connection->reader.why);
    case MN_HTTP_MORE:
        break;
    }
    if (connection->out.size != 0 && flush(connection) != MINOS_OK)
        return CLOSE;
    return receive(connection);
}

/* Send our end, then read and drop until the peer's: see RFC 9112 §9.6. */
static void linger(mn_socket *socket)
{
    minos_deadline deadline = minos_deadline_in(LINGER_TIMEOUT);
    size_t dropped = 0, got = 1;
    char bytes[4096];

    mn_socket_shutdown(socket);
    while (got != 0 && dropped < LINGER_BYTES_MAX &&
           mn_socket_read(socket, bytes, sizeof bytes, deadline, &got) == MINOS_OK)
        dropped += got;
}

void mn_http_connection_serve(mn_http_connection *connection, mn_socket *socket)
{
    verdict next = GO_ON;

    connection->socket = socket;
    connection->part_deadline = minos_deadline_never();
    connection->has_served = connection->in_body = false;
    mn_http_reader_reset(&connection->reader);
    while (next == GO_ON)
        next = step(connection);
    connection->idle = true;
    if (next == CLOSE_GENTLY && !connection->shared->stopping)
        linger(socket);
    connection->idle = false;
    connection->out.size = 0;
    minos_arena_reset(&connection->arena);
    minos_error_clear();
}

void mn_http_connection_refuse(mn_http_shared *shared, mn_socket *socket)
{
    minos_arena *arena = minos_arena_new(0);
    mn_http_form form = {.date = date_line(shared), .closes = true};
    minos_buffer out;
    minos_response res;

    mn_buffer_init(&out, MN_HTTP_OUT_BYTES);
    mn_response_init(&res, arena);
    mn_http_problem(&res, 503, "too many connections are open");
    mn_http_reply_header(&res, "retry-after", MINOS_VIEW("1"));
    if (mn_http_reply_put(&out, &res, &form) == MINOS_OK)
        minos_ignore(write_all(socket, out.data, out.size)); /* it is closed next, either way */
    mn_socket_shutdown(socket);
    mn_buffer_done(&out);
    minos_arena_free(arena);
}
