/*
 * Periodic tasks in simulated time: fires, errors, stops and runs by hand.
 */
#include "support/periodic.h"

/* ---- fires ---- */

static minos_rc a_day_of_fires(void *argument)
{
    WORLD(MINOS_PERIODIC_EVENT("*/5 * * * *", note));
    assert_false(minos_periodic_task_started(world.task));
    assert_ok(minos_scheduler_start(world.scheduler));
    assert_true(minos_periodic_task_started(world.task));
    assert_ok(mn_sim_advance(24 * MINOS_H));
    assert_int_equal(seen.count, 288);
    for (int i = 0; i < seen.count; i++) {
        assert_true(seen.due[i] == wall((i + 1) * 5 * MINOS_MIN));
        assert_true(seen.begun[i] == seen.due[i]);
    }
    assert_int_equal(seen.lines, 0);
    assert_ok(minos_scheduler_stop(world.scheduler, minos_deadline_never()));
    world_close();
    return MINOS_OK;
}

static minos_rc the_request_holds_the_moment(void *argument)
{
    WORLD(MINOS_PERIODIC_EVENT("0 * * * * *", look));
    assert_ok(minos_scheduler_start(world.scheduler));
    assert_ok(mn_sim_advance(MINOS_MIN));
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.lines, 0);
    assert_ok(minos_scheduler_stop(world.scheduler, minos_deadline_never()));
    world_close();
    return MINOS_OK;
}

static minos_rc a_slow_run_delays_the_next(void *argument)
{
    static const int due_s[] = {1, 3, 6, 8};
    static const int begun_ms[] = {1000, 3500, 6000, 8500};
    WORLD(MINOS_PERIODIC_EVENT("* * * * * *", note));
    seen.hold = 2500 * MINOS_MS;
    assert_ok(minos_scheduler_start(world.scheduler));
    assert_ok(mn_sim_advance(10 * MINOS_S));
    assert_int_equal(seen.count, 4);
    assert_int_equal(seen.most, 1);
    for (int i = 0; i < seen.count; i++) {
        assert_true(seen.due[i] == wall(due_s[i] * MINOS_S));
        assert_true(seen.begun[i] == wall(begun_ms[i] * MINOS_MS));
    }
    assert_ok(minos_scheduler_stop(world.scheduler, minos_deadline_never()));
    world_close();
    return MINOS_OK;
}

static minos_rc reboot_runs_once_at_the_start(void *argument)
{
    WORLD(MINOS_PERIODIC_EVENT("@reboot", note));
    assert_ok(minos_scheduler_start(world.scheduler));
    assert_int_equal(seen.count, 0); /* a start does not yield */
    assert_ok(mn_sim_settle());
    assert_int_equal(seen.count, 1);
    assert_true(seen.due[0] == START);
    assert_ok(mn_sim_advance(400 * 24 * MINOS_H));
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.lines, 0);
    assert_true(minos_periodic_task_started(world.task));
    assert_ok(minos_scheduler_stop(world.scheduler, minos_deadline_never()));
    world_close();
    return MINOS_OK;
}

static minos_rc the_last_fire_is_told(void *argument)
{
    WORLD(MINOS_PERIODIC_EVENT("0 0 0 1 7,10 * 2026", note));
    assert_ok(minos_scheduler_start(world.scheduler));
    assert_ok(mn_sim_advance(400 * 24 * MINOS_H));
    assert_int_equal(seen.count, 2);
    assert_int_equal(seen.lines, 1);
    assert_non_null(strstr(seen.log, "test.note has run for the last time"));
    assert_ok(minos_scheduler_stop(world.scheduler, minos_deadline_never()));
    world_close();
    return MINOS_OK;
}

/* ---- errors ---- */

static minos_rc errors_are_logged_once_and_the_task_goes_on(void *argument)
{
    WORLD(MINOS_PERIODIC_EVENT("* * * * *", note));
    seen.fails = true;
    assert_ok(minos_scheduler_start(world.scheduler));
    assert_ok(mn_sim_advance(3 * MINOS_MIN));
    assert_int_equal(seen.count, 3);
    assert_int_equal(seen.lines, 3);
    assert_non_null(strstr(seen.log, "periodic task test.note failed: "));
    assert_non_null(strstr(seen.log, "support/periodic.h:"));
    assert_ok(minos_scheduler_stop(world.scheduler, minos_deadline_never()));
    world_close();
    return MINOS_OK;
}

