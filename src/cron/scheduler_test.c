/*
 * Fires when the clock jumps, the scheduler and the port, in simulated time and once in real time.
 */
#include "support/periodic.h"

#include <stdlib.h>

#include "cron/port.h"
#include "cron/task.h"

/* ---- the clock ---- */

static minos_rc no_moment_comes_twice_when_the_clock_goes_back(void *argument)
{
    WORLD(MINOS_PERIODIC_EVENT("@hourly", note));
    assert_ok(minos_scheduler_start(world.scheduler));
    assert_ok(mn_sim_advance(MINOS_H + 10 * MINOS_MIN));
    mn_sim_wall_step(-30 * MINOS_MIN);  /* 00:40 */
    assert_ok(mn_sim_advance(MINOS_H)); /* 01:40 */
    assert_int_equal(seen.count, 1);
    assert_ok(mn_sim_advance(30 * MINOS_MIN)); /* 02:10 */
    assert_int_equal(seen.count, 2);
    assert_true(seen.due[0] == START + H_US && seen.due[1] == START + 2 * H_US);
    assert_int_equal(seen.lines, 0);
    assert_ok(minos_scheduler_stop(world.scheduler, minos_deadline_never()));
    world_close();
    return MINOS_OK;
}

static minos_rc a_step_forward_is_noticed_and_runs_once(void *argument)
{
    WORLD(MINOS_PERIODIC_EVENT("30 * * * *", note));
    assert_ok(minos_scheduler_start(world.scheduler));
    assert_ok(mn_sim_advance(10 * MINOS_MIN));
    mn_sim_wall_step(5 * MINOS_H); /* 05:10; five fires missed */
    assert_ok(mn_sim_advance(MINOS_MIN));
    assert_int_equal(seen.count, 1);
    assert_true(seen.due[0] == START + 4 * H_US + 30 * MIN_US);
    assert_ok(mn_sim_advance(20 * MINOS_MIN));
    assert_int_equal(seen.count, 2);
    assert_true(seen.due[1] == START + 5 * H_US + 30 * MIN_US);
    assert_true(seen.begun[1] == seen.due[1]);
    assert_ok(minos_scheduler_stop(world.scheduler, minos_deadline_never()));
    world_close();
    return MINOS_OK;
}

/* As a worker whose predecessor died: fires after its death are made up, once, @reboot is not. */
static minos_rc a_successor_goes_on_where_the_dead_one_was(void *argument)
{
    static const struct row {
        const char *name;
        minos_duration death; /* this long before 00:00:35 */
        int count;            /* runs up to then */
        minos_timestamp due;  /* of the first */
    } rows[] = {
        {"fires missed count as one, the latest", 25 * MINOS_S, 1, START + 30 * S_US},
        {"one missed", 6 * MINOS_S, 1, START + 30 * S_US},
        {"the fire of the moment of death was the dead one's", 5 * MINOS_S, 0, START + 40 * S_US},
        {"nothing missed", 2 * MINOS_S, 0, START + 40 * S_US},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *row = &rows[i];
        minos_timestamp now;
        WORLD(MINOS_PERIODIC_EVENT("*/10 * * * * *", note),
              MINOS_PERIODIC_EVENT("@reboot", note_other));
        memset(&seen, 0, sizeof seen);
        mn_sim_wall_step((START + 35 * S_US - minos_timestamp_now()) * MINOS_US);
        now = minos_timestamp_now();
        assert_ok(mn_scheduler_take_over(world.scheduler, now - row->death / MINOS_US));
        assert_ok(mn_sim_advance(MINOS_S));
        if (seen.count != row->count || seen.other_count != 0)
            fail_msg("%s: %d runs, %d of @reboot", row->name, seen.count, seen.other_count);
        assert_ok(mn_sim_advance(10 * MINOS_S));
        assert_true(seen.due[0] == row->due);
        assert_ok(minos_scheduler_stop(world.scheduler, minos_deadline_never()));
        world_close();
    }
    return MINOS_OK;
}

static minos_rc years_missed_cost_no_time(void *argument)
{
    WORLD(MINOS_PERIODIC_EVENT("* * * * * *", note));
    assert_ok(minos_scheduler_start(world.scheduler));
    assert_ok(mn_sim_advance(MINOS_S));
    mn_sim_wall_step(50 * 365 * 24 * MINOS_H);
    assert_ok(mn_sim_advance(MINOS_S));
    assert_int_equal(seen.count, 2);
    assert_true(seen.due[1] == minos_timestamp_now());
    assert_ok(minos_scheduler_stop(world.scheduler, minos_deadline_never()));
    world_close();
    return MINOS_OK;
}

