/*
 * JSON: the cases of JSONTestSuite, our own refusals with their messages, and what is written.
 */
#include "support/support.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <minos/codec.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "codec/json.h"
#include "codec/value.h"

#define SUITE_FILES 316

/* ---- JSONTestSuite ---- */

/* Both are left to implementations or allowed by RFC 8259; RFC 7493 refuses them, and so do we. */
static const char *const refused_y[] = {"y_object_duplicated_key.json",
                                        "y_object_duplicated_key_and_value.json"};
/* What underflows is zero; everything else that is left to us is refused. */
static const char *const taken_i[] = {"i_number_double_huge_neg_exp.json",
                                      "i_number_real_underflow.json"};

static bool is_among(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static bool must_be_taken(const char *name)
{
    if (name[0] == 'i')
        return is_among(name, taken_i, mn_count_of(taken_i));
    return name[0] == 'y' && !is_among(name, refused_y, mn_count_of(refused_y));
}

static size_t read_whole(const char *name, char *bytes, size_t size)
{
    char path[512];
    FILE *file;

    snprintf(path, sizeof path, "%s/tests/data/json/%s", MN_SOURCE_DIR, name);
    file = fopen(path, "rb");
    assert_non_null(file);
    size = fread(bytes, 1, size, file);
    fclose(file);
    return size;
}

static void check_round_trip(minos_arena *arena, const char *name, const minos_value *value)
{
    const minos_value *again;
    minos_view text;

    assert_ok(minos_json_encode(value, arena, &text));
    assert_ok(minos_json_decode(text, arena, &again));
    if (!minos_value_equal(value, again))
        fail_msg("%s does not come back from %s", name, text.data);
}

static void test_suite_files(void **state)
{
    static char bytes[8192];
    DIR *folder = opendir(MN_SOURCE_DIR "/tests/data/json");
    int count = 0;
    (void)state;

    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
        const char *name = entry->d_name;
        const minos_value *value;
        minos_view text = {bytes, 0};
        minos_rc rc;

        if (strchr("yni", name[0]) == NULL || name[1] != '_')
            continue;
        text.size = read_whole(name, bytes, sizeof bytes);
        rc = minos_json_decode(text, arena, &value);
        if ((rc == MINOS_OK) != must_be_taken(name))
            fail_msg("%s: %s", name,
                     rc == MINOS_OK ? "taken" : minos_error_message(minos_error_last()));
        if (rc == MINOS_OK)
            check_round_trip(arena, name, value);
        else if (strstr(minos_error_message(minos_error_last()), "byte") == NULL)
            fail_msg("%s: no place in \"%s\"", name, minos_error_message(minos_error_last()));
        count++;
    }
    closedir(folder);
    assert_int_equal(count, SUITE_FILES);
}

/* ---- refusals ---- */

