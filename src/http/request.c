/*
 * The request of the HTTP door: see request.h.
 */
#include "http/request.h"

#include <string.h>
#include <strings.h>

#include <minos/codec.h>

#include "base/arena.h"
#include "codec/form.h"
#include "codec/json.h"

#define TYPE_JSON    "application/json"
#define TYPE_DEFAULT "application/octet-stream" /* RFC 9110 §8.3: when the sender does not say */

static mn_http_request *http_of(const minos_request *req)
{
    return (mn_http_request *)(uintptr_t)req; /* the base is its first member */
}

/* End a view in the reader's buffer by a NUL: what follows it there was read long ago. */
static const char *terminated(minos_view view)
{
    char *end = (char *)(uintptr_t)view.data + view.size;
    *end = '\0';
    return view.data;
}

/* ---- headers ---- */

/* Several fields of one name are one list (RFC 9110 §5.3); cookies have a joint of their own. */
static const char *joined(mn_http_request *http, size_t first, minos_view name)
{
    bool is_cookie = name.size == 6 && strncasecmp(name.data, "cookie", 6) == 0;
    size_t size = 1;
    char *text, *end;

    for (size_t at = first; at != 0; at = mn_http_reader_find(http->reader, name, at))
        size += mn_http_reader_value(http->reader, at).size + 2;
    text = end = mn_arena_try_raw(http->base.arena, size);
    if (text == NULL)
        return terminated(mn_http_reader_value(http->reader, first)); /* better than none */
    for (size_t at = first; at != 0; at = mn_http_reader_find(http->reader, name, at)) {
        minos_view value = mn_http_reader_value(http->reader, at);
        if (at != first) {
            *end++ = is_cookie ? ';' : ',';
            *end++ = ' ';
        }
        memcpy(end, value.data, value.size);
        end += value.size;
    }
    *end = '\0';
    return text;
}

static const char *get_header(minos_request *req, const char *text)
{
    mn_http_request *http = http_of(req);
    minos_view name = minos_view_of(text);
    size_t first = mn_http_reader_find(http->reader, name, 0);
    if (first == 0)
        return NULL;
    if (mn_http_reader_find(http->reader, name, first) == 0)
        return terminated(mn_http_reader_value(http->reader, first));
    return joined(http, first, name);
}

static minos_rc get_headers(minos_request *req, const minos_value **ret_headers)
{
    mn_http_request *http = http_of(req);
    minos_value *map = minos_value_map_new(req->arena);

    for (size_t at = 1; at <= http->reader->fields_count; at++) {
        minos_view name = mn_http_reader_name(http->reader, at), value;
        char *lower = mn_arena_try_raw(req->arena, name.size + 1);
        if (lower == NULL)
            return minos_fail(MINOS_ETOOBIG, "the headers are larger than the request's arena");
        for (size_t i = 0; i < name.size; i++)
            lower[i] = name.data[i] >= 'A' && name.data[i] <= 'Z' ? (char)(name.data[i] | 0x20)
                                                                  : name.data[i];
        lower[name.size] = '\0';
        name.data = lower;
        if (minos_value_find(map, name) != NULL)
            continue; /* joined with the first of its name */
        value = minos_view_of(get_header(req, lower));
        if (!mn_utf8_valid(value))
            continue; /* obs-text is nobody's text; the one that knows its meaning asks for it */
        MINOS_TRY(minos_value_put(req->arena, map, name, minos_value_text_view(value)));
    }
    *ret_headers = map;
    return MINOS_OK;
}

minos_rc mn_http_request_user(mn_http_request *request)
{
    if (MINOS_LIKELY(request->reader->known.user == 0))
        return MINOS_OK;
    return mn_request_user_set(&request->base, terminated(mn_http_reader_value(
                                                   request->reader, request->reader->known.user)));
}

/* ---- content ---- */

static bool has_content(minos_request *req)
{
    return http_of(req)->reader->body_size != 0;
}

static minos_view body(minos_request *req)
{
    return mn_http_reader_body(http_of(req)->reader);
}

static bool is_json(minos_view type)
{
    const size_t size = sizeof TYPE_JSON - 1;
    return type.size >= size && strncasecmp(type.data, TYPE_JSON, size) == 0 &&
           (type.size == size || type.data[size] == ';' || type.data[size] == ' ');
}