static minos_rc a_clock_put_right_does_not_silence(void *argument)
{
    WORLD(MINOS_PERIODIC_EVENT("@hourly", note));
    mn_sim_wall_step(10 * 365 * 24 * MINOS_H);
    assert_ok(minos_scheduler_start(world.scheduler));
    assert_ok(mn_sim_advance(MINOS_H));
    assert_int_equal(seen.count, 1);
    mn_sim_wall_step(-10 * 365 * 24 * MINOS_H);
    assert_ok(mn_sim_advance(MINOS_H + MINOS_MIN));
    assert_int_equal(seen.count, 2);
    assert_true(seen.due[1] == START + 2 * H_US);
    assert_int_equal(seen.lines, 1);
    assert_non_null(strstr(seen.log, "the clock went back by more than a day"));
    assert_ok(minos_scheduler_stop(world.scheduler, minos_deadline_never()));
    world_close();
    return MINOS_OK;
}

static minos_rc a_pattern_can_be_waited_for(void *argument)
{
    MINOS_AUTO(minos_crontab) *crontab = NULL;
    minos_crontab_fires fires;
    minos_timestamp at;
    (void)argument;

    assert_ok(minos_crontab_new("0 12 * * *", &crontab));
    assert_ok(minos_crontab_sleep_until_next(crontab, &at));
    assert_true(at == START + 12 * H_US && at == minos_timestamp_now());
    fires = minos_crontab_fires_from(crontab, at);
    assert_ok(minos_crontab_fires_next(&fires, &at));
    assert_true(at == START + 36 * H_US);
    assert_ok(minos_crontab_fires_next(&fires, &at));
    assert_true(at == START + 60 * H_US);
    minos_fiber_deadline_shorten(minos_deadline_in(MINOS_H));
    assert_rc(minos_crontab_fires_wait(&fires, &at), MINOS_ETIMEDOUT);
    mn_fiber_deadline_set(minos_deadline_never());
    minos_crontab_free(mn_take(&crontab));

    assert_ok(minos_crontab_new("@reboot", &crontab));
    assert_ok(minos_crontab_sleep_until_next(crontab, &at));
    assert_true(at == minos_timestamp_now());
    fires = minos_crontab_fires_from(crontab, at);
    assert_ok(minos_crontab_fires_wait(&fires, &at));
    assert_rc(minos_crontab_fires_wait(&fires, &at), MINOS_ENOTFOUND);
    assert_rc(minos_crontab_fires_next(&fires, &at), MINOS_ENOTFOUND);
    return MINOS_OK;
}

/* ---- scheduler and port ---- */

static minos_rc tasks_do_not_wait_for_each_other(void *argument)
{
    WORLD(MINOS_PERIODIC_EVENT("* * * * * *", note),
          MINOS_PERIODIC_EVENT("* * * * * *", note_other));
    seen.hold = 20 * MINOS_S;
    assert_ok(minos_scheduler_start(world.scheduler));
    assert_ok(mn_sim_advance(10 * MINOS_S));
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.other_count, 10);
    assert_ok(minos_scheduler_stop(world.scheduler, minos_deadline_in(MINOS_MIN)));
    assert_int_equal(seen.other_count, 10); /* none fires while the slow run is waited for */
    assert_true(minos_timestamp_now() == wall(21 * MINOS_S));
    assert_null(minos_scheduler_tasks(world.scheduler)[2]);
    world_close();
    return MINOS_OK;
}