static const struct {
    const char *text;
    minos_rc rc;
    const char *message;
} refusals[] = {
    {"", MINOS_EPARSE, "the text is empty"},
    {" ", MINOS_EPARSE, "line 1, column 2 (byte 1): the text ends too soon"},
    {"{", MINOS_EPARSE, "(byte 1): the text ends too soon"},
    {"\"a", MINOS_EPARSE, "(byte 2): the text ends too soon"},
    {"{\"a\":1,}", MINOS_EPARSE, "(byte 7): expected a name in double quotes"},
    {"{\"a\" 1}", MINOS_EPARSE, "(byte 5): expected : after a name"},
    {"{\"a\":1 \"b\":2}", MINOS_EPARSE, "(byte 7): expected , or } after a value"},
    {"[1 2]", MINOS_EPARSE, "(byte 3): expected , or ] after an item"},
    {"[1,]", MINOS_EPARSE, "(byte 3): expected a value"},
    {"{\n  \"ö\": nul\n}", MINOS_EPARSE, "line 2, column 11 (byte 13)"},
    {"{} x", MINOS_EPARSE, "(byte 3): the text goes on behind its value"},
    {"[1]]", MINOS_EPARSE, "(byte 3): the text goes on behind its value"},
    {"\xef\xbb\xbf{}", MINOS_EPARSE, "byte order mark"},
    {"[NaN]", MINOS_EPARSE, "expected a value"},
    {"[Infinity]", MINOS_EPARSE, "expected a value"},
    {"[01]", MINOS_EPARSE, "(byte 2): a number does not begin with 0"},
    {"[1.]", MINOS_EPARSE, "expected a digit"},
    {"[+1]", MINOS_EPARSE, "expected a value"},
    {"9223372036854775808", MINOS_EPARSE, "(byte 0): the integer does not fit"},
    {"[1,9223372036854775808]", MINOS_EPARSE, "(byte 3): the integer does not fit"},
    {"[-9223372036854775809]", MINOS_EPARSE, "the integer does not fit"},
    {"[18446744073709551616]", MINOS_EPARSE, "the integer does not fit"},
    {"[100000000000000000000000000000000]", MINOS_EPARSE, "the integer does not fit"},
    {"[1e400]", MINOS_EPARSE, "(byte 1): the number is too large"},
    {"[-1e309]", MINOS_EPARSE, "the number is too large"},
    {"[\"\\ud800\"]", MINOS_EPARSE, "(byte 2): half of a surrogate pair"},
    {"[\"\\udc00\"]", MINOS_EPARSE, "(byte 2): half of a surrogate pair"},
    {"[\"\\ud800\\ud800\"]", MINOS_EPARSE, "half of a surrogate pair"},
    {"[\"\\ud800x\"]", MINOS_EPARSE, "half of a surrogate pair"},
    {"{\"\\udfff\":1}", MINOS_EPARSE, "half of a surrogate pair"},
    {"[\"\\x\"]", MINOS_EPARSE, "not an escape"},
    {"[\"\\u12g4\"]", MINOS_EPARSE, "hexadecimal"},
    {"[\"\t\"]", MINOS_EPARSE, "control character"},
    {"[\"\xff\"]", MINOS_EPARSE, "(byte 2): not UTF-8"},
    {"[\"\xed\xa0\x80\"]", MINOS_EPARSE, "not UTF-8"},
    {"[\"\xc0\xaf\"]", MINOS_EPARSE, "not UTF-8"},
    {"{\"a\":1,\"b\":[{\"c\":1.5}],\"a\":2}", MINOS_EPARSE,
     "(byte 23): this name was given before"},
    {"{\"a\":1,\"\\u0061\":2}", MINOS_EPARSE, "(byte 7): this name was given before"},
    {"[7,{\"\":1,\"\":2}]", MINOS_EPARSE, "(byte 9): this name was given before"},
    {"[[1],{\"x\":{\"a\":1,\"b\":2,\"b\":3}}]", MINOS_EPARSE, "this name was given before"},
};

static void refusals_say_where(void **state)
{
    (void)state;
    for (size_t i = 0; i < mn_count_of(refusals); i++) {
        MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
        const minos_value *value;
        minos_rc rc = minos_json_decode(minos_view_of(refusals[i].text), arena, &value);
        const char *message = minos_error_message(minos_error_last());
        if (rc != refusals[i].rc || strstr(message, refusals[i].message) == NULL)
            fail_msg("%s gave %s: %s", refusals[i].text, minos_rc_name(rc), message);
    }
    assert_fails(minos_json_decode(MINOS_VIEW("[1]\0"), NULL, &(const minos_value *){NULL}),
                 MINOS_EPARSE, "goes on behind");
}

static minos_rc decode_nested(minos_arena *arena, size_t depth, bool closed)
{
    const minos_value *value;
    minos_rc rc;
    char *text = malloc(depth * 2 + 1);

    memset(text, '[', depth);
    memset(text + depth, ']', depth);
    rc = minos_json_decode(minos_view_make(text, closed ? depth * 2 : depth), arena, &value);
    free(text);
    return rc;
}

