/*
 * Answers: see reply.h.
 */
#include "http/reply.h"

#include <string.h>

#include <minos/codec.h>

#include "base/arena.h"
#include "codec/json.h"
#include "http/status.h"
#include "http/target.h"

#define TYPE_JSON    "application/json"
#define TYPE_PROBLEM "application/problem+json"

/* Digits that a Content-Length is first given room for; content is moved when it takes others. */
#define LENGTH_DIGITS     2
#define LENGTH_DIGITS_MAX 20

/* Fields that belong to the connection or are computed here, whatever a handler sets. */
static const char *const reserved[] = {"connection", "content-length",    "content-type",
                                       "date",       "keep-alive",        "te",
                                       "trailer",    "transfer-encoding", "upgrade"};

static bool is_reserved(minos_view name)
{
    for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++)
        if (mn_header_name_equal(name, minos_view_of(reserved[i])))
            return true;
    return false;
}

/* Names are kept in lower case and sent as people know them: Retry-After. */
static void put_name(minos_buffer *out, minos_view name)
{
    bool begins = true;
    if (!mn_buffer_reserve(out, name.size))
        return;
    for (size_t i = 0; i < name.size; i++) {
        char c = name.data[i];
        out->data[out->size++] = begins && c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
        begins = c == '-';
    }
}

static void put_header(minos_buffer *out, minos_view name, minos_view value)
{
    put_name(out, name);
    mn_buffer_put(out, ": ", 2);
    mn_buffer_put(out, value.data, value.size);
    mn_buffer_put(out, "\r\n", 2);
}

/* The handler's own headers, then what its context changed, unless the response says otherwise. */
static void put_headers(minos_buffer *out, const minos_response *res, const mn_header *changed)
{
    for (const mn_header *one = res->headers; one != NULL; one = one->next)
        if (!is_reserved(one->name))
            put_header(out, one->name, one->value);
    for (; changed != NULL; changed = changed->next)
        if (!is_reserved(changed->name) && mn_header_find(res->headers, changed->name) == NULL)
            put_header(out, changed->name, changed->value);
}

/* RFC 9110 §6.4.1: answers that have no content, whatever the handler gave. */
static bool is_bare(int status)
{
    return status == 204 || status == 304;
}

static bool has_content(const minos_response *res)
{
    return res->has_content && res->content != NULL && !is_bare(res->status) && res->status != 205;
}

