/*
 * Shapes of values: see avro_shape.h.
 */
#include "codec/avro_shape.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "codec/avro.h"
#include "codec/avro_scalar.h"
#include "codec/value.h"

#define BIT(kind) (UINT32_C(1) << (kind))

static minos_rc add(mn_shapes *shapes, uint32_t place, const minos_value *value, int depth);

#define BRANCH_BYTES 2 /* of a branch's number */
#define SIZE_BYTES   5 /* of a count or size of 32 bits */

static inline size_t integer_bytes(int64_t integer)
{
    uint64_t bits = ((uint64_t)integer << 1) ^ (uint64_t)(integer >> 63);
    return (size_t)(70 - __builtin_clzll(bits | 1)) / 7;
}

/* Sizes here are bounded by the value, which is in memory already. */
static void *room(void *table, uint32_t *capacity, uint32_t count, uint32_t more, size_t unit)
{
    if (MINOS_LIKELY(*capacity - count >= more))
        return table;
    *capacity = *capacity < 32 ? 32 : *capacity;
    while (*capacity - count < more)
        *capacity *= 2;
    return mn_realloc(table, *capacity * unit);
}

/* Add places and give the number of the first. */
static uint32_t places_add(mn_shapes *shapes, uint32_t count)
{
    uint32_t first = shapes->place_count;

    shapes->places =
        room(shapes->places, &shapes->place_capacity, first, count, sizeof *shapes->places);
    for (uint32_t i = 0; i < count; i++)
        shapes->places[first + i] =
            (mn_shape){.items = MN_SHAPE_NONE, .values = MN_SHAPE_NONE, .records = MN_SHAPE_NONE};
    shapes->place_count += count;
    return first;
}

/* ---- records ---- */

static bool is_same_record(const mn_record_shape *shape, const minos_value *record)
{
    if (shape->field_count != record->size || strcmp(shape->name, record->as.named.name) != 0)
        return false;
    if (shape->pairs == record->as.named.pairs)
        return true;
    for (uint32_t i = 0; i < record->size; i++)
        if (!minos_view_equal(shape->pairs[i].key, record->as.named.pairs[i].key))
            return false;
    return true;
}

uint32_t mn_shape_find_record(const mn_shapes *shapes, const mn_shape *place,
                              const minos_value *record)
{
    uint32_t at = place->records;
    while (at != MN_SHAPE_NONE && !is_same_record(&shapes->records[at], record))
        at = shapes->records[at].next;
    return at;
}

static minos_rc check_fields(const minos_value *record)
{
    if (record->size > MN_AVRO_FIELDS_MAX)
        return minos_fail(MINOS_ETOOBIG, "record %s has more than %d fields", record->as.named.name,
                          MN_AVRO_FIELDS_MAX);
    for (uint32_t i = 0; i < record->size; i++) {
        minos_view key = record->as.named.pairs[i].key;
        if (key.size == 0 || memchr(key.data, '\0', key.size) != NULL)
            return minos_fail(MINOS_EINVAL, "record %s has a field without a proper name",
                              record->as.named.name);
    }
    return MINOS_OK;
}

/*
 * Most fields first: the original takes a record for the first one whose fields are all there, so
 * one with fewer would swallow it.
 */
static void record_link(mn_shapes *shapes, uint32_t place, uint32_t record)
{
    uint32_t *link = &shapes->places[place].records;

    while (*link != MN_SHAPE_NONE &&
           shapes->records[*link].field_count >= shapes->records[record].field_count)
        link = &shapes->records[*link].next;
    shapes->records[record].next = *link;
    *link = record;
    shapes->places[place].record_count++;
}

static minos_rc record_add(mn_shapes *shapes, uint32_t place, const minos_value *record,
                           uint32_t *ret_record)
{
    MINOS_TRY(check_fields(record));
    if (shapes->record_count == MN_SHAPE_RECORDS_MAX)
        return minos_fail(MINOS_ETOOBIG, "a value of more than %d differing records",
                          MN_SHAPE_RECORDS_MAX);
    shapes->records = room(shapes->records, &shapes->record_capacity, shapes->record_count, 1,
                           sizeof *shapes->records);
    *ret_record = shapes->record_count++;
    shapes->records[*ret_record] = (mn_record_shape){.name = record->as.named.name,
                                                     .pairs = record->as.named.pairs,
                                                     .field_count = record->size,
                                                     .fields = places_add(shapes, record->size)};
    record_link(shapes, place, *ret_record);
    return MINOS_OK;
}

static minos_rc add_record(mn_shapes *shapes, uint32_t place, const minos_value *record, int depth)
{
    uint32_t at = mn_shape_find_record(shapes, &shapes->places[place], record);

    if (at == MN_SHAPE_NONE)
        MINOS_TRY(record_add(shapes, place, record, &at));
    shapes->places[place].kinds |= BIT(MN_KIND_RECORD);
    shapes->bytes_max += BRANCH_BYTES;
    for (uint32_t i = 0; i < record->size; i++) {
        minos_rc rc = add(shapes, shapes->records[at].fields + i, &record->as.named.pairs[i].value,
                          depth + 1);
        if (rc != MINOS_OK)
            return rc;
    }
    return MINOS_OK;
}

