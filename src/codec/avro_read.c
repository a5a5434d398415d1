/*
 * The bytes of an object into a sink, as its schema says. A fault is noted where it is found and
 * raised once, with the path of the field, which is gathered on the way back: a good message pays
 * nothing for it.
 */
#include "codec/avro.h"

#include <stdio.h>

#include "base/civil.h"
#include "codec/avro_keys.h"
#include "codec/avro_scalar.h"
#include "codec/value.h"

#define PATH_BYTES 256u
#define TWICE      "a map has this key twice"

typedef struct reader {
    const uint8_t *at, *end;
    const mn_avro_schema *schema;
    minos_sink sink;
    int depth_left;
    uint32_t free_left; /* values that may yet take no bytes */
    mn_keys keys;
    /* What is wrong; NULL: nothing, or the sink raised it. */
    const char *fault;
    minos_rc fault_rc;
    size_t path_at; /* where it begins in `path`, which is filled from its end */
    char path[PATH_BYTES];
} reader;

typedef minos_rc read_fn(reader *in, const mn_avro_node *node);

static read_fn *const readers[MN_AVRO_UNION + 1];

static inline minos_rc read_node(reader *in, uint32_t number)
{
    const mn_avro_node *node = &in->schema->nodes[number];
    return readers[node->op](in, node);
}

/* ---- faults ---- */

MINOS_COLD static minos_rc refuse_rc(reader *in, minos_rc rc, const char *what)
{
    in->fault = what;
    in->fault_rc = rc;
    return rc;
}

MINOS_COLD static minos_rc refuse(reader *in, const char *what)
{
    return refuse_rc(in, MINOS_EPARSE, what);
}

/* Put a step of the path before those that are there; what has no room is left out. */
MINOS_COLD static void path_add(reader *in, minos_view step, char before)
{
    if (in->path_at < step.size + 1)
        return;
    in->path_at -= step.size;
    if (step.size != 0)
        memcpy(in->path + in->path_at, step.data, step.size);
    if (before != '\0')
        in->path[--in->path_at] = before;
}

MINOS_COLD static minos_rc failed_key(reader *in, minos_view key, minos_rc rc)
{
    if (in->fault != NULL)
        path_add(in, key, '.');
    return rc;
}

MINOS_COLD static minos_rc failed_item(reader *in, uint64_t index, minos_rc rc)
{
    char text[32];
    int size = snprintf(text, sizeof text, "%llu]", (unsigned long long)index);

    if (in->fault != NULL)
        path_add(in, minos_view_make(text, (size_t)size), '[');
    return rc;
}

MINOS_COLD static minos_rc raise(const reader *in, const mn_avro_file *file)
{
    size_t offset = (size_t)(in->at - (const uint8_t *)file->data.data);
    const char *path = in->path + in->path_at;
    int size = (int)(PATH_BYTES - in->path_at);

    if (size != 0 && *path == '.')
        path++, size--;
    return minos_fail(in->fault_rc, "%s Avro object at byte %zu%s%s%.*s: %s",
                      in->fault_rc == MINOS_ETOOBIG ? "too large an" : "malformed",
                      file->inflated == NULL ? file->data_at + offset : offset,
                      file->inflated == NULL ? "" : " of what deflate gave",
                      size == 0 ? "" : ", field ", size, path, in->fault);
}

/* ---- scalars ---- */

static inline minos_rc give(reader *in, const minos_value *value)
{
    return in->sink.ops->scalar(in->sink.self, value);
}

static inline minos_rc take_long(reader *in, int64_t *ret_integer)
{
    return MINOS_LIKELY(mn_varint_read(&in->at, in->end, ret_integer))
               ? MINOS_OK
               : refuse(in, "an integer is cut off or too long");
}

static inline minos_rc take_raw(reader *in, size_t size, minos_view *ret_bytes)
{
    if (MINOS_UNLIKELY((size_t)(in->end - in->at) < size))
        return refuse(in, "the bytes end too early");
    *ret_bytes = minos_view_make(in->at, size);
    in->at += size;
    return MINOS_OK;
}

static inline minos_rc take_sized(reader *in, minos_view *ret_bytes)
{
    const uint8_t *begin = in->at;
    int64_t size;

    if (MINOS_UNLIKELY(!mn_varint_read(&in->at, in->end, &size)))
        return refuse(in, "a size is cut off or too long");
    if (MINOS_UNLIKELY(size < 0 || size > in->end - in->at)) {
        in->at = begin;
        return refuse(in, size < 0 ? "a negative size" : "a size larger than what is left");
    }
    *ret_bytes = minos_view_make(in->at, (size_t)size);
    in->at += size;
    return MINOS_OK;
}

