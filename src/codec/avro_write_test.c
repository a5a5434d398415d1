/*
 * Values written as Avro: the schema that each gets, and that it reads back as it was.
 */
#include "support/support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/civil.h"
#include "codec/avro.h"
#include "codec/avro_write.h"
#include "codec/value.h"
#include "codec/value_sink.h"

#define FILE_BEGIN                                                                                 \
    "Obj\1\4\x14"                                                                                  \
    "avro.codec\x08null\x16"                                                                       \
    "avro.schema"

static minos_rc decode(minos_view file, minos_arena *arena, const minos_value **ret_value)
{
    mn_value_sink sink;

    mn_value_sink_init(&sink, arena);
    MINOS_TRY(mn_avro_decode(file, MINOS_VIEW(""), arena, mn_value_sink_of(&sink)));
    return mn_value_sink_end(&sink, ret_value);
}

/* The schema's text in a file of ours. */
static minos_view schema_of(minos_view file)
{
    const uint8_t *at = (const uint8_t *)file.data + sizeof FILE_BEGIN - 1;
    int64_t size;

    assert_memory_equal(file.data, FILE_BEGIN, sizeof FILE_BEGIN - 1);
    assert_true(mn_varint_read(&at, (const uint8_t *)file.data + file.size, &size));
    return minos_view_make(at, (size_t)size);
}

/* As MINOS_MAP, with a record's name. */
static const minos_value *record(minos_arena *arena, const char *name, const minos_value *map)
{
    const minos_value *copy;
    minos_value *made;

    assert_ok(minos_value_dup(arena, map, &copy));
    made = (minos_value *)copy;
    made->flags |= MINOS_VALUE_RECORD;
    made->as.named.name = name;
    return made;
}

static const minos_value *set(minos_arena *arena, const minos_value *list)
{
    const minos_value *copy;

    assert_ok(minos_value_dup(arena, list, &copy));
    ((minos_value *)copy)->flags |= MINOS_VALUE_SET;
    return copy;
}

#define UUID                 "{\"type\":\"string\",\"logicalType\":\"uuid\"}"
#define DATETIME             "{\"type\":\"long\",\"logicalType\":\"timestamp-micros\"}"
#define DATE                 "{\"type\":\"int\",\"logicalType\":\"date\"}"
#define TIME                 "{\"type\":\"int\",\"logicalType\":\"time-micros\"}"
#define TIMEDELTA            "{\"type\":\"long\",\"logicalType\":\"timedelta-micros\"}"
#define ARRAY(of)            "{\"type\":\"array\",\"items\":" of "}"
#define SET(of)              "{\"type\":\"array\",\"logicalType\":\"set\",\"items\":" of "}"
#define MAP(of)              "{\"type\":\"map\",\"values\":" of "}"
#define RECORD(name, fields) "{\"type\":\"record\",\"name\":\"" name "\",\"fields\":[" fields "]}"
#define FIELD(name, type)    "{\"name\":\"" name "\",\"type\":" type "}"

typedef struct schema_row {
    const char *name;
    const minos_value *value;
    const char *schema;
} schema_row;

static void assert_schema(const schema_row *row, minos_arena *arena, minos_buffer *out)
{
    const minos_value *value, null = minos_value_null();
    minos_view schema;

    minos_buffer_clear(out);
    assert_ok(mn_avro_encode(row->value, out));
    schema = schema_of(minos_buffer_view(out));
    if (!minos_view_is(schema, row->schema))
        fail_msg("%s: %.*s", row->name, (int)schema.size, schema.data);
    assert_ok(decode(minos_buffer_view(out), arena, &value));
    if (!minos_value_equal(value, row->value == NULL ? &null : row->value))
        fail_msg("%s: reads back otherwise", row->name);
}

static void assert_schemas(const schema_row *rows, size_t count, minos_arena *arena)
{
    minos_buffer out;

    mn_buffer_init(&out, SIZE_MAX);
    for (int round = 0; round < 2; round++) /* made anew, then found */
        for (size_t i = 0; i < count; i++)
            assert_schema(&rows[i], arena, &out);
    mn_buffer_done(&out);
}

