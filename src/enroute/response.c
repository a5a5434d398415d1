/*
 * Responses: see minos/response.h.
 */
#include "enroute/response.h"

#include <ctype.h>

#include <minos/codec.h>

#include "base/arena.h"

#define STATUS_MIN     100
#define STATUS_MAX     599
#define STATUS_OK      200
#define TYPE_JSON      "application/json"
#define NAME_BYTES_MAX 128 /* bytes of a header name; a handler's own, so short */

static const minos_value null_value = {.type = MINOS_TYPE_NULL};

void mn_response_init(minos_response *res, minos_arena *arena)
{
    res->arena = arena;
    mn_response_reset(res);
}

void mn_response_reset(minos_response *res)
{
    mn_response_clear_reply(res);
    res->headers = NULL;
}

void mn_response_clear_reply(minos_response *res)
{
    res->status = STATUS_OK;
    res->has_content = false;
    res->content = NULL;
    res->content_type = NULL;
}

minos_rc minos_response_new(minos_response **ret_res)
{
    minos_arena *arena = minos_arena_new(0);
    minos_response *res = mn_arena_make(arena, minos_response);
    mn_response_init(res, arena);
    *ret_res = res;
    return MINOS_OK;
}

void minos_response_free(minos_response *res)
{
    if (res != NULL)
        minos_arena_free(res->arena);
}

static minos_rc reply(minos_response *res, int status, const char *content_type,
                      const minos_value *content)
{
    const minos_value *copy = NULL;
    minos_rc rc;

    if (res == NULL)
        return minos_fail(MINOS_EINVAL, "res: a reply needs a response");
    if (status < STATUS_MIN || status > STATUS_MAX)
        return minos_fail(MINOS_EINVAL, "status: %d is not in %d..%d", status, STATUS_MIN,
                          STATUS_MAX);
    if (content != NULL) {
        rc = minos_value_dup(res->arena, content, &copy);
        if (rc == MINOS_ETOOBIG) /* which would blame the peer, whose request was small enough */
            return minos_fail(MINOS_ENOMEM, "the reply passes the limit of the request's arena");
        if (rc != MINOS_OK)
            return rc;
    }
    res->status = status;
    res->content = copy;
    res->has_content = content != NULL;
    res->content_type = content_type;
    return MINOS_OK;
}

minos_rc minos_reply(minos_response *res, const minos_value *content)
{
    return reply(res, STATUS_OK, NULL, content);
}

minos_rc minos_reply_status(minos_response *res, int status, const minos_value *content)
{
    return reply(res, status, NULL, content);
}

minos_rc minos_reply_as(minos_response *res, const char *content_type, const minos_value *content)
{
    if (content_type == NULL || content_type[0] == '\0')
        return minos_fail(MINOS_EINVAL, "content_type: a media type is needed");
    MINOS_TRY(mn_header_check("content-type", content_type));
    if (content != NULL && content->type != MINOS_TYPE_BYTES &&
        minos_codec_find(minos_view_of(content_type)) == NULL)
        return minos_fail(MINOS_ENOTSUP, "no codec for \"%s\": it can carry bytes, not %s",
                          content_type, minos_type_name(minos_value_type(content)));
    if (res == NULL)
        return minos_fail(MINOS_EINVAL, "res: a reply needs a response");
    return reply(res, STATUS_OK, minos_arena_dup_text(res->arena, content_type), content);
}

minos_rc minos_response_header_set(minos_response *res, const char *name, const char *value)
{
    char lower[NAME_BYTES_MAX + 1];
    size_t size;

    if (res == NULL)
        return minos_fail(MINOS_EINVAL, "res: a header needs a response");
    MINOS_TRY(mn_header_check(name, value));
    size = strlen(name);
    if (size > NAME_BYTES_MAX)
        return minos_fail(MINOS_EINVAL, "name: %zu bytes, at most %d are taken", size,
                          NAME_BYTES_MAX);
    for (size_t i = 0; i <= size; i++)
        lower[i] = (char)tolower((unsigned char)name[i]);
    return mn_header_put(&res->headers, res->arena, minos_view_make(lower, size),
                         minos_view_of(value));
}

int minos_response_status(const minos_response *res)
{
    return res->status;
}

bool minos_response_has_content(const minos_response *res)
{
    return res->has_content;
}

const minos_value *minos_response_content(const minos_response *res)
{
    return res->has_content ? res->content : &null_value;
}

const char *minos_response_content_type(const minos_response *res)
{
    return res->content_type == NULL ? TYPE_JSON : res->content_type;
}

const minos_value *minos_response_headers(const minos_response *res)
{
    return mn_header_map(res->arena, NULL, res->headers);
}

bool minos_response_equal(const minos_response *a, const minos_response *b)
{
    return a->status == b->status && a->has_content == b->has_content &&
           strcmp(minos_response_content_type(a), minos_response_content_type(b)) == 0 &&
           minos_value_equal(minos_response_content(a), minos_response_content(b));
}
