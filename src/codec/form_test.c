/*
 * Forms and query strings: cases of the WHATWG URL standard's tests, refusals, and single look-ups.
 */
#include "support/support.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "codec/form.h"

/* Expected values are written as JSON, which says all: names, order, lists, escapes. */
static const struct {
    const char *text;
    const char *json;
} readings[] = {
    /* web-platform-tests: url/urlencoded-parser.any.js; a repeated name is a list here. */
    {"test", "{\"test\":\"\"}"},
    {"\xef\xbb\xbftest=\xef\xbb\xbf", "{\"\xef\xbb\xbftest\":\"\xef\xbb\xbf\"}"},
    {"%EF%BB%BFtest=%EF%BB%BF", "{\"\xef\xbb\xbftest\":\"\xef\xbb\xbf\"}"},
    {"%C2", NULL},
    {"%C2x", NULL},
    {"_charset_=windows-1252&test=%C2x", NULL},
    {"", "{}"},
    {"a", "{\"a\":\"\"}"},
    {"a=b", "{\"a\":\"b\"}"},
    {"a=", "{\"a\":\"\"}"},
    {"=b", "{\"\":\"b\"}"},
    {"&", "{}"},
    {"&a", "{\"a\":\"\"}"},
    {"a&", "{\"a\":\"\"}"},
    {"a&a", "{\"a\":[\"\",\"\"]}"},
    {"a&b&c", "{\"a\":\"\",\"b\":\"\",\"c\":\"\"}"},
    {"a=b&c=d", "{\"a\":\"b\",\"c\":\"d\"}"},
    {"a=b&c=d&", "{\"a\":\"b\",\"c\":\"d\"}"},
    {"&&&a=b&&&&c=d&", "{\"a\":\"b\",\"c\":\"d\"}"},
    {"a=a&a=b&a=c", "{\"a\":[\"a\",\"b\",\"c\"]}"},
    {"a==a", "{\"a\":\"=a\"}"},
    {"a=a+b+c+d", "{\"a\":\"a b c d\"}"},
    {"%=a", NULL},
    {"%a=a", NULL},
    {"%a_=a", NULL},
    {"%61=a", "{\"a\":\"a\"}"},
    {"%61+%4d%4D=", "{\"a MM\":\"\"}"},
    {"id=0&value=%", NULL},
    {"b=%2sf%2a", NULL},
    {"b=%2%2af%2a", NULL},
    {"b=%%2a", NULL},
    {"_charset_=utf8&\xc2\xad=\xc2\xad", "{\"_charset_\":\"utf8\",\"\xc2\xad\":\"\xc2\xad\"}"},
    /* Ours. */
    {"a=%00b", "{\"a\":\"\\u0000b\"}"},
    {"a=1&b=2&%61=3&a=4", "{\"a\":[\"1\",\"3\",\"4\"],\"b\":\"2\"}"},
    {"a=%26%3D%2B%25", "{\"a\":\"&=+%\"}"},
    {"a=%ed%a0%80", NULL},
    {"a=\xff", NULL},
    {"\xff=a", NULL},
};

static void reads(void **state)
{
    (void)state;
    for (size_t i = 0; i < mn_count_of(readings); i++) {
        MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
        const minos_value *expected;
        minos_value *map;
        minos_rc rc = mn_form_decode(minos_view_of(readings[i].text), arena, &map);

        if (readings[i].json == NULL) {
            if (rc != MINOS_EPARSE)
                fail_msg("%s is taken", readings[i].text);
            continue;
        }
        assert_ok(rc);
        assert_ok(minos_json_decode(minos_view_of(readings[i].json), arena, &expected));
        if (!minos_value_equal(map, expected))
            fail_msg("%s", readings[i].text);
        for (size_t j = 0; j < minos_value_count(map); j++)
            assert_true(minos_view_equal(minos_value_pair(map, j)->key,
                                         minos_value_pair(expected, j)->key));
    }
}

static void faults_say_where(void **state)
{
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
    minos_value *map;
    minos_view text;
    (void)state;

    assert_fails(mn_form_decode(MINOS_VIEW("a=1&b=x%g0"), arena, &map), MINOS_EPARSE,
                 "the % at byte 7 is not followed by two hexadecimal digits");
    assert_fails(mn_form_decode(MINOS_VIEW("a=1&b=%ff"), arena, &map), MINOS_EPARSE,
                 "from byte 6 to byte 9 is not UTF-8");
    assert_fails(mn_percent_decode(MINOS_VIEW("a%2"), false, arena, &text), MINOS_EPARSE, "byte 1");
    assert_ok(mn_percent_decode(MINOS_VIEW("a%2Fb+c"), false, arena, &text));
    assert_string_equal(text.data, "a/b+c");
}