static inline minos_rc take_text(reader *in, minos_view *ret_text)
{
    minos_rc rc = take_sized(in, ret_text);

    if (MINOS_LIKELY(rc == MINOS_OK) && MINOS_UNLIKELY(!mn_avro_text_is_valid(*ret_text))) {
        in->at = (const uint8_t *)ret_text->data;
        return refuse(in, "a string that is not UTF-8");
    }
    return rc;
}

static inline minos_rc give_number(reader *in, size_t size)
{
    minos_view bytes;
    uint64_t bits = 0;
    double number;
    minos_value value;
    minos_rc rc = take_raw(in, size, &bytes);

    if (rc != MINOS_OK)
        return rc;
    for (size_t i = size; i > 0; i--)
        bits = bits << 8 | (uint8_t)bytes.data[i - 1];
    if (size == sizeof(float)) {
        uint32_t low = (uint32_t)bits;
        float single;
        memcpy(&single, &low, sizeof single);
        number = (double)single;
    } else {
        memcpy(&number, &bits, sizeof number);
    }
    value = minos_value_double(number);
    return give(in, &value);
}

static minos_rc give_float(reader *in, const mn_avro_node *node)
{
    (void)node;
    return give_number(in, sizeof(float));
}

static minos_rc give_double(reader *in, const mn_avro_node *node)
{
    (void)node;
    return give_number(in, sizeof(double));
}

static minos_rc give_null(reader *in, const mn_avro_node *node)
{
    minos_value null = {.type = MINOS_TYPE_NULL};

    (void)node;
    return give(in, &null);
}

static minos_rc give_boolean(reader *in, const mn_avro_node *node)
{
    minos_value value;

    (void)node;
    if (in->at == in->end || *in->at > 1)
        return refuse(in, in->at == in->end ? "the bytes end too early"
                                            : "a boolean that is neither 0 nor 1");
    value = minos_value_bool(*in->at++ == 1);
    return give(in, &value);
}

static minos_rc give_uuid(reader *in, minos_view bytes)
{
    minos_uuid uuid;
    minos_value value;

    memcpy(uuid.bytes, bytes.data, sizeof uuid.bytes);
    value = minos_value_uuid(uuid);
    return give(in, &value);
}

/* A UUID as text, or as its 16 bytes where the schema says bytes. */
static minos_rc give_uuid_text(reader *in, const mn_avro_node *node)
{
    const uint8_t *begin = in->at;
    minos_view text;
    minos_uuid uuid;
    minos_value value;
    minos_rc rc = take_sized(in, &text);

    if (rc != MINOS_OK)
        return rc;
    if (node->op == MN_AVRO_UUID_BYTES && text.size == sizeof uuid.bytes)
        return give_uuid(in, text);
    if (minos_uuid_parse(text, &uuid) != MINOS_OK) {
        in->at = begin;
        return refuse(in, "not a UUID");
    }
    value = minos_value_uuid(uuid);
    return give(in, &value);
}

static minos_rc give_long(reader *in, const mn_avro_node *node)
{
    minos_value value = {.type = MINOS_TYPE_INT};
    minos_rc rc = take_long(in, &value.as.integer);

    (void)node;
    return MINOS_LIKELY(rc == MINOS_OK) ? give(in, &value) : rc;
}

/* Dates, times and spans. */
static minos_rc give_time(reader *in, const mn_avro_node *node)
{
    mn_avro_op op = node->op;
    const uint8_t *begin = in->at;
    minos_value value = {.type = MINOS_TYPE_INT};
    int64_t integer, scale = 1;
    minos_rc rc = take_long(in, &integer);

    if (MINOS_UNLIKELY(rc != MINOS_OK))
        return rc;
    switch (op) {
    case MN_AVRO_DATE:
        value.type = MINOS_TYPE_DATE;
        break;
    case MN_AVRO_TIME_MILLIS:
    case MN_AVRO_TIME_MICROS:
        scale = op == MN_AVRO_TIME_MILLIS ? 1000 : 1;
        value.type = MINOS_TYPE_TIME;
        if (integer < 0 || integer >= MN_DAY_US / scale) {
            in->at = begin;
            return refuse(in, "a time of day outside of a day");
        }
        break;
    case MN_AVRO_TIMESTAMP_MILLIS:
    case MN_AVRO_TIMESTAMP_MICROS:
        scale = op == MN_AVRO_TIMESTAMP_MILLIS ? 1000 : 1;
        value.type = MINOS_TYPE_DATETIME;
        if (integer > INT64_MAX / scale || integer < INT64_MIN / scale) {
            in->at = begin;
            return refuse(in, "a time beyond 64 bits of microseconds");
        }
        break;
    default:
        value.type = MINOS_TYPE_TIMEDELTA;
        break;
    }
    value.as.integer = integer * scale;
    return give(in, &value);
}

