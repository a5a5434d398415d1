/*
 * Requests: what is common to all doors. Lazy parts are asked of the door's table and kept.
 */
#include "enroute/request.h"

#include <string.h>

#include "base/arena.h"

#define HEADER_CONTENT_TYPE "content-type"

static const minos_value no_entries = {.type = MINOS_TYPE_MAP};

void mn_request_init(minos_request *req, const mn_request_ops *ops, minos_door door,
                     minos_arena *arena)
{
    memset(req, 0, sizeof *req);
    req->ops = ops;
    req->door = door;
    req->arena = arena;
}

minos_rc mn_request_user_set(minos_request *req, const char *text)
{
    req->has_user = false;
    if (text == NULL)
        return MINOS_OK;
    if (minos_uuid_parse(minos_view_of(text), &req->user) != MINOS_OK)
        return minos_fail(MINOS_EPARSE, "header \"user\" is no UUID");
    req->has_user = true;
    return MINOS_OK;
}

void *minos_request_self(const minos_request *req)
{
    return req->self;
}

minos_arena *minos_request_arena(minos_request *req)
{
    return req->arena;
}

minos_door minos_request_door(const minos_request *req)
{
    return req->door;
}

const minos_route *minos_request_route(const minos_request *req)
{
    return req->route;
}

const minos_uuid *minos_request_user(const minos_request *req)
{
    return req->has_user ? &req->user : NULL;
}

/* ---- content ---- */

bool minos_request_has_content(minos_request *req)
{
    return req->content != NULL || (req->ops->has_content != NULL && req->ops->has_content(req));
}

minos_rc minos_request_content(minos_request *req, const minos_value **ret_content)
{
    if (req->content == NULL) {
        const minos_value *content = NULL;
        if (!minos_request_has_content(req))
            return minos_fail(MINOS_ENOCONTENT, "the request has no content");
        MINOS_TRY(req->ops->content(req, &content));
        req->content = content;
    }
    *ret_content = req->content;
    return MINOS_OK;
}

/* ---- params ---- */

/* Load one of the two sources; *cache stays NULL when the door has none of it. */
static minos_rc source_load(minos_request *req,
                            minos_rc (*source)(minos_request *, const minos_value **),
                            const minos_value **cache)
{
    if (*cache != NULL || source == NULL)
        return MINOS_OK;
    MINOS_TRY(source(req, cache));
    return MINOS_OK;
}

/* Lay one more value under a name: the first as it is, more of them as a list in order. */
static minos_rc join(minos_arena *arena, minos_value *first, const minos_value *second)
{
    size_t before = first->type == MINOS_TYPE_LIST ? first->size : 1;
    size_t behind = second->type == MINOS_TYPE_LIST ? second->size : 1;
    minos_value list = {.type = MINOS_TYPE_LIST, .size = (uint32_t)(before + behind)};
    minos_value *items;
    void *memory;

    MINOS_TRY(minos_arena_try_alloc(arena, (before + behind) * sizeof *items, &memory));
    items = memory;
    memcpy(items, first->type == MINOS_TYPE_LIST ? first->as.items : first, before * sizeof *items);
    memcpy(items + before, second->type == MINOS_TYPE_LIST ? second->as.items : second,
           behind * sizeof *items);
    list.as.items = items;
    *first = list;
    return MINOS_OK;
}

/* Merge path and query; a route has few path params, so looking each up in the query is cheap. */
static minos_rc merge(minos_arena *arena, const minos_value *url, const minos_value *query,
                      const minos_value **ret_params)
{
    size_t room = minos_value_count(url) + minos_value_count(query), count = 0;
    minos_value *map = mn_arena_make(arena, minos_value);
    minos_pair *pairs;
    void *memory;

    MINOS_TRY(minos_arena_try_alloc(arena, room * sizeof *pairs, &memory));
    pairs = memory;
    for (size_t i = 0; i < minos_value_count(url); i++) {
        const minos_value *again;
        pairs[count] = *minos_value_pair(url, i);
        again = minos_value_find(query, pairs[count].key);
        if (again != NULL)
            MINOS_TRY(join(arena, &pairs[count].value, again));
        count++;
    }
    for (size_t i = 0; i < minos_value_count(query); i++) {
        const minos_pair *pair = minos_value_pair(query, i);
        if (minos_value_find(url, pair->key) == NULL)
            pairs[count++] = *pair;
    }
    map->type = MINOS_TYPE_MAP;
    map->size = (uint32_t)count;
    map->as.named.pairs = pairs;
    *ret_params = map;
    return MINOS_OK;
}

/* Load all params; req->params stays NULL when there are none. */
static minos_rc params_load(minos_request *req)
{
    if (req->params != NULL)
        return MINOS_OK;
    if (req->ops->params != NULL) {
        MINOS_TRY(req->ops->params(req, &req->params));
        return MINOS_OK;
    }
    MINOS_TRY(source_load(req, req->ops->url_params, &req->url_params));
    MINOS_TRY(source_load(req, req->ops->query_params, &req->query_params));
    if (minos_value_count(req->url_params) == 0)
        req->params = minos_value_count(req->query_params) == 0 ? NULL : req->query_params;
    else if (minos_value_count(req->query_params) == 0)
        req->params = req->url_params;
    else
        MINOS_TRY(merge(req->arena, req->url_params, req->query_params, &req->params));
    return MINOS_OK;
}

