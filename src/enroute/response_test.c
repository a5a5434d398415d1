/*
 * Responses: replies are copies, limits of status, headers and content types, equality.
 */
#include <minos/response.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "enroute/response.h"
#include "support/support.h"

static void reply_is_a_copy(void **state)
{
    MINOS_AUTO(minos_response) *res = NULL;
    char name[] = "anne";
    const char *text;
    (void)state;

    assert_ok(minos_response_new(&res));
    {
        const char *borrowed = name;
        assert_ok(minos_reply(res, MINOS_MAP(MINOS_KV("name", borrowed),
                                             MINOS_KV("tags", MINOS_LIST(MINOS_ITEM(borrowed))))));
    }
    name[0] = 'X';
    assert_int_equal(minos_response_status(res), 200);
    assert_true(minos_response_has_content(res));
    assert_ok(minos_value_str(minos_response_content(res), "name", &text));
    assert_string_equal(text, "anne");
    assert_true(minos_value_equal(minos_value_get(minos_response_content(res), "tags"),
                                  MINOS_LIST(MINOS_ITEM("anne"))));
    assert_string_equal(minos_response_content_type(res), "application/json");
}

static void absent_and_null(void **state)
{
    MINOS_AUTO(minos_response) *res = NULL;
    (void)state;

    assert_ok(minos_response_new(&res));
    assert_int_equal(minos_response_status(res), 200);
    assert_false(minos_response_has_content(res));
    assert_true(minos_value_is_null(minos_response_content(res)));
    assert_ok(minos_reply(res, MINOS_VALUE(minos_value_null())));
    assert_true(minos_response_has_content(res));
    assert_true(minos_value_is_null(minos_response_content(res)));
    assert_ok(minos_reply(res, NULL));
    assert_false(minos_response_has_content(res));
    assert_ok(minos_reply_status(res, 204, NULL));
    assert_false(minos_response_has_content(res));
    assert_int_equal(minos_response_status(res), 204);
}

typedef struct status_row {
    const char *name;
    int status;
    minos_rc rc;
} status_row;

static void statuses(void **state)
{
    static const status_row rows[] = {
        {"lowest", 100, MINOS_OK},       {"created", 201, MINOS_OK},
        {"highest", 599, MINOS_OK},      {"too low", 99, MINOS_EINVAL},
        {"none", 0, MINOS_EINVAL},       {"negative", -200, MINOS_EINVAL},
        {"too high", 600, MINOS_EINVAL}, {"far too high", 2147483647, MINOS_EINVAL},
    };
    (void)state;
    for (size_t i = 0; i < mn_count_of(rows); i++) {
        MINOS_AUTO(minos_response) *res = NULL;
        print_message("%s\n", rows[i].name);
        assert_ok(minos_response_new(&res));
        assert_ok(minos_reply_status(res, 202, MINOS_VALUE("before")));
        assert_rc(minos_reply_status(res, rows[i].status, MINOS_VALUE("after")), rows[i].rc);
        assert_int_equal(res->status, rows[i].rc == MINOS_OK ? rows[i].status : 202);
        assert_true(minos_view_is(minos_value_view(res->content),
                                  rows[i].rc == MINOS_OK ? "after" : "before"));
    }
    assert_rc(minos_reply(NULL, MINOS_VALUE(1)), MINOS_EINVAL);
}

static void a_reply_too_big_for_the_arena(void **state)
{
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(8192);
    static char big[16384];
    minos_response res;
    (void)state;

    mn_response_init(&res, arena);
    memset(big, 'x', sizeof big - 1);
    assert_rc(minos_reply(&res, MINOS_MAP(MINOS_KV("big", (const char *)big))), MINOS_ENOMEM);
    assert_false(res.has_content);
    assert_fails(minos_response_header_set(&res, "big", big), MINOS_ENOMEM, "\"big\"");
    assert_null(res.headers);
    while (mn_arena_try_raw(arena, 16) != NULL)
        ; /* a peer fills it to the last byte: what the program fixes still finds room */
    assert_non_null(mn_arena_make(arena, minos_response));
}

