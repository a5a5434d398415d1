/*
 * Fibers, parking, waking, cancelling, deadlines, scopes.
 */
#include "support/support.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/task.h"
#include "fiber/fiber.h"
#include "fiber/simulation.h"

/* A trace of letters in the order in which things happened. */
static char trace[256];

static void note(char letter)
{
    size_t length = strlen(trace);
    assert_true(length + 1 < sizeof trace);
    trace[length] = letter;
    trace[length + 1] = '\0';
}

static int setup(void **state)
{
    (void)state;
    memset(trace, 0, sizeof trace);
    return 0;
}

static minos_rc succeed(void *argument)
{
    (void)argument;
    return MINOS_OK;
}

static minos_rc note_it(void *argument)
{
    note(*(const char *)argument);
    return MINOS_OK;
}

static minos_rc fail_plainly(void *argument)
{
    return minos_fail(MINOS_ENOTFOUND, "no %s", (const char *)argument);
}

/* ---- loop ---- */

static void a_loop_gives_its_functions_result(void **state)
{
    (void)state;
    assert_ok(mn_loop_run("main", succeed, NULL));
    assert_fails(mn_loop_run("main", fail_plainly, "luck"), MINOS_ENOTFOUND, "no luck");
    assert_null(mn_fiber_current());
    assert_int_equal(mn_loop_fibers(), 0);
}

static minos_rc run_another_loop(void *argument)
{
    (void)argument;
    return mn_loop_run("inner", succeed, NULL);
}

static void a_loop_does_not_run_in_a_loop(void **state)
{
    (void)state;
    assert_fails(mn_loop_run("main", run_another_loop, NULL), MINOS_ESTATE, "already");
}

static void outside_of_fibers_nothing_waits(void **state)
{
    minos_scope *scope = NULL;
    mn_fiber *fiber = NULL;
    int number;
    (void)state;
    assert_rc(minos_sleep(0), MINOS_ESTATE);
    assert_rc(minos_yield(), MINOS_ESTATE);
    assert_rc(mn_fiber_park(minos_deadline_never()), MINOS_ESTATE);
    assert_rc(minos_scope_new(&scope), MINOS_ESTATE);
    assert_rc(mn_fiber_start("f", succeed, NULL, &fiber), MINOS_ESTATE);
    assert_rc(mn_signal_wait(minos_deadline_never(), &number), MINOS_ESTATE);
    assert_rc(minos_offload(succeed, NULL), MINOS_ESTATE);
    assert_null(scope);
    assert_null(fiber);
    assert_false(minos_fiber_canceled());
    assert_int_equal(minos_fiber_deadline().at_ns, INT64_MAX);
}

static minos_rc order_main(void *argument)
{
    MINOS_AUTO(minos_scope) *scope = NULL;
    (void)argument;
    MINOS_TRY(minos_scope_new(&scope));
    MINOS_TRY(minos_scope_spawn(scope, "a", note_it, "a"));
    MINOS_TRY(minos_scope_spawn(scope, "b", note_it, "b"));
    note('1');
    MINOS_TRY(minos_yield());
    note('2');
    MINOS_TRY(minos_scope_spawn(scope, "c", note_it, "c"));
    assert_int_equal(mn_loop_fibers(), 2);
    MINOS_TRY(minos_scope_join(scope, minos_deadline_never()));
    note('3');
    return MINOS_OK;
}

static void fibers_run_in_the_order_they_became_ready(void **state)
{
    (void)state;
    assert_ok(mn_loop_run("main", order_main, NULL));
    assert_string_equal(trace, "1ab2c3");
}

/* ---- sleep ---- */

static minos_rc sleeper(void *argument)
{
    const char *text = argument;
    MINOS_TRY(minos_sleep((text[0] - 'a') * 2 * MINOS_MS));
    note(text[0]);
    return MINOS_OK;
}

