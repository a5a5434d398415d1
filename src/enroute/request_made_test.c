/*
 * Requests made by hand: in memory and wrapped; equality.
 */
#include <minos/log.h>
#include <minos/request.h>

#include "base/alloc.h"
#include "enroute/context.h"
#include "support/support.h"

static const minos_uuid ANNE = {{1}};
static const minos_uuid BERT = {{2}};

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
    assert_fails(
        minos_request_new_memory(&(minos_request_options){.headers = MINOS_VALUE("a")}, &req),
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
    {"no user at all", NULL, NULL, NULL, 0},   {"the argument's", NULL, &ANNE, &ANNE, 0},
    {"the context's", &BERT, NULL, &BERT, 0},  {"the context's wins", &BERT, &ANNE, &BERT, 1},
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
        assert_ok(
            minos_request_new_memory(&(minos_request_options){.user = row->of_context}, &outer));
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

/* ---- wrapped ---- */

static int transforms;

static minos_rc double_it(minos_request *req, const minos_value *value,
                          const minos_value **ret_value)
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
        cmocka_unit_test(memory_request_gives_copies),
        cmocka_unit_test(memory_request_tells_null_from_absent),
        cmocka_unit_test(memory_request_refuses),
        cmocka_unit_test(user_of_the_context_wins),
        cmocka_unit_test(wrapped_is_lazy_and_asks_once),
        cmocka_unit_test(wrapped_without_params),
        cmocka_unit_test(wrapped_with_actions_that_fail),
        cmocka_unit_test(equality),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
