/*
 * Avro files read: every type, the container around it, and what is wrong with either.
 */
#include "support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "codec/avro.h"
#include "codec/avro_scalar.h"
#include "codec/value_sink.h"

static const char sync_marker[] = "0123456789abcdef";

/* ---- files made by hand ---- */

static void put_integer(minos_buffer *out, int64_t integer)
{
    uint8_t bytes[MN_VARINT_BYTES_MAX];
    mn_buffer_put(out, bytes, (size_t)(mn_varint_write(bytes, integer) - bytes));
}

static void put_sized(minos_buffer *out, minos_view bytes)
{
    put_integer(out, (int64_t)bytes.size);
    mn_buffer_put(out, bytes.data, bytes.size);
}

/* Pairs of hexadecimal digits, blanks between them. */
static void put_hex(minos_buffer *out, const char *hex)
{
    for (; *hex != '\0'; hex++) {
        unsigned byte;
        if (*hex == ' ')
            continue;
        assert_int_equal(sscanf(hex++, "%2x", &byte), 1);
        mn_buffer_put_byte(out, (char)byte);
    }
}

static void put_header(minos_buffer *out, minos_view schema, const char *codec)
{
    mn_buffer_put(out, "Obj\1", 4);
    put_integer(out, codec == NULL ? 1 : 2);
    put_sized(out, MINOS_VIEW("avro.schema"));
    put_sized(out, schema);
    if (codec != NULL) {
        put_sized(out, MINOS_VIEW("avro.codec"));
        put_sized(out, minos_view_of(codec));
    }
    put_integer(out, 0);
    mn_buffer_put(out, sync_marker, 16);
}

static void put_block(minos_buffer *out, int64_t count, minos_view data)
{
    put_integer(out, count);
    put_sized(out, data);
    mn_buffer_put(out, sync_marker, 16);
}

static void put_file(minos_buffer *out, minos_view schema, minos_view data)
{
    put_header(out, schema, NULL);
    put_block(out, 1, data);
}

static minos_rc decode(minos_view file, minos_arena *arena, const minos_value **ret_value)
{
    mn_value_sink sink;

    mn_value_sink_init(&sink, arena);
    MINOS_TRY(mn_avro_decode(file, MINOS_VIEW(""), arena, mn_value_sink_of(&sink)));
    return mn_value_sink_end(&sink, ret_value);
}

static minos_rc decode_hex(const char *schema, const char *hex, minos_arena *arena,
                           const minos_value **ret_value)
{
    minos_buffer data, file;
    minos_rc rc;

    mn_buffer_init(&data, SIZE_MAX);
    mn_buffer_init(&file, SIZE_MAX);
    put_hex(&data, hex);
    put_file(&file, minos_view_of(schema), minos_buffer_view(&data));
    rc = decode(minos_buffer_view(&file), arena, ret_value);
    mn_buffer_done(&data);
    mn_buffer_done(&file);
    return rc;
}

/* ---- values ---- */

#define LONG(logical) "{\"type\":\"long\",\"logicalType\":\"" logical "\"}"
#define NODE                                                                                       \
    "{\"type\":\"record\",\"name\":\"Node\",\"fields\":[{\"name\":\"v\",\"type\":\"int\"},"        \
    "{\"name\":\"next\",\"type\":[\"null\",\"Node\"]}]}"
#define UUID_TEXT "48 66383164346661652d376465632d313164302d613736352d303061306339316536626636"