static inline minos_rc give_sized(reader *in, bool is_text)
{
    minos_view bytes;
    minos_value value;
    minos_rc rc = is_text ? take_text(in, &bytes) : take_sized(in, &bytes);

    if (MINOS_UNLIKELY(rc != MINOS_OK))
        return rc;
    value = (minos_value){.type = is_text ? MINOS_TYPE_STRING : MINOS_TYPE_BYTES,
                          .size = (uint32_t)bytes.size, /* a file is smaller than 4 GiB */
                          .as.string = bytes.data};
    return give(in, &value);
}

static minos_rc give_string(reader *in, const mn_avro_node *node)
{
    (void)node;
    return give_sized(in, true);
}

static minos_rc give_bytes(reader *in, const mn_avro_node *node)
{
    (void)node;
    return give_sized(in, false);
}

static minos_rc give_fixed(reader *in, const mn_avro_node *node)
{
    minos_view bytes;
    minos_value value;
    minos_rc rc = take_raw(in, node->count, &bytes);

    if (rc != MINOS_OK)
        return rc;
    if (node->op == MN_AVRO_UUID_FIXED)
        return give_uuid(in, bytes);
    value = minos_value_bytes(bytes);
    return give(in, &value);
}

static minos_rc give_enum(reader *in, const mn_avro_node *node)
{
    const uint8_t *begin = in->at;
    minos_value value;
    int64_t index;
    minos_rc rc = take_long(in, &index);

    if (rc != MINOS_OK)
        return rc;
    if (index < 0 || index >= node->count) {
        in->at = begin;
        return refuse(in, "an enum has no symbol of this number");
    }
    value = minos_value_string(in->schema->edges[node->first + (size_t)index].name);
    return give(in, &value);
}

/* ---- containers ---- */

static minos_rc enter(reader *in)
{
    if (in->depth_left == 0)
        return refuse_rc(in, MINOS_ETOOBIG, "it is nested too deep");
    in->depth_left--;
    return MINOS_OK;
}

/*
 * The count of the next block, 0 at the end (Avro 1.11, Arrays). What a negative count's size says
 * is checked, not used.
 */
static minos_rc take_count(reader *in, uint64_t *ret_count)
{
    int64_t count, size;
    minos_rc rc = take_long(in, &count);

    if (rc != MINOS_OK)
        return rc;
    *ret_count = (uint64_t)count;
    if (MINOS_LIKELY(count >= 0))
        return MINOS_OK;
    if (count == INT64_MIN)
        return refuse(in, "a block's count is out of range");
    *ret_count = (uint64_t)-count;
    rc = take_long(in, &size);
    if (rc == MINOS_OK && (size < 0 || size > in->end - in->at))
        return refuse(in, "a block's size is not that of its bytes");
    return rc;
}

/* What a sink may be told of a count that the peer made up: an item has a byte, as a rule. */
static size_t hint_of(const reader *in, uint64_t count)
{
    uint64_t left = (uint64_t)(in->end - in->at);
    return (size_t)(count < left ? count : left);
}

/* A value that took no bytes: there could be any number of them. */
static inline minos_rc count_free(reader *in, const uint8_t *before)
{
    if (MINOS_LIKELY(in->at != before))
        return MINOS_OK;
    if (in->free_left == 0)
        return refuse_rc(in, MINOS_ETOOBIG, "too many values that take no bytes");
    in->free_left--;
    return MINOS_OK;
}

static minos_rc read_array(reader *in, const mn_avro_node *node)
{
    uint32_t items = node->first;
    uint64_t count, index = 0;
    minos_rc rc = enter(in);

    if (rc == MINOS_OK)
        rc = take_count(in, &count);
    if (rc != MINOS_OK)
        return rc;
    rc = in->sink.ops->list_begin(in->sink.self, hint_of(in, count), node->op == MN_AVRO_SET);
    while (rc == MINOS_OK && count != 0) {
        for (; count != 0; count--, index++) {
            const uint8_t *before = in->at;
            rc = read_node(in, items);
            if (rc == MINOS_OK)
                rc = count_free(in, before);
            if (MINOS_UNLIKELY(rc != MINOS_OK))
                return failed_item(in, index, rc);
        }
        rc = take_count(in, &count);
    }
    in->depth_left++;
    return rc == MINOS_OK ? in->sink.ops->list_end(in->sink.self) : rc;
}

static minos_rc read_record(reader *in, const mn_avro_node *node)
{
    const mn_avro_edge *edges = in->schema->edges + node->first;
    minos_rc rc = enter(in);

    if (rc != MINOS_OK)
        return rc;
    rc = in->sink.ops->map_begin(in->sink.self, node->count, node->name);
    for (uint32_t i = 0; rc == MINOS_OK && i < node->count; i++) {
        const uint8_t *before = in->at;
        rc = in->sink.ops->key(in->sink.self, edges[i].name);
        if (rc == MINOS_OK)
            rc = read_node(in, edges[i].node);
        if (rc == MINOS_OK)
            rc = count_free(in, before);
        if (MINOS_UNLIKELY(rc != MINOS_OK))
            return failed_key(in, edges[i].name, rc);
    }
    in->depth_left++;
    return rc == MINOS_OK ? in->sink.ops->map_end(in->sink.self) : rc;
}

