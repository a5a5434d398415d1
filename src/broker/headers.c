/*
 * Headers of sent messages and replies: see headers.h.
 */
#include "broker/headers.h"

#include "base/alloc.h"
#include "base/task.h"
#include "enroute/context.h"

#define DEADLINE_BYTES 24 /* of a number of milliseconds as text */
#define OWN_PREFIX     "minos-"
#define JOINED_MAX     (3 * MN_MESSAGE_HEADERS_MAX) /* of a request, changed and set, together */
#define MS_PER_S       1000
#define MS_MAX         (INT64_MAX / MINOS_MS)

/* What of a request travels on without being asked: who it is for and how it is traced (W3C). */
static const char *const travelling[] = {"traceparent", "tracestate", "baggage"};

/* Pairs being gathered in a message's arena. */
typedef struct gathered {
    minos_pair *pairs;
    uint32_t count;
    bool is_full; /* a text could not be copied; told at the end */
} gathered;

/*
 * Put a header, over one of that name; both texts are NUL-terminated and live as long as the
 * message.
 */
static void gather(gathered *headers, minos_view name, minos_view value)
{
    minos_pair *pair = headers->pairs;
    minos_pair *end = pair + headers->count;

    headers->is_full |= name.data == NULL || value.data == NULL;
    while (pair != end && !mn_header_name_equal(pair->key, name))
        pair++;
    if (pair == end) {
        pair->key = name;
        headers->count++;
    }
    pair->value = minos_value_text_view(value);
}

static size_t list_count(const mn_header *list)
{
    size_t count = 0;
    for (; list != NULL; list = list->next)
        count++;
    return count;
}

/* Copies, since what is given lives in the arena of a request. */
static void gather_copy(gathered *headers, minos_arena *arena, minos_view name, minos_view value)
{
    gather(headers, mn_arena_try_dup(arena, name), mn_arena_try_dup(arena, value));
}

static void gather_list(gathered *headers, minos_arena *arena, const mn_header *list)
{
    for (; list != NULL; list = list->next)
        gather_copy(headers, arena, list->name, list->value);
}

static minos_rc gather_begin(minos_message *message, size_t room, gathered *ret_headers)
{
    if (room > JOINED_MAX)
        return minos_fail(MINOS_ETOOBIG, "%zu headers are more than %d", room, JOINED_MAX);
    ret_headers->count = 0;
    ret_headers->is_full = false;
    ret_headers->pairs = mn_arena_try_raw(&message->arena, room * sizeof *ret_headers->pairs);
    if (ret_headers->pairs == NULL)
        return minos_fail(MINOS_ETOOBIG, "a message has no room for its headers");
    return MINOS_OK;
}

static minos_rc gather_end(minos_message *message, const gathered *headers)
{
    minos_value *map = mn_arena_try_raw(&message->arena, sizeof *map);
    if (map == NULL || headers->is_full)
        return minos_fail(MINOS_ETOOBIG, "a message has no room for its headers");
    *map = (minos_value){
        .type = MINOS_TYPE_MAP, .size = headers->count, .as = {.named = {.pairs = headers->pairs}}};
    message->headers = map;
    return MINOS_OK;
}

/* ---- the deadline ---- */

/* Write a positive number; gives its bytes. */
static minos_view number_text(int64_t number, char text[DEADLINE_BYTES])
{
    char *at = text + DEADLINE_BYTES - 1;
    *at = '\0';
    do {
        *--at = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    return minos_view_make(at, (size_t)(text + DEADLINE_BYTES - 1 - at));
}

static minos_view deadline_text(minos_arena *arena, int64_t left)
{
    char text[DEADLINE_BYTES];
    int64_t at_ms = minos_timestamp_now() / MS_PER_S + (left + MINOS_MS - 1) / MINOS_MS;
    return mn_arena_try_dup(arena, number_text(at_ms < 0 ? 0 : at_ms, text));
}

minos_deadline mn_headers_deadline(const minos_value *headers)
{
    minos_view text;
    int64_t at_ms = 0, now_ms;

    if (headers->size == 0)
        return minos_deadline_never();
    text = mn_headers_find(headers, MINOS_VIEW(MN_HEADER_DEADLINE));
    if (text.size == 0 || text.size > 18)
        return minos_deadline_never();
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return minos_deadline_never();
        at_ms = at_ms * 10 + (text.data[i] - '0');
    }
    now_ms = minos_timestamp_now() / MS_PER_S;
    if (at_ms - now_ms > MS_MAX)
        return minos_deadline_never();
    return at_ms <= now_ms ? (minos_deadline){0} : minos_deadline_in((at_ms - now_ms) * MINOS_MS);
}