/* ---- lists, maps, scalars ---- */

static minos_rc add_list(mn_shapes *shapes, uint32_t place, const minos_value *list, int depth)
{
    uint32_t items = shapes->places[place].items;

    shapes->places[place].kinds |=
        BIT((list->flags & MINOS_VALUE_SET) != 0 ? MN_KIND_SET : MN_KIND_LIST);
    if (items == MN_SHAPE_NONE) {
        items = places_add(shapes, 1);
        shapes->places[place].items = items;
    }
    shapes->bytes_max += BRANCH_BYTES + SIZE_BYTES + 1;
    for (uint32_t i = 0; i < list->size; i++) {
        minos_rc rc = add(shapes, items, &list->as.items[i], depth + 1);
        if (MINOS_UNLIKELY(rc != MINOS_OK))
            return rc;
    }
    return MINOS_OK;
}

static minos_rc add_map(mn_shapes *shapes, uint32_t place, const minos_value *map, int depth)
{
    uint32_t values = shapes->places[place].values;

    shapes->places[place].kinds |= BIT(MN_KIND_MAP);
    if (values == MN_SHAPE_NONE) {
        values = places_add(shapes, 1);
        shapes->places[place].values = values;
    }
    shapes->bytes_max += BRANCH_BYTES + SIZE_BYTES + 1;
    for (uint32_t i = 0; i < map->size; i++) {
        const minos_pair *pair = &map->as.named.pairs[i];
        minos_rc rc = add(shapes, values, &pair->value, depth + 1);
        if (MINOS_UNLIKELY(rc != MINOS_OK))
            return rc;
        shapes->bytes_max += pair->key.size + SIZE_BYTES;
    }
    return MINOS_OK;
}

static minos_rc add(mn_shapes *shapes, uint32_t place, const minos_value *value, int depth)
{
    switch ((minos_type)value->type) {
    case MINOS_TYPE_STRING:
    case MINOS_TYPE_BYTES:
        shapes->bytes_max += value->size + SIZE_BYTES;
        break;
    case MINOS_TYPE_UUID:
        shapes->bytes_max += MINOS_UUID_TEXT_BYTES + 1;
        break;
    case MINOS_TYPE_LIST:
    case MINOS_TYPE_MAP:
        if (depth >= MN_VALUE_DEPTH_MAX)
            return minos_fail(MINOS_ETOOBIG, "the value is nested deeper than %d levels",
                              MN_VALUE_DEPTH_MAX);
        if (value->type == MINOS_TYPE_LIST)
            return add_list(shapes, place, value, depth);
        return mn_is_record(value) ? add_record(shapes, place, value, depth)
                                   : add_map(shapes, place, value, depth);
    case MINOS_TYPE_NULL:
    case MINOS_TYPE_BOOL:
    case MINOS_TYPE_DOUBLE:
        shapes->bytes_max += sizeof(double);
        break;
    case MINOS_TYPE_INT:
    case MINOS_TYPE_DATETIME:
    case MINOS_TYPE_DATE:
    case MINOS_TYPE_TIME:
    case MINOS_TYPE_TIMEDELTA:
        shapes->bytes_max += integer_bytes(value->as.integer);
        break;
    default:
        return minos_fail(MINOS_EINVAL, "a value of no known type: %d", value->type);
    }
    shapes->places[place].kinds |= BIT(mn_kind_of(value));
    shapes->bytes_max += BRANCH_BYTES;
    return MINOS_OK;
}

/* Now that all kinds at a place are known: is it a union, and where do times go. */
static void settle(mn_shape *place)
{
    const uint32_t early = BIT(MN_KIND_TIMEDELTA) | BIT(MN_KIND_TIME);
    uint32_t times = place->kinds & early;

    if (times != 0 && (place->kinds & BIT(MN_KIND_INT)) != 0) {
        place->kinds &= ~early;
        place->kinds |= times << (MN_KIND_TIMEDELTA_LATE - MN_KIND_TIMEDELTA);
    }
    place->is_union = place->record_count > 1 || (place->kinds & (place->kinds - 1)) != 0;
}

minos_rc mn_shapes_build(mn_shapes *shapes, const minos_value *value)
{
    minos_value null = minos_value_null();

    shapes->place_count = 0;
    shapes->record_count = 0;
    shapes->bytes_max = 0;
    MINOS_TRY(add(shapes, places_add(shapes, 1), value == NULL ? &null : value, 0));
    for (uint32_t i = 0; i < shapes->place_count; i++)
        settle(&shapes->places[i]);
    return MINOS_OK;
}

void mn_shapes_done(mn_shapes *shapes)
{
    free(shapes->places);
    free(shapes->records);
}