static void schemas_of_scalars(void **state)
{
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
    minos_uuid id = {.bytes = {1}};
    const schema_row rows[] = {
        {"nothing", NULL, "\"null\""},
        {"boolean", MINOS_VALUE(false), "\"boolean\""},
        {"integer", MINOS_VALUE(INT64_MIN), "\"int\""},
        {"wide integer", MINOS_VALUE(INT64_MAX), "\"int\""},
        {"double", MINOS_VALUE(-0.0), "\"double\""},
        {"string", MINOS_VALUE("grüß"), "\"string\""},
        {"bytes", MINOS_VALUE(minos_value_bytes(MINOS_VIEW("\0\xff"))), "\"bytes\""},
        {"uuid", MINOS_VALUE(id), UUID},
        {"datetime", MINOS_VALUE(minos_value_datetime(-1)), DATETIME},
        {"date", MINOS_VALUE(minos_value_date(-719162)), DATE},
        {"time", MINOS_VALUE(minos_value_time(MN_DAY_US - 1)), TIME},
        {"timedelta", MINOS_VALUE(minos_value_timedelta(-5)), TIMEDELTA},
        {"empty list", &(minos_value){.type = MINOS_TYPE_LIST}, ARRAY("\"null\"")},
        {"empty map", &(minos_value){.type = MINOS_TYPE_MAP}, MAP("\"null\"")},
        {"list", MINOS_LIST(MINOS_ITEM(1), MINOS_ITEM(2)), ARRAY("\"int\"")},
        {"set", set(arena, MINOS_LIST(MINOS_ITEM("a"), MINOS_ITEM("b"))), SET("\"string\"")},
        {"map", MINOS_MAP(MINOS_KV("", 1), MINOS_KV("b", 2)), MAP("\"int\"")},
    };
    (void)state;
    assert_schemas(rows, mn_count_of(rows), arena);
}

static void schemas_of_unions(void **state)
{
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
    minos_uuid id = {.bytes = {1}};
    const minos_value *point = record(arena, "geo.Point", MINOS_MAP(MINOS_KV("x", 1.5)));
    const schema_row rows[] = {
        {"the order of a union",
         MINOS_LIST(MINOS_ITEM(MINOS_LIST(MINOS_ITEM(1))),
                    MINOS_ITEM(MINOS_MAP(MINOS_KV("k", true))), MINOS_ITEM(point),
                    MINOS_ITEM(minos_value_date(1)), MINOS_ITEM(minos_value_datetime(1)),
                    MINOS_ITEM(1), MINOS_ITEM(1.5), MINOS_ITEM(id),
                    MINOS_ITEM(minos_value_bytes(MINOS_VIEW("b"))), MINOS_ITEM("s"),
                    MINOS_ITEM(true), MINOS_ITEM(minos_value_null())),
         ARRAY("[\"null\",\"boolean\",\"string\",\"bytes\"," UUID ",\"double\",\"int\"," DATETIME
               "," DATE "," RECORD("geo.x1.Point", FIELD("x", "\"double\"")) "," MAP(
                   "\"boolean\"") "," ARRAY("\"int\"") "]")},
        {"times before a double",
         MINOS_LIST(MINOS_ITEM(1.5), MINOS_ITEM(minos_value_time(1)),
                    MINOS_ITEM(minos_value_timedelta(2)), MINOS_ITEM(minos_value_datetime(3))),
         ARRAY("[" TIMEDELTA "," TIME ",\"double\"," DATETIME "]")},
        {"times behind an int",
         MINOS_LIST(MINOS_ITEM(minos_value_time(1)), MINOS_ITEM(7),
                    MINOS_ITEM(minos_value_timedelta(2)), MINOS_ITEM(minos_value_date(3))),
         ARRAY("[\"int\"," DATE "," TIMEDELTA "," TIME "]")},
        {"maps are one map",
         MINOS_LIST(MINOS_ITEM(MINOS_MAP(MINOS_KV("a", 1))),
                    MINOS_ITEM(MINOS_MAP(MINOS_KV("b", "x"))),
                    MINOS_ITEM(&(minos_value){.type = MINOS_TYPE_MAP})),
         ARRAY(MAP("[\"string\",\"int\"]"))},
        {"lists are one list",
         MINOS_MAP(MINOS_KV("a", MINOS_LIST(MINOS_ITEM(1))),
                   MINOS_KV("b", &(minos_value){.type = MINOS_TYPE_LIST}),
                   MINOS_KV("c", MINOS_LIST(MINOS_ITEM(MINOS_LIST(MINOS_ITEM("x")))))),
         MAP(ARRAY("[\"int\"," ARRAY("\"string\"") "]"))},
        {"a set beside a list",
         MINOS_LIST(MINOS_ITEM(set(arena, MINOS_LIST(MINOS_ITEM(1)))),
                    MINOS_ITEM(MINOS_LIST(MINOS_ITEM("a")))),
         ARRAY("[" ARRAY("[\"string\",\"int\"]") "," SET("[\"string\",\"int\"]") "]")},
    };
    (void)state;
    assert_schemas(rows, mn_count_of(rows), arena);
}

