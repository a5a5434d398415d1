/*
 * Errors: raising, wrapping, tracing, what a peer may see, and what happens when the slot is full.
 */
#include "support/support.h"

#include <errno.h>
#include <string.h>

#include <minos/error.h>

#include "base/error.h"
#include "base/task.h"

static minos_rc inner(void)
{
    return minos_fail(MINOS_EIO, "disk %d", 7);
}

static minos_rc outer(void)
{
    MINOS_TRY(inner());
    return MINOS_OK;
}

static void chains_grow(void **state)
{
    char text[1000];
    const minos_error *error;
    (void)state;

    assert_rc(minos_wrap(outer(), "while saving %s", "a"), MINOS_EIO);
    error = minos_error_last();
    assert_string_equal(minos_error_message(error), "while saving a");
    assert_int_equal(minos_error_status(error), 500);
    assert_false(minos_error_is_public(error));
    error = minos_error_cause(error);
    assert_string_equal(minos_error_message(error), "disk 7"); /* of the trace line: its cause's */
    error = minos_error_cause(error);
    assert_string_equal(minos_error_message(error), "disk 7");
    assert_non_null(strstr(minos_error_file(error), "error_test.c"));
    assert_null(minos_error_cause(error));
    minos_error_describe(minos_error_last(), text, sizeof text);
    assert_memory_equal(text, "while saving a (", 16);
    assert_non_null(strstr(text, "): via "));
    assert_non_null(strstr(text, ": disk 7 ("));
    minos_error_describe(minos_error_last(), text, 10);
    assert_string_equal(text, "while sav");
    minos_error_describe(NULL, text, sizeof text);
    assert_string_equal(text, "");
}

static void a_new_fault_begins_a_new_chain(void **state)
{
    (void)state;
    minos_ignore(minos_fail(MINOS_EIO, "first")); /* the slot is looked at */
    minos_ignore(
        minos_fail(MINOS_EPARSE, "second of %s",
                   minos_error_message(minos_error_last()))); /* its own text as argument */
    assert_string_equal(minos_error_message(minos_error_last()), "second of first");
    assert_null(minos_error_cause(minos_error_last()));
    minos_error_clear();
    assert_null(minos_error_last());
}

static void a_code_without_an_error_gets_its_sentence(void **state)
{
    (void)state;
    minos_ignore(minos_fail(MINOS_EIO, "old")); /* the slot is looked at */
    assert_rc(minos_wrap(MINOS_ETIMEDOUT, "waiting"), MINOS_ETIMEDOUT);
    assert_string_equal(minos_error_message(minos_error_cause(minos_error_last())),
                        minos_rc_text(MINOS_ETIMEDOUT));
    assert_rc(minos_wrap(MINOS_OK, "nothing"), MINOS_OK);
    assert_rc(minos_fail(MINOS_OK, "no code"), MINOS_EINTERNAL);
}

static void what_peers_see(void **state)
{
    static const struct {
        int status, expected;
    } rows[] = {{409, 409}, {400, 400}, {599, 599}, {399, 400}, {600, 400}, {0, 400}, {-1, 400}};
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_rc(minos_reject(rows[i].status, "closed"), MINOS_ERESPONSE);
        assert_int_equal(minos_error_status(minos_error_last()), rows[i].expected);
        assert_true(minos_error_is_public(minos_error_last()));
        assert_rc(minos_wrap(MINOS_ERESPONSE, "wrapped"), MINOS_ERESPONSE);
        assert_int_equal(minos_error_status(minos_error_last()), rows[i].expected);
        assert_true(minos_error_is_public(minos_error_last()));
    }
    minos_ignore(minos_fail(MINOS_EPARSE, "bad")); /* the slot is looked at */
    assert_true(minos_error_is_public(minos_error_last()));
    assert_int_equal(minos_error_status(minos_error_last()), 400);
    minos_ignore(minos_fail(MINOS_EINVAL, "ours")); /* the slot is looked at */
    assert_false(minos_error_is_public(minos_error_last()));
    assert_int_equal(minos_error_status(NULL), 200);
    assert_false(minos_error_is_public(NULL));
}