bool minos_request_has_params(minos_request *req)
{
    if (req->ops->has_params != NULL)
        return req->ops->has_params(req);
    /* What cannot be decoded is there: asking for it then says what is wrong. */
    return params_load(req) != MINOS_OK || req->params != NULL;
}

minos_rc minos_request_params(minos_request *req, const minos_value **ret_params)
{
    MINOS_TRY(params_load(req));
    if (req->params == NULL)
        return minos_fail(MINOS_ENOPARAMS, "the request has no params");
    *ret_params = req->params;
    return MINOS_OK;
}

minos_rc minos_request_url_params(minos_request *req, const minos_value **ret_params)
{
    MINOS_TRY(source_load(req, req->ops->url_params, &req->url_params));
    if (req->url_params == NULL)
        return minos_fail(MINOS_ENOPARAMS, "the request has no params in its path");
    *ret_params = req->url_params;
    return MINOS_OK;
}

minos_rc minos_request_query_params(minos_request *req, const minos_value **ret_params)
{
    MINOS_TRY(source_load(req, req->ops->query_params, &req->query_params));
    if (req->query_params == NULL)
        return minos_fail(MINOS_ENOPARAMS, "the request has no params in its query");
    *ret_params = req->query_params;
    return MINOS_OK;
}

/* The one text of a param, out of the maps. */
static minos_rc param_find(minos_request *req, const char *name, minos_view *ret_text)
{
    const minos_value *value;

    MINOS_TRY(params_load(req));
    value = minos_value_get(req->params, name);
    if (value == NULL)
        return minos_fail(MINOS_EMISSING, "param \"%s\" is missing", name);
    if (value->type == MINOS_TYPE_LIST)
        return minos_fail(MINOS_ETYPE, "param \"%s\" is given more than once", name);
    if (value->type != MINOS_TYPE_STRING)
        return minos_fail(MINOS_ETYPE, "param \"%s\" is %s, not a string", name,
                          minos_type_name(minos_value_type(value)));
    *ret_text = minos_value_view(value);
    return MINOS_OK;
}

minos_rc minos_request_param(minos_request *req, const char *name, const char **ret_text)
{
    minos_view text;

    if (req->params != NULL || req->ops->param == NULL ||
        !req->ops->param(req, minos_view_of(name), &text))
        MINOS_TRY(param_find(req, name, &text));
    if (text.size != 0 && memchr(text.data, '\0', text.size) != NULL)
        return minos_fail(MINOS_ETYPE, "param \"%s\" holds a NUL byte", name);
    text = mn_arena_try_dup(req->arena, text);
    if (text.data == NULL)
        return minos_fail(MINOS_ETOOBIG, "param \"%s\" passes the limit of the request's arena",
                          name);
    *ret_text = text.data;
    return MINOS_OK;
}

/* ---- headers and what REST sent ---- */

const char *minos_request_header(minos_request *req, const char *name)
{
    const minos_value *headers;
    minos_view wanted = minos_view_of(name);

    if (req->ops->header != NULL)
        return req->ops->header(req, name);
    if (minos_request_headers(req, &headers) != MINOS_OK)
        return NULL;
    for (size_t i = 0; i < minos_value_count(headers); i++) {
        const minos_pair *pair = minos_value_pair(headers, i);
        if (mn_header_name_equal(pair->key, wanted) && pair->value.type == MINOS_TYPE_STRING)
            return pair->value.as.string;
    }
    return NULL;
}

minos_rc minos_request_headers(minos_request *req, const minos_value **ret_headers)
{
    if (req->headers == NULL && req->ops->headers != NULL)
        MINOS_TRY(req->ops->headers(req, &req->headers));
    *ret_headers = req->headers == NULL ? &no_entries : req->headers;
    return MINOS_OK;
}

const char *minos_request_method(const minos_request *req)
{
    return req->ops->method == NULL ? NULL : req->ops->method(req);
}

const char *minos_request_path(const minos_request *req)
{
    return req->ops->path == NULL ? NULL : req->ops->path(req);
}

const char *minos_request_content_type(minos_request *req)
{
    return minos_request_header(req, HEADER_CONTENT_TYPE);
}

minos_view minos_request_body(minos_request *req)
{
    return req->ops->body == NULL ? minos_view_make(NULL, 0) : req->ops->body(req);
}

/* ---- what the other doors know ---- */

const struct minos_message *minos_request_message(const minos_request *req)
{
    return req->message;
}

minos_timestamp minos_request_scheduled_at(const minos_request *req)
{
    return req->scheduled_at;
}

/* ---- equality ---- */

static bool users_equal(const minos_request *a, const minos_request *b)
{
    return a->has_user == b->has_user && (!a->has_user || minos_uuid_equal(a->user, b->user));
}

bool minos_request_equal(minos_request *a, minos_request *b)
{
    const minos_value *of_a = NULL, *of_b = NULL;

    if (a == b)
        return true;
    if (a->door != b->door || !users_equal(a, b) ||
        minos_request_has_content(a) != minos_request_has_content(b) ||
        minos_request_has_params(a) != minos_request_has_params(b))
        return false;
    if (minos_request_has_content(a) &&
        (minos_request_content(a, &of_a) != MINOS_OK ||
         minos_request_content(b, &of_b) != MINOS_OK || !minos_value_equal(of_a, of_b)))
        return false;
    return !minos_request_has_params(a) ||
           (minos_request_params(a, &of_a) == MINOS_OK &&
            minos_request_params(b, &of_b) == MINOS_OK && minos_value_equal(of_a, of_b));
}