static void depth_is_limited(void **state)
{
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
    const minos_value *value;
    char *text = malloc(250000);
    (void)state;

    assert_ok(decode_nested(arena, MN_VALUE_DEPTH_MAX, true));
    assert_fails(decode_nested(arena, MN_VALUE_DEPTH_MAX + 1, true), MINOS_ETOOBIG,
                 "(byte 64): nested too deep");
    assert_rc(decode_nested(arena, 500, true), MINOS_ETOOBIG);
    /* The two large files of the suite. */
    assert_rc(decode_nested(arena, 100000, false), MINOS_ETOOBIG);
    for (size_t i = 0; i < 50000; i++)
        memcpy(text + i * 5, "[{\"\":", 5);
    assert_rc(minos_json_decode(minos_view_make(text, 250000), arena, &value), MINOS_ETOOBIG);
    free(text);
}

/* Names that a peer may choose; with a quadratic check this test would outlast its time limit. */
static void many_names(void **state)
{
    enum { COUNT = 200000 };
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
    const minos_value *value;
    minos_buffer text;
    char pair[32];
    (void)state;

    mn_buffer_init(&text, SIZE_MAX);
    for (int i = 0; i < COUNT; i++) {
        snprintf(pair, sizeof pair, "%c\"name%d\":%d", i == 0 ? '{' : ',', i, i);
        mn_buffer_put_text(&text, pair);
    }
    mn_buffer_put_byte(&text, '}');
    assert_ok(minos_json_decode(minos_buffer_view(&text), arena, &value));
    assert_int_equal(minos_value_count(value), COUNT);
    for (int i = 0; i < COUNT; i += 7) {
        snprintf(pair, sizeof pair, "name%d", i);
        assert_int_equal(minos_value_get(value, pair)->as.integer, i);
    }
    text.size--;
    mn_buffer_put_text(&text, ",\"name77\":1}");
    assert_fails(minos_json_decode(minos_buffer_view(&text), arena, &value), MINOS_EPARSE,
                 "given before");
    mn_buffer_done(&text);
}

static void memory_is_limited(void **state)
{
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(100000);
    const minos_value *value;
    minos_buffer text;
    (void)state;

    mn_buffer_init(&text, SIZE_MAX);
    for (int i = 0; i < 20000; i++)
        mn_buffer_put_text(&text, i == 0 ? "[[]" : ",[]");
    mn_buffer_put_byte(&text, ']');
    assert_rc(minos_json_decode(minos_buffer_view(&text), arena, &value), MINOS_ETOOBIG);
    mn_buffer_done(&text);
}

/* ---- reading ---- */

static void reads_values(void **state)
{
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
    static const char text[] = "{\"n\":null,\"b\":[true,false],\"i\":-9223372036854775808,"
                               "\"d\":1.5e3,\"s\":\"a\\u0000b \\ud83d\\ude00 \\\"\",\"m\":{}}";
    const minos_value *expected = MINOS_MAP(
        MINOS_KV("n", (const char *)NULL),
        MINOS_KV("b", MINOS_LIST(MINOS_ITEM(true), MINOS_ITEM(false))), MINOS_KV("i", INT64_MIN),
        MINOS_KV("d", 1500.0), MINOS_KV("s", MINOS_VIEW("a\0b \xf0\x9f\x98\x80 \"")),
        MINOS_KV("m", minos_value_map_new(arena)));
    const minos_value *value;
    minos_view view;
    const char *c_string;
    (void)state;

    assert_ok(minos_json_decode(minos_view_of(text), arena, &value));
    assert_true(minos_value_equal(value, expected));
    for (size_t i = 0; i < 6; i++)
        assert_true(
            minos_view_equal(minos_value_pair(value, i)->key, minos_value_pair(expected, i)->key));
    assert_ok(minos_value_str_view(value, "s", &view));
    assert_int_equal(view.size, 10);
    assert_rc(minos_value_str(value, "s", &c_string), MINOS_ETYPE);
}

