/*
 * Requests: absent against null, caching, merging of params, what a wrapper passes on.
 */
#include <minos/request.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "enroute/request.h"
#include "support/support.h"

/* ---- a door that counts what it is asked ---- */

typedef struct fake_door {
    minos_request request;
    const minos_value *content; /* NULL: none */
    const minos_value *url;
    const minos_value *query;
    minos_rc fails; /* what content and params fail with */
    int content_asked;
    int url_asked;
    int query_asked;
    int param_asked;
} fake_door;

static fake_door *fake_of(minos_request *req)
{
    return (fake_door *)(void *)req;
}

static bool fake_has_content(minos_request *req)
{
    return fake_of(req)->content != NULL;
}

static minos_rc fake_content(minos_request *req, const minos_value **ret_content)
{
    fake_of(req)->content_asked++;
    if (fake_of(req)->fails != MINOS_OK)
        return minos_fail(fake_of(req)->fails, "content is broken");
    *ret_content = fake_of(req)->content;
    return MINOS_OK;
}

static minos_rc fake_url(minos_request *req, const minos_value **ret_params)
{
    fake_of(req)->url_asked++;
    *ret_params = fake_of(req)->url;
    return MINOS_OK;
}

static minos_rc fake_query(minos_request *req, const minos_value **ret_params)
{
    fake_of(req)->query_asked++;
    if (fake_of(req)->fails != MINOS_OK)
        return minos_fail(fake_of(req)->fails, "query is broken");
    *ret_params = fake_of(req)->query;
    return MINOS_OK;
}

static bool fake_param(minos_request *req, minos_view name, minos_view *ret_text)
{
    const minos_value *found = minos_value_find(fake_of(req)->url, name);
    fake_of(req)->param_asked++;
    if (found == NULL || found->type != MINOS_TYPE_STRING)
        return false;
    *ret_text = minos_value_view(found);
    return true;
}

static const mn_request_ops fake_ops = {
    .name = "fake",
    .has_content = fake_has_content,
    .content = fake_content,
    .url_params = fake_url,
    .query_params = fake_query,
    .param = fake_param,
};

static const mn_request_ops bare_ops = {.name = "bare"};

static void fake_init(fake_door *fake, minos_arena *arena)
{
    memset(fake, 0, sizeof *fake);
    mn_request_init(&fake->request, &fake_ops, MINOS_DOOR_REST, arena);
}

/* ---- content ---- */

static void content_is_asked_for_once(void **state)
{
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
    const minos_value *first, *second;
    fake_door fake;
    (void)state;

    fake_init(&fake, arena);
    fake.content = MINOS_VALUE(7);
    assert_true(minos_request_has_content(&fake.request));
    assert_int_equal(fake.content_asked, 0);
    assert_ok(minos_request_content(&fake.request, &first));
    assert_ok(minos_request_content(&fake.request, &second));
    assert_ptr_equal(first, second);
    assert_int_equal(fake.content_asked, 1);
}

static void content_that_is_absent_or_broken(void **state)
{
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
    const minos_value *content = MINOS_VALUE(1), *before = content;
    fake_door fake;
    (void)state;

    fake_init(&fake, arena);
    assert_false(minos_request_has_content(&fake.request));
    assert_fails(minos_request_content(&fake.request, &content), MINOS_ENOCONTENT, "no content");
    assert_int_equal(minos_error_status(minos_error_last()), 400);
    assert_int_equal(fake.content_asked, 0);

    fake.content = MINOS_VALUE(7);
    fake.fails = MINOS_EPARSE;
    assert_true(minos_request_has_content(&fake.request));
    assert_fails(minos_request_content(&fake.request, &content), MINOS_EPARSE, "broken");
    assert_ptr_equal(content, before); /* untouched on failure */

    mn_request_init(&fake.request, &bare_ops, MINOS_DOOR_REST, arena);
    assert_false(minos_request_has_content(&fake.request));
    assert_rc(minos_request_content(&fake.request, &content), MINOS_ENOCONTENT);
}

/* ---- params ---- */

static void params_are_merged(void **state)
{
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
    const minos_value *params, *again;
    fake_door fake;
    (void)state;

    fake_init(&fake, arena);
    fake.url = MINOS_MAP(MINOS_KV("id", "1"), MINOS_KV("both", "u"), MINOS_KV("many", "u"));
    fake.query = MINOS_MAP(MINOS_KV("q", "2"), MINOS_KV("both", "q"),
                           MINOS_KV("many", MINOS_LIST(MINOS_ITEM("q1"), MINOS_ITEM("q2"))));
    assert_true(minos_request_has_params(&fake.request));
    assert_ok(minos_request_params(&fake.request, &params));
    assert_true(minos_value_equal(
        params,
        MINOS_MAP(MINOS_KV("id", "1"),
                  MINOS_KV("both", MINOS_LIST(MINOS_ITEM("u"), MINOS_ITEM("q"))),
                  MINOS_KV("many", MINOS_LIST(MINOS_ITEM("u"), MINOS_ITEM("q1"), MINOS_ITEM("q2"))),
                  MINOS_KV("q", "2"))));
    assert_ok(minos_request_params(&fake.request, &again));
    assert_ptr_equal(params, again);
    assert_ok(minos_request_url_params(&fake.request, &again));
    assert_ptr_equal(again, fake.url);
    assert_ok(minos_request_query_params(&fake.request, &again));
    assert_ptr_equal(again, fake.query);
    assert_int_equal(fake.url_asked, 1);
    assert_int_equal(fake.query_asked, 1);
}