static minos_rc sleep_main(void *argument)
{
    MINOS_AUTO(minos_scope) *scope = NULL;
    int64_t begin = mn_now();
    (void)argument;
    MINOS_TRY(minos_scope_new(&scope));
    MINOS_TRY(minos_scope_spawn(scope, "d", sleeper, "d"));
    MINOS_TRY(minos_scope_spawn(scope, "a", sleeper, "a"));
    MINOS_TRY(minos_scope_spawn(scope, "c", sleeper, "c"));
    MINOS_TRY(minos_scope_spawn(scope, "b", sleeper, "b"));
    MINOS_TRY(minos_scope_join(scope, minos_deadline_never()));
    assert_true(mn_now() - begin >= 6 * MINOS_MS);
    return MINOS_OK;
}

static void sleepers_wake_in_the_order_of_their_time(void **state)
{
    (void)state;
    assert_ok(mn_simulate(1, "main", sleep_main, NULL));
    assert_string_equal(trace, "abcd");
}

static void no_sleep_is_too_short(void **state)
{
    (void)state;
    assert_ok(mn_loop_run("main", sleep_main, NULL));
}

static minos_rc deadline_main(void *argument)
{
    minos_deadline old = minos_fiber_deadline_shorten(minos_deadline_in(2 * MINOS_MS));
    (void)argument;
    assert_int_equal(old.at_ns, INT64_MAX);
    assert_fails(minos_sleep(MINOS_H), MINOS_ETIMEDOUT, "deadline");
    assert_rc(mn_fiber_park(minos_deadline_never()), MINOS_ETIMEDOUT);
    /* A later deadline changes nothing. */
    old = minos_fiber_deadline();
    minos_fiber_deadline_shorten(minos_deadline_in(MINOS_H));
    assert_int_equal(minos_fiber_deadline().at_ns, old.at_ns);
    /* The door's setter does. */
    mn_fiber_deadline_set(minos_deadline_in(MINOS_H));
    return minos_sleep(MINOS_MS);
}

static void the_fibers_deadline_ends_its_waits(void **state)
{
    (void)state;
    assert_ok(mn_loop_run("main", deadline_main, NULL));
}

/*
 * Waits with ever other deadlines: the timer's entry is kept and must neither fire early nor late.
 */
static minos_rc many_deadlines(void *argument)
{
    static const int deadlines_ms[] = {50, 10, 1, 90, 3, 3, 70, 2, 1000, 1};
    mn_fiber *self = mn_fiber_current();
    (void)argument;
    for (size_t round = 0; round < 30; round++) {
        int ms = deadlines_ms[round % mn_count_of(deadlines_ms)];
        minos_deadline begin = minos_deadline_in(0), deadline = minos_deadline_in(ms * MINOS_MS);
        if (round % 3 == 0) { /* ends before its deadline, whose entry stays */
            mn_fiber_wake(self);
            assert_rc(mn_fiber_park(deadline), MINOS_OK);
            assert_int_equal(minos_deadline_in(0).at_ns, begin.at_ns);
        } else {
            assert_rc(mn_fiber_park(deadline), MINOS_ETIMEDOUT);
            assert_int_equal(minos_deadline_in(0).at_ns - begin.at_ns, ms * MINOS_MS);
        }
    }
    return MINOS_OK;
}

static void waits_end_at_their_own_deadline_only(void **state)
{
    (void)state;
    assert_ok(mn_simulate(1, "main", many_deadlines, NULL));
}

static minos_rc sleep_nothing(void *argument)
{
    while (*(bool *)argument)
        MINOS_TRY(minos_sleep(0));
    return MINOS_OK;
}

static minos_rc sleep_nothing_main(void *argument)
{
    bool go_on = true;
    mn_fiber *fiber;
    (void)argument;
    MINOS_TRY(mn_fiber_start("busy", sleep_nothing, &go_on, &fiber));
    MINOS_TRY(minos_yield());
    go_on = false;
    return mn_fiber_join(fiber, minos_deadline_never());
}

static void a_sleep_of_nothing_lets_others_run(void **state)
{
    (void)state;
    assert_ok(mn_simulate(1, "main", sleep_nothing_main, NULL));
    assert_ok(mn_loop_run("main", sleep_nothing_main, NULL));
}

