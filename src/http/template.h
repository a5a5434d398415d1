/*
 * Path templates: `/users/{user_id}`, `/files/{name:[a-z]+}.txt`, `/static/{rest:.*}`, taken apart.
 */
#ifndef MN_HTTP_TEMPLATE_H
#define MN_HTTP_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <minos/arena.h>
#include <minos/error.h>
#include <minos/view.h>

#include "http/limits.h"

typedef enum mn_http_piece_kind {
    MN_HTTP_PIECE_LITERAL, /* one segment as it stands */
    MN_HTTP_PIECE_PARAM,   /* one whole segment that is not empty */
    MN_HTTP_PIECE_REGEX,   /* one segment that a regex takes whole */
    MN_HTTP_PIECE_TAIL     /* the rest of the path, taken whole by a regex; always the last */
} mn_http_piece_kind;

typedef struct mn_http_piece {
    mn_http_piece_kind kind;
    minos_view text;       /* LITERAL: normalized; REGEX, TAIL: anchored, POSIX extended */
    const uint8_t *groups; /* REGEX, TAIL: the group of each param in it */
    size_t params_count;
} mn_http_piece;

typedef struct mn_http_template {
    mn_http_piece *pieces;
    size_t pieces_count;
    const char **names; /* of all params, in order */
    size_t names_count;
    minos_view path; /* no params: the whole path, normalized; else empty */
} mn_http_template;

/* Take a template apart into an arena. EINVAL, the message says what is wrong with it. */
minos_rc mn_http_template_parse(const char *text, minos_arena *arena,
                                mn_http_template *ret_template);

#endif