static void schemas_of_records(void **state)
{
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
    const minos_value *point = record(arena, "geo.Point", MINOS_MAP(MINOS_KV("x", 1.5)));
    const minos_value *tagged = record(
        arena, "geo.Point", MINOS_MAP(MINOS_KV("x", 2.5), MINOS_KV("tag", minos_value_null())));
    const minos_value *named =
        record(arena, "geo.Point", MINOS_MAP(MINOS_KV("x", 7), MINOS_KV("tag", "a")));
    const schema_row rows[] = {
        {"record", point, RECORD("geo.x1.Point", FIELD("x", "\"double\""))},
        {"record without namespace", record(arena, "P", MINOS_MAP(MINOS_KV("x", 1))),
         RECORD("x1.P", FIELD("x", "\"int\""))},
        {"record with an odd name", record(arena, "a\"b.c\"d", MINOS_MAP(MINOS_KV("x\n", 1))),
         RECORD("a\\\"b.x1.c\\\"d", FIELD("x\\n", "\"int\""))},
        {"records of one kind are one", MINOS_LIST(MINOS_ITEM(tagged), MINOS_ITEM(named)),
         ARRAY(RECORD("geo.x1.Point", FIELD("x", "[\"double\",\"int\"]") "," FIELD(
                                          "tag", "[\"null\",\"string\"]")))},
        {"most fields first",
         MINOS_LIST(MINOS_ITEM(point), MINOS_ITEM(tagged), MINOS_ITEM(MINOS_MAP(MINOS_KV("k", 1)))),
         ARRAY("[" RECORD(
             "geo.x1.Point",
             FIELD("x", "\"double\"") "," FIELD(
                 "tag", "\"null\"")) "," RECORD("geo.x2.Point",
                                                FIELD("x", "\"double\"")) "," MAP("\"int\"") "]")},
        {"record in record",
         record(arena, "a.A", MINOS_MAP(MINOS_KV("p", point), MINOS_KV("q", point))),
         RECORD("a.x1.A", FIELD("p", RECORD("geo.x2.Point", FIELD("x", "\"double\""))) "," FIELD(
                              "q", RECORD("geo.x3.Point", FIELD("x", "\"double\""))))},
        {"record without fields", record(arena, "a.A", &(minos_value){.type = MINOS_TYPE_MAP}),
         RECORD("a.x1.A", "")},
    };
    (void)state;
    assert_schemas(rows, mn_count_of(rows), arena);
}

static void numbers_are_kept_bit_by_bit(void **state)
{
    static const double rows[] = {0.0, -0.0, 1e308, 5e-324, INFINITY, -INFINITY};
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
    const minos_value *value;
    minos_buffer out;
    (void)state;

    mn_buffer_init(&out, SIZE_MAX);
    for (size_t i = 0; i < mn_count_of(rows); i++) {
        minos_buffer_clear(&out);
        assert_ok(mn_avro_encode(MINOS_VALUE(rows[i]), &out));
        assert_ok(decode(minos_buffer_view(&out), arena, &value));
        assert_memory_equal(&value->as.number, &rows[i], sizeof rows[i]);
    }
    minos_buffer_clear(&out);
    assert_ok(mn_avro_encode(MINOS_VALUE((double)NAN), &out));
    assert_ok(decode(minos_buffer_view(&out), arena, &value));
    assert_true(isnan(value->as.number));
    mn_buffer_done(&out);
}

/* The block's size takes one to three bytes. */
static void sizes_of_objects(void **state)
{
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
    char *text = mn_alloc(20000);
    (void)state;

    memset(text, 'x', 20000);
    for (uint32_t size = 0; size < 20000; size += size < 200 ? 1 : 61) {
        const minos_value *value;
        minos_buffer out;
        mn_buffer_init(&out, SIZE_MAX);
        mn_buffer_put_text(&out, "before");
        assert_ok(
            mn_avro_encode(MINOS_VALUE(minos_value_string(minos_view_make(text, size))), &out));
        assert_ok(decode(minos_view_make(out.data + 6, out.size - 6), arena, &value));
        assert_int_equal(value->size, size);
        mn_buffer_done(&out);
        minos_arena_reset(arena);
    }
    free(text);
}