/* The bytes behind a text must not matter, whether they are copied or read. */
static void padding_does_not_matter(void **state)
{
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
    static const char *const texts[] = {"[1]", "12", "\"a\"", "true", "{\"a\":12}", "1.5", "-0.0"};
    char bytes[256];
    (void)state;

    for (size_t i = 0; i < mn_count_of(texts); i++) {
        size_t size = strlen(texts[i]);
        for (int behind = 0; behind < 256; behind++) {
            const minos_value *padded, *copied;
            memset(bytes, behind, sizeof bytes);
            memcpy(bytes, texts[i], size);
            assert_ok(mn_json_decode_value(minos_view_make(bytes, size), sizeof bytes - size, arena,
                                           &padded));
            assert_ok(minos_json_decode(minos_view_make(bytes, size), arena, &copied));
            if (!minos_value_equal(padded, copied))
                fail_msg("%s before byte %d", texts[i], behind);
        }
    }
}

/* A sink that decodes again while it is written to, as one for JSON inside of strings would. */
static minos_rc nested_scalar(void *self, const minos_value *value)
{
    const minos_value *inner;
    assert_ok(minos_json_decode(minos_value_view(value), self, &inner));
    assert_int_equal(minos_value_count(inner), 2);
    return MINOS_OK;
}

static minos_rc nested_count(void *self, size_t count, bool is_set)
{
    (void)self, (void)is_set;
    return count == 2 ? MINOS_OK : minos_fail(MINOS_EINVAL, "a hint of %zu", count);
}

static minos_rc nested_end(void *self)
{
    (void)self;
    return minos_fail(MINOS_ESTATE, "the sink refuses");
}

static void sinks_may_decode_and_refuse(void **state)
{
    static const minos_sink_ops ops = {.name = "nested",
                                       .scalar = nested_scalar,
                                       .list_begin = nested_count,
                                       .list_end = nested_end};
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
    minos_sink sink = {.ops = &ops, .self = arena};
    (void)state;

    assert_fails(mn_json_decode(MINOS_VIEW("[\"[1,2]\",\"[3,4]\"]"), 0, sink), MINOS_ESTATE,
                 "the sink refuses");
}

/* ---- numbers ---- */

static const struct {
    const char *text;
    const char *written; /* NULL: as read */
} numbers[] = {
    {"0", NULL},
    {"-0", "0"},
    {"-1", NULL},
    {"99", NULL},
    {"100", NULL},
    {"-12345678901234567", NULL},
    {"9223372036854775807", NULL},
    {"-9223372036854775808", NULL},
    {"0.0", NULL},
    {"-0.0", NULL},
    {"1.0", NULL},
    {"1.000000000000000005", "1.0"},
    {"0.1", NULL},
    {"0.30000000000000004", NULL},
    {"1e6", "1e+06"},
    {"1E400000e", ""},
    {"1e22", "1e+22"},
    {"1.7976931348623157e308", "1.7976931348623157e+308"},
    {"1.7976931348623158e308", "1.7976931348623157e+308"},
    {"1.7976931348623159e308", ""},
    {"2.2250738585072014e-308", NULL},
    {"2.2250738585072011e-308", "2.225073858507201e-308"},
    {"4.9e-324", "5e-324"},
    {"1e-400", "0.0"},
    {"-1e-400", "-0.0"},
    {"9007199254740993.0", "9007199254740992.0"},
    {"123456789012345680000.0", "123456789012345683968.0"},
    {"5e-324", NULL},
    {"8.41e21", "8.41e+21"},
    {"9.5367431640625e-7", "9.5367431640625e-07"},
};

