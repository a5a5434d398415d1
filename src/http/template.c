/*
 * Path templates: see template.h.
 */
#include "http/template.h"

#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "enroute/check.h"
#include "http/regex.h"
#include "http/target.h"

#define PARTS_MAX 64 /* literals and params of one segment */

/* A run of literal text, or a param. */
typedef struct part {
    minos_view text; /* literal, or the param's regex, empty when it has none */
    bool is_param;
} part;

typedef struct parsing {
    const char *whole;
    const char *at;
    minos_arena *arena;
    mn_http_template out;
    part parts[PARTS_MAX]; /* of the segment being read, and of all behind it once one crosses */
    size_t parts_count;
} parsing;

static minos_rc refuse(const char *why)
{
    return minos_fail(MINOS_EINVAL, "%s", why);
}

static bool is_name_byte(char c, bool first)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           (!first && c >= '0' && c <= '9');
}

static minos_rc add_part(parsing *p, minos_view text, bool is_param)
{
    if (p->parts_count == PARTS_MAX)
        return refuse("one segment holds too many params");
    p->parts[p->parts_count++] = (part){text, is_param};
    return MINOS_OK;
}

static minos_rc add_name(parsing *p, minos_view name)
{
    if (p->out.names_count == MN_HTTP_PATH_PARAMS_MAX)
        return refuse("it holds too many params");
    for (size_t i = 0; i < p->out.names_count; i++)
        if (minos_view_is(name, p->out.names[i]))
            return refuse("two of its params have one name");
    p->out.names[p->out.names_count++] = minos_arena_dup(p->arena, name).data;
    return MINOS_OK;
}

/* {name} or {name:REGEX}; `at` stands behind the brace. */
static minos_rc read_param(parsing *p)
{
    const char *from = p->at, *end;
    minos_view regex = {NULL, 0};

    while (is_name_byte(*p->at, p->at == from))
        p->at++;
    if (p->at == from || (*p->at != '}' && *p->at != ':'))
        return refuse("a param is {name} or {name:REGEX}, its name of letters, digits and _");
    MINOS_TRY(add_name(p, minos_view_make(from, (size_t)(p->at - from))));
    if (*p->at == ':') {
        end = mn_path_regex_end(p->at + 1);
        if (end == NULL)
            return refuse("a brace is not closed");
        regex = minos_view_make(p->at + 1, (size_t)(end - p->at - 1));
        if (regex.size == 0 || regex.size > MN_HTTP_PATTERN_BYTES_MAX)
            return refuse("a regex is empty or too long");
        p->at = end;
    }
    p->at++;
    return add_part(p, regex, true);
}

static minos_rc read_literal(parsing *p)
{
    const char *from = p->at;
    minos_view text;
    char *encoded, *normal;
    size_t size;

    while (*p->at != '\0' && *p->at != '/' && *p->at != '{' && *p->at != '}')
        p->at++;
    if (*p->at == '}')
        return refuse("a brace is closed that was not opened");
    text = minos_view_make(from, (size_t)(p->at - from));
    if (!mn_http_percent_valid(text))
        return refuse("it holds a % that two hexadecimal digits do not follow");
    encoded = mn_arena_raw(p->arena, text.size * 3 + 1);
    size = mn_http_percent_encode(text, encoded);
    normal = mn_arena_raw(p->arena, size + 1);
    size = mn_http_percent_normalize(minos_view_make(encoded, size), normal);
    return add_part(p, minos_view_make(normal, size), false);
}

static void put_escaped(minos_buffer *out, minos_view text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (strchr("\\^$.[]|()*+?{}", text.data[i]) != NULL)
            mn_buffer_put_byte(out, '\\');
        mn_buffer_put_byte(out, text.data[i]);
    }
}