/* ---- sent ---- */

static void gather_travelling(gathered *headers, minos_message *message, const mn_context *context)
{
    minos_arena *arena = &message->arena;

    if (context->user != NULL) {
        char text[MINOS_UUID_TEXT_BYTES + 1];
        minos_uuid_format(*context->user, text);
        gather(headers, MINOS_VIEW(MN_HEADER_USER), mn_arena_try_dup(arena, minos_view_of(text)));
    }
    for (size_t i = 0; i < mn_count_of(travelling); i++) {
        const char *value = minos_request_header(context->request, travelling[i]);
        if (value != NULL && strlen(value) <= MN_HEADER_VALUE_MAX)
            gather(headers, minos_view_of(travelling[i]),
                   mn_arena_try_dup(arena, minos_view_of(value)));
    }
    gather_list(headers, arena, context->changed);
}

minos_rc mn_headers_of_send(minos_message *message, minos_deadline deadline, int64_t now_ns)
{
    const mn_context *context = mn_task_current()->context;
    bool has_deadline = deadline.at_ns != INT64_MAX;
    gathered headers;
    size_t room = has_deadline;

    if (context != NULL)
        room += 1 + mn_count_of(travelling) + list_count(context->changed);
    if (room == 0)
        return MINOS_OK;
    MINOS_TRY(gather_begin(message, room, &headers));
    if (context != NULL)
        gather_travelling(&headers, message, context);
    if (has_deadline) {
        message->deadline = deadline;
        gather(&headers, MINOS_VIEW(MN_HEADER_DEADLINE),
               deadline_text(&message->arena, deadline.at_ns - now_ns));
    }
    return headers.count == 0 ? MINOS_OK : gather_end(message, &headers);
}

/* ---- replies ---- */

static const minos_pair status_ok_pair = {
    .key = {MN_HEADER_STATUS, sizeof MN_HEADER_STATUS - 1},
    .value = {.type = MINOS_TYPE_STRING,
              .flags = MINOS_VALUE_TERMINATED,
              .size = 3,
              .as = {.string = "200"}},
};
static const minos_value status_ok = {
    .type = MINOS_TYPE_MAP, .size = 1, .as = {.named = {.pairs = &status_ok_pair}}};

static bool is_own(minos_view name)
{
    size_t size = sizeof OWN_PREFIX - 1;
    return name.size >= size &&
           mn_header_name_equal(minos_view_make(name.data, size), MINOS_VIEW(OWN_PREFIX));
}

static void gather_map(gathered *headers, minos_arena *arena, const minos_value *map)
{
    for (size_t i = 0; i < map->size; i++) {
        const minos_pair *pair = &map->as.named.pairs[i];
        if (!is_own(pair->key))
            gather_copy(headers, arena, pair->key, minos_value_view(&pair->value));
    }
}

static bool all_own(const minos_value *map)
{
    for (size_t i = 0; i < map->size; i++)
        if (!is_own(map->as.named.pairs[i].key))
            return false;
    return true;
}

minos_rc mn_headers_of_reply(minos_message *reply, const minos_value *request_headers, int status,
                             const mn_header *changed, const mn_header *set)
{
    char text[DEADLINE_BYTES];
    gathered headers;

    if (MINOS_LIKELY(status == MINOS_STATUS_SUCCESS && changed == NULL && set == NULL &&
                     all_own(request_headers))) {
        reply->headers = &status_ok;
        return MINOS_OK;
    }
    MINOS_TRY(gather_begin(reply, request_headers->size + list_count(changed) + list_count(set) + 1,
                           &headers));
    gather_map(&headers, &reply->arena, request_headers);
    gather_list(&headers, &reply->arena, changed);
    gather_list(&headers, &reply->arena, set);
    gather(&headers, MINOS_VIEW(MN_HEADER_STATUS),
           mn_arena_try_dup(&reply->arena, number_text(status, text)));
    return gather_end(reply, &headers);
}

int mn_headers_status(const minos_message *reply)
{
    minos_view text = mn_headers_find(reply->headers, MINOS_VIEW(MN_HEADER_STATUS));
    int status = 0;

    if (text.size != 3)
        return (int)reply->status;
    for (size_t i = 0; i < 3; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return (int)reply->status;
        status = status * 10 + (text.data[i] - '0');
    }
    return status >= 100 && status <= 599 ? status : (int)reply->status;
}