typedef struct source_row {
    const char *name;
    bool has_url;
    bool has_query;
} source_row;

static void params_of_one_source_are_that_source(void **state)
{
    static const source_row rows[] = {{"path", true, false}, {"query", false, true}};
    (void)state;
    for (size_t i = 0; i < mn_count_of(rows); i++) {
        MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
        const minos_value *params, *only = MINOS_MAP(MINOS_KV("a", "b"));
        fake_door fake;
        fake_init(&fake, arena);
        fake.url = rows[i].has_url ? only : NULL;
        fake.query = rows[i].has_query ? only : NULL;
        assert_ok(minos_request_params(&fake.request, &params));
        if (params != only)
            fail_msg("%s", rows[i].name);
        assert_rc(rows[i].has_url ? minos_request_query_params(&fake.request, &params)
                                  : minos_request_url_params(&fake.request, &params),
                  MINOS_ENOPARAMS);
    }
}

static void params_that_are_absent_or_broken(void **state)
{
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
    const minos_value *params;
    const char *text;
    fake_door fake;
    (void)state;

    fake_init(&fake, arena);
    assert_false(minos_request_has_params(&fake.request));
    assert_fails(minos_request_params(&fake.request, &params), MINOS_ENOPARAMS, "no params");
    assert_int_equal(minos_error_status(minos_error_last()), 400);
    assert_rc(minos_request_url_params(&fake.request, &params), MINOS_ENOPARAMS);
    assert_rc(minos_request_query_params(&fake.request, &params), MINOS_ENOPARAMS);
    assert_fails(minos_request_param(&fake.request, "id", &text), MINOS_EMISSING, "\"id\"");

    fake.fails = MINOS_EPARSE;
    assert_true(minos_request_has_params(&fake.request)); /* something is there */
    assert_fails(minos_request_params(&fake.request, &params), MINOS_EPARSE, "broken");
    assert_rc(minos_request_param(&fake.request, "id", &text), MINOS_EPARSE);
}

typedef struct param_row {
    const char *name;
    const char *param;
    minos_rc rc;
    const char *expected; /* text, or a part of the message */
} param_row;

static const param_row param_rows[] = {
    {"of the path, by the fast way", "id", MINOS_OK, "42"},
    {"of the query", "page", MINOS_OK, "3"},
    {"empty", "empty", MINOS_OK, ""},
    {"absent", "nope", MINOS_EMISSING, "param \"nope\" is missing"},
    {"names are case-sensitive", "ID", MINOS_EMISSING, "\"ID\""},
    {"given twice", "tag", MINOS_ETYPE, "more than once"},
    {"holds a NUL", "nul", MINOS_ETYPE, "NUL"},
    {"holds a NUL, by the fast way", "fastnul", MINOS_ETYPE, "NUL"},
    {"no text", "number", MINOS_ETYPE, "an integer"},
    {"null is no text", "null", MINOS_ETYPE, "null"},
    {"no name", "", MINOS_EMISSING, "\"\""},
};

static void one_param(void **state)
{
    (void)state;
    for (size_t i = 0; i < mn_count_of(param_rows); i++) {
        const param_row *row = &param_rows[i];
        MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
        const char *text = "before";
        fake_door fake;
        minos_rc rc;

        fake_init(&fake, arena);
        fake.url = MINOS_MAP(MINOS_KV("id", "42"), MINOS_KV("fastnul", minos_view_make("a\0b", 3)));
        fake.query = MINOS_MAP(MINOS_KV("page", "3"), MINOS_KV("empty", ""),
                               MINOS_KV("tag", MINOS_LIST(MINOS_ITEM("a"), MINOS_ITEM("b"))),
                               MINOS_KV("nul", minos_view_make("a\0b", 3)), MINOS_KV("number", 5),
                               MINOS_KV("null", minos_value_null()));
        print_message("%s\n", row->name);
        rc = minos_request_param(&fake.request, row->param, &text);
        assert_rc(rc, row->rc);
        if (rc == MINOS_OK) {
            assert_string_equal(text, row->expected);
        } else {
            mn_assert_message(row->expected, __FILE__, __LINE__);
            assert_string_equal(text, "before");
            assert_int_equal(minos_error_status(minos_error_last()), 400);
        }
    }
}

