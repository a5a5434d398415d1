/*
 * Tagged JSON: each tag read and written again, and what is no tag.
 */
#include "support/support.h"

#include <string.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "runtime/tagged.h"

/* Read and written again; NULL: as it was. */
static const struct {
    const char *json, *written;
} rows[] = {
    {"null", NULL},
    {"true", NULL},
    {"false", NULL},
    {"0", NULL},
    {"-9007199254740991", NULL},
    {"9007199254740991", NULL},
    {"{\"$int\": \"9007199254740992\"}", NULL},
    {"{\"$int\": \"-9223372036854775808\"}", NULL},
    {"{\"$int\": \"9223372036854775807\"}", NULL},
    {"{\"$int\": \"5\"}", "5"},
    {"\"a \\\"text\\\" \\\\ \\n ñ 世 😀\"", NULL},
    /* As Python's repr writes them. */
    {"{\"$float\": \"0.0\"}", NULL},
    {"{\"$float\": \"-0.0\"}", NULL},
    {"{\"$float\": \"1.5\"}", NULL},
    {"{\"$float\": \"100000.0\"}", NULL},
    {"{\"$float\": \"1000000000000000.0\"}", NULL},
    {"{\"$float\": \"9999999999999998.0\"}", NULL},
    {"{\"$float\": \"1e+16\"}", NULL},
    {"{\"$float\": \"1.2345678901234568e+17\"}", NULL},
    {"{\"$float\": \"1e+100\"}", NULL},
    {"{\"$float\": \"1.7976931348623157e+308\"}", NULL},
    {"{\"$float\": \"5e-324\"}", NULL},
    {"{\"$float\": \"0.0001\"}", NULL},
    {"{\"$float\": \"0.00012345\"}", NULL},
    {"{\"$float\": \"1e-05\"}", NULL},
    {"{\"$float\": \"-1.5e-07\"}", NULL},
    {"{\"$float\": \"0.1\"}", NULL},
    {"{\"$float\": \"1234.0625\"}", NULL},
    {"{\"$float\": \"inf\"}", NULL},
    {"{\"$float\": \"-inf\"}", NULL},
    {"{\"$float\": \"nan\"}", NULL},
    {"2.5", "{\"$float\": \"2.5\"}"},
    {"{\"$bytes\": \"\"}", NULL},
    {"{\"$bytes\": \"00ff\"}", NULL},
    {"{\"$datetime\": \"2022-05-09T18:30:15.123456Z\"}", NULL},
    {"{\"$datetime\": \"0001-01-01T00:00:00.000000Z\"}", NULL},
    {"{\"$datetime\": \"9999-12-31T23:59:59.999999Z\"}", NULL},
    {"{\"$datetime\": \"1969-12-31T23:59:59.999999Z\"}", NULL},
    {"{\"$date\": \"2024-02-29\"}", NULL},
    {"{\"$date\": \"0001-01-01\"}", NULL},
    {"{\"$time\": \"23:59:59.999999\"}", NULL},
    {"{\"$time\": \"00:00:00.000000\"}", NULL},
    {"{\"$timedelta\": 273600000005}", NULL},
    {"{\"$timedelta\": -1}", NULL},
    {"{\"$uuid\": \"a74d9d6d-290a-492e-afcc-70607958f65d\"}", NULL},
    {"[]", NULL},
    {"[1, [\"a\"], {}]", NULL},
    {"{\"a\": {\"b\": null}}", NULL},
    {"{\"$map\": {\"$int\": \"x\", \"b\": 1}}", NULL},
    {"{\"$map\": {\"b\": 1}}", "{\"b\": 1}"},
    {"{\"$record\": {\"name\": \"geo.Point\", \"fields\": {\"x\": 1, \"$y\": 2}}}", NULL},
    {"{\"$record\": {\"fields\": {}, \"name\": \"P\"}}",
     "{\"$record\": {\"name\": \"P\", \"fields\": {}}}"},
    {"{\"$set\": []}", NULL},
    {"{\"$set\": [9, 10, 1]}", "{\"$set\": [1, 10, 9]}"},
    /* Ordered by their text with escapes: backslash lies between Z and a. */
    {"{\"$set\": [\"z\", \"é\", \"Z\", \"\\n\", \"a\", \"😀\", \"\\u007f\"]}",
     "{\"$set\": [\"Z\", \"\\n\", \"\x7f\", \"é\", \"😀\", \"a\", \"z\"]}"},
    {"{\"$set\": [{\"$float\": \"2.5\"}, true, null, \"x\", 3]}",
     "{\"$set\": [\"x\", 3, null, true, {\"$float\": \"2.5\"}]}"},
};

