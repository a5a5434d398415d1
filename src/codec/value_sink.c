/*
 * The sink that builds values: see value_sink.h. A container is filled in place, inside of its
 * parent's array; that cannot move meanwhile, since a parent grows only when its last child is
 * closed.
 */
#include "codec/value_sink.h"

#define HINT_MAX 4096u /* members allocated on a decoder's word; more come by growing */

/* Where the next value goes. */
static minos_rc next_place(mn_value_sink *sink, minos_value **ret_place)
{
    minos_rc rc = MINOS_OK;

    if (sink->pair != NULL) {
        *ret_place = &sink->pair->value;
        sink->pair = NULL;
        return MINOS_OK;
    }
    if (sink->open != NULL && sink->open->type == MINOS_TYPE_LIST) {
        *ret_place = mn_value_next_item(sink->arena, sink->open, &rc);
        return rc;
    }
    if (sink->open != NULL || sink->root != NULL)
        return minos_fail(MINOS_EINTERNAL, "the decoder wrote a value where none belongs");
    sink->root = mn_arena_try_raw(sink->arena, sizeof *sink->root);
    *ret_place = sink->root;
    return sink->root == NULL ? mn_value_too_big(sink->arena) : MINOS_OK;
}

static minos_rc put_scalar(mn_value_sink *sink, const minos_value *value, minos_value *place)
{
    *place = *value;
    if (value->type == MINOS_TYPE_STRING || value->type == MINOS_TYPE_BYTES) {
        minos_view copy =
            mn_arena_try_dup(sink->arena, minos_view_make(value->as.string, value->size));
        place->flags |= MINOS_VALUE_TERMINATED;
        place->as.string = copy.data;
        if (MINOS_UNLIKELY(copy.data == NULL)) {
            *place = minos_value_null();
            return mn_value_too_big(sink->arena);
        }
    }
    return MINOS_OK;
}

static minos_rc sink_scalar(void *self, const minos_value *value)
{
    mn_value_sink *sink = self;
    minos_value *place = NULL;
    minos_rc rc;

    if (MINOS_LIKELY(sink->pair != NULL)) {
        place = &sink->pair->value;
        sink->pair = NULL;
        return put_scalar(sink, value, place);
    }
    rc = next_place(sink, &place);
    return MINOS_LIKELY(rc == MINOS_OK) ? put_scalar(sink, value, place) : rc;
}

static minos_rc begin(mn_value_sink *sink, minos_type type, size_t count_hint)
{
    minos_value *place = NULL;
    minos_rc rc = next_place(sink, &place);

    if (MINOS_UNLIKELY(rc != MINOS_OK))
        return rc;
    *place = minos_value_null();
    if (sink->depth == sink->depth_max)
        return minos_fail(MINOS_ETOOBIG, "the content is nested deeper than %d levels",
                          sink->depth_max);
    rc = mn_value_begin(sink->arena, type, count_hint < HINT_MAX ? count_hint : HINT_MAX, place);
    if (rc != MINOS_OK)
        return rc;
    sink->outer[sink->depth++] = sink->open;
    sink->open = place;
    return MINOS_OK;
}

static minos_rc end(mn_value_sink *sink, minos_type type)
{
    if (sink->open == NULL || sink->open->type != type || sink->pair != NULL)
        return minos_fail(MINOS_EINTERNAL, "the decoder closed what was not open");
    sink->open = sink->outer[--sink->depth];
    return MINOS_OK;
}

static minos_rc sink_list_begin(void *self, size_t count_hint, bool is_set)
{
    mn_value_sink *sink = self;
    minos_rc rc = begin(sink, MINOS_TYPE_LIST, count_hint);

    if (rc == MINOS_OK && is_set)
        sink->open->flags |= MINOS_VALUE_SET;
    return rc;
}

static minos_rc sink_list_end(void *self)
{
    return end(self, MINOS_TYPE_LIST);
}