/* Make one anchored regex of all parts. */
static minos_rc build_regex(parsing *p, minos_buffer *out, uint8_t *groups, size_t *ret_params,
                            bool *ret_crosses)
{
    size_t group = 1, params = 0;

    *ret_crosses = false;
    mn_buffer_put_byte(out, '^');
    for (size_t i = 0; i < p->parts_count; i++) {
        const part *one = &p->parts[i];
        size_t inner = 1;
        bool crosses = false;
        if (!one->is_param) {
            put_escaped(out, one->text);
            continue;
        }
        if (group > 200)
            return refuse("its regexes hold too many groups");
        groups[params++] = (uint8_t)group;
        if (one->text.size == 0)
            mn_buffer_put_text(out, "([^/]+)");
        else
            MINOS_TRY(mn_http_regex_translate(one->text, out, &inner, &crosses));
        group += inner;
        *ret_crosses |= crosses;
    }
    mn_buffer_put_byte(out, '$');
    *ret_params = params;
    return mn_buffer_check(out);
}

static minos_rc regex_piece(parsing *p, mn_http_piece *piece, bool *ret_crosses)
{
    uint8_t *groups = mn_arena_raw(p->arena, MN_HTTP_PATH_PARAMS_MAX);
    minos_buffer out;
    minos_rc rc;

    mn_buffer_init(&out, 65536);
    rc = build_regex(p, &out, groups, &piece->params_count, ret_crosses);
    if (rc == MINOS_OK) {
        piece->kind = *ret_crosses ? MN_HTTP_PIECE_TAIL : MN_HTTP_PIECE_REGEX;
        piece->text = minos_arena_dup(p->arena, minos_view_make(out.data, out.size));
        piece->groups = groups;
    }
    mn_buffer_done(&out);
    return rc;
}

/* The segment behind the present slash, or all segments up to the end. */
static minos_rc read_parts(parsing *p, bool to_end)
{
    while (*p->at != '\0' && (*p->at != '/' || to_end)) {
        if (*p->at == '{') {
            p->at++;
            MINOS_TRY(read_param(p));
        } else if (*p->at == '/') {
            p->at++;
            MINOS_TRY(add_part(p, MINOS_VIEW("/"), false));
        } else {
            MINOS_TRY(read_literal(p));
        }
    }
    return MINOS_OK;
}

static minos_rc read_segment(parsing *p)
{
    mn_http_piece *piece;
    bool crosses = false;

    if (p->out.pieces_count == MN_HTTP_PATH_SEGMENTS_MAX)
        return refuse("it has too many segments");
    piece = &p->out.pieces[p->out.pieces_count++];
    p->parts_count = 0;
    p->at++;
    MINOS_TRY(read_parts(p, false));
    if (p->parts_count == 0 || (p->parts_count == 1 && !p->parts[0].is_param)) {
        piece->kind = MN_HTTP_PIECE_LITERAL;
        piece->text = p->parts_count == 0 ? minos_view_make("", 0) : p->parts[0].text;
        return MINOS_OK;
    }
    if (p->parts_count == 1 && p->parts[0].text.size == 0) {
        piece->kind = MN_HTTP_PIECE_PARAM;
        piece->params_count = 1;
        return MINOS_OK;
    }
    MINOS_TRY(regex_piece(p, piece, &crosses));
    if (!crosses || *p->at == '\0')
        return MINOS_OK;
    MINOS_TRY(read_parts(p, true));
    return regex_piece(p, piece, &crosses);
}

/* Without params a template is one literal: its segments joined again. */
static minos_view joined(parsing *p)
{
    char *text = mn_arena_raw(p->arena, strlen(p->whole) * 3 + 1), *end = text;
    for (size_t i = 0; i < p->out.pieces_count; i++) {
        minos_view piece = p->out.pieces[i].text;
        *end++ = '/';
        memcpy(end, piece.data, piece.size);
        end += piece.size;
    }
    return minos_view_make(text, (size_t)(end - text));
}

minos_rc mn_http_template_parse(const char *text, minos_arena *arena,
                                mn_http_template *ret_template)
{
    parsing p = {.whole = text, .at = text, .arena = arena};

    if (text[0] != '/')
        return refuse("it does not begin with /");
    p.out.pieces = mn_arena_array(arena, mn_http_piece, MN_HTTP_PATH_SEGMENTS_MAX);
    p.out.names = mn_arena_array(arena, const char *, MN_HTTP_PATH_PARAMS_MAX);
    while (*p.at == '/')
        MINOS_TRY(read_segment(&p));
    if (p.out.names_count == 0)
        p.out.path = joined(&p);
    *ret_template = p.out;
    return MINOS_OK;
}
