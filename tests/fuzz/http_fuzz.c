/*
 * The reader of HTTP connections. An input is what a peer sends. Properties: requests and refusals
 * are the same however the bytes are cut; limits hold; what is given lies within the buffer.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/reader.h"

#define ENSURE(condition)                                                                          \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s: " #condition "\n", __func__);                                     \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static const mn_http_limits limits = {.line_bytes_max = 512,
                                      .headers_bytes_max = 1024,
                                      .headers_count_max = 16,
                                      .body_bytes_max = 600};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A hash of all that came out, so that two runs can be compared. */
typedef struct outcome {
    uint64_t hash;
    size_t requests;
    int status; /* 0: not refused */
    bool idle;
} outcome;

static void mix(outcome *got, minos_view bytes)
{
    got->hash = (got->hash ^ bytes.size) * UINT64_C(0x100000001b3);
    for (size_t i = 0; i < bytes.size; i++)
        got->hash = (got->hash ^ (uint8_t)bytes.data[i]) * UINT64_C(0x100000001b3);
}

static void ensure_inside(const mn_http_reader *reader, minos_view view)
{
    ENSURE(view.data >= reader->data + reader->begin);
    ENSURE(view.data + view.size <= reader->data + reader->size);
}

static void take_request(mn_http_reader *reader, outcome *got)
{
    minos_view body = mn_http_reader_body(reader);

    ENSURE(reader->fields_count <= limits.headers_count_max);
    ENSURE(body.size <= limits.body_bytes_max);
    ensure_inside(reader, mn_http_reader_method(reader));
    ensure_inside(reader, mn_http_reader_target(reader));
    mix(got, mn_http_reader_method(reader));
    mix(got, mn_http_reader_target(reader));
    for (size_t i = 1; i <= reader->fields_count; i++) {
        ensure_inside(reader, mn_http_reader_name(reader, i));
        mix(got, mn_http_reader_name(reader, i));
        mix(got, mn_http_reader_value(reader, i));
    }
    mix(got, body);
    got->hash += mn_http_reader_keeps(reader);
    got->requests++;
    mn_http_reader_next(reader);
}

/* Step until more is wanted; false when the input is refused. */
static bool drain(mn_http_reader *reader, outcome *got)
{
    for (;;) {
        switch (mn_http_reader_step(reader)) {
        case MN_HTTP_MORE:
            return true;
        case MN_HTTP_HEAD:
            break;
        case MN_HTTP_DONE:
            take_request(reader, got);
            break;
        case MN_HTTP_BAD:
            ENSURE(reader->status >= 400 && reader->status <= 505 && reader->why != NULL);
            got->status = reader->status;
            return false;
        }
    }
}

/* Pieces of `least` bytes and more, by a small generator. */
static outcome run(const uint8_t *data, size_t size, size_t least, uint32_t spread)
{
    mn_http_reader reader;
    outcome got = {.hash = 1};
    uint32_t random = 12345;
    bool going = true;

    mn_http_reader_init(&reader, &limits);
    while (going && size != 0) {
        size_t piece = least, room;
        char *place = mn_http_reader_room(&reader, &room);
        random = random * 1664525 + 1013904223;
        piece += spread == 0 ? 0 : (random >> 16) % spread;
        piece = piece < size ? piece : size;
        piece = piece < room ? piece : room;
        memcpy(place, data, piece);
        mn_http_reader_received(&reader, piece);
        data += piece;
        size -= piece;
        going = drain(&reader, &got);
        ENSURE(reader.capacity <= 65536);
    }
    got.idle = going && mn_http_reader_idle(&reader);
    mn_http_reader_done(&reader);
    return got;
}

static void ensure_same(outcome a, outcome b)
{
    ENSURE(a.requests == b.requests);
    ENSURE(a.status == b.status);
    ENSURE(a.hash == b.hash);
    ENSURE(a.idle == b.idle);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    outcome whole = run(data, size, SIZE_MAX, 0);
    ensure_same(whole, run(data, size, 1, 0));
    ensure_same(whole, run(data, size, 1, 40));
    return 0;
}