static minos_rc fail_without_a_word(minos_request *req, minos_response *res)
{
    (void)req;
    (void)res;
    return MINOS_EIO;
}

static minos_rc an_error_without_a_message_is_logged(void *argument)
{
    WORLD(MINOS_PERIODIC_EVENT("@reboot", fail_without_a_word));
    assert_ok(minos_scheduler_start(world.scheduler));
    assert_ok(mn_sim_settle());
    assert_int_equal(seen.lines, 1);
    assert_non_null(strstr(seen.log, "periodic task test.fail_without_a_word failed: "));
    assert_ok(minos_scheduler_stop(world.scheduler, minos_deadline_in(0)));
    world_close();
    return MINOS_OK;
}

/* A fire between the start and the fiber's first step is not lost. */
static minos_rc fires_count_from_the_start_on(void *argument)
{
    WORLD(MINOS_PERIODIC_EVENT("@hourly", note));
    assert_ok(minos_scheduler_start(world.scheduler));
    mn_sim_wall_step(MINOS_H);
    assert_ok(mn_sim_settle());
    assert_int_equal(seen.count, 1);
    assert_ok(minos_scheduler_stop(world.scheduler, minos_deadline_in(0)));
    world_close();
    return MINOS_OK;
}

static minos_rc the_timeout_of_the_row_holds(void *argument)
{
    WORLD(MINOS_PERIODIC_EVENT("* * * * *", note, .timeout = 2 * MINOS_S));
    seen.hold = 10 * MINOS_S;
    assert_ok(minos_scheduler_start(world.scheduler));
    assert_ok(mn_sim_advance(2 * MINOS_MIN + 5 * MINOS_S));
    assert_int_equal(seen.count, 2);
    assert_int_equal(seen.ended[0], MINOS_ETIMEDOUT);
    assert_int_equal(seen.ended[1], MINOS_ETIMEDOUT);
    assert_int_equal(seen.lines, 2);
    assert_ok(minos_scheduler_stop(world.scheduler, minos_deadline_never()));
    world_close();
    return MINOS_OK;
}

/* ---- stop ---- */

static minos_rc stop_waits_for_the_run(void *argument)
{
    WORLD(MINOS_PERIODIC_EVENT("* * * * *", note));
    seen.hold = 90 * MINOS_S;
    assert_ok(minos_scheduler_start(world.scheduler));
    assert_ok(mn_sim_advance(61 * MINOS_S));
    assert_true(minos_periodic_task_running(world.task));
    assert_ok(minos_periodic_task_stop(world.task, minos_deadline_in(10 * MINOS_MIN)));
    assert_true(minos_timestamp_now() == wall(150 * MINOS_S));
    assert_int_equal(seen.ended[0], MINOS_OK);
    assert_false(minos_periodic_task_running(world.task));
    assert_false(minos_periodic_task_started(world.task));
    assert_ok(minos_periodic_task_stop(world.task, minos_deadline_in(0)));
    assert_ok(mn_sim_advance(10 * MINOS_MIN));
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.lines, 0);
    world_close();
    return MINOS_OK;
}

static minos_rc stop_cancels_a_run_past_the_deadline(void *argument)
{
    WORLD(MINOS_PERIODIC_EVENT("* * * * *", note));
    seen.hold = MINOS_H;
    assert_ok(minos_scheduler_start(world.scheduler));
    assert_ok(mn_sim_advance(MINOS_MIN));
    assert_fails(minos_periodic_task_stop(world.task, minos_deadline_in(5 * MINOS_S)),
                 MINOS_ETIMEDOUT, "test.note did not end in time");
    assert_true(minos_timestamp_now() == wall(65 * MINOS_S));
    assert_int_equal(seen.ended[0], MINOS_ECANCELED);
    assert_false(minos_periodic_task_running(world.task));
    assert_int_equal(seen.lines, 1);
    world_close();
    return MINOS_OK;
}