static const struct {
    const char *name, *schema, *data, *json;
} values[] = {
    {"null", "\"null\"", "", "null"},
    {"true", "\"boolean\"", "01", "true"},
    {"false", "{\"type\":\"boolean\"}", "00", "false"},
    /* Avro 1.11, Binary Encoding: its own examples of zigzag. */
    {"0", "\"int\"", "00", "0"},
    {"-1", "\"int\"", "01", "-1"},
    {"1", "\"long\"", "02", "1"},
    {"-2", "\"int\"", "03", "-2"},
    {"-64", "\"int\"", "7f", "-64"},
    {"64", "\"int\"", "80 01", "64"},
    {"int of 40 bits", "\"int\"", "8080808080 40", "1099511627776"},
    {"greatest", "\"int\"", "feffffffffffffffff01", "9223372036854775807"},
    {"least", "\"long\"", "ffffffffffffffffff01", "-9223372036854775808"},
    {"longer than needed", "\"int\"", "8200", "1"},
    {"float", "\"float\"", "0000c03f", "1.5"},
    {"double", "\"double\"", "00000000000004c0", "-2.5"},
    {"empty string", "\"string\"", "00", "\"\""},
    /* Avro 1.11: "foo" is 06 66 6f 6f. */
    {"foo", "\"string\"", "06 666f6f", "\"foo\""},
    {"string beyond ASCII", "\"string\"", "04 c3b1", "\"ñ\""},
    {"bytes", "\"bytes\"", "04 00ff", "\"AP8=\""},
    {"uuid", "{\"type\":\"string\",\"logicalType\":\"uuid\"}", UUID_TEXT,
     "\"f81d4fae-7dec-11d0-a765-00a0c91e6bf6\""},
    {"uuid of bytes", "{\"logicalType\":\"uuid\",\"type\":\"bytes\"}",
     "20 f81d4fae7dec11d0a76500a0c91e6bf6", "\"f81d4fae-7dec-11d0-a765-00a0c91e6bf6\""},
    {"uuid of fixed", "{\"type\":\"fixed\",\"name\":\"U\",\"size\":16,\"logicalType\":\"uuid\"}",
     "f81d4fae7dec11d0a76500a0c91e6bf6", "\"f81d4fae-7dec-11d0-a765-00a0c91e6bf6\""},
    {"uuid of fixed 2", "{\"type\":\"fixed\",\"name\":\"U\",\"size\":2,\"logicalType\":\"uuid\"}",
     "f81d", "\"+B0=\""},
    {"date", "{\"type\":\"int\",\"logicalType\":\"date\"}", "00", "\"1970-01-01\""},
    {"time-micros of int", "{\"type\":\"int\",\"logicalType\":\"time-micros\"}", "feffbadd8305",
     "\"23:59:59.999999\""},
    {"time-micros", LONG("time-micros"), "02", "\"00:00:00.000001\""},
    {"time-millis", "{\"type\":\"int\",\"logicalType\":\"time-millis\"}", "02",
     "\"00:00:00.001000\""},
    {"timestamp-micros", LONG("timestamp-micros"), "01", "\"1969-12-31T23:59:59.999999Z\""},
    {"timestamp-millis", LONG("timestamp-millis"), "02", "\"1970-01-01T00:00:00.001000Z\""},
    {"timedelta", LONG("timedelta-micros"), "03", "-2"},
    {"unknown logical type", LONG("local-timestamp-micros"), "04", "2"},
    {"logical type of another base", "{\"type\":\"string\",\"logicalType\":\"date\"}", "02 61",
     "\"a\""},
    {"logical type that is no text", "{\"type\":\"int\",\"logicalType\":7}", "04", "2"},
    {"decimal is bytes", "{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":4}",
     "02 07", "\"Bw==\""},
    {"type in type", "{\"type\":{\"type\":\"int\"},\"logicalType\":\"date\"}", "02",
     "\"1970-01-02\""},
    {"enum", "{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\",\"B\"]}", "02", "\"B\""},
    {"fixed", "{\"type\":\"fixed\",\"name\":\"F\",\"size\":2}", "0001", "\"AAE=\""},
    {"fixed of nothing", "{\"type\":\"fixed\",\"name\":\"F\",\"size\":0}", "", "\"\""},
    {"empty array", "{\"type\":\"array\",\"items\":\"null\"}", "00", "[]"},
    /* Avro 1.11: [3, 27] of long is 04 06 36 00. */
    {"array", "{\"type\":\"array\",\"items\":\"long\"}", "04 06 36 00", "[3,27]"},
    {"array in blocks", "{\"type\":\"array\",\"items\":\"int\"}", "02 02 02 04 00", "[1,2]"},
    {"array with sizes", "{\"type\":\"array\",\"items\":\"int\"}", "03 04 02 04 00", "[1,2]"},
    {"array of nulls", "{\"type\":\"array\",\"items\":\"null\"}", "06 00", "[null,null,null]"},
    {"map", "{\"type\":\"map\",\"values\":\"int\"}", "04 02 61 02 02 62 04 00",
     "{\"a\":1,\"b\":2}"},
    {"map with sizes", "{\"type\":\"map\",\"values\":\"int\"}", "01 06 02 61 02 00", "{\"a\":1}"},
    {"union", "[\"null\",\"string\"]", "02 02 61", "\"a\""},
    {"union of null", "[\"string\",\"null\"]", "02", "null"},
    {"record", NODE, "02 00", "{\"v\":1,\"next\":null}"},
    {"record that refers to itself", NODE, "02 02 04 00",
     "{\"v\":1,\"next\":{\"v\":2,\"next\":null}}"},
    {"record without fields", "{\"type\":\"record\",\"name\":\"R\",\"fields\":[]}", "", "{}"},
    {"escapes in a schema",
     "{\"type\":\"record\",\"name\":\"R\",\"fields\":"
     "[{\"name\":\"\\u00f1\\ud83d\\ude00\\/\\\"\",\"type\":\"int\"}]}",
     "02", "{\"ñ😀/\\\"\":1}"},
    {"what a schema may hold besides",
     " { \"type\" : \"record\" , \"name\":\"R\", \"doc\":\"d\",\"aliases\":[\"x\"], \"fields\":[ "
     "{\"name\":\"a\",\"type\":\"int\",\"default\":-1.5e3,\"order\":\"ignore\"} ],\"x\":{} } ",
     "02", "{\"a\":1}"},
    {"reference to a namespace",
     "{\"type\":\"record\",\"name\":\"a.b.R\",\"fields\":[{\"name\":\"x\",\"type\":"
     "{\"type\":\"fixed\",\"name\":\"F\",\"size\":1}},{\"name\":\"y\",\"type\":\"a.b.F\"},"
     "{\"name\":\"z\",\"type\":\"F\"}]}",
     "010203", "{\"x\":\"AQ==\",\"y\":\"Ag==\",\"z\":\"Aw==\"}"},
};

