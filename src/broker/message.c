/*
 * Broker messages, version 1: see minos/message.h and message.h.
 *
 * A message is one struct with an arena; free ones wait in a pool of the thread with the first
 * block of their arena, so that in the steady state a message costs no malloc.
 */
#include "broker/message.h"

#include <stdlib.h>
#include <string.h>

#include <minos/codec.h>

#include "base/alloc.h"
#include "base/utf8.h"
#include "enroute/header.h"

#define MESSAGE_MAGIC 0x4d534721u

const minos_value mn_headers_none = {.type = MINOS_TYPE_MAP};
static const minos_value content_null = {.type = MINOS_TYPE_NULL};

/* Messages never change threads, so the pool needs no lock. */
static _Thread_local struct {
    minos_message *free;
    size_t free_count;
    size_t alive_count;
} pool;

size_t mn_messages_alive(void)
{
    return pool.alive_count;
}

static minos_message *pool_take(void)
{
    minos_message *message = pool.free;
    pool.alive_count++;
    if (MINOS_LIKELY(message != NULL)) {
        pool.free = message->next;
        pool.free_count--;
        return message;
    }
    message = mn_new(minos_message);
    mn_arena_init(&message->arena, MN_MESSAGE_BYTES_MAX);
    return message;
}

static void pool_give(minos_message *message)
{
    pool.alive_count--;
    message->magic = 0;
    if (pool.free_count >= MN_MESSAGES_POOLED_MAX || message->arena.taken > MN_POOLED_BYTES_MAX) {
        mn_arena_done(&message->arena);
        free(message);
        return;
    }
    minos_arena_reset(&message->arena);
    message->next = pool.free;
    pool.free = message;
    pool.free_count++;
}

/* ---- checks ---- */

/* Tell whether the eight bytes of a word are printable ASCII. */
static inline bool word_is_clean(uint64_t word)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), highs = ones * 0x80;
    uint64_t below_space = word - ones * 0x20, deletes = (word ^ ones * 0x7f) - ones;
    return ((below_space | deletes | word) & highs) == 0;
}

/*
 * Tell whether text is UTF-8 without control characters, which would break logs and wire formats.
 */
static bool text_is_clean(minos_view text)
{
    const char *at = text.data, *end = text.data + text.size;
    uint64_t word;

    for (; (size_t)(end - at) >= sizeof word; at += sizeof word) {
        memcpy(&word, at, sizeof word);
        if (!word_is_clean(word))
            break; /* looked at closely below */
    }
    while (at != end) {
        unsigned char c = (unsigned char)*at;
        size_t step = MINOS_LIKELY(c < 0x80) ? 1 : mn_utf8_step(at, end);
        if (step == 0 || c < 0x20 || c == 0x7f)
            return false;
        at += step;
    }
    return true;
}

minos_rc mn_topic_check(const char *topic, const char *what)
{
    minos_view text = minos_view_of(topic);
    if (MINOS_UNLIKELY(text.size == 0))
        return minos_fail(MINOS_EINVAL, "%s is empty", what);
    if (MINOS_UNLIKELY(text.size > MN_TOPIC_BYTES_MAX))
        return minos_fail(MINOS_EINVAL, "%s has %zu bytes, more than %d", what, text.size,
                          MN_TOPIC_BYTES_MAX);
    if (MINOS_UNLIKELY(!text_is_clean(text)))
        return minos_fail(MINOS_EINVAL, "%s is not clean UTF-8", what);
    return MINOS_OK;
}

static minos_rc header_check(minos_view name, minos_view value)
{
    if (name.size == 0 || name.size > MN_HEADER_NAME_MAX)
        return minos_fail(MINOS_EINVAL, "a header's name has %zu bytes, not 1 to %d", name.size,
                          MN_HEADER_NAME_MAX);
    if (!text_is_clean(name))
        return minos_fail(MINOS_EINVAL, "a header's name is not clean UTF-8");
    if (value.size > MN_HEADER_VALUE_MAX)
        return minos_fail(MINOS_EINVAL, "header \"%.*s\" has %zu bytes, more than %d",
                          (int)name.size, name.data, value.size, MN_HEADER_VALUE_MAX);
    if (!text_is_clean(value))
        return minos_fail(MINOS_EINVAL, "header \"%.*s\" is not clean UTF-8", (int)name.size,
                          name.data);
    return MINOS_OK;
}

