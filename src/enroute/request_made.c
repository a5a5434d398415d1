/*
 * Requests made by hand: in memory, for tests and direct calls, and wrapped around another.
 */
#include <minos/log.h>

#include "base/arena.h"
#include "enroute/context.h"
#include "enroute/request.h"

/* ---- in memory ---- */

/*
 * A request in memory lies in its own arena; what it was given is in the caches from the
 * beginning.
 */
static bool memory_has_params(minos_request *req)
{
    return req->params != NULL;
}

static const mn_request_ops memory_ops = {
    .name = "memory",
    .has_params = memory_has_params,
};

static minos_rc options_check(const minos_request_options *options)
{
    const minos_value *headers = options->headers;

    if (options->params != NULL && options->params->type != MINOS_TYPE_MAP)
        return minos_fail(MINOS_EINVAL, "params: %s, not a map",
                          minos_type_name(minos_value_type(options->params)));
    if (headers == NULL)
        return MINOS_OK;
    if (headers->type != MINOS_TYPE_MAP)
        return minos_fail(MINOS_EINVAL, "headers: %s, not a map",
                          minos_type_name(minos_value_type(headers)));
    for (size_t i = 0; i < minos_value_count(headers); i++) {
        const minos_pair *pair = minos_value_pair(headers, i);
        if (pair->value.type != MINOS_TYPE_STRING)
            return minos_fail(MINOS_EINVAL, "headers: \"%.*s\" is %s, not a string",
                              (int)pair->key.size, pair->key.data,
                              minos_type_name(minos_value_type(&pair->value)));
    }
    return MINOS_OK;
}

static minos_rc dup_into(minos_arena *arena, const minos_value *value, const minos_value **ret_copy)
{
    if (value == NULL)
        return MINOS_OK;
    return minos_value_dup(arena, value, ret_copy);
}

static void user_choose(minos_request *req, const minos_uuid *user)
{
    const minos_uuid *of_context = minos_context_user();

    if (of_context != NULL && user != NULL && !minos_uuid_equal(*of_context, *user))
        minos_log_warning("a request in memory is given a user, but the context's user wins");
    if (of_context != NULL)
        user = of_context;
    req->has_user = user != NULL;
    if (user != NULL)
        req->user = *user;
}

minos_rc minos_request_new_memory(const minos_request_options *options, minos_request **ret_req)
{
    static const minos_request_options nothing;
    MINOS_AUTO(minos_arena) *arena = NULL;
    minos_request *req;

    if (options == NULL)
        options = &nothing;
    MINOS_TRY(options_check(options));
    arena = minos_arena_new(0);
    req = mn_arena_make(arena, minos_request);
    mn_request_init(req, &memory_ops, MINOS_DOOR_NONE, arena);
    MINOS_TRY(dup_into(arena, options->content, &req->content));
    MINOS_TRY(dup_into(arena, options->params, &req->params));
    MINOS_TRY(dup_into(arena, options->headers, &req->headers));
    req->url_params = req->query_params = req->params;
    req->self = options->self;
    user_choose(req, options->user);
    arena = NULL; /* the request owns it now */
    *ret_req = req;
    return MINOS_OK;
}

void minos_request_free(minos_request *req)
{
    if (req != NULL && req->ops == &memory_ops)
        minos_arena_free(req->arena);
}

/* ---- wrapped ---- */

typedef struct wrapper {
    minos_request request;
    minos_request *base;
    minos_transform_fn *content_action; /* NULL: passes through */
    minos_transform_fn *params_action;
} wrapper;

static wrapper *wrapper_of(minos_request *req)
{
    return (wrapper *)(void *)req;
}

static minos_request *base_of(const minos_request *req)
{
    return ((const wrapper *)(const void *)req)->base;
}

static bool wrapped_has_content(minos_request *req)
{
    return minos_request_has_content(base_of(req));
}

static bool wrapped_has_params(minos_request *req)
{
    return minos_request_has_params(base_of(req));
}

static minos_rc wrapped_content(minos_request *req, const minos_value **ret_content)
{
    const minos_value *content = NULL, *made = NULL;

    MINOS_TRY(minos_request_content(base_of(req), &content));
    if (wrapper_of(req)->content_action != NULL) {
        MINOS_TRY(wrapper_of(req)->content_action(base_of(req), content, &made));
        if (made == NULL)
            return minos_fail(MINOS_EINVAL,
                              "the content action of a wrapped request gave no value");
        content = made;
    }
    *ret_content = content;
    return MINOS_OK;
}

static minos_rc wrapped_params(minos_request *req, const minos_value **ret_params)
{
    const minos_value *params = NULL, *made = NULL;

    if (!minos_request_has_params(base_of(req)))
        return MINOS_OK;
    MINOS_TRY(minos_request_params(base_of(req), &params));
    if (wrapper_of(req)->params_action != NULL) {
        MINOS_TRY(wrapper_of(req)->params_action(base_of(req), params, &made));
        if (made == NULL || made->type != MINOS_TYPE_MAP)
            return minos_fail(MINOS_EINVAL, "the params action of a wrapped request gave no map");
        params = made;
    }
    *ret_params = params;
    return MINOS_OK;
}

static minos_rc wrapped_url_params(minos_request *req, const minos_value **ret_params)
{
    minos_rc rc = minos_request_url_params(base_of(req), ret_params);
    return rc == MINOS_ENOPARAMS ? MINOS_OK : rc;
}

static minos_rc wrapped_query_params(minos_request *req, const minos_value **ret_params)
{
    minos_rc rc = minos_request_query_params(base_of(req), ret_params);
    return rc == MINOS_ENOPARAMS ? MINOS_OK : rc;
}

static bool wrapped_param(minos_request *req, minos_view name, minos_view *ret_text)
{
    minos_request *base = base_of(req);
    return wrapper_of(req)->params_action == NULL && base->ops->param != NULL &&
           base->ops->param(base, name, ret_text);
}

static const char *wrapped_header(minos_request *req, const char *name)
{
    return minos_request_header(base_of(req), name);
}

static minos_rc wrapped_headers(minos_request *req, const minos_value **ret_headers)
{
    return minos_request_headers(base_of(req), ret_headers);
}

static const char *wrapped_method(const minos_request *req)
{
    return minos_request_method(base_of(req));
}

static const char *wrapped_path(const minos_request *req)
{
    return minos_request_path(base_of(req));
}

static minos_view wrapped_body(minos_request *req)
{
    return minos_request_body(base_of(req));
}

static const mn_request_ops wrapped_ops = {
    .name = "wrapped",
    .has_content = wrapped_has_content,
    .content = wrapped_content,
    .url_params = wrapped_url_params,
    .query_params = wrapped_query_params,
    .param = wrapped_param,
    .header = wrapped_header,
    .headers = wrapped_headers,
    .method = wrapped_method,
    .path = wrapped_path,
    .body = wrapped_body,
    .has_params = wrapped_has_params,
    .params = wrapped_params,
};

minos_rc minos_request_wrap(minos_request *base, minos_transform_fn *content_action,
                            minos_transform_fn *params_action, minos_request **ret_req)
{
    wrapper *made;

    if (base == NULL)
        return minos_fail(MINOS_EINVAL, "base: a request is needed");
    made = mn_arena_make(base->arena, wrapper);
    made->request = *base;
    made->request.ops = &wrapped_ops;
    made->request.content = made->request.params = NULL;
    made->base = base;
    made->content_action = content_action;
    made->params_action = params_action;
    *ret_req = &made->request;
    return MINOS_OK;
}