static void values_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < mn_count_of(values); i++) {
        MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
        const minos_value *value;
        minos_view json = {0};
        if (decode_hex(values[i].schema, values[i].data, arena, &value) != MINOS_OK ||
            minos_json_encode(value, arena, &json) != MINOS_OK)
            fail_msg("%s: %s", values[i].name, minos_error_message(minos_error_last()));
        if (!minos_view_is(json, values[i].json))
            fail_msg("%s: %s", values[i].name, json.data);
    }
}

#define RECORD(name, more) "{\"type\":\"record\",\"name\":\"" name "\"" more ",\"fields\":[]}"

static void names_and_sets(void **state)
{
    static const struct {
        const char *schema, *name;
    } rows[] = {
        {RECORD("R", ""), "R"},
        {RECORD("x.R", ""), "R"},
        {RECORD("shop.orders.x1.Order", ""), "shop.orders.Order"},
        {RECORD("Order", ",\"namespace\":\"shop.orders.x1\""), "shop.orders.Order"},
        {RECORD("a.b.Order", ",\"namespace\":\"shop.orders.x1\""), "a.Order"},
        {RECORD("R", ",\"namespace\":\"\""), "R"},
        {RECORD("shop.39719003-72e9-4ab9-9f82-59ff9df58971.Order", ""), "shop.Order"},
    };
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
    const minos_value *value;
    (void)state;

    for (size_t i = 0; i < mn_count_of(rows); i++) {
        assert_ok(decode_hex(rows[i].schema, "", arena, &value));
        assert_true((value->flags & MINOS_VALUE_RECORD) != 0);
        if (strcmp(value->as.named.name, rows[i].name) != 0)
            fail_msg("%s: %s", rows[i].schema, value->as.named.name);
    }
    /* A record without a namespace lies in the one around it. */
    assert_ok(decode_hex("{\"type\":\"record\",\"name\":\"a.b.x1.R\",\"fields\":[{\"name\":\"f\","
                         "\"type\":{\"type\":\"record\",\"name\":\"S\",\"fields\":[]}}]}",
                         "", arena, &value));
    assert_string_equal(minos_value_get(value, "f")->as.named.name, "a.b.S");
    assert_ok(decode_hex("{\"type\":\"array\",\"items\":\"int\",\"logicalType\":\"set\"}",
                         "04 02 04 00", arena, &value));
    assert_int_equal(value->flags & MINOS_VALUE_SET, MINOS_VALUE_SET);
    assert_ok(decode_hex("{\"type\":\"map\",\"values\":\"int\",\"logicalType\":\"set\"}", "00",
                         arena, &value));
    assert_int_equal(value->type, MINOS_TYPE_MAP);
    assert_int_equal(value->flags & (MINOS_VALUE_RECORD | MINOS_VALUE_SET), 0);
}

