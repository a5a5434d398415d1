/*
 * Requests: absent against null, caching, merging of params, requests in memory and wrapped.
 */
#include <minos/log.h>
#include <minos/request.h>

#include "base/alloc.h"
#include "enroute/context.h"
#include "enroute/request.h"
#include "support/support.h"

static const minos_uuid ANNE = {{1}};
static const minos_uuid BERT = {{2}};

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
        MINOS_MAP(MINOS_KV("id", "1"), MINOS_KV("both", MINOS_LIST(MINOS_ITEM("u"), MINOS_ITEM("q"))),
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
        fake.url = MINOS_MAP(MINOS_KV("id", "42"),
                             MINOS_KV("fastnul", minos_view_make("a\0b", 3)));
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

/* ---- in memory ---- */

static void memory_request_gives_copies(void **state)
{
    MINOS_AUTO(minos_request) *req = NULL;
    char name[] = "anne";
    int self = 0;
    const minos_value *value;
    const char *text;
    (void)state;

    assert_ok(minos_request_new_memory(
        &(minos_request_options){
            .content = MINOS_MAP(MINOS_KV("name", (const char *)name)),
            .params = MINOS_MAP(MINOS_KV("id", (const char *)name)),
            .headers = MINOS_MAP(MINOS_KV("Trace", (const char *)name)),
            .user = &ANNE,
            .self = &self,
        },
        &req));
    name[0] = 'X';
    assert_int_equal(minos_request_door(req), MINOS_DOOR_NONE);
    assert_null(minos_request_route(req));
    assert_ptr_equal(minos_request_self(req), &self);
    assert_true(minos_uuid_equal(*minos_request_user(req), ANNE));
    assert_ok(minos_request_content(req, &value));
    assert_ok(minos_value_str(value, "name", &text));
    assert_string_equal(text, "anne");
    assert_ok(minos_request_param(req, "id", &text));
    assert_string_equal(text, "anne");
    assert_ok(minos_request_url_params(req, &value));
    assert_ok(minos_request_query_params(req, &value));
    assert_string_equal(minos_request_header(req, "tRACE"), "anne");
    assert_null(minos_request_header(req, "trac"));
    assert_ok(minos_request_headers(req, &value));
    assert_int_equal(minos_value_count(value), 1);
    assert_null(minos_request_method(req));
    assert_null(minos_request_path(req));
    assert_null(minos_request_content_type(req));
    assert_null(minos_request_message(req));
    assert_int_equal(minos_request_body(req).size, 0);
    assert_int_equal(minos_request_scheduled_at(req), 0);
}

static void memory_request_tells_null_from_absent(void **state)
{
    MINOS_AUTO(minos_request) *nothing = NULL;
    MINOS_AUTO(minos_request) *null = NULL;
    MINOS_AUTO(minos_request) *no_options = NULL;
    const minos_value *value;
    (void)state;

    assert_ok(minos_request_new_memory(&(minos_request_options){.content = NULL}, &nothing));
    assert_false(minos_request_has_content(nothing));
    assert_false(minos_request_has_params(nothing));
    assert_rc(minos_request_content(nothing, &value), MINOS_ENOCONTENT);
    assert_rc(minos_request_params(nothing, &value), MINOS_ENOPARAMS);
    assert_null(minos_request_user(nothing));
    assert_ok(minos_request_headers(nothing, &value));
    assert_int_equal(minos_value_count(value), 0);

    assert_ok(minos_request_new_memory(
        &(minos_request_options){.content = MINOS_VALUE(minos_value_null())}, &null));
    assert_true(minos_request_has_content(null));
    assert_ok(minos_request_content(null, &value));
    assert_true(minos_value_is_null(value));

    assert_ok(minos_request_new_memory(NULL, &no_options));
    assert_false(minos_request_has_content(no_options));
}

static void memory_request_refuses(void **state)
{
    minos_request *req = NULL;
    (void)state;
    assert_fails(minos_request_new_memory(&(minos_request_options){.params = MINOS_VALUE(1)}, &req),
                 MINOS_EINVAL, "params");
    assert_fails(minos_request_new_memory(
                     &(minos_request_options){.params = MINOS_LIST(MINOS_ITEM("a"))}, &req),
                 MINOS_EINVAL, "params");
    assert_fails(minos_request_new_memory(&(minos_request_options){.headers = MINOS_VALUE("a")},
                                          &req),
                 MINOS_EINVAL, "headers");
    assert_fails(minos_request_new_memory(
                     &(minos_request_options){.headers = MINOS_MAP(MINOS_KV("n", 1))}, &req),
                 MINOS_EINVAL, "\"n\"");
    assert_null(req);
    minos_request_free(NULL);
}

static void count_line(void *context, minos_level level, const char *line)
{
    (void)line;
    if (level == MINOS_LEVEL_WARNING)
        ++*(int *)context;
}

typedef struct user_row {
    const char *name;
    const minos_uuid *of_context;
    const minos_uuid *argument;
    const minos_uuid *expected;
    int warnings;
} user_row;

static const user_row user_rows[] = {
    {"no user at all", NULL, NULL, NULL, 0},
    {"the argument's", NULL, &ANNE, &ANNE, 0},
    {"the context's", &BERT, NULL, &BERT, 0},
    {"the context's wins", &BERT, &ANNE, &BERT, 1},
    {"both the same", &ANNE, &ANNE, &ANNE, 0},
};

static void user_of_the_context_wins(void **state)
{
    (void)state;
    for (size_t i = 0; i < mn_count_of(user_rows); i++) {
        const user_row *row = &user_rows[i];
        MINOS_AUTO(minos_request) *outer = NULL;
        MINOS_AUTO(minos_request) *req = NULL;
        mn_context context;
        int warnings = 0;

        print_message("%s\n", row->name);
        assert_ok(minos_request_new_memory(&(minos_request_options){.user = row->of_context},
                                           &outer));
        mn_context_enter(&context, outer);
        minos_log_output_set(count_line, &warnings);
        assert_ok(minos_request_new_memory(&(minos_request_options){.user = row->argument}, &req));
        minos_log_output_set(NULL, NULL);
        mn_context_leave(&context);
        assert_int_equal(warnings, row->warnings);
        if (row->expected == NULL)
            assert_null(minos_request_user(req));
        else
            assert_true(minos_uuid_equal(*minos_request_user(req), *row->expected));
    }
}

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

/* ---- wrapped ---- */

static int transforms;

static minos_rc double_it(minos_request *req, const minos_value *value, const minos_value **ret_value)
{
    minos_value *made = minos_arena_alloc(minos_request_arena(req), sizeof *made);
    int64_t number;
    transforms++;
    MINOS_TRY(minos_value_i64(value, NULL, &number));
    *made = minos_value_int(2 * number);
    *ret_value = made;
    return MINOS_OK;
}

static minos_rc only_id(minos_request *req, const minos_value *value, const minos_value **ret_value)
{
    minos_value *map = minos_value_map_new(minos_request_arena(req));
    transforms++;
    MINOS_TRY(minos_value_put(minos_request_arena(req), map, MINOS_VIEW("id"),
                              *minos_value_get(value, "id")));
    *ret_value = map;
    return MINOS_OK;
}

static minos_rc gives_nothing(minos_request *req, const minos_value *value,
                              const minos_value **ret_value)
{
    (void)req;
    (void)value;
    (void)ret_value;
    return MINOS_OK;
}

static minos_rc gives_no_map(minos_request *req, const minos_value *value,
                             const minos_value **ret_value)
{
    (void)req;
    *ret_value = minos_value_get(value, "id");
    return MINOS_OK;
}

static minos_rc refuses(minos_request *req, const minos_value *value, const minos_value **ret_value)
{
    (void)req;
    (void)value;
    (void)ret_value;
    return minos_reject(422, "not so");
}

static void wrapped_is_lazy_and_asks_once(void **state)
{
    MINOS_AUTO(minos_request) *base = NULL;
    minos_request *req, *outer;
    const minos_value *value;
    const char *text;
    int64_t number;
    (void)state;

    assert_ok(minos_request_new_memory(
        &(minos_request_options){
            .content = MINOS_VALUE(21),
            .params = MINOS_MAP(MINOS_KV("id", "7"), MINOS_KV("more", "x")),
            .user = &ANNE,
        },
        &base));
    transforms = 0;
    assert_ok(minos_request_wrap(base, double_it, only_id, &req));
    assert_true(minos_request_has_content(req));
    assert_true(minos_request_has_params(req));
    assert_true(minos_uuid_equal(*minos_request_user(req), ANNE));
    assert_int_equal(transforms, 0);
    for (int i = 0; i < 3; i++) {
        assert_ok(minos_request_content(req, &value));
        assert_ok(minos_value_i64(value, NULL, &number));
        assert_int_equal(number, 42);
    }
    assert_int_equal(transforms, 1);
    for (int i = 0; i < 3; i++) {
        assert_ok(minos_request_param(req, "id", &text));
        assert_rc(minos_request_param(req, "more", &text), MINOS_EMISSING);
    }
    assert_int_equal(transforms, 2);
    assert_ok(minos_request_wrap(req, double_it, NULL, &outer)); /* a wrapper of a wrapper */
    assert_ok(minos_request_content(outer, &value));
    assert_ok(minos_value_i64(value, NULL, &number));
    assert_int_equal(number, 84);
    assert_ok(minos_request_content(base, &value)); /* the base is as it was */
    assert_ok(minos_value_i64(value, NULL, &number));
    assert_int_equal(number, 21);
    minos_request_free(req); /* a wrapper: nothing */
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
    assert_ok(minos_request_wrap(&fake.request, double_it, NULL, &req));
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

static void wrapped_without_params(void **state)
{
    MINOS_AUTO(minos_request) *base = NULL;
    minos_request *req;
    const minos_value *value;
    (void)state;
    assert_ok(minos_request_new_memory(NULL, &base));
    assert_ok(minos_request_wrap(base, double_it, only_id, &req));
    assert_false(minos_request_has_params(req));
    assert_rc(minos_request_params(req, &value), MINOS_ENOPARAMS);
    assert_rc(minos_request_wrap(NULL, double_it, only_id, &req), MINOS_EINVAL);
}

typedef struct broken_row {
    const char *name;
    minos_transform_fn *action;
    minos_rc content_rc;
    minos_rc params_rc;
} broken_row;

static void wrapped_with_actions_that_fail(void **state)
{
    static const broken_row rows[] = {
        {"gives nothing", gives_nothing, MINOS_EINVAL, MINOS_EINVAL},
        {"gives no map", gives_no_map, MINOS_OK, MINOS_EINVAL},
        {"refuses", refuses, MINOS_ERESPONSE, MINOS_ERESPONSE},
        {"finds another type", double_it, MINOS_ETYPE, MINOS_ETYPE},
    };
    (void)state;
    for (size_t i = 0; i < mn_count_of(rows); i++) {
        MINOS_AUTO(minos_request) *base = NULL;
        minos_request *req;
        const minos_value *value;
        print_message("%s\n", rows[i].name);
        assert_ok(minos_request_new_memory(
            &(minos_request_options){.content = MINOS_MAP(MINOS_KV("id", "x")),
                                     .params = MINOS_MAP(MINOS_KV("id", "x"))},
            &base));
        assert_ok(minos_request_wrap(base, rows[i].action, rows[i].action, &req));
        assert_rc(minos_request_content(req, &value), rows[i].content_rc);
        assert_rc(minos_request_params(req, &value), rows[i].params_rc);
    }
}

/* ---- equality ---- */

static minos_request *made(const minos_value *content, const minos_value *params,
                           const minos_uuid *user)
{
    minos_request *req = NULL;
    assert_ok(minos_request_new_memory(
        &(minos_request_options){.content = content, .params = params, .user = user}, &req));
    return req;
}

static void equality(void **state)
{
    MINOS_AUTO(minos_request) *a = made(MINOS_VALUE(1), MINOS_MAP(MINOS_KV("a", "b")), &ANNE);
    MINOS_AUTO(minos_request) *same = made(MINOS_VALUE(1), MINOS_MAP(MINOS_KV("a", "b")), &ANNE);
    MINOS_AUTO(minos_request) *content = made(MINOS_VALUE(2), MINOS_MAP(MINOS_KV("a", "b")), &ANNE);
    MINOS_AUTO(minos_request) *params = made(MINOS_VALUE(1), MINOS_MAP(MINOS_KV("a", "c")), &ANNE);
    MINOS_AUTO(minos_request) *user = made(MINOS_VALUE(1), MINOS_MAP(MINOS_KV("a", "b")), &BERT);
    MINOS_AUTO(minos_request) *nobody = made(MINOS_VALUE(1), MINOS_MAP(MINOS_KV("a", "b")), NULL);
    MINOS_AUTO(minos_request) *absent = made(NULL, MINOS_MAP(MINOS_KV("a", "b")), &ANNE);
    MINOS_AUTO(minos_request) *null = made(MINOS_VALUE(minos_value_null()), NULL, &ANNE);
    MINOS_AUTO(minos_request) *empty = made(NULL, NULL, &ANNE);
    const struct {
        const char *name;
        minos_request *a, *b;
        bool equal;
    } rows[] = {
        {"itself", a, a, true},           {"the same", a, same, true},
        {"content", a, content, false},   {"params", a, params, false},
        {"user", a, user, false},         {"no user", a, nobody, false},
        {"no content", a, absent, false}, {"null and absent content", null, empty, false},
    };
    (void)state;
    for (size_t i = 0; i < mn_count_of(rows); i++)
        if (minos_request_equal(rows[i].a, rows[i].b) != rows[i].equal ||
            minos_request_equal(rows[i].b, rows[i].a) != rows[i].equal)
            fail_msg("%s", rows[i].name);
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
        cmocka_unit_test(a_param_of_the_path_builds_no_map),
        cmocka_unit_test(untyped_access_to_a_missing_field_is_400),
        cmocka_unit_test(memory_request_gives_copies),
        cmocka_unit_test(memory_request_tells_null_from_absent),
        cmocka_unit_test(memory_request_refuses),
        cmocka_unit_test(user_of_the_context_wins),
        cmocka_unit_test(user_of_a_header),
        cmocka_unit_test(wrapped_is_lazy_and_asks_once),
        cmocka_unit_test(wrapped_passes_the_rest_through),
        cmocka_unit_test(wrapped_without_params),
        cmocka_unit_test(wrapped_with_actions_that_fail),
        cmocka_unit_test(equality),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
