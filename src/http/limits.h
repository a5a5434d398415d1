/*
 * What a peer may make us hold, in one place; docs/internals/limits.md lists the same numbers.
 */
#ifndef MN_HTTP_LIMITS_H
#define MN_HTTP_LIMITS_H

#include <stddef.h>
#include <stdint.h>

#include <minos/http.h>

enum {
    MN_HTTP_METHOD_BYTES_MAX = 32,
    MN_HTTP_PATH_SEGMENTS_MAX = 64,  /* more: no route can match */
    MN_HTTP_PATH_PARAMS_MAX = 16,    /* in one template; more is an error at start */
    MN_HTTP_PATTERN_BYTES_MAX = 512, /* of one regex in a template */
    MN_HTTP_CHUNK_LINE_BYTES_MAX = 256,
    MN_HTTP_CHUNK_EXTRA_BYTES_MAX = 4096, /* extensions and padding of a whole body */
    MN_HTTP_TRAILER_BYTES_MAX = 8192,
    MN_HTTP_IN_BYTES = 4096,         /* of a fresh connection's input buffer */
    MN_HTTP_OUT_BYTES = 4096,        /* of its output buffer */
    MN_HTTP_KEPT_BYTES = 65536,      /* a buffer that grew past this is dropped with its request */
    MN_HTTP_PIPELINED_BYTES = 65536, /* answers held back while more requests are at hand */
    MN_HTTP_BACKLOG = 4096,          /* connections that wait to be accepted */
    MN_HTTP_PADDING_BYTES = 64       /* readable behind a body, which the JSON parser wants */
};

#define MN_HTTP_ANSWER_BYTES_MAX ((size_t)64 << 20) /* of one answer, or of those pipelined */

/* The limits that options set, resolved. */
typedef struct mn_http_limits {
    size_t line_bytes_max;
    size_t headers_bytes_max;
    size_t headers_count_max;
    size_t body_bytes_max;
} mn_http_limits;

#endif