/* ---- what is wrong with an object ---- */

static const struct {
    const char *name, *schema, *data;
    minos_rc rc;
    const char *part;
} bad_objects[] = {
    {"boolean of 2", "\"boolean\"", "02", MINOS_EPARSE, "neither 0 nor 1"},
    {"no boolean", "\"boolean\"", "", MINOS_EPARSE, "too early"},
    {"no int", "\"int\"", "", MINOS_EPARSE, "integer is cut off"},
    {"int cut off", "\"int\"", "80", MINOS_EPARSE, "integer is cut off"},
    {"int of 65 bits", "\"int\"", "80808080808080808002", MINOS_EPARSE, "too long"},
    {"int of 11 bytes", "\"int\"", "8080808080808080808000", MINOS_EPARSE, "too long"},
    {"float cut off", "\"float\"", "000000", MINOS_EPARSE, "too early"},
    {"double cut off", "\"double\"", "00000000000000", MINOS_EPARSE, "too early"},
    {"string of negative size", "\"string\"", "01", MINOS_EPARSE, "negative size"},
    {"string cut off", "\"string\"", "04 61", MINOS_EPARSE, "larger than what is left"},
    {"string of 2^62 bytes", "\"string\"", "80808080808080808001", MINOS_EPARSE, "larger than"},
    {"string without size", "\"string\"", "", MINOS_EPARSE, "size is cut off"},
    {"not UTF-8", "\"string\"", "02 ff", MINOS_EPARSE, "not UTF-8"},
    {"surrogate", "\"string\"", "06 eda080", MINOS_EPARSE, "not UTF-8"},
    {"bytes cut off", "\"bytes\"", "06 6161", MINOS_EPARSE, "larger than what is left"},
    {"no uuid", "{\"type\":\"string\",\"logicalType\":\"uuid\"}", "02 61", MINOS_EPARSE,
     "not a UUID"},
    {"fixed cut off", "{\"type\":\"fixed\",\"name\":\"F\",\"size\":2}", "00", MINOS_EPARSE,
     "too early"},
    {"symbol 2 of 2", "{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\",\"B\"]}", "04",
     MINOS_EPARSE, "no symbol of this number"},
    {"symbol -1", "{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\",\"B\"]}", "01",
     MINOS_EPARSE, "no symbol of this number"},
    {"branch 2 of 2", "[\"null\",\"int\"]", "04", MINOS_EPARSE, "no branch of this number"},
    {"branch -1", "[\"null\",\"int\"]", "01", MINOS_EPARSE, "no branch of this number"},
    {"branch of an empty union", "[]", "00", MINOS_EPARSE, "no branch of this number"},
    {"time of a day later", LONG("time-micros"), "8080bbdd8305", MINOS_EPARSE, "outside of a day"},
    {"time before midnight", LONG("time-micros"), "01", MINOS_EPARSE, "outside of a day"},
    {"time-millis of a day", LONG("time-millis"), "80f0b252", MINOS_EPARSE, "outside of a day"},
    {"timestamp-millis beyond", LONG("timestamp-millis"), "feffffffffffffffff01", MINOS_EPARSE,
     "beyond 64 bits"},
    {"array cut off", "{\"type\":\"array\",\"items\":\"int\"}", "04 02", MINOS_EPARSE,
     "field [1]: an integer is cut off"},
    {"array without end", "{\"type\":\"array\",\"items\":\"int\"}", "02 02", MINOS_EPARSE,
     "cut off"},
    {"array of 2^62", "{\"type\":\"array\",\"items\":\"string\"}", "80808080808080808001",
     MINOS_EPARSE, "cut off"},
    {"array of 2^62 nulls", "{\"type\":\"array\",\"items\":\"null\"}", "80808080808080808001",
     MINOS_ETOOBIG, "take no bytes"},
    {"array of -2^63", "{\"type\":\"array\",\"items\":\"int\"}", "ffffffffffffffffff01",
     MINOS_EPARSE, "out of range"},
    {"block larger than what is left", "{\"type\":\"array\",\"items\":\"int\"}", "01 08 02 00",
     MINOS_EPARSE, "block's size"},
    {"block of negative size", "{\"type\":\"array\",\"items\":\"int\"}", "01 01 02 00",
     MINOS_EPARSE, "block's size"},
    {"key not UTF-8", "{\"type\":\"map\",\"values\":\"int\"}", "02 02 ff 02 00", MINOS_EPARSE,
     "not UTF-8"},
    {"key twice", "{\"type\":\"map\",\"values\":\"int\"}", "04 02 61 02 02 61 04 00", MINOS_EPARSE,
     "key twice"},
    {"key twice, in two blocks", "{\"type\":\"map\",\"values\":\"int\"}",
     "02 02 61 02 02 02 61 04 00", MINOS_EPARSE, "key twice"},
    {"map cut off", "{\"type\":\"map\",\"values\":\"int\"}", "02 02 61", MINOS_EPARSE,
     "field a: an integer"},
    {"record cut off", NODE, "02 02 04", MINOS_EPARSE, "field next.next: an integer is cut off"},
    {"record in itself",
     "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"r\",\"type\":\"R\"}]}", "",
     MINOS_ETOOBIG, "nested too deep"},
    {"bytes behind", "\"int\"", "02 00", MINOS_EPARSE, "bytes follow the object"},
};