static minos_rc read_entry(reader *in, uint32_t values, size_t first)
{
    minos_view key;
    minos_rc rc = take_text(in, &key);

    if (MINOS_UNLIKELY(rc != MINOS_OK))
        return rc;
    if (MINOS_UNLIKELY(!mn_keys_note(&in->keys, first, key)))
        return failed_key(in, key, refuse(in, TWICE));
    rc = in->sink.ops->key(in->sink.self, key);
    if (rc == MINOS_OK)
        rc = read_node(in, values);
    return MINOS_LIKELY(rc == MINOS_OK) ? rc : failed_key(in, key, rc);
}

static minos_rc read_map(reader *in, const mn_avro_node *node)
{
    size_t first = in->keys.count;
    minos_view twice;
    uint64_t count;
    minos_rc rc = enter(in);

    if (rc == MINOS_OK)
        rc = take_count(in, &count);
    if (rc != MINOS_OK)
        return rc;
    rc = in->sink.ops->map_begin(in->sink.self, hint_of(in, count), minos_view_make(NULL, 0));
    while (rc == MINOS_OK && count != 0) {
        for (; rc == MINOS_OK && count != 0; count--)
            rc = read_entry(in, node->first, first);
        if (rc == MINOS_OK)
            rc = take_count(in, &count);
    }
    if (rc != MINOS_OK)
        return rc;
    twice = mn_keys_end(&in->keys, first);
    if (MINOS_UNLIKELY(twice.data != NULL)) {
        in->at = (const uint8_t *)twice.data;
        return failed_key(in, twice, refuse(in, TWICE));
    }
    in->depth_left++;
    return in->sink.ops->map_end(in->sink.self);
}

/* ---- dispatch ---- */

static minos_rc read_union(reader *in, const mn_avro_node *node)
{
    const uint8_t *begin = in->at;
    int64_t branch;
    minos_rc rc = take_long(in, &branch);

    if (rc != MINOS_OK)
        return rc;
    if (MINOS_UNLIKELY(branch < 0 || branch >= node->count)) {
        in->at = begin;
        return refuse(in, "a union has no branch of this number");
    }
    return read_node(in, in->schema->edges[node->first + (size_t)branch].node);
}

static read_fn *const readers[MN_AVRO_UNION + 1] = {
    [MN_AVRO_NULL] = give_null,
    [MN_AVRO_BOOLEAN] = give_boolean,
    [MN_AVRO_LONG] = give_long,
    [MN_AVRO_FLOAT] = give_float,
    [MN_AVRO_DOUBLE] = give_double,
    [MN_AVRO_BYTES] = give_bytes,
    [MN_AVRO_STRING] = give_string,
    [MN_AVRO_UUID_STRING] = give_uuid_text,
    [MN_AVRO_UUID_BYTES] = give_uuid_text,
    [MN_AVRO_DATE] = give_time,
    [MN_AVRO_TIME_MILLIS] = give_time,
    [MN_AVRO_TIME_MICROS] = give_time,
    [MN_AVRO_TIMESTAMP_MILLIS] = give_time,
    [MN_AVRO_TIMESTAMP_MICROS] = give_time,
    [MN_AVRO_TIMEDELTA] = give_time,
    [MN_AVRO_ENUM] = give_enum,
    [MN_AVRO_FIXED] = give_fixed,
    [MN_AVRO_UUID_FIXED] = give_fixed,
    [MN_AVRO_ARRAY] = read_array,
    [MN_AVRO_SET] = read_array,
    [MN_AVRO_MAP] = read_map,
    [MN_AVRO_RECORD] = read_record,
    [MN_AVRO_UNION] = read_union,
};

minos_rc mn_avro_read(const mn_avro_file *file, int depth_max, minos_sink sink)
{
    reader in;
    minos_rc rc;

    in.at = (const uint8_t *)file->data.data;
    in.end = in.at + file->data.size;
    in.schema = file->schema;
    in.sink = sink;
    in.depth_left = depth_max;
    in.free_left = MN_AVRO_FREE_VALUES_MAX;
    mn_keys_init(&in.keys);
    in.fault = NULL;
    in.fault_rc = MINOS_OK;
    in.path_at = PATH_BYTES;

    rc = read_node(&in, file->schema->root);
    if (rc == MINOS_OK && in.at != in.end)
        rc = refuse(&in, "bytes follow the object");
    mn_keys_done(&in.keys);
    return rc != MINOS_OK && in.fault != NULL ? raise(&in, file) : rc;
}