static minos_rc stop_while_waiting_is_at_once_and_start_begins_anew(void *argument)
{
    WORLD(MINOS_PERIODIC_EVENT("@hourly", note));
    for (int round = 0; round < 3; round++) {
        assert_ok(minos_scheduler_start(world.scheduler));
        assert_ok(minos_scheduler_start(world.scheduler));
        assert_ok(mn_sim_advance(round == 0 ? 0 : 10 * MINOS_MIN));
        assert_ok(minos_scheduler_stop(world.scheduler, minos_deadline_in(0)));
        assert_ok(minos_scheduler_stop(world.scheduler, minos_deadline_in(0)));
        assert_int_equal(mn_loop_fibers(), 1);
    }
    assert_ok(mn_sim_advance(2 * MINOS_H)); /* two fires pass unseen */
    assert_ok(minos_scheduler_start(world.scheduler));
    assert_ok(mn_sim_advance(MINOS_H));
    assert_int_equal(seen.count, 1);
    assert_true(seen.due[0] == wall(3 * MINOS_H));
    assert_ok(minos_scheduler_stop(world.scheduler, minos_deadline_in(0)));
    world_close();
    return MINOS_OK;
}

static minos_rc stop_at_the_very_fire_runs_nothing(void *argument)
{
    WORLD(MINOS_PERIODIC_EVENT("* * * * * *", note));
    assert_ok(minos_scheduler_start(world.scheduler));
    assert_ok(minos_sleep(MINOS_S)); /* both wake at the same moment, whoever comes first */
    mn_sim_wall_step(MINOS_S);
    assert_ok(minos_scheduler_stop(world.scheduler, minos_deadline_never()));
    assert_true(seen.count <= 1);
    assert_int_equal(seen.lines, 0);
    world_close();
    return MINOS_OK;
}

static minos_rc a_handler_may_stop_its_own_task(void *argument)
{
    WORLD(MINOS_PERIODIC_EVENT("* * * * *", note));
    seen.to_stop = world.task;
    seen.inner = MINOS_EANY;
    assert_ok(minos_scheduler_start(world.scheduler));
    assert_ok(mn_sim_advance(5 * MINOS_MIN));
    assert_int_equal(seen.inner, MINOS_OK);
    assert_int_equal(seen.count, 1);
    assert_false(minos_periodic_task_started(world.task));
    assert_ok(minos_periodic_task_stop(world.task, minos_deadline_in(0)));
    world_close();
    return MINOS_OK;
}

static minos_rc stop_in_between(void *argument)
{
    return minos_periodic_task_stop(argument, minos_deadline_in(5 * MINOS_MIN));
}

static minos_rc two_may_stop_one_task(void *argument)
{
    MINOS_AUTO(minos_scope) *scope = NULL;
    WORLD(MINOS_PERIODIC_EVENT("* * * * *", note));
    seen.hold = 30 * MINOS_S;
    assert_ok(minos_scheduler_start(world.scheduler));
    assert_ok(mn_sim_advance(MINOS_MIN));
    assert_ok(minos_scope_new(&scope));
    assert_ok(minos_scope_spawn(scope, "a", stop_in_between, world.task));
    assert_ok(minos_scope_spawn(scope, "b", stop_in_between, world.task));
    assert_ok(mn_sim_settle());
    assert_rc(minos_periodic_task_start(world.task), MINOS_ESTATE);
    assert_rc(minos_periodic_task_stop(world.task, minos_deadline_in(MINOS_S)), MINOS_ETIMEDOUT);
    assert_ok(minos_scope_join(scope, minos_deadline_never()));
    assert_int_equal(seen.ended[0], MINOS_OK);
    world_close();
    return MINOS_OK;
}

static minos_rc freed_without_stop_warns(void *argument)
{
    WORLD(MINOS_PERIODIC_EVENT("* * * * *", note));
    seen.hold = MINOS_H;
    assert_ok(minos_scheduler_start(world.scheduler));
    assert_ok(mn_sim_advance(MINOS_MIN));
    minos_scheduler_free(mn_take(&world.scheduler));
    assert_non_null(strstr(seen.log, "periodic task test.note is freed without a stop"));
    assert_int_equal(seen.ended[0], MINOS_ECANCELED);
    assert_int_equal(mn_loop_fibers(), 1);
    world_close();
    return MINOS_OK;
}

/* ---- run_once ---- */

static minos_rc run_between(void *argument)
{
    return minos_periodic_task_run_once(argument, 7);
}