static void bad_objects_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < mn_count_of(bad_objects); i++) {
        MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
        const minos_value *value = NULL;
        minos_rc rc = decode_hex(bad_objects[i].schema, bad_objects[i].data, arena, &value);
        const char *message = minos_error_message(minos_error_last());
        if (rc != bad_objects[i].rc || strstr(message, bad_objects[i].part) == NULL ||
            strstr(message, "Avro object at byte ") == NULL)
            fail_msg("%s: %s %s", bad_objects[i].name, minos_rc_name(rc), message);
        assert_null(value);
    }
}

/* Seventeen keys are compared otherwise than sixteen. */
static void keys_of_large_maps(void **state)
{
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
    const minos_value *value;
    (void)state;

    for (int twice = 0; twice <= 1; twice++) {
        minos_buffer data, file;
        mn_buffer_init(&data, SIZE_MAX);
        mn_buffer_init(&file, SIZE_MAX);
        put_integer(&data, 1000);
        for (int i = 0; i < 1000; i++) {
            char key[16];
            snprintf(key, sizeof key, "%d", twice != 0 && i == 999 ? 123 : i);
            put_sized(&data, minos_view_of(key));
            put_integer(&data, i);
        }
        put_integer(&data, 0);
        put_file(&file, MINOS_VIEW("{\"type\":\"map\",\"values\":\"int\"}"),
                 minos_buffer_view(&data));
        if (twice != 0)
            assert_fails(decode(minos_buffer_view(&file), arena, &value), MINOS_EPARSE,
                         "field 123: a map has this key twice");
        else
            assert_ok(decode(minos_buffer_view(&file), arena, &value));
        mn_buffer_done(&data);
        mn_buffer_done(&file);
    }
    assert_int_equal(minos_value_count(value), 1000);
    assert_int_equal(minos_value_get(value, "777")->as.integer, 777);
}