static minos_rc headers_check(const minos_value *headers)
{
    size_t count = minos_value_count(headers);
    if (minos_value_type(headers) != MINOS_TYPE_MAP)
        return minos_fail(MINOS_EINVAL, "headers are %s, not a map of strings",
                          minos_type_name(minos_value_type(headers)));
    if (count > MN_MESSAGE_HEADERS_MAX)
        return minos_fail(MINOS_EINVAL, "%zu headers are more than %d", count,
                          MN_MESSAGE_HEADERS_MAX);
    for (size_t i = 0; i < count; i++) {
        const minos_pair *pair = minos_value_pair(headers, i);
        if (minos_value_type(&pair->value) != MINOS_TYPE_STRING)
            return minos_fail(MINOS_EINVAL, "header \"%.*s\" is %s, not a string",
                              (int)pair->key.size, pair->key.data,
                              minos_type_name(minos_value_type(&pair->value)));
        MINOS_TRY(header_check(pair->key, minos_value_view(&pair->value)));
        for (size_t j = 0; j < i; j++)
            if (mn_header_name_equal(minos_value_pair(headers, j)->key, pair->key))
                return minos_fail(MINOS_EINVAL, "header \"%.*s\" is given twice",
                                  (int)pair->key.size, pair->key.data);
    }
    return MINOS_OK;
}

/* ---- make ---- */

minos_rc mn_message_make(const mn_message_parts *parts, minos_message **ret_message)
{
    minos_message *message = pool_take();
    minos_rc rc;

    message->base = NULL;
    message->refs = 1;
    message->magic = MESSAGE_MAGIC;
    message->is_reply = false;
    message->strategy = parts->strategy;
    message->status = parts->status;
    message->identifier = parts->identifier;
    message->topic = mn_arena_try_dup(&message->arena, parts->topic);
    message->reply_topic = parts->reply_topic;
    if (parts->reply_topic.data != NULL)
        message->reply_topic = mn_arena_try_dup(&message->arena, parts->reply_topic);
    message->headers = &mn_headers_none;
    message->text = NULL;
    message->deadline = minos_deadline_never();
    message->content = &content_null;
    if (parts->content != NULL && parts->content->type != MINOS_TYPE_NULL) {
        rc = minos_value_dup(&message->arena, parts->content, &message->content);
        if (MINOS_UNLIKELY(rc != MINOS_OK)) {
            pool_give(message);
            return minos_wrap(rc, "while copying the content of a message to %.*s",
                              (int)parts->topic.size, parts->topic.data);
        }
    }
    *ret_message = message;
    return MINOS_OK;
}

minos_rc minos_message_new(const minos_message_options *options, minos_message **ret_message)
{
    minos_message *message;
    mn_message_parts parts;
    minos_rc rc;

    if (options == NULL)
        return minos_fail(MINOS_EINVAL, "options are NULL");
    MINOS_TRY(mn_topic_check(options->topic, "the topic"));
    if (options->reply_topic != NULL)
        MINOS_TRY(mn_topic_check(options->reply_topic, "the reply topic"));
    if (options->strategy != MINOS_UNICAST && options->strategy != MINOS_MULTICAST)
        return minos_fail(MINOS_EINVAL, "strategy %d is unknown", (int)options->strategy);
    if (options->headers != NULL && !minos_value_is_null(options->headers))
        MINOS_TRY(headers_check(options->headers));

    parts = (mn_message_parts){
        .topic = minos_view_of(options->topic),
        .reply_topic = minos_view_of(options->reply_topic),
        .identifier = options->identifier != NULL ? *options->identifier : minos_uuid_new(),
        .strategy = options->strategy,
        .status = options->status == 0 ? MINOS_STATUS_SUCCESS : minos_status_of(options->status),
        .content = options->content,
    };
    MINOS_TRY(mn_message_make(&parts, &message));
    if (options->headers != NULL && minos_value_count(options->headers) != 0) {
        rc = minos_value_dup(&message->arena, options->headers, &message->headers);
        if (rc != MINOS_OK) {
            minos_message_unref(message);
            return minos_wrap(rc, "while copying the headers of a message to %s", options->topic);
        }
    }
    *ret_message = message;
    return MINOS_OK;
}