static void values_are_read_and_written(void **state)
{
    (void)state;
    for (size_t i = 0; i < mn_count_of(rows); i++) {
        MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
        const char *expected = rows[i].written == NULL ? rows[i].json : rows[i].written;
        const minos_value *json;
        minos_buffer out;
        minos_value value;
        mn_buffer_init(&out, SIZE_MAX);
        assert_ok(minos_json_decode(minos_view_of(rows[i].json), arena, &json));
        if (mn_tagged_read(json, arena, &value) != MINOS_OK ||
            mn_tagged_write(&value, &out) != MINOS_OK)
            fail_msg("%s: %s", rows[i].json, minos_error_message(minos_error_last()));
        if (!minos_view_is(minos_buffer_view(&out), expected))
            fail_msg("%s: %.*s", rows[i].json, (int)out.size, out.data);
        mn_buffer_done(&out);
    }
}

static const char *const malformed[] = {
    "{\"$int\": 5}",
    "{\"$int\": \"\"}",
    "{\"$int\": \" 5\"}",
    "{\"$int\": \"5x\"}",
    "{\"$int\": \"5\\u0000\"}",
    "{\"$int\": \"9223372036854775808\"}",
    "{\"$float\": 1.5}",
    "{\"$float\": \"\"}",
    "{\"$float\": \"1.5x\"}",
    "{\"$bytes\": \"0\"}",
    "{\"$bytes\": \"0g\"}",
    "{\"$bytes\": \"FF\"}",
    "{\"$bytes\": 0}",
    "{\"$datetime\": \"2022-05-09\"}",
    "{\"$datetime\": 0}",
    "{\"$date\": \"2023-02-29\"}",
    "{\"$time\": \"24:00:00\"}",
    "{\"$timedelta\": 1.5}",
    "{\"$timedelta\": \"1\"}",
    "{\"$uuid\": \"a74d9d6d\"}",
    "{\"$uuid\": null}",
    "{\"$set\": {}}",
    "{\"$map\": []}",
    "{\"$record\": {}}",
    "{\"$record\": {\"name\": \"\", \"fields\": {}}}",
    "{\"$record\": {\"name\": \"a\", \"fields\": []}}",
    "{\"$record\": {\"name\": \"a\", \"fields\": {}, \"more\": 1}}",
    "{\"$decimal\": \"1\"}",
    "{\"$\": 1}",
    "{\"$int\": \"1\", \"a\": 1}",
    "{\"a\": 1, \"$int\": \"1\"}",
    "[{\"a\": [{\"$int\": 1}]}]",
};

static void malformed_tags_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < mn_count_of(malformed); i++) {
        MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
        const minos_value *json;
        minos_value value;
        assert_ok(minos_json_decode(minos_view_of(malformed[i]), arena, &json));
        if (mn_tagged_read(json, arena, &value) != MINOS_EPARSE ||
            strstr(minos_error_message(minos_error_last()), "tagged JSON: \"$") == NULL)
            fail_msg("%s: %s", malformed[i], minos_error_message(minos_error_last()));
    }
}

static void what_cannot_be_shown(void **state)
{
    const struct {
        const char *name;
        minos_value value;
    } values[] = {
        {"year 0", minos_value_date(-719529)},
        {"year 10000", minos_value_date(2932897)},
        {"a date far away", minos_value_date(INT64_MAX)},
        {"a date long ago", minos_value_date(INT64_MIN)},
        {"a datetime far away", minos_value_datetime(INT64_MAX)},
        {"a datetime long ago", minos_value_datetime(INT64_MIN)},
        {"time of a day later", minos_value_time(INT64_C(86400000000))},
        {"time before midnight", minos_value_time(-1)},
        {"not UTF-8", minos_value_text("\xff")},
        {"not UTF-8 in a set",
         {.type = MINOS_TYPE_LIST,
          .flags = MINOS_VALUE_SET,
          .size = 1,
          .as.items = MINOS_VALUE("\xff")}},
        {"no type", {.type = 77}},
    };
    minos_buffer out;
    (void)state;

    mn_buffer_init(&out, SIZE_MAX);
    for (size_t i = 0; i < mn_count_of(values); i++)
        if (mn_tagged_write(&values[i].value, &out) != MINOS_EINVAL)
            fail_msg("%s: %.*s", values[i].name, (int)out.size, out.data);
    mn_buffer_done(&out);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_read_and_written),
        cmocka_unit_test(malformed_tags_are_refused),
        cmocka_unit_test(what_cannot_be_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