static void what_cannot_be_written(void **state)
{
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
    const minos_value *deep = MINOS_VALUE(1);
    const struct {
        const char *name;
        const minos_value *value;
        minos_rc rc;
        const char *part;
    } rows[] = {
        {"string", MINOS_VALUE("\xff"), MINOS_EINVAL, "a string to be written as Avro"},
        {"key", MINOS_MAP(MINOS_KV("\xff", 1)), MINOS_EINVAL, "a key to be written as Avro"},
        {"later than a day", MINOS_VALUE(minos_value_time(MN_DAY_US)), MINOS_EINVAL,
         "a time of day"},
        {"before midnight", MINOS_LIST(MINOS_ITEM(minos_value_time(-1))), MINOS_EINVAL,
         "a time of day"},
        {"no type", &(minos_value){.type = 77}, MINOS_EINVAL, "no known type"},
        {"field without name", record(arena, "R", MINOS_MAP(MINOS_KV("", 1))), MINOS_EINVAL,
         "without a proper name"},
        {"NUL in a field",
         record(arena, "R",
                &(minos_value){.type = MINOS_TYPE_MAP,
                               .size = 1,
                               .as.named.pairs = &(minos_pair){.key = MINOS_VIEW("a\0b")}}),
         MINOS_EINVAL, "without a proper name"},
        {"field not UTF-8", record(arena, "R", MINOS_MAP(MINOS_KV("\xff", 1))), MINOS_EINVAL,
         "not UTF-8"},
        {"name not UTF-8", record(arena, "R\xff", MINOS_MAP(MINOS_KV("a", 1))), MINOS_EINVAL,
         "not UTF-8"},
    };
    minos_buffer out, small;
    (void)state;

    mn_buffer_init(&out, SIZE_MAX);
    mn_buffer_put_text(&out, "kept");
    for (size_t i = 0; i < mn_count_of(rows); i++) {
        minos_rc rc = mn_avro_encode(rows[i].value, &out);
        if (rc != rows[i].rc ||
            strstr(minos_error_message(minos_error_last()), rows[i].part) == NULL)
            fail_msg("%s: %s", rows[i].name, minos_error_message(minos_error_last()));
        assert_true(minos_view_is(minos_buffer_view(&out), "kept"));
    }
    for (int depth = 0; depth <= MN_VALUE_DEPTH_MAX; depth++) {
        minos_value *list = minos_value_list_new(arena);
        assert_ok(minos_value_append(arena, list, *deep));
        deep = list;
        if (depth == MN_VALUE_DEPTH_MAX - 1)
            assert_ok(mn_avro_encode(deep, &out));
    }
    assert_fails(mn_avro_encode(deep, &out), MINOS_ETOOBIG, "deeper than 64 levels");
    mn_buffer_init(&small, 64);
    assert_rc(mn_avro_encode(MINOS_VALUE(1), &small), MINOS_ETOOBIG);
    mn_buffer_done(&small);
    mn_buffer_done(&out);
}

/* A list of ever other records: each is a branch with a name of its own. */
static void many_records(void **state)
{
    static const struct {
        uint32_t count;
        minos_rc rc;
    } rows[] = {{900, MINOS_OK}, {901, MINOS_ETOOBIG}};
    (void)state;

    for (size_t i = 0; i < mn_count_of(rows); i++) {
        MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
        minos_value *list = minos_value_list_new(arena);
        const minos_value *value;
        minos_buffer out;
        minos_rc rc;
        for (uint32_t j = 0; j < rows[i].count; j++)
            assert_ok(minos_value_append(arena, list,
                                         *record(arena, minos_arena_printf(arena, "a.R%u", j),
                                                 MINOS_MAP(MINOS_KV("f", j)))));
        assert_ok(minos_value_append(arena, list, minos_value_null()));
        mn_buffer_init(&out, SIZE_MAX);
        rc = mn_avro_encode(list, &out);
        assert_int_equal(rc, rows[i].rc);
        if (rc == MINOS_OK) {
            assert_ok(decode(minos_buffer_view(&out), arena, &value));
            assert_true(minos_value_equal(value, list));
        }
        mn_buffer_done(&out);
    }
}

/* More shapes than have room: each is still written as it is. */
static void many_shapes(void **state)
{
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
    minos_buffer out;
    (void)state;

    mn_buffer_init(&out, SIZE_MAX);
    for (int i = 0; i < 3000; i++) {
        const char *key = minos_arena_printf(arena, "f%d", i % 1000);
        const minos_value *value = record(arena, "a.R", MINOS_MAP(MINOS_KV(key, i))), *again;
        minos_buffer_clear(&out);
        assert_ok(mn_avro_encode(value, &out));
        assert_ok(decode(minos_buffer_view(&out), arena, &again));
        if (!minos_value_equal(value, again))
            fail_msg("shape %d", i);
    }
    mn_buffer_done(&out);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(schemas_of_scalars), cmocka_unit_test(schemas_of_unions),
        cmocka_unit_test(schemas_of_records), cmocka_unit_test(numbers_are_kept_bit_by_bit),
        cmocka_unit_test(sizes_of_objects),   cmocka_unit_test(what_cannot_be_written),
        cmocka_unit_test(many_records),       cmocka_unit_test(many_shapes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