static size_t write_digits(char digits[LENGTH_DIGITS_MAX], size_t number)
{
    size_t count = 0;
    char backwards[LENGTH_DIGITS_MAX];
    do {
        backwards[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    for (size_t i = 0; i < count; i++)
        digits[i] = backwards[count - 1 - i];
    return count;
}

minos_rc mn_http_reply_content(minos_buffer *out, const minos_response *res)
{
    const char *type = res->content_type;
    const minos_codec *codec;
    minos_rc rc;

    if (!has_content(res))
        return MINOS_OK;
    if (type == NULL || strcmp(type, TYPE_JSON) == 0 || strcmp(type, TYPE_PROBLEM) == 0) {
        rc = mn_json_encode(res->content, out);
    } else {
        codec = minos_codec_find(minos_view_of(type));
        if (codec != NULL) {
            rc = codec->encode(res->content, out);
        } else {
            minos_view bytes = minos_value_view(res->content);
            if (minos_value_type(res->content) != MINOS_TYPE_BYTES)
                return minos_fail(MINOS_ETYPE,
                                  "content of type %s must be bytes: no codec makes it", type);
            mn_buffer_put(out, bytes.data, bytes.size);
            rc = MINOS_OK;
        }
    }
    return rc == MINOS_OK ? mn_buffer_check(out) : rc;
}

static void put_head(minos_buffer *out, const minos_response *res, const mn_http_form *form)
{
    mn_http_status_put(out, res->status);
    mn_buffer_put(out, form->date.data, form->date.size);
    if (form->closes)
        mn_buffer_put_text(out, "Connection: close\r\n");
    else if (form->is_old)
        mn_buffer_put_text(out, "Connection: keep-alive\r\n");
    if (res->headers != NULL || form->changed != NULL)
        put_headers(out, res, form->changed);
    if (!has_content(res))
        return;
    if (res->content_type == NULL)
        mn_buffer_put_text(out, "Content-Type: " TYPE_JSON "\r\n");
    else
        put_header(out, MINOS_VIEW("Content-Type"), minos_view_of(res->content_type));
}

/* Put the content's size where room for two digits was left, moving what lies behind. */
static void settle_length(minos_buffer *out, size_t digits_at, size_t content_at)
{
    char digits[LENGTH_DIGITS_MAX];
    size_t count = write_digits(digits, out->size - content_at);
    size_t behind = digits_at + LENGTH_DIGITS;

    if (count != LENGTH_DIGITS) {
        if (!mn_buffer_reserve(out, LENGTH_DIGITS_MAX))
            return;
        memmove(out->data + digits_at + count, out->data + behind, out->size - behind);
        out->size = out->size - LENGTH_DIGITS + count;
    }
    memcpy(out->data + digits_at, digits, count);
}

static minos_rc put(minos_buffer *out, const minos_response *res, const mn_http_form *form)
{
    size_t digits_at, content_at;

    put_head(out, res, form);
    if (is_bare(res->status)) {
        mn_buffer_put_text(out, "\r\n");
        return mn_buffer_check(out);
    }
    mn_buffer_put_text(out, "Content-Length: ");
    digits_at = out->size;
    mn_buffer_put_text(out, "00\r\n\r\n");
    content_at = out->size;
    MINOS_TRY(mn_http_reply_content(out, res));
    MINOS_TRY(mn_buffer_check(out));
    settle_length(out, digits_at, content_at);
    if (form->is_head) {
        const char *end = memmem(out->data + digits_at, out->size - digits_at, "\r\n\r\n", 4);
        out->size = end == NULL ? out->size : (size_t)(end - out->data) + 4;
    }
    return mn_buffer_check(out);
}

minos_rc mn_http_reply_put(minos_buffer *out, const minos_response *res, const mn_http_form *form)
{
    size_t before = out->size;
    minos_rc rc = res->status < 200
                      ? minos_fail(MINOS_EINVAL, "status %d cannot end a request", res->status)
                      : put(out, res, form);
    if (rc != MINOS_OK) {
        out->size = before;
        out->full = false;
    }
    return rc;
}

void mn_http_reply_header(minos_response *res, const char *name, minos_view value)
{
    /* A full arena costs the header, not the answer. */
    minos_ignore(mn_header_put(&res->headers, res->arena, minos_view_of(name), value));
}

static minos_pair text_pair(const char *key, const char *text)
{
    return (minos_pair){.key = minos_view_of(key), .value = minos_value_text(text)};
}

void mn_http_problem(minos_response *res, int status, const char *detail)
{
    minos_value *content = mn_arena_make(res->arena, minos_value);
    minos_pair *pairs = mn_arena_array(res->arena, minos_pair, 4);
    const char *phrase = mn_http_status_phrase(status);
    size_t count = 0;

    mn_response_clear_reply(res);
    pairs[count++] = text_pair("type", "about:blank");
    if (phrase[0] != '\0')
        pairs[count++] = text_pair("title", phrase);
    pairs[count++] = (minos_pair){.key = MINOS_VIEW("status"), .value = minos_value_int(status)};
    if (detail != NULL && mn_utf8_valid(minos_view_of(detail)))
        pairs[count++] = text_pair("detail", minos_arena_dup_text(res->arena, detail));
    content->type = MINOS_TYPE_MAP;
    content->size = (uint32_t)count;
    content->as.named.pairs = pairs;
    res->status = status;
    res->has_content = true;
    res->content = content;
    res->content_type = TYPE_PROBLEM;
}
