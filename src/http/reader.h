/*
 * The reader of one connection: bytes in, requests out, one after another (RFC 9112). The request
 * line is ours (line.h), header fields and body framing are llhttp's, strict, with what it lets
 * through refused here.
 *
 * Invariant: the request being read lies in one piece at `data + begin`; all offsets count from
 * there, so the buffer may grow or be moved while it is read. A chunked body is put together in
 * place, over its own framing. What is refused, and with which status, depends on the bytes alone,
 * never on how they were cut on their way.
 *
 * Pure: no I/O, no clock; the fuzz target drives it directly.
 */
#ifndef MN_HTTP_READER_H
#define MN_HTTP_READER_H

#include <stdbool.h>
#include <stdint.h>

#include <llhttp.h>
#include <minos/view.h>

#include "http/limits.h"
#include "http/line.h"

typedef enum mn_http_event {
    MN_HTTP_MORE, /* read more */
    MN_HTTP_HEAD, /* the head is there, a body follows; step again to go on */
    MN_HTTP_DONE, /* a whole request; mn_http_reader_next when it is answered */
    MN_HTTP_BAD   /* answer `status` and close */
} mn_http_event;

/* One header field; offsets from the request's beginning. */
typedef struct mn_http_field {
    uint32_t name;
    uint32_t value;
    uint32_t value_size;
    uint32_t name_size;
} mn_http_field;

/* Fields that the framing or the door looks at; place (1…) of the field, 0: absent. */
typedef struct mn_http_known {
    uint16_t host;
    uint16_t user;
    uint16_t content_type;
    uint16_t content_length;
    uint16_t transfer_encoding;
    uint16_t deadline; /* minos-deadline */
    bool expect_continue;
    bool expect_other; /* 417 */
} mn_http_known;

typedef struct mn_http_reader {
    mn_http_limits limits;
    char *data;
    size_t size;     /* bytes received */
    size_t capacity; /* beyond it lie MN_HTTP_PADDING_BYTES more */
    size_t begin;    /* where the request begins */
    size_t at;       /* next byte to parse */

    int phase;      /* of the private enum */
    size_t left;    /* bytes that the present phase may still take */
    llhttp_t fresh; /* a parser that stands behind a request line */
    llhttp_t parser;
    mn_http_line line;
    mn_http_field *fields; /* limits.headers_count_max of them */
    uint32_t fields_count;
    bool in_name;
    mn_http_known known;
    uint32_t body;    /* offset of the body */
    size_t body_size; /* bytes of it so far */
    bool chunked;
    uint16_t connection; /* llhttp's flags of the Connection field */
    size_t chunk_extra;  /* bytes of extensions and padding so far */
    int status;          /* of a refused request */
    const char *why;
} mn_http_reader;

void mn_http_reader_init(mn_http_reader *reader, const mn_http_limits *limits);
void mn_http_reader_done(mn_http_reader *reader);
/* Begin a fresh connection: forget all bytes, keep the memory. */
void mn_http_reader_reset(mn_http_reader *reader);
/* Give the place to receive into, at least one byte; it is within the limits by construction. */
char *mn_http_reader_room(mn_http_reader *reader, size_t *ret_size);
void mn_http_reader_received(mn_http_reader *reader, size_t size);
mn_http_event mn_http_reader_step(mn_http_reader *reader);
/* Forget the answered request and go on with what came behind it. */
void mn_http_reader_next(mn_http_reader *reader);
/* Tell whether nothing of the next request has come yet. */
bool mn_http_reader_idle(const mn_http_reader *reader);
/* Tell whether bytes lie behind the request that was just read. */
bool mn_http_reader_has_more(const mn_http_reader *reader);

/* ---- the request that was read; views are valid until mn_http_reader_next ---- */

minos_view mn_http_reader_method(const mn_http_reader *reader);
minos_view mn_http_reader_target(const mn_http_reader *reader);
minos_view mn_http_reader_body(const mn_http_reader *reader);
/* Fields by their place, 1..fields_count. */
minos_view mn_http_reader_name(const mn_http_reader *reader, size_t place);
minos_view mn_http_reader_value(const mn_http_reader *reader, size_t place);
/* Give the place of the next field of a name behind place `after`, case disregarded; 0: none. */
size_t mn_http_reader_find(const mn_http_reader *reader, minos_view name, size_t after);
/* Tell whether the connection outlives this request (RFC 9112 §9.3). */
bool mn_http_reader_keeps(const mn_http_reader *reader);

#endif