minos_message *mn_message_derive(minos_message *base, minos_view reply_topic)
{
    minos_message *message = pool_take();

    message->base = minos_message_ref(base->base != NULL ? base->base : base);
    message->refs = 1;
    message->magic = MESSAGE_MAGIC;
    message->is_reply = base->is_reply;
    message->strategy = base->strategy;
    message->status = base->status;
    message->identifier = base->identifier;
    message->topic = minos_arena_dup(&message->arena, base->topic);
    message->reply_topic = minos_arena_dup(&message->arena, reply_topic);
    message->content = base->content;
    message->headers = base->headers;
    message->text = NULL;
    message->deadline = base->deadline;
    return message;
}

minos_message *minos_message_ref(minos_message *message)
{
    message->refs++;
    return message;
}

void minos_message_unref(minos_message *message)
{
    minos_message *base;

    if (message == NULL || --message->refs != 0)
        return;
    base = message->base;
    pool_give(message);
    minos_message_unref(base); /* one level: a base has none itself */
}

/* ---- read ---- */

const char *minos_message_topic(const minos_message *message)
{
    return message->topic.data;
}

minos_uuid minos_message_identifier(const minos_message *message)
{
    return message->identifier;
}

const char *minos_message_reply_topic(const minos_message *message)
{
    return message->reply_topic.data;
}

bool minos_message_should_reply(const minos_message *message)
{
    return message->reply_topic.data != NULL;
}

minos_strategy minos_message_strategy(const minos_message *message)
{
    return message->strategy;
}

minos_status minos_message_status(const minos_message *message)
{
    return message->status;
}

bool minos_message_ok(const minos_message *message)
{
    return message->status == MINOS_STATUS_SUCCESS;
}

const minos_value *minos_message_content(const minos_message *message)
{
    return message->content;
}

const minos_value *minos_message_headers(const minos_message *message)
{
    return message->headers;
}

minos_view mn_headers_find(const minos_value *headers, minos_view name)
{
    for (size_t i = 0; i < headers->size; i++) {
        const minos_pair *pair = &headers->as.named.pairs[i];
        if (mn_header_name_equal(pair->key, name))
            return minos_value_view(&pair->value);
    }
    return minos_view_make(NULL, 0);
}

const char *minos_message_header(const minos_message *message, const char *name)
{
    return mn_headers_find(message->headers, minos_view_of(name)).data;
}

const char *minos_message_text(const minos_message *message)
{
    minos_message *writable = (minos_message *)message; /* the text is a cache, not a change */
    minos_view text;

    if (message->text == NULL) {
        if (minos_json_encode(message->content, &writable->arena, &text) != MINOS_OK)
            return "(content that JSON cannot show)";
        writable->text = mn_arena_try_dup(&writable->arena, text).data;
    }
    return message->text != NULL ? message->text : "(content too big to show)";
}

minos_status minos_status_of(int number)
{
    switch (number) {
    case MINOS_STATUS_SUCCESS:
    case MINOS_STATUS_ERROR:
    case MINOS_STATUS_SYSTEM_ERROR:
        return (minos_status)number;
    default:
        return MINOS_STATUS_UNKNOWN;
    }
}

const char *minos_strategy_name(minos_strategy strategy)
{
    return strategy == MINOS_MULTICAST ? "multicast" : "unicast";
}

int minos_message_compare(const minos_message *a, const minos_message *b)
{
    int order;
    return minos_value_compare(a->content, b->content, &order) ? order : 0;
}

bool minos_message_equal(const minos_message *a, const minos_message *b)
{
    return a == b ||
           (minos_view_equal(a->topic, b->topic) &&
            minos_uuid_equal(a->identifier, b->identifier) &&
            (a->reply_topic.data == NULL) == (b->reply_topic.data == NULL) &&
            minos_view_equal(a->reply_topic, b->reply_topic) && a->strategy == b->strategy &&
            a->status == b->status && minos_value_equal(a->content, b->content) &&
            minos_value_equal(a->headers, b->headers));
}