static minos_rc note_deadline(void *argument)
{
    *(int64_t *)argument = minos_fiber_deadline().at_ns;
    return MINOS_OK;
}

static minos_rc inherit_main(void *argument)
{
    MINOS_AUTO(minos_scope) *scope = NULL;
    mn_fiber *fiber;
    int64_t inherited = 0, own = 0;
    (void)argument;
    MINOS_TRY(minos_scope_new(&scope));
    minos_fiber_deadline_shorten(minos_deadline_in(MINOS_H));
    MINOS_TRY(minos_scope_spawn(scope, "child", note_deadline, &inherited));
    MINOS_TRY(mn_fiber_start("server", note_deadline, &own, &fiber));
    MINOS_TRY(minos_scope_join(scope, minos_deadline_never()));
    MINOS_TRY(mn_fiber_join(fiber, minos_deadline_never()));
    assert_int_equal(inherited, minos_fiber_deadline().at_ns);
    assert_int_equal(own, INT64_MAX);
    return MINOS_OK;
}

static void children_inherit_the_deadline_and_servers_do_not(void **state)
{
    (void)state;
    assert_ok(mn_loop_run("main", inherit_main, NULL));
}

/* ---- park and wake ---- */

static minos_rc parker(void *argument)
{
    (void)argument;
    MINOS_TRY(mn_fiber_park(minos_deadline_never()));
    note('p');
    return MINOS_OK;
}

static minos_rc wake_main(void *argument)
{
    mn_fiber *fiber;
    (void)argument;
    /* Before it has begun to run, while it is parked, and twice. */
    MINOS_TRY(mn_fiber_start("early", parker, NULL, &fiber));
    MINOS_TRY(minos_yield());
    mn_fiber_wake(fiber);
    mn_fiber_wake(fiber);
    MINOS_TRY(mn_fiber_join(fiber, minos_deadline_never()));
    /* A wake of the running fiber is kept for its next park, once. */
    mn_fiber_wake(mn_fiber_current());
    mn_fiber_wake(mn_fiber_current());
    MINOS_TRY(mn_fiber_park(minos_deadline_never()));
    assert_rc(mn_fiber_park(minos_deadline_in(MINOS_MS)), MINOS_ETIMEDOUT);
    return MINOS_OK;
}

static void a_wake_before_the_park_is_not_lost(void **state)
{
    (void)state;
    assert_ok(mn_loop_run("main", wake_main, NULL));
    assert_string_equal(trace, "p");
}

static minos_rc park_once(void *argument)
{
    *(minos_rc *)argument = mn_fiber_park(minos_deadline_never());
    return mn_fiber_park(minos_deadline_never());
}

static minos_rc cancel_then_wake_main(void *argument)
{
    mn_fiber *fiber;
    minos_rc first = MINOS_EANY;
    (void)argument;
    MINOS_TRY(mn_fiber_start("f", park_once, &first, &fiber));
    MINOS_TRY(minos_yield());
    mn_fiber_cancel(fiber);
    mn_fiber_wake(fiber); /* the wake wins, the next wait is cancelled */
    assert_rc(mn_fiber_join(fiber, minos_deadline_never()), MINOS_ECANCELED);
    assert_int_equal(first, MINOS_OK);
    return MINOS_OK;
}

static void a_wake_wins_over_a_cancel_before_it(void **state)
{
    (void)state;
    assert_ok(mn_loop_run("main", cancel_then_wake_main, NULL));
}

/* ---- cancel ---- */

static minos_rc stubborn(void *argument)
{
    (void)argument;
    assert_fails(minos_sleep(MINOS_H), MINOS_ECANCELED, "sleeping");
    assert_true(minos_fiber_canceled());
    assert_rc(minos_sleep(MINOS_H), MINOS_ECANCELED);
    assert_rc(minos_yield(), MINOS_ECANCELED);
    assert_rc(mn_fiber_park(minos_deadline_never()), MINOS_ECANCELED);
    /* Clean-up may wait. */
    assert_rc(mn_fiber_park_shielded(minos_deadline_in(MINOS_MS)), MINOS_ETIMEDOUT);
    note('x');
    return MINOS_OK;
}