static void numbers_round_trip(void **state)
{
    (void)state;
    for (size_t i = 0; i < mn_count_of(numbers); i++) {
        MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
        const char *expected = numbers[i].written == NULL ? numbers[i].text : numbers[i].written;
        const minos_value *value;
        minos_view text = MINOS_VIEW("");

        if (minos_json_decode(minos_view_of(numbers[i].text), arena, &value) == MINOS_OK)
            assert_ok(minos_json_encode(value, arena, &text));
        if (!minos_view_is(text, expected))
            fail_msg("%s is written %s", numbers[i].text, text.data);
    }
}

static void doubles_come_back(void **state)
{
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
    uint64_t bits = 1;
    (void)state;

    for (int i = 0; i < 20000; i++) {
        const minos_value *value;
        minos_view text;
        double number;
        bits = bits * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        memcpy(&number, &bits, sizeof number);
        if (!isfinite(number))
            continue;
        assert_ok(minos_json_encode(MINOS_VALUE(number), arena, &text));
        assert_ok(minos_json_decode(text, arena, &value));
        if (value->type != MINOS_TYPE_DOUBLE || memcmp(&value->as.number, &number, 8) != 0)
            fail_msg("%a was written %s", number, text.data);
        minos_arena_reset(arena);
    }
}

/* ---- writing ---- */

static void writes_values(void **state)
{
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
    minos_uuid uuid;
    (void)state;

    assert_ok(minos_uuid_parse(MINOS_VIEW("F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6"), &uuid));
    const struct {
        const minos_value *value;
        const char *text;
    } rows[] = {
        {NULL, "null"},
        {MINOS_MAP(MINOS_KV("a", 1), MINOS_KV("b", MINOS_LIST(MINOS_ITEM("x"), MINOS_ITEM(2.5)))),
         "{\"a\":1,\"b\":[\"x\",2.5]}"},
        {minos_value_map_new(arena), "{}"},
        {minos_value_list_new(arena), "[]"},
        {MINOS_VALUE(true), "true"},
        {MINOS_VALUE(false), "false"},
        {MINOS_VALUE((double)NAN), "null"},
        {MINOS_VALUE(-(double)INFINITY), "null"},
        {MINOS_VALUE(minos_value_datetime(INT64_C(1652121015123456))),
         "\"2022-05-09T18:30:15.123456Z\""},
        {MINOS_VALUE(minos_value_datetime(-1)), "\"1969-12-31T23:59:59.999999Z\""},
        {MINOS_VALUE(minos_value_date(19121)), "\"2022-05-09\""},
        {MINOS_VALUE(minos_value_time(INT64_C(66615000000))), "\"18:30:15\""},
        {MINOS_VALUE(minos_value_timedelta(-1500000)), "-1500000"},
        {MINOS_VALUE(uuid), "\"f81d4fae-7dec-11d0-a765-00a0c91e6bf6\""},
        {MINOS_VALUE(minos_value_bytes(MINOS_VIEW(""))), "\"\""},
        {MINOS_VALUE(minos_value_bytes(MINOS_VIEW("f"))), "\"Zg==\""},
        {MINOS_VALUE(minos_value_bytes(MINOS_VIEW("fo"))), "\"Zm8=\""},
        {MINOS_VALUE(minos_value_bytes(MINOS_VIEW("foo"))), "\"Zm9v\""},
        {MINOS_VALUE(minos_value_bytes(MINOS_VIEW("foobar\xff"))), "\"Zm9vYmFy/w==\""},
        {MINOS_VALUE(MINOS_VIEW("\"\\/\b\f\n\r\t\0\x1f\x7f")),
         "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\x7f\""},
        {MINOS_VALUE("long enough for words\nand more of them after it"),
         "\"long enough for words\\nand more of them after it\""},
        {MINOS_VALUE("ö€😀"), "\"ö€😀\""},
    };
    for (size_t i = 0; i < mn_count_of(rows); i++) {
        minos_view text;
        assert_ok(minos_json_encode(rows[i].value, arena, &text));
        assert_string_equal(text.data, rows[i].text);
    }
}