static minos_rc bad_rows_are_named(void *argument)
{
    static const struct {
        const char *name;
        minos_route route;
        minos_rc rc;
        const char *message;
    } rows[] = {
        {"malformed", MINOS_PERIODIC_EVENT("61 * * * *", note), MINOS_EPARSE, "minute \"61\""},
        {"never", MINOS_PERIODIC_EVENT("0 0 30 2 *", note), MINOS_EPARSE, "never fires"},
        {"past", MINOS_PERIODIC_EVENT("0 0 0 1 1 * 2025", note), MINOS_ENOTFOUND, "\"2025\""},
    };
    (void)argument;
    for (size_t i = 0; i < mn_count_of(rows); i++) {
        char chain[1024];
        minos_rc rc = world_try(&rows[i].route, 1);
        minos_error_describe(minos_error_last(), chain, sizeof chain);
        if (rc != rows[i].rc || strstr(chain, rows[i].message) == NULL ||
            strstr(chain, "periodic task test.note, bound at") == NULL ||
            strstr(chain, "scheduler_test.c:") == NULL)
            fail_msg("%s: %s, %s", rows[i].name, minos_rc_name(rc), chain);
        world_close();
    }
    return MINOS_OK;
}

static minos_rc bad_arguments_are_refused(void *argument)
{
    MINOS_AUTO(minos_crontab) *crontab = NULL;
    minos_periodic_task *task = NULL;
    minos_scheduler *scheduler = NULL;
    MINOS_AUTO(minos_router) *router = NULL;
    WORLD(MINOS_PERIODIC_EVENT("@yearly", note));
    assert_ok(minos_crontab_new("* * * * *", &crontab));
    assert_fails(minos_periodic_task_new(crontab, NULL, &task), MINOS_EINVAL, "action");
    assert_fails(minos_periodic_task_new(NULL, NULL, &task), MINOS_EINVAL, "crontab");
    assert_fails(minos_scheduler_new(NULL, &scheduler), MINOS_EINVAL, "router");
    assert_ok(minos_router_new(MINOS_ROUTER_BROKER, world.factory, &router));
    assert_fails(minos_scheduler_new(router, &scheduler), MINOS_EINVAL, "no periodic router");
    minos_periodic_task_free(NULL);
    minos_scheduler_free(NULL);
    minos_periodic_port_free(NULL);
    world_close();
    return MINOS_OK;
}

static minos_rc the_port_has_a_life_cycle(void *argument)
{
    const minos_port_ops *ops = &mn_periodic_port_ops;
    char text[64];
    void *port = mn_alloc(ops->self_size);
    WORLD(MINOS_PERIODIC_EVENT("* * * * *", note), MINOS_PERIODIC_EVENT("@reboot", note));
    assert_string_equal(ops->name, "periodic");
    assert_rc(ops->start(port), MINOS_ESTATE);
    assert_ok(ops->stop(port, minos_deadline_in(0)));
    ops->destroy(port);
    assert_ok(ops->setup(port, NULL, world.factory));
    assert_ok(ops->setup(port, NULL, world.factory));
    ops->describe(port, text, sizeof text);
    assert_string_equal(text, "2 periodic tasks");
    assert_ok(ops->stop(port, minos_deadline_in(0)));
    assert_ok(ops->start(port));
    assert_ok(ops->start(port));
    assert_ok(mn_sim_advance(2 * MINOS_MIN));
    assert_int_equal(seen.count, 3);
    assert_ok(ops->stop(port, minos_deadline_in(0)));
    assert_ok(ops->stop(port, minos_deadline_in(0)));
    assert_int_equal(seen.lines, 0);
    ops->destroy(port);
    ops->destroy(port);
    assert_ok(ops->setup(port, NULL, world.factory));
    assert_ok(ops->start(port));
    ops->destroy(port);
    assert_non_null(strstr(seen.log, "the periodic port is dropped without a stop"));
    assert_int_equal(mn_loop_fibers(), 1);
    free(port);
    world_close();
    return MINOS_OK;
}

/* ---- a port with a factory of its own ---- */

static int set_up, destroyed;

static minos_rc service_setup(void *self, const minos_config *config)
{
    (void)self;
    set_up++;
    return minos_config_is_set(config, "version") ? minos_fail(MINOS_EIO, "no table") : MINOS_OK;
}

static void service_destroy(void *self)
{
    (void)self;
    destroyed++;
}

static const minos_route owned_routes[] = {MINOS_PERIODIC_EVENT("@reboot", note)};
static const minos_route bad_routes[] = {MINOS_PERIODIC_EVENT("* * * *", note)};
static const minos_service owned = {MINOS_SERVICE("owned", owned_routes), .self_size = 8,
                                    .setup = service_setup, .destroy = service_destroy};
static const minos_service bad = {MINOS_SERVICE("bad", bad_routes)};