static void limits(void **state)
{
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
    MINOS_AUTO(minos_arena) *small = minos_arena_new(4096);
    char text[(MN_FORM_FIELDS_MAX + 1) * 8];
    size_t size = 0;
    minos_value *map;
    (void)state;

    for (int i = 0; i < MN_FORM_FIELDS_MAX; i++)
        size += (size_t)snprintf(text + size, sizeof text - size, "n%d=&", i);
    assert_ok(mn_form_decode(minos_view_make(text, size), arena, &map));
    assert_int_equal(minos_value_count(map), MN_FORM_FIELDS_MAX);
    assert_rc(mn_form_decode(minos_view_make(text, size), small, &map), MINOS_ETOOBIG);
    size += (size_t)snprintf(text + size, sizeof text - size, "x");
    assert_fails(mn_form_decode(minos_view_make(text, size), arena, &map), MINOS_ETOOBIG,
                 "more than 1000 fields");
}

static void finds_one(void **state)
{
    static const struct {
        const char *text, *name, *value; /* value NULL: not there */
    } rows[] = {
        {"a=1&b=2", "b", "2"}, {"a=1&a=2", "a", "1"},  {"%61%62=x+y", "ab", "x y"},
        {"a+b=1", "a b", "1"}, {"a", "a", ""},         {"=1", "", "1"},
        {"a=1", "b", NULL},    {"", "a", NULL},        {"ab=1", "a", NULL},
        {"a=1", "ab", NULL},   {"%6=1&a=2", "a", "2"}, {"b=%ff&a=2", "a", "2"},
    };
    (void)state;

    for (size_t i = 0; i < mn_count_of(rows); i++) {
        MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
        minos_view value = {NULL, 0};
        bool found;
        assert_ok(mn_form_find(minos_view_of(rows[i].text), minos_view_of(rows[i].name), arena,
                               &found, &value));
        if (found != (rows[i].value != NULL) || (found && strcmp(value.data, rows[i].value) != 0))
            fail_msg("%s in %s", rows[i].name, rows[i].text);
    }
    {
        MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
        minos_view value;
        bool found;
        assert_rc(mn_form_find(MINOS_VIEW("a=%"), MINOS_VIEW("a"), arena, &found, &value),
                  MINOS_EPARSE);
    }
}

static void writes(void **state)
{
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
    const struct {
        const minos_value *map;
        const char *text; /* NULL: refused */
    } rows[] = {
        {MINOS_MAP(MINOS_KV("a", "b c"), MINOS_KV("d", 1)), "a=b+c&d=1"},
        {MINOS_MAP(MINOS_KV("a", MINOS_LIST(MINOS_ITEM("1"), MINOS_ITEM(2)))), "a=1&a=2"},
        {MINOS_MAP(MINOS_KV("ö&=", "%+*-._~")), "%C3%B6%26%3D=%25%2B*-._%7E"},
        {MINOS_MAP(MINOS_KV("t", true), MINOS_KV("n", (const char *)NULL), MINOS_KV("d", 1e30)),
         "t=true&n=&d=1e%2B30"},
        {MINOS_MAP(MINOS_KV("at", minos_value_datetime(0))), "at=1970-01-01T00%3A00%3A00Z"},
        {minos_value_map_new(arena), ""},
        {MINOS_MAP(MINOS_KV("", "")), "="},
        {MINOS_MAP(MINOS_KV("a", minos_value_list_new(arena))), ""},
        {MINOS_VALUE("a"), NULL},
        {NULL, NULL},
        {MINOS_LIST(MINOS_ITEM(1)), NULL},
        {MINOS_MAP(MINOS_KV("a", MINOS_MAP(MINOS_KV("b", 1)))), NULL},
        {MINOS_MAP(MINOS_KV("a", MINOS_LIST(MINOS_ITEM(MINOS_LIST(MINOS_ITEM(1)))))), NULL},
        {MINOS_MAP(MINOS_KV("a", minos_value_bytes(MINOS_VIEW("b")))), NULL},
        {MINOS_MAP(MINOS_KV("a", "\xff")), NULL},
        {MINOS_MAP(MINOS_KV("\xff", "a")), NULL},
    };
    (void)state;

    for (size_t i = 0; i < mn_count_of(rows); i++) {
        minos_buffer out;
        minos_rc rc;
        mn_buffer_init(&out, 1000);
        rc = mn_form_encode(rows[i].map, &out);
        if (rows[i].text == NULL)
            assert_rc(rc, MINOS_EINVAL);
        else if (rc != MINOS_OK || !minos_view_is(minos_buffer_view(&out), rows[i].text))
            fail_msg("row %zu: %.*s instead of %s", i, (int)out.size, out.data, rows[i].text);
        mn_buffer_done(&out);
    }
}

static void adds_to_lists(void **state)
{
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
    minos_value *map = minos_value_map_new(arena);
    (void)state;

    for (int i = 0; i < 5; i++)
        assert_ok(mn_form_add(arena, map, MINOS_VIEW("a"), minos_value_int(i)));
    assert_true(minos_value_equal(
        minos_value_get(map, "a"),
        MINOS_LIST(MINOS_ITEM(0), MINOS_ITEM(1), MINOS_ITEM(2), MINOS_ITEM(3), MINOS_ITEM(4))));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads),  cmocka_unit_test(faults_say_where),
        cmocka_unit_test(limits), cmocka_unit_test(finds_one),
        cmocka_unit_test(writes), cmocka_unit_test(adds_to_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