static minos_rc sink_map_begin(void *self, size_t count_hint, minos_view record)
{
    mn_value_sink *sink = self;
    minos_rc rc = begin(sink, MINOS_TYPE_MAP, count_hint);

    if (rc != MINOS_OK || record.data == NULL)
        return rc;
    sink->open->flags |= MINOS_VALUE_RECORD;
    sink->open->as.named.name = mn_arena_try_dup(sink->arena, record).data;
    return sink->open->as.named.name == NULL ? mn_value_too_big(sink->arena) : MINOS_OK;
}

static minos_rc sink_key(void *self, minos_view key)
{
    mn_value_sink *sink = self;
    minos_rc rc = MINOS_OK;
    minos_pair *pair;

    if (sink->open == NULL || sink->open->type != MINOS_TYPE_MAP || sink->pair != NULL)
        return minos_fail(MINOS_EINTERNAL, "the decoder wrote a key where none belongs");
    pair = mn_value_next_pair(sink->arena, sink->open, &rc);
    if (pair == NULL)
        return rc;
    pair->value = minos_value_null();
    pair->key = mn_arena_try_dup(sink->arena, key);
    sink->pair = pair;
    return pair->key.data == NULL ? mn_value_too_big(sink->arena) : MINOS_OK;
}

static minos_rc sink_map_end(void *self)
{
    mn_value_sink *sink = self;
    minos_value *map = sink->open;
    minos_rc rc = end(sink, MINOS_TYPE_MAP);
    return rc == MINOS_OK && map->size > MN_MAP_LINEAR_MAX ? mn_value_index(sink->arena, map) : rc;
}

static const minos_sink_ops value_sink_ops = {
    .name = "value",
    .scalar = sink_scalar,
    .list_begin = sink_list_begin,
    .list_end = sink_list_end,
    .map_begin = sink_map_begin,
    .key = sink_key,
    .map_end = sink_map_end,
};

void mn_value_sink_init(mn_value_sink *sink, minos_arena *arena)
{
    sink->arena = arena;
    sink->root = NULL;
    sink->open = NULL;
    sink->pair = NULL;
    sink->depth = 0;
    sink->depth_max = MN_VALUE_DEPTH_MAX;
}

minos_sink mn_value_sink_of(mn_value_sink *sink)
{
    return (minos_sink){.ops = &value_sink_ops, .self = sink};
}

minos_rc mn_value_sink_end(const mn_value_sink *sink, const minos_value **ret_value)
{
    if (sink->root == NULL || sink->open != NULL)
        return minos_fail(MINOS_EINTERNAL, "the decoder did not finish");
    *ret_value = sink->root;
    return MINOS_OK;
}

/* ---- the other way ---- */

/* The name of a record; data NULL for a plain map. */
static minos_view record_name(const minos_value *map)
{
    return (map->flags & MINOS_VALUE_RECORD) == 0 ? minos_view_make(NULL, 0)
                                                  : minos_view_of(map->as.named.name);
}

static minos_rc replay(const minos_value *value, minos_sink sink, int depth)
{
    if (value->type != MINOS_TYPE_LIST && value->type != MINOS_TYPE_MAP)
        return sink.ops->scalar(sink.self, value);
    if (depth >= MN_VALUE_DEPTH_MAX)
        return minos_fail(MINOS_ETOOBIG, "the value is nested deeper than %d levels",
                          MN_VALUE_DEPTH_MAX);
    if (value->type == MINOS_TYPE_LIST) {
        MINOS_TRY(
            sink.ops->list_begin(sink.self, value->size, (value->flags & MINOS_VALUE_SET) != 0));
        for (uint32_t i = 0; i < value->size; i++)
            MINOS_TRY(replay(&value->as.items[i], sink, depth + 1));
        return sink.ops->list_end(sink.self);
    }
    MINOS_TRY(sink.ops->map_begin(sink.self, value->size, record_name(value)));
    for (uint32_t i = 0; i < value->size; i++) {
        MINOS_TRY(sink.ops->key(sink.self, value->as.named.pairs[i].key));
        MINOS_TRY(replay(&value->as.named.pairs[i].value, sink, depth + 1));
    }
    return sink.ops->map_end(sink.self);
}

minos_rc mn_value_replay(const minos_value *value, minos_sink sink)
{
    minos_value null = minos_value_null();
    return replay(value == NULL ? &null : value, sink, 0);
}