static void second_reply_replaces_the_first(void **state)
{
    MINOS_AUTO(minos_response) *res = NULL;
    (void)state;
    assert_ok(minos_response_new(&res));
    assert_ok(minos_reply_as(res, "text/plain", MINOS_VALUE("a")));
    assert_ok(minos_reply_status(res, 201, MINOS_VALUE("b")));
    assert_string_equal(minos_response_content_type(res), "application/json");
    assert_int_equal(minos_response_status(res), 201);
    assert_ok(minos_reply(res, MINOS_VALUE("c")));
    assert_int_equal(minos_response_status(res), 200);
}

typedef struct type_row {
    const char *name;
    const char *type;
    const minos_value *content;
    minos_rc rc;
} type_row;

static void content_types(void **state)
{
    const minos_value *map = MINOS_MAP(MINOS_KV("a", 1));
    const minos_value *bytes = MINOS_VALUE(minos_value_bytes(MINOS_VIEW("\x89PNG")));
    const type_row rows[] = {
        {"JSON", "application/json", map, MINOS_OK},
        {"JSON with a charset", "application/json; charset=utf-8", map, MINOS_OK},
        {"text", "text/plain", MINOS_VALUE("hello"), MINOS_OK},
        {"unknown, bytes", "image/png", bytes, MINOS_OK},
        {"unknown, nothing", "image/png", NULL, MINOS_OK},
        {"unknown, a map", "image/png", map, MINOS_ENOTSUP},
        {"unknown, text", "image/svg+xml", MINOS_VALUE("<svg/>"), MINOS_ENOTSUP},
        {"none", NULL, map, MINOS_EINVAL},
        {"empty", "", map, MINOS_EINVAL},
        {"a line break", "text/plain\r\nSet-Cookie: a=b", MINOS_VALUE("x"), MINOS_EINVAL},
        {"a bare LF", "text/plain\n", MINOS_VALUE("x"), MINOS_EINVAL},
    };
    (void)state;
    for (size_t i = 0; i < mn_count_of(rows); i++) {
        MINOS_AUTO(minos_response) *res = NULL;
        print_message("%s\n", rows[i].name);
        assert_ok(minos_response_new(&res));
        assert_rc(minos_reply_as(res, rows[i].type, rows[i].content), rows[i].rc);
        if (rows[i].rc == MINOS_OK)
            assert_string_equal(minos_response_content_type(res), rows[i].type);
        else
            assert_false(minos_response_has_content(res));
    }
    assert_rc(minos_reply_as(NULL, "text/plain", map), MINOS_EINVAL);
}

typedef struct header_row {
    const char *name;
    const char *header;
    const char *value;
    minos_rc rc;
} header_row;

static const header_row header_rows[] = {
    {"plain", "X-Trace", "abc", MINOS_OK},
    {"every token character", "!#$%&'*+-.^_`|~09azAZ", "v", MINOS_OK},
    {"empty value", "x", "", MINOS_OK},
    {"tab and UTF-8 in the value", "x", "a\tb \xc3\xa9", MINOS_OK},
    {"no name", NULL, "v", MINOS_EINVAL},
    {"empty name", "", "v", MINOS_EINVAL},
    {"no value", "x", NULL, MINOS_EINVAL},
    {"space in the name", "X Trace", "v", MINOS_EINVAL},
    {"colon in the name", "X:", "v", MINOS_EINVAL},
    {"line break in the name", "X\r\nY", "v", MINOS_EINVAL},
    {"non-ASCII name", "\xc3\xa9", "v", MINOS_EINVAL},
    {"parenthesis in the name", "x(y)", "v", MINOS_EINVAL},
    {"CR in the value", "x", "a\rb", MINOS_EINVAL},
    {"LF in the value", "x", "a\nSet-Cookie: b", MINOS_EINVAL},
    {"CRLF at the end", "x", "a\r\n", MINOS_EINVAL},
    {"DEL in the value", "x", "a\x7f", MINOS_EINVAL},
    {"control in the value", "x", "\x01", MINOS_EINVAL},
};