/* ---- the container ---- */

static const struct {
    const char *name, *bytes;
    size_t size;
    minos_rc rc;
    const char *part;
} bad_files[] = {
#define FILE_ROW(name, bytes, rc, part)                                                            \
    {                                                                                              \
        name, bytes, sizeof bytes - 1, rc, part                                                    \
    }
#define SYNC "0123456789abcdef"
#define SCHEMA                                                                                     \
    "\x16"                                                                                         \
    "avro.schema\x0a"                                                                              \
    "\"int\""
#define HEADER "Obj\1\2" SCHEMA "\0" SYNC
    FILE_ROW("nothing", "", MINOS_EPARSE, "does not begin"),
    FILE_ROW("another magic", "Obj\2\2" SCHEMA "\0" SYNC, MINOS_EPARSE, "does not begin"),
    FILE_ROW("magic only", "Obj\1", MINOS_EPARSE, "count of metadata"),
    FILE_ROW("no metadata", "Obj\1\0" SYNC "\2\2\2" SYNC, MINOS_EPARSE, "lack avro.schema"),
    FILE_ROW("no sync", "Obj\1\2" SCHEMA "\0", MINOS_EPARSE, "sync marker is cut off"),
    FILE_ROW("key cut off",
             "Obj\1\2\x16"
             "avro",
             MINOS_EPARSE, "a metadata key of 11 bytes"),
    FILE_ROW("key of negative size", "Obj\1\2\1", MINOS_EPARSE, "a metadata key of -1 bytes"),
    FILE_ROW("value cut off",
             "Obj\1\2\x16"
             "avro.schema\x0a\"",
             MINOS_EPARSE, "a metadata value"),
    FILE_ROW("65 entries", "Obj\1\x82\1\2a\2b", MINOS_ETOOBIG, "64 entries"),
    FILE_ROW("65 entries by size", "Obj\1\x81\1\0", MINOS_ETOOBIG, "64 entries"),
    FILE_ROW("size of metadata", "Obj\1\1\x7e", MINOS_EPARSE, "a size of metadata"),
    FILE_ROW("schema twice", "Obj\1\4" SCHEMA SCHEMA "\0" SYNC "\2\2\2" SYNC, MINOS_EPARSE,
             "given twice"),
    FILE_ROW("no object", HEADER, MINOS_EPARSE, "no object"),
    FILE_ROW("an empty block", HEADER "\0\0" SYNC, MINOS_EPARSE, "no object"),
    FILE_ROW("two objects", HEADER "\4\4\2\2" SYNC, MINOS_EPARSE, "more than one object"),
    FILE_ROW("two blocks", HEADER "\2\2\2" SYNC "\2\2\2" SYNC, MINOS_EPARSE, "more than one"),
    FILE_ROW("negative count", HEADER "\1\2\2" SYNC, MINOS_EPARSE, "a block's count"),
    FILE_ROW("block cut off", HEADER "\2\4\2", MINOS_EPARSE, "a block of 2 bytes, 1 are left"),
    FILE_ROW("another sync",
             HEADER "\2\2\2"
                    "0123456789abcdeF",
             MINOS_EPARSE, "sync marker"),
    FILE_ROW("sync cut off",
             HEADER "\2\2\2"
                    "0123456789abcde",
             MINOS_EPARSE, "sync marker"),
    FILE_ROW("bytes behind", HEADER "\2\2\2" SYNC "x", MINOS_EPARSE, "a block"),
    FILE_ROW("codec snappy",
             "Obj\1\4" SCHEMA "\x14"
             "avro.codec\x0c"
             "snappy\0" SYNC "\2\2\2" SYNC,
             MINOS_EPARSE, "\"snappy\" is not supported"),
    FILE_ROW("codec deflate, damaged",
             "Obj\1\4" SCHEMA "\x14"
             "avro.codec\x0e"
             "deflate\0" SYNC "\2\2\2" SYNC,
             MINOS_EPARSE, "damaged"),
};

