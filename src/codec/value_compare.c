/*
 * Equality and order of values. The order is the one of the original's language, on which its
 * priority queues rest: numbers by size whatever their type, text by code point, lists item by
 * item.
 */
#include <minos/value.h>

#include <math.h>

#include "codec/value.h"

static bool equal_lists(const minos_value *a, const minos_value *b)
{
    for (uint32_t i = 0; i < a->size; i++)
        if (!minos_value_equal(&a->as.items[i], &b->as.items[i]))
            return false;
    return true;
}

/* Members of a set are distinct: as many members, each with its like, is equality. */
static bool equal_sets(const minos_value *a, const minos_value *b)
{
    for (uint32_t i = 0; i < a->size; i++) {
        const minos_value *item = &a->as.items[i];
        bool found = minos_value_equal(item, &b->as.items[i]);
        for (uint32_t j = 0; j < b->size && !found; j++)
            found = minos_value_equal(item, &b->as.items[j]);
        if (!found)
            return false;
    }
    return true;
}

static bool same_name(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool equal_maps(const minos_value *a, const minos_value *b)
{
    if (!same_name(a->as.named.name, b->as.named.name))
        return false;
    for (uint32_t i = 0; i < a->size; i++) {
        const minos_pair *pair = &a->as.named.pairs[i];
        const minos_pair *beside = &b->as.named.pairs[i];
        const minos_value *other = minos_view_equal(pair->key, beside->key)
                                       ? &beside->value
                                       : minos_value_find(b, pair->key);
        if (other == NULL || !minos_value_equal(&pair->value, other))
            return false;
    }
    return true;
}

bool minos_value_equal(const minos_value *a, const minos_value *b)
{
    minos_type type = minos_value_type(a);

    if (type != minos_value_type(b))
        return false;
    switch (type) {
    case MINOS_TYPE_NULL:
        return true;
    case MINOS_TYPE_BOOL:
        return a->as.boolean == b->as.boolean;
    case MINOS_TYPE_DOUBLE:
        return a->as.number == b->as.number;
    case MINOS_TYPE_STRING:
    case MINOS_TYPE_BYTES:
        return minos_view_equal(minos_value_view(a), minos_value_view(b));
    case MINOS_TYPE_UUID:
        return minos_uuid_equal(a->as.uuid, b->as.uuid);
    case MINOS_TYPE_LIST:
        if (a->size != b->size || ((a->flags ^ b->flags) & MINOS_VALUE_SET) != 0)
            return false;
        return (a->flags & MINOS_VALUE_SET) != 0 ? equal_sets(a, b) : equal_lists(a, b);
    case MINOS_TYPE_MAP:
        return a->size == b->size && equal_maps(a, b);
    default:
        return a->as.integer == b->as.integer;
    }
}

/* ---- order ---- */

static int order_of(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static bool is_number(const minos_value *value)
{
    return value->type == MINOS_TYPE_BOOL || value->type == MINOS_TYPE_INT ||
           value->type == MINOS_TYPE_DOUBLE;
}

static int64_t integer_of(const minos_value *value)
{
    return value->type == MINOS_TYPE_BOOL ? value->as.boolean : value->as.integer;
}

/* Exactly, though an int64 does not fit into a double. */
static int order_mixed(int64_t integer, double number)
{
    double whole;
    int order;

    if (number >= 0x1p63)
        return -1;
    if (number < -0x1p63)
        return 1;
    whole = trunc(number);
    order = order_of(integer, (int64_t)whole);
    if (order != 0)
        return order;
    return (whole > number) - (whole < number);
}

static bool compare_numbers(const minos_value *a, const minos_value *b, int *ret_order)
{
    bool a_is_double = a->type == MINOS_TYPE_DOUBLE, b_is_double = b->type == MINOS_TYPE_DOUBLE;

    if ((a_is_double && isnan(a->as.number)) || (b_is_double && isnan(b->as.number)))
        return false;
    if (a_is_double && b_is_double)
        *ret_order = (a->as.number > b->as.number) - (a->as.number < b->as.number);
    else if (a_is_double)
        *ret_order = -order_mixed(integer_of(b), a->as.number);
    else if (b_is_double)
        *ret_order = order_mixed(integer_of(a), b->as.number);
    else
        *ret_order = order_of(integer_of(a), integer_of(b));
    return true;
}

/* The first items that differ decide; when there are none, the shorter list comes first. */
static bool compare_lists(const minos_value *a, const minos_value *b, int *ret_order)
{
    uint32_t common = a->size < b->size ? a->size : b->size;

    if (((a->flags | b->flags) & MINOS_VALUE_SET) != 0)
        return false;
    for (uint32_t i = 0; i < common; i++) {
        int order;
        if (minos_value_equal(&a->as.items[i], &b->as.items[i]))
            continue;
        if (!minos_value_compare(&a->as.items[i], &b->as.items[i], &order))
            return false;
        if (order != 0) {
            *ret_order = order;
            return true;
        }
    }
    *ret_order = order_of(a->size, b->size);
    return true;
}

bool minos_value_compare(const minos_value *a, const minos_value *b, int *ret_order)
{
    minos_type type = minos_value_type(a);
    int order;

    if (a == NULL || b == NULL)
        return false;
    if (is_number(a) && is_number(b))
        return compare_numbers(a, b, ret_order);
    if (type != minos_value_type(b))
        return false;
    switch (type) {
    case MINOS_TYPE_NULL:
    case MINOS_TYPE_MAP:
        return false;
    case MINOS_TYPE_LIST:
        return compare_lists(a, b, ret_order);
    case MINOS_TYPE_STRING:
    case MINOS_TYPE_BYTES:
        order = minos_view_compare(minos_value_view(a), minos_value_view(b));
        break;
    case MINOS_TYPE_UUID:
        order = memcmp(a->as.uuid.bytes, b->as.uuid.bytes, sizeof a->as.uuid.bytes);
        break;
    default:
        order = order_of(a->as.integer, b->as.integer);
        break;
    }
    *ret_order = (order > 0) - (order < 0);
    return true;
}