static minos_rc get_content(minos_request *req, const minos_value **ret_content)
{
    const mn_http_reader *reader = http_of(req)->reader;
    minos_view type = MINOS_VIEW(TYPE_DEFAULT);

    if (reader->known.content_type != 0)
        type = mn_http_reader_value(reader, reader->known.content_type);
    if (is_json(type))
        return mn_json_decode_value(mn_http_reader_body(reader), MN_HTTP_PADDING_BYTES, req->arena,
                                    ret_content);
    return minos_decode(type, mn_http_reader_body(reader), req->arena, ret_content);
}

/* ---- params ---- */

static bool get_param(minos_request *req, minos_view name, minos_view *ret_text)
{
    mn_http_request *http = http_of(req);
    if (http->target.query.size != 0)
        return false;
    for (size_t i = 0; i < http->match.params_count; i++)
        if (minos_view_is(name, http->match.names[i])) {
            if (http->target.has_percent)
                return mn_percent_decode(http->match.values[i], false, req->arena, ret_text) ==
                       MINOS_OK;
            *ret_text = http->match.values[i];
            return true;
        }
    return false;
}

/* Add the params of the path to a map. */
static minos_rc add_url_params(mn_http_request *http, minos_value *map)
{
    for (size_t i = 0; i < http->match.params_count; i++) {
        minos_view text;
        MINOS_TRY(mn_percent_decode(http->match.values[i], false, http->base.arena, &text));
        MINOS_TRY(mn_form_add(http->base.arena, map, minos_view_of(http->match.names[i]),
                              minos_value_string(text)));
    }
    return MINOS_OK;
}

static minos_rc get_url_params(minos_request *req, const minos_value **ret_params)
{
    minos_value *map = NULL;
    if (http_of(req)->match.params_count != 0) {
        map = minos_value_map_new(req->arena);
        MINOS_TRY(add_url_params(http_of(req), map));
    }
    *ret_params = map;
    return MINOS_OK;
}

static minos_rc get_query_params(minos_request *req, const minos_value **ret_params)
{
    minos_view query = http_of(req)->target.query;
    minos_value *map = NULL;
    if (query.size != 0)
        MINOS_TRY(mn_form_decode(query, req->arena, &map));
    *ret_params = minos_value_count(map) == 0 ? NULL : map;
    return MINOS_OK;
}

/* Both in one map; a name in both holds the query's first, as the original has it. */
static minos_rc get_params(minos_request *req, const minos_value **ret_params)
{
    minos_view query = http_of(req)->target.query;
    minos_value *map = NULL;
    if (query.size == 0)
        return get_url_params(req, ret_params);
    MINOS_TRY(mn_form_decode(query, req->arena, &map));
    MINOS_TRY(add_url_params(http_of(req), map));
    *ret_params = minos_value_count(map) == 0 ? NULL : map;
    return MINOS_OK;
}

/* What cannot be decoded is there: asking for it then says what is wrong. */
static bool has_params(minos_request *req)
{
    const minos_value *params;
    if (http_of(req)->match.params_count != 0)
        return true;
    return get_query_params(req, &params) != MINOS_OK || params != NULL;
}

/* ---- the line ---- */

static const char *get_method(const minos_request *req)
{
    return terminated(mn_http_reader_method(http_of(req)->reader));
}

static const char *get_path(const minos_request *req)
{
    minos_view path = http_of(req)->target.path;
    return path.size == 1 && path.data[0] == '/' ? "/" : terminated(path); /* "/" may be no piece */
}

static const mn_request_ops request_ops = {
    .name = "http",
    .has_content = has_content,
    .content = get_content,
    .url_params = get_url_params,
    .query_params = get_query_params,
    .has_params = has_params,
    .params = get_params,
    .param = get_param,
    .header = get_header,
    .headers = get_headers,
    .method = get_method,
    .path = get_path,
    .body = body,
};

const char *mn_http_request_begin(mn_http_request *request, mn_http_reader *reader,
                                  minos_arena *arena)
{
    const char *why;

    mn_request_init(&request->base, &request_ops, MINOS_DOOR_REST, arena);
    request->reader = reader;
    request->match.params_count = 0;
    why = mn_http_target_parse(mn_http_reader_target(reader), &request->target);
    if (why != NULL)
        return why;
    request->path = request->target.path;
    if (request->target.has_percent) {
        char *normal = mn_arena_raw(arena, request->path.size);
        request->path.size = mn_http_percent_normalize(request->path, normal);
        request->path.data = normal;
    }
    return NULL;
}
