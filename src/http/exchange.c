/*
 * One request without sockets: see exchange.h.
 */
#include "http/exchange.h"

#include <stdio.h>
#include <string.h>

#include <minos/codec.h>

#include "base/arena.h"
#include "http/connector.h"
#include "http/reply.h"

/* The request as a peer would write it. */
static minos_view written(const char *method, const char *target, const char *content_type,
                          minos_view body, minos_arena *arena)
{
    const char *head =
        content_type == NULL
            ? minos_arena_printf(arena, "%s %s HTTP/1.1\r\nHost: test\r\n\r\n", method, target)
            : minos_arena_printf(arena,
                                 "%s %s HTTP/1.1\r\nHost: test\r\nContent-Type: %s\r\n"
                                 "Content-Length: %zu\r\n\r\n",
                                 method, target, content_type, body.size);
    size_t size = strlen(head);
    char *whole = mn_arena_raw(arena, size + body.size);

    memcpy(whole, head, size);
    if (content_type != NULL && body.size != 0)
        memcpy(whole + size, body.data, body.size);
    return minos_view_make(whole, size + (content_type == NULL ? 0 : body.size));
}

/* Feed what the reader wants until it has one request, or refuses. */
static mn_http_event read_request(mn_http_reader *reader, minos_view bytes)
{
    for (;;) {
        mn_http_event event = mn_http_reader_step(reader);
        size_t room;
        char *place;
        if (event == MN_HTTP_DONE || event == MN_HTTP_BAD)
            return event;
        if (event == MN_HTTP_HEAD)
            continue;
        if (bytes.size == 0)
            return MN_HTTP_MORE;
        place = mn_http_reader_room(reader, &room);
        room = room < bytes.size ? room : bytes.size;
        memcpy(place, bytes.data, room);
        mn_http_reader_received(reader, room);
        bytes.data += room;
        bytes.size -= room;
    }
}

/* The content as the peer would decode it. */
static minos_rc decode(const minos_response *res, minos_arena *arena, minos_answer *answer)
{
    minos_buffer out;
    minos_view body;
    minos_rc rc;

    mn_buffer_init(&out, MN_HTTP_ANSWER_BYTES_MAX);
    rc = mn_http_reply_content(&out, res);
    body = minos_arena_dup(arena, minos_view_make(out.data, out.size));
    mn_buffer_done(&out);
    MINOS_TRY(rc);
    answer->content_type = minos_response_content_type(res);
    if (strcmp(answer->content_type, "application/problem+json") == 0)
        return minos_json_decode(body, arena, &answer->content);
    if (minos_codec_find(minos_view_of(answer->content_type)) != NULL)
        return minos_decode(minos_view_of(answer->content_type), body, arena, &answer->content);
    {
        minos_value *bytes = mn_arena_make(arena, minos_value);
        *bytes = minos_value_bytes(body);
        answer->content = bytes;
    }
    return MINOS_OK;
}

static minos_rc answer_make(mn_http_turn *turn, const minos_action *action, minos_arena *arena,
                            minos_answer *ret_answer)
{
    const minos_response *res = &turn->response;
    minos_answer answer = {0};
    minos_rc rc = MINOS_OK;

    if (res->has_content && !turn->is_head)
        rc = decode(res, arena, &answer);
    if (rc != MINOS_OK) {
        if (action == NULL)
            return rc;
        mn_http_dispatch_fail(turn, action, rc);
        MINOS_TRY(decode(res, arena, &answer));
    }
    answer.status = res->status;
    answer.headers =
        mn_header_map(arena, mn_header_map(arena, NULL, turn->request.base.changed), res->headers);
    *ret_answer = answer;
    return MINOS_OK;
}

static minos_rc exchange(const mn_http_shared *shared, mn_http_reader *reader, minos_view bytes,
                         minos_arena *arena, minos_answer *ret_answer)
{
    mn_http_turn *turn = mn_arena_make(arena, mn_http_turn);
    minos_action *action = NULL;

    switch (read_request(reader, bytes)) {
    case MN_HTTP_DONE:
        action = mn_http_dispatch_find(&shared->dispatch, turn, reader, arena);
        if (action != NULL)
            mn_http_dispatch_run(&shared->dispatch, turn, action);
        break;
    case MN_HTTP_BAD:
        mn_response_init(&turn->response, arena);
        mn_http_problem(&turn->response, reader->status, reader->why);
        break;
    default:
        return minos_fail(MINOS_EINVAL, "method and target make no request");
    }
    return answer_make(turn, action, arena, ret_answer);
}

minos_rc mn_http_exchange(minos_http_port *port, const char *method, const char *target,
                          const char *content_type, minos_view body, minos_arena *arena,
                          minos_answer *ret_answer)
{
    const mn_http_shared *shared = mn_http_connector_shared(minos_http_port_connector(port));
    mn_http_reader reader;
    minos_rc rc;

    mn_http_reader_init(&reader, &shared->limits);
    rc = exchange(shared, &reader, written(method, target, content_type, body, arena), arena,
                  ret_answer);
    mn_http_reader_done(&reader);
    return rc;
}