static minos_rc open_port(const char *yaml, const minos_service *service, minos_config **ret_config,
                          minos_periodic_port **ret_port)
{
    static const minos_service *services[2];
    static minos_plugin plugin = {MINOS_PLUGIN("test"), .services = services};
    services[0] = service;
    memset(&seen, 0, sizeof seen);
    set_up = destroyed = 0;
    assert_ok(minos_config_parse(minos_view_of(yaml), "test.yml", NULL, ret_config));
    assert_ok(minos_config_register(*ret_config, &plugin));
    return minos_periodic_port_from_config(*ret_config, ret_port);
}

static minos_rc a_port_from_config_runs_its_services(void *argument)
{
    MINOS_AUTO(minos_config) *config = NULL;
    MINOS_AUTO(minos_periodic_port) *port = NULL;
    (void)argument;
    assert_ok(open_port("name: x\n", &owned, &config, &port));
    assert_int_equal(set_up, 0);
    for (int round = 1; round <= 2; round++) {
        assert_ok(minos_periodic_port_start(port));
        assert_ok(minos_periodic_port_start(port));
        assert_ok(mn_sim_settle());
        assert_int_equal(seen.count, round);
        assert_ok(minos_periodic_port_stop(port, minos_deadline_in(0)));
        assert_ok(minos_periodic_port_stop(port, minos_deadline_in(0)));
    }
    assert_non_null(minos_scheduler_tasks(minos_periodic_port_scheduler(port))[0]);
    assert_int_equal(set_up, 1);
    assert_int_equal(destroyed, 0);
    minos_periodic_port_free(mn_take(&port));
    assert_int_equal(destroyed, 1);
    return MINOS_OK;
}

static minos_rc a_port_from_config_can_fail(void *argument)
{
    MINOS_AUTO(minos_config) *config = NULL;
    MINOS_AUTO(minos_config) *other = NULL;
    MINOS_AUTO(minos_periodic_port) *port = NULL;
    (void)argument;
    assert_fails(open_port("name: x\n", &bad, &config, &port), MINOS_EPARSE, "bound at");
    assert_null(port);
    assert_ok(open_port("version: 2\nname: x\n", &owned, &other, &port));
    assert_rc(minos_periodic_port_start(port), MINOS_EIO);
    assert_false(
        minos_periodic_task_started(minos_scheduler_tasks(minos_periodic_port_scheduler(port))[0]));
    assert_ok(minos_periodic_port_stop(port, minos_deadline_in(0)));
    return MINOS_OK;
}

/* ---- real time ---- */

static minos_rc starts_and_stops_in_real_time(void *argument)
{
    void *item;
    WORLD(MINOS_PERIODIC_EVENT("@reboot", tell), MINOS_PERIODIC_EVENT("* * * * * *", tell),
          MINOS_PERIODIC_EVENT("@yearly", tell));
    assert_ok(minos_channel_new(0, &seen.told));
    assert_ok(minos_scheduler_start(world.scheduler));
    assert_ok(minos_channel_receive(seen.told, minos_deadline_in(10 * MINOS_S), &item));
    assert_ok(minos_channel_receive(seen.told, minos_deadline_in(10 * MINOS_S), &item));
    minos_channel_close(seen.told);
    assert_ok(minos_scheduler_stop(world.scheduler, minos_deadline_in(10 * MINOS_S)));
    minos_channel_free(seen.told);
    world_close();
    return MINOS_OK;
}

static void test_real_time(void **state)
{
    (void)state;
    mn_on_fiber(starts_and_stops_in_real_time, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PERIODIC_TEST(no_moment_comes_twice_when_the_clock_goes_back),
        PERIODIC_TEST(a_step_forward_is_noticed_and_runs_once),
        PERIODIC_TEST(a_successor_goes_on_where_the_dead_one_was),
        PERIODIC_TEST(years_missed_cost_no_time),
        PERIODIC_TEST(a_clock_put_right_does_not_silence),
        PERIODIC_TEST(a_pattern_can_be_waited_for),
        PERIODIC_TEST(tasks_do_not_wait_for_each_other),
        PERIODIC_TEST(bad_rows_are_named),
        PERIODIC_TEST(bad_arguments_are_refused),
        PERIODIC_TEST(the_port_has_a_life_cycle),
        PERIODIC_TEST(a_port_from_config_runs_its_services),
        PERIODIC_TEST(a_port_from_config_can_fail),
        cmocka_unit_test(test_real_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