static minos_rc run_once_is_told_and_not_logged(void *argument)
{
    MINOS_AUTO(minos_scope) *scope = NULL;
    WORLD(MINOS_PERIODIC_EVENT("@yearly", note));
    seen.fails = true;
    assert_fails(minos_periodic_task_run_once(world.task, 5), MINOS_EIO, "the disk is on fire");
    assert_int_equal(seen.lines, 0);
    assert_true(seen.due[0] == 5);
    seen.fails = false;
    seen.hold = 10 * MINOS_S;
    assert_ok(minos_scope_new(&scope));
    assert_ok(minos_scope_spawn(scope, "run", run_between, world.task));
    assert_ok(mn_sim_settle());
    assert_true(minos_periodic_task_running(world.task));
    assert_ok(minos_periodic_task_run_once(world.task, 9)); /* after the other one */
    assert_true(minos_timestamp_now() == wall(20 * MINOS_S));
    assert_int_equal(seen.most, 1);
    assert_ok(minos_scope_join(scope, minos_deadline_never()));
    seen.to_run = world.task;
    assert_ok(minos_periodic_task_run_once(world.task, 11));
    assert_int_equal(seen.inner, MINOS_ESTATE);
    world_close();
    return MINOS_OK;
}

static minos_rc a_fire_waits_for_a_run_by_hand(void *argument)
{
    MINOS_AUTO(minos_scope) *scope = NULL;
    WORLD(MINOS_PERIODIC_EVENT("* * * * *", note));
    seen.hold = 30 * MINOS_S;
    assert_ok(minos_scheduler_start(world.scheduler));
    assert_ok(mn_sim_advance(45 * MINOS_S));
    assert_ok(minos_scope_new(&scope));
    assert_ok(minos_scope_spawn(scope, "run", run_between, world.task));
    assert_ok(mn_sim_advance(30 * MINOS_S));
    assert_int_equal(seen.count, 2);
    assert_int_equal(seen.most, 1);
    assert_true(seen.due[1] == wall(MINOS_MIN));
    assert_true(seen.begun[1] == wall(75 * MINOS_S));
    assert_ok(minos_scheduler_stop(world.scheduler, minos_deadline_never()));
    world_close();
    return MINOS_OK;
}

/* A stop while a fire waits for its turn begins no run, and is no failure. */
static minos_rc stop_gives_up_a_fire_in_the_queue(void *argument)
{
    MINOS_AUTO(minos_scope) *scope = NULL;
    WORLD(MINOS_PERIODIC_EVENT("* * * * *", note));
    seen.hold = MINOS_H;
    assert_ok(minos_scheduler_start(world.scheduler));
    assert_ok(mn_sim_advance(45 * MINOS_S));
    assert_ok(minos_scope_new(&scope));
    assert_ok(minos_scope_spawn(scope, "run", run_between, world.task));
    assert_ok(mn_sim_advance(30 * MINOS_S));
    assert_ok(minos_scheduler_stop(world.scheduler, minos_deadline_in(0)));
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.lines, 0);
    assert_ok(minos_scope_join(scope, minos_deadline_never()));
    world_close();
    return MINOS_OK;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PERIODIC_TEST(a_day_of_fires),
        PERIODIC_TEST(the_request_holds_the_moment),
        PERIODIC_TEST(a_slow_run_delays_the_next),
        PERIODIC_TEST(reboot_runs_once_at_the_start),
        PERIODIC_TEST(the_last_fire_is_told),
        PERIODIC_TEST(errors_are_logged_once_and_the_task_goes_on),
        PERIODIC_TEST(an_error_without_a_message_is_logged),
        PERIODIC_TEST(fires_count_from_the_start_on),
        PERIODIC_TEST(the_timeout_of_the_row_holds),
        PERIODIC_TEST(stop_waits_for_the_run),
        PERIODIC_TEST(stop_cancels_a_run_past_the_deadline),
        PERIODIC_TEST(stop_while_waiting_is_at_once_and_start_begins_anew),
        PERIODIC_TEST(stop_at_the_very_fire_runs_nothing),
        PERIODIC_TEST(a_handler_may_stop_its_own_task),
        PERIODIC_TEST(two_may_stop_one_task),
        PERIODIC_TEST(freed_without_stop_warns),
        PERIODIC_TEST(run_once_is_told_and_not_logged),
        PERIODIC_TEST(a_fire_waits_for_a_run_by_hand),
        PERIODIC_TEST(stop_gives_up_a_fire_in_the_queue),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