static void bad_files_are_refused(void **state)
{
    static const char good[] = HEADER "\0\0" SYNC "\2\2\2" SYNC "\0\0" SYNC;
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
    const minos_value *value;
    (void)state;

    for (size_t i = 0; i < mn_count_of(bad_files); i++) {
        minos_rc rc = decode(minos_view_make(bad_files[i].bytes, bad_files[i].size), arena, &value);
        if (rc != bad_files[i].rc ||
            strstr(minos_error_message(minos_error_last()), bad_files[i].part) == NULL)
            fail_msg("%s: %s %s", bad_files[i].name, minos_rc_name(rc),
                     minos_error_message(minos_error_last()));
    }
    assert_ok(decode(minos_view_make(good, sizeof good - 1), arena, &value));
    assert_int_equal(value->as.integer, 1);
    /* Cut anywhere, it is refused. */
    for (size_t size = 0; size < sizeof good - 1; size++)
        if (decode(minos_view_make(good, size), arena, &value) == MINOS_OK &&
            size != sizeof good - 1 - 18)
            fail_msg("cut to %zu bytes", size);
}

static void put_deflated(minos_buffer *out, size_t string_bytes, size_t behind)
{
    size_t room = string_bytes + 100;
    char *data = mn_alloc(room), *packed = mn_alloc(room);
    z_stream stream = {.next_in = (Bytef *)data, .next_out = (Bytef *)packed};
    size_t begin =
        (size_t)(mn_varint_write((uint8_t *)data, (int64_t)string_bytes) - (uint8_t *)data);

    memset(data + begin, 'x', string_bytes);
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY), Z_OK);
    stream.avail_in = (uInt)(begin + string_bytes);
    stream.avail_out = (uInt)room;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    put_header(out, MINOS_VIEW("\"string\""), "deflate");
    put_block(out, 1, minos_view_make(packed, stream.total_out + behind));
    deflateEnd(&stream);
    free(data);
    free(packed);
}

static void deflate_is_read_and_bounded(void **state)
{
    MINOS_AUTO(minos_arena) *arena = minos_arena_new((size_t)1 << 20);
    const minos_value *value;
    minos_buffer file;
    (void)state;

    mn_buffer_init(&file, SIZE_MAX);
    put_deflated(&file, 500000, 0);
    assert_ok(decode(minos_buffer_view(&file), arena, &value));
    assert_int_equal(value->size, 500000);
    minos_buffer_clear(&file);
    put_deflated(&file, 400000, 3); /* what another writer leaves behind the end */
    assert_ok(decode(minos_buffer_view(&file), arena, &value));
    assert_int_equal(value->size, 400000);
    minos_buffer_clear(&file);
    put_deflated(&file, (size_t)2 << 20, 0);
    assert_fails(decode(minos_buffer_view(&file), arena, &value), MINOS_ETOOBIG,
                 "unfolds to more than 1048576 bytes");
    mn_buffer_done(&file);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_read),         cmocka_unit_test(names_and_sets),
        cmocka_unit_test(bad_objects_are_refused), cmocka_unit_test(keys_of_large_maps),
        cmocka_unit_test(bad_files_are_refused),   cmocka_unit_test(deflate_is_read_and_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