static minos_rc cancel_main(void *argument)
{
    mn_fiber *fiber;
    (void)argument;
    MINOS_TRY(mn_fiber_start("stubborn", stubborn, NULL, &fiber));
    MINOS_TRY(minos_yield());
    assert_fails(mn_fiber_join(fiber, minos_deadline_in(MINOS_MS)), MINOS_ETIMEDOUT, "stubborn");
    mn_fiber_cancel(fiber);
    mn_fiber_cancel(fiber);
    return mn_fiber_join(fiber, minos_deadline_never());
}

static void every_wait_of_a_cancelled_fiber_fails(void **state)
{
    (void)state;
    assert_ok(mn_loop_run("main", cancel_main, NULL));
    assert_string_equal(trace, "x");
}

static minos_rc parent_with_children(void *argument)
{
    MINOS_AUTO(minos_scope) *scope = NULL;
    (void)argument;
    MINOS_TRY(minos_scope_new(&scope));
    for (int i = 0; i < 3; i++)
        MINOS_TRY(minos_scope_spawn(scope, "child", stubborn, NULL));
    return minos_scope_join(scope, minos_deadline_never());
}

static minos_rc cancel_parent_main(void *argument)
{
    mn_fiber *fiber;
    (void)argument;
    MINOS_TRY(mn_fiber_start("parent", parent_with_children, NULL, &fiber));
    MINOS_TRY(minos_yield());
    MINOS_TRY(minos_yield());
    mn_fiber_cancel(fiber);
    assert_rc(mn_fiber_join(fiber, minos_deadline_never()), MINOS_ECANCELED);
    assert_int_equal(mn_loop_fibers(), 1);
    return MINOS_OK;
}

static void a_cancelled_fiber_can_free_its_scope(void **state)
{
    (void)state;
    assert_ok(mn_loop_run("main", cancel_parent_main, NULL));
    assert_string_equal(trace, "xxx");
}

static minos_rc wait_for_ever(void *argument)
{
    (void)argument;
    return minos_sleep_until(minos_deadline_never());
}

static minos_rc cancel_all_main(void *argument)
{
    mn_fiber *fibers[3];
    (void)argument;
    for (size_t i = 0; i < 3; i++)
        MINOS_TRY(mn_fiber_start("f", wait_for_ever, NULL, &fibers[i]));
    mn_loop_cancel_all(); /* before they have run at all */
    for (size_t i = 0; i < 3; i++)
        assert_rc(mn_fiber_join(fibers[i], minos_deadline_never()), MINOS_ECANCELED);
    assert_false(minos_fiber_canceled());
    return MINOS_OK;
}

static void cancel_all_spares_the_running_fiber(void **state)
{
    (void)state;
    assert_ok(mn_loop_run("main", cancel_all_main, NULL));
}

/* ---- scopes ---- */

static minos_rc scope_failure_main(void *argument)
{
    MINOS_AUTO(minos_scope) *scope = NULL;
    (void)argument;
    MINOS_TRY(minos_scope_new(&scope));
    MINOS_TRY(minos_scope_spawn(scope, "good", succeed, NULL));
    MINOS_TRY(minos_scope_spawn(scope, "bad", fail_plainly, "bread"));
    MINOS_TRY(minos_scope_spawn(scope, "worse", fail_plainly, "butter"));
    MINOS_TRY(minos_scope_spawn(scope, "slow", sleeper, "b"));
    assert_fails(minos_scope_join(scope, minos_deadline_never()), MINOS_ENOTFOUND, "no bread");
    assert_string_equal(trace, "b");
    return MINOS_OK;
}

static void join_gives_the_first_failure_when_all_have_ended(void **state)
{
    (void)state;
    assert_ok(mn_loop_run("main", scope_failure_main, NULL));
}