/* Each byte at each place of a string of words: the fast path must miss none. */
static void every_byte_at_every_place(void **state)
{
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
    char bytes[20];
    (void)state;

    for (int byte = 0; byte < 0x80; byte++) {
        for (size_t place = 0; place < sizeof bytes; place++) {
            const minos_value *value;
            minos_view text;
            memset(bytes, 'x', sizeof bytes);
            bytes[place] = (char)byte;
            assert_ok(
                minos_json_encode(MINOS_VALUE(minos_view_make(bytes, sizeof bytes)), arena, &text));
            assert_ok(minos_json_decode(text, arena, &value));
            if (!minos_view_equal(minos_value_view(value), minos_view_make(bytes, sizeof bytes)))
                fail_msg("byte %d at %zu: %s", byte, place, text.data);
        }
        minos_arena_reset(arena);
    }
}

static void writing_refuses(void **state)
{
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(8192);
    minos_value nested[MN_VALUE_DEPTH_MAX + 2];
    minos_view text;
    char big[9000];
    (void)state;

    memset(big, 'x', sizeof big);
    nested[0] = minos_value_int(1);
    for (int i = 1; i <= MN_VALUE_DEPTH_MAX + 1; i++)
        nested[i] = (minos_value){.type = MINOS_TYPE_LIST, .size = 1, .as.items = &nested[i - 1]};
    const struct {
        const char *name;
        const minos_value *value;
        minos_rc rc;
    } rows[] = {
        {"no UTF-8", MINOS_VALUE("\xff"), MINOS_EINVAL},
        {"no UTF-8 in a key", MINOS_MAP(MINOS_KV("\xc0\xaf", 1)), MINOS_EINVAL},
        {"a surrogate", MINOS_VALUE("long enough \xed\xa0\x80"), MINOS_EINVAL},
        {"a year of five digits", MINOS_VALUE(minos_value_datetime(INT64_MAX)), MINOS_EINVAL},
        {"a year before 0", MINOS_VALUE(minos_value_datetime(INT64_MIN)), MINOS_EINVAL},
        {"a date far away", MINOS_VALUE(minos_value_date(INT64_MAX)), MINOS_EINVAL},
        {"a time outside of a day", MINOS_VALUE(minos_value_time(INT64_C(86400000000))),
         MINOS_EINVAL},
        {"a negative time", MINOS_VALUE(minos_value_time(-1)), MINOS_EINVAL},
        {"too deep", &nested[MN_VALUE_DEPTH_MAX + 1], MINOS_ETOOBIG},
        {"too large", MINOS_VALUE(minos_view_make(big, sizeof big)), MINOS_ETOOBIG},
        {"no type", &(minos_value){.type = 99}, MINOS_EINVAL},
    };
    for (size_t i = 0; i < mn_count_of(rows); i++) {
        minos_rc rc = minos_json_encode(rows[i].value, arena, &text);
        if (rc != rows[i].rc)
            fail_msg("%s: %s", rows[i].name, minos_rc_name(rc));
    }
    assert_ok(minos_json_encode(&nested[MN_VALUE_DEPTH_MAX], arena, &text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_suite_files),        cmocka_unit_test(refusals_say_where),
        cmocka_unit_test(depth_is_limited),        cmocka_unit_test(many_names),
        cmocka_unit_test(memory_is_limited),       cmocka_unit_test(reads_values),
        cmocka_unit_test(padding_does_not_matter), cmocka_unit_test(sinks_may_decode_and_refuse),
        cmocka_unit_test(numbers_round_trip),      cmocka_unit_test(doubles_come_back),
        cmocka_unit_test(writes_values),           cmocka_unit_test(every_byte_at_every_place),
        cmocka_unit_test(writing_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