static void params_in_a_full_arena(void **state)
{
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(8192);
    const minos_value *params;
    const char *text;
    fake_door fake;
    (void)state;

    fake_init(&fake, arena);
    fake.url = MINOS_MAP(MINOS_KV("id", "42"));
    fake.query = MINOS_MAP(MINOS_KV("id", "43"));
    while (mn_arena_try_raw(arena, 16) != NULL)
        ;
    assert_rc(minos_request_params(&fake.request, &params), MINOS_ETOOBIG);
    assert_fails(minos_request_param(&fake.request, "id", &text), MINOS_ETOOBIG, "\"id\"");
}

static void a_param_of_the_path_builds_no_map(void **state)
{
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
    const char *text;
    fake_door fake;
    (void)state;

    fake_init(&fake, arena);
    fake.url = MINOS_MAP(MINOS_KV("id", "42"));
    assert_ok(minos_request_param(&fake.request, "id", &text));
    assert_int_equal(fake.param_asked, 1);
    assert_int_equal(fake.url_asked + fake.query_asked, 0);
}

static void untyped_access_to_a_missing_field_is_400(void **state)
{
    MINOS_AUTO(minos_request) *req = NULL;
    const minos_request_options options = {.content = MINOS_MAP(MINOS_KV("name", 5))};
    const minos_value *content;
    const char *text;
    (void)state;

    assert_ok(minos_request_new_memory(&options, &req));
    assert_ok(minos_request_content(req, &content));
    assert_fails(minos_value_str(content, "email", &text), MINOS_EMISSING, "email");
    assert_int_equal(minos_error_status(minos_error_last()), 400);
    assert_true(minos_error_is_public(minos_error_last()));
    assert_fails(minos_value_str(content, "name", &text), MINOS_ETYPE, "name");
    assert_int_equal(minos_error_status(minos_error_last()), 400);
    assert_rc(minos_value_str(MINOS_VALUE("text"), "name", &text), MINOS_ETYPE);
    assert_int_equal(minos_error_status(minos_error_last()), 400);
}

/* ---- user, wrapper ---- */

typedef struct header_user_row {
    const char *name;
    const char *text;
    minos_rc rc;
    bool has_user;
} header_user_row;

static void user_of_a_header(void **state)
{
    static const header_user_row rows[] = {
        {"none", NULL, MINOS_OK, false},
        {"a UUID", "01000000-0000-0000-0000-000000000000", MINOS_OK, true},
        {"empty", "", MINOS_EPARSE, false},
        {"a name", "anne", MINOS_EPARSE, false},
        {"too short", "01000000-0000-0000-0000-00000000000", MINOS_EPARSE, false},
        {"too long", "01000000-0000-0000-0000-0000000000000", MINOS_EPARSE, false},
        {"SQL", "1' or '1'='1", MINOS_EPARSE, false},
    };
    (void)state;
    for (size_t i = 0; i < mn_count_of(rows); i++) {
        minos_request req;
        mn_request_init(&req, &bare_ops, MINOS_DOOR_REST, NULL);
        print_message("%s\n", rows[i].name);
        assert_rc(mn_request_user_set(&req, rows[i].text), rows[i].rc);
        assert_int_equal(minos_request_user(&req) != NULL, rows[i].has_user);
    }
}

static void wrapped_passes_the_rest_through(void **state)
{
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
    minos_request *req;
    const minos_value *value;
    const char *text;
    fake_door fake;
    (void)state;

    fake_init(&fake, arena);
    fake.url = MINOS_MAP(MINOS_KV("id", "42"));
    assert_ok(minos_request_wrap(&fake.request, NULL, NULL, &req));
    assert_int_equal(minos_request_door(req), MINOS_DOOR_REST);
    assert_false(minos_request_has_content(req));
    assert_rc(minos_request_content(req, &value), MINOS_ENOCONTENT);
    assert_ok(minos_request_param(req, "id", &text)); /* the fast way goes through */
    assert_int_equal(fake.param_asked, 1);
    assert_int_equal(fake.url_asked, 0);
    assert_ok(minos_request_url_params(req, &value));
    assert_rc(minos_request_query_params(req, &value), MINOS_ENOPARAMS);
    assert_null(minos_request_header(req, "x"));
    assert_null(minos_request_method(req));
    assert_null(minos_request_path(req));
    assert_int_equal(minos_request_body(req).size, 0);
    assert_ok(minos_request_headers(req, &value));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(content_is_asked_for_once),
        cmocka_unit_test(content_that_is_absent_or_broken),
        cmocka_unit_test(params_are_merged),
        cmocka_unit_test(params_of_one_source_are_that_source),
        cmocka_unit_test(params_that_are_absent_or_broken),
        cmocka_unit_test(one_param),
        cmocka_unit_test(params_in_a_full_arena),
        cmocka_unit_test(a_param_of_the_path_builds_no_map),
        cmocka_unit_test(untyped_access_to_a_missing_field_is_400),
        cmocka_unit_test(user_of_a_header),
        cmocka_unit_test(wrapped_passes_the_rest_through),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