static minos_rc scope_deadline_main(void *argument)
{
    MINOS_AUTO(minos_scope) *scope = NULL;
    (void)argument;
    MINOS_TRY(minos_scope_new(&scope));
    MINOS_TRY(minos_scope_join(scope, minos_deadline_never())); /* none: at once */
    MINOS_TRY(minos_scope_spawn(scope, "long", wait_for_ever, NULL));
    assert_fails(minos_scope_join(scope, minos_deadline_in(MINOS_MS)), MINOS_ETIMEDOUT, "scope");
    minos_scope_cancel(scope);
    MINOS_TRY(minos_scope_spawn(scope, "late", wait_for_ever, NULL)); /* born cancelled */
    return minos_scope_join(scope, minos_deadline_never());
}

static void a_cancelled_scope_joins_without_failure(void **state)
{
    (void)state;
    assert_ok(mn_loop_run("main", scope_deadline_main, NULL));
}

/* ---- what belongs to a fiber ---- */

static minos_rc raise_and_set_errno(void *argument)
{
    int *number = argument;
    assert_non_null(mn_task_current()->context);
    minos_ignore(minos_fail(MINOS_EIO, "fault %d", *number)); /* kept in this fiber's slot */
    for (int i = 0; i < 3; i++) {
        errno = *number;
        MINOS_TRY(minos_yield());
        assert_int_equal(errno, *number);
        mn_assert_message(*number == 1 ? "fault 1" : "fault 2", __FILE__, __LINE__);
    }
    return MINOS_OK;
}

static minos_rc own_main(void *argument)
{
    MINOS_AUTO(minos_scope) *scope = NULL;
    int one = 1, two = 2;
    (void)argument;
    mn_task_current()->context = (mn_context *)(void *)&one; /* only its address is looked at */
    MINOS_TRY(minos_scope_new(&scope));
    MINOS_TRY(minos_scope_spawn(scope, "one", raise_and_set_errno, &one));
    MINOS_TRY(minos_scope_spawn(scope, "two", raise_and_set_errno, &two));
    MINOS_TRY(minos_scope_join(scope, minos_deadline_never()));
    assert_null(minos_error_last());
    return MINOS_OK;
}

static void errors_and_errno_belong_to_the_fiber(void **state)
{
    (void)state;
    assert_ok(mn_loop_run("main", own_main, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_loop_gives_its_functions_result, setup),
        cmocka_unit_test_setup(a_loop_does_not_run_in_a_loop, setup),
        cmocka_unit_test_setup(outside_of_fibers_nothing_waits, setup),
        cmocka_unit_test_setup(fibers_run_in_the_order_they_became_ready, setup),
        cmocka_unit_test_setup(sleepers_wake_in_the_order_of_their_time, setup),
        cmocka_unit_test_setup(no_sleep_is_too_short, setup),
        cmocka_unit_test_setup(the_fibers_deadline_ends_its_waits, setup),
        cmocka_unit_test_setup(waits_end_at_their_own_deadline_only, setup),
        cmocka_unit_test_setup(a_sleep_of_nothing_lets_others_run, setup),
        cmocka_unit_test_setup(children_inherit_the_deadline_and_servers_do_not, setup),
        cmocka_unit_test_setup(a_wake_before_the_park_is_not_lost, setup),
        cmocka_unit_test_setup(a_wake_wins_over_a_cancel_before_it, setup),
        cmocka_unit_test_setup(every_wait_of_a_cancelled_fiber_fails, setup),
        cmocka_unit_test_setup(a_cancelled_fiber_can_free_its_scope, setup),
        cmocka_unit_test_setup(cancel_all_spares_the_running_fiber, setup),
        cmocka_unit_test_setup(join_gives_the_first_failure_when_all_have_ended, setup),
        cmocka_unit_test_setup(a_cancelled_scope_joins_without_failure, setup),
        cmocka_unit_test_setup(errors_and_errno_belong_to_the_fiber, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