static minos_rc nest(int depth)
{
    if (depth == 0)
        return minos_fail(MINOS_EIO, "the root");
    return minos_wrap(nest(depth - 1), "level %d", depth);
}

/* What began the trouble says most: the oldest stay, the newest give way. */
static void long_chains_keep_their_root(void **state)
{
    const minos_error *error;
    int count = 1;
    (void)state;

    assert_rc(nest(200), MINOS_EIO);
    error = minos_error_last();
    assert_string_equal(minos_error_message(error), "level 200");
    for (; minos_error_cause(error) != NULL; count++)
        error = minos_error_cause(error);
    assert_string_equal(minos_error_message(error), "the root");
    assert_in_range(count, 5, 50);
}

static void long_messages_are_cut(void **state)
{
    static char big[100000];
    size_t size;
    (void)state;

    memset(big, 'x', sizeof big - 1);
    minos_ignore(minos_fail(MINOS_EIO, "%s", big)); /* the slot is looked at */
    size = strlen(minos_error_message(minos_error_last()));
    assert_in_range(size, 1000, 20000);
    assert_string_equal(minos_error_message(minos_error_last()) + size - 3, "…");
    for (int i = 0; i < 20; i++)
        minos_ignore(minos_wrap(MINOS_EIO, "%s", big)); /* until the text space is used up */
    assert_non_null(minos_error_message(minos_error_last()));
    minos_ignore(minos_fail(MINOS_EIO, "short")); /* the slot is looked at */
    assert_string_equal(minos_error_message(minos_error_last()), "short");
}

/* Each task has a slot of its own. */
static void tasks_do_not_mix(void **state)
{
    mn_task other = {0};
    (void)state;

    minos_ignore(minos_fail(MINOS_EIO, "of the thread")); /* the slot is looked at */
    mn_task_running = &other;
    assert_null(minos_error_last());
    minos_ignore(minos_fail(MINOS_EPARSE, "of the other")); /* the slot is looked at */
    mn_task_running = NULL;
    assert_string_equal(minos_error_message(minos_error_last()), "of the thread");
    mn_task_done(&other);
    mn_task_done(&other);
}

static void the_table_of_codes(void **state)
{
    (void)state;
    for (int rc = MINOS_OK; rc < MINOS_RC_COUNT; rc++) {
        int status = minos_rc_status((minos_rc)rc);
        assert_true(minos_rc_is_a((minos_rc)rc, (minos_rc)rc));
        assert_true(strlen(minos_rc_text((minos_rc)rc)) > 1);
        assert_true(rc == MINOS_OK ? status == 200 : status >= 400 && status < 600);
    }
    assert_string_equal(minos_rc_name(MINOS_EPARSE), "EPARSE");
    assert_string_equal(minos_rc_name((minos_rc)9999), "?");
    assert_true(minos_rc_is_a(MINOS_EREDEFINED, MINOS_EENROUTE));
    assert_true(minos_rc_is_a(MINOS_EREDEFINED, MINOS_EANY));
    assert_false(minos_rc_is_a(MINOS_ERESPONSE, MINOS_ENETWORK));
    assert_false(minos_rc_is_a(MINOS_EANY, MINOS_EREDEFINED));
    assert_false(minos_rc_is_a(MINOS_EIO, MINOS_OK));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chains_grow),
        cmocka_unit_test(a_new_fault_begins_a_new_chain),
        cmocka_unit_test(a_code_without_an_error_gets_its_sentence),
        cmocka_unit_test(what_peers_see),
        cmocka_unit_test(long_chains_keep_their_root),
        cmocka_unit_test(long_messages_are_cut),
        cmocka_unit_test(tasks_do_not_mix),
        cmocka_unit_test(the_table_of_codes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