static void headers_are_checked(void **state)
{
    (void)state;
    for (size_t i = 0; i < mn_count_of(header_rows); i++) {
        MINOS_AUTO(minos_response) *res = NULL;
        print_message("%s\n", header_rows[i].name);
        assert_ok(minos_response_new(&res));
        assert_rc(minos_response_header_set(res, header_rows[i].header, header_rows[i].value),
                  header_rows[i].rc);
        assert_int_equal(minos_value_count(minos_response_headers(res)),
                         header_rows[i].rc == MINOS_OK);
    }
    assert_rc(minos_response_header_set(NULL, "x", "y"), MINOS_EINVAL);
}

static void headers_are_kept_in_order(void **state)
{
    MINOS_AUTO(minos_response) *res = NULL;
    char long_name[300];
    char value[] = "one";
    (void)state;

    assert_ok(minos_response_new(&res));
    assert_ok(minos_response_header_set(res, "X-B", value));
    value[0] = 'X';
    assert_ok(minos_response_header_set(res, "X-A", "two"));
    assert_ok(minos_response_header_set(res, "x-b", "three"));
    assert_true(minos_value_equal(minos_response_headers(res),
                                  MINOS_MAP(MINOS_KV("x-b", "three"), MINOS_KV("x-a", "two"))));
    assert_true(minos_view_is(res->headers->name, "x-b"));
    memset(long_name, 'x', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    assert_rc(minos_response_header_set(res, long_name, "v"), MINOS_EINVAL);
    assert_ok(minos_reply(res, MINOS_VALUE(1))); /* a reply keeps them */
    assert_int_equal(minos_value_count(minos_response_headers(res)), 2);
    mn_response_reset(res);
    assert_int_equal(minos_value_count(minos_response_headers(res)), 0);
    assert_false(minos_response_has_content(res));
}

static minos_response *made(int status, const char *type, const minos_value *content)
{
    minos_response *res = NULL;
    assert_ok(minos_response_new(&res));
    if (type != NULL)
        assert_ok(minos_reply_as(res, type, content));
    else
        assert_ok(minos_reply_status(res, status, content));
    return res;
}

static void equality(void **state)
{
    MINOS_AUTO(minos_response) *a = made(200, NULL, MINOS_MAP(MINOS_KV("a", 1)));
    MINOS_AUTO(minos_response) *same = made(200, "application/json", MINOS_MAP(MINOS_KV("a", 1)));
    MINOS_AUTO(minos_response) *status = made(201, NULL, MINOS_MAP(MINOS_KV("a", 1)));
    MINOS_AUTO(minos_response) *content = made(200, NULL, MINOS_MAP(MINOS_KV("a", 2)));
    MINOS_AUTO(minos_response) *type =
        made(200, "application/x-www-form-urlencoded", MINOS_MAP(MINOS_KV("a", 1)));
    MINOS_AUTO(minos_response) *null = made(200, NULL, MINOS_VALUE(minos_value_null()));
    MINOS_AUTO(minos_response) *absent = made(200, NULL, NULL);
    const struct {
        const char *name;
        minos_response *a, *b;
        bool equal;
    } rows[] = {
        {"itself", a, a, true},
        {"the same", a, same, true},
        {"status", a, status, false},
        {"content", a, content, false},
        {"type", a, type, false},
        {"nothing", a, absent, false},
        {"null is not absent", null, absent, false},
    };
    (void)state;
    for (size_t i = 0; i < mn_count_of(rows); i++)
        if (minos_response_equal(rows[i].a, rows[i].b) != rows[i].equal)
            fail_msg("%s", rows[i].name);
    minos_response_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reply_is_a_copy),
        cmocka_unit_test(absent_and_null),
        cmocka_unit_test(statuses),
        cmocka_unit_test(a_reply_too_big_for_the_arena),
        cmocka_unit_test(second_reply_replaces_the_first),
        cmocka_unit_test(content_types),
        cmocka_unit_test(headers_are_checked),
        cmocka_unit_test(headers_are_kept_in_order),
        cmocka_unit_test(equality),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
