/*
 * Dedicated threads: steps, rings, times and the end, real and simulated.
 */
#include "support/support.h"

#include <stdatomic.h>

#include "base/env.h"
#include "fiber/fiber.h"
#include "fiber/simulation.h"
#include "fiber/thread.h"

typedef struct actor {
    atomic_int steps;
    atomic_int asked; /* work that was asked for */
    atomic_int done;
    int64_t pause_ns; /* INT64_MAX: until rung */
    mn_bell *bell;
} actor;

static int64_t work(void *argument)
{
    actor *self = argument;
    assert_null(mn_fiber_current());
    atomic_fetch_add(&self->steps, 1);
    if (atomic_load(&self->done) < atomic_load(&self->asked)) {
        atomic_fetch_add(&self->done, 1);
        mn_bell_ring(self->bell);
        return 0;
    }
    return self->pause_ns == INT64_MAX ? INT64_MAX : mn_now() + self->pause_ns;
}

static minos_rc does_what_is_asked(void *argument)
{
    actor self = {.pause_ns = INT64_MAX};
    mn_thread *thread;

    (void)argument;
    assert_ok(mn_bell_new(&self.bell));
    assert_ok(mn_thread_start("test", work, &self, &thread));
    for (int i = 1; i <= 100; i++) {
        atomic_fetch_add(&self.asked, 1);
        mn_thread_ring(thread);
        while (atomic_load(&self.done) < i)
            assert_ok(mn_bell_wait(self.bell, minos_deadline_in(10 * MINOS_S)));
    }
    mn_thread_stop(thread);
    assert_int_equal(atomic_load(&self.done), 100);
    mn_bell_free(self.bell);
    return MINOS_OK;
}

/* Steps come by themselves when their time has come. */
static int64_t count_to_ten(void *argument)
{
    actor *self = argument;
    if (atomic_fetch_add(&self->steps, 1) == 9)
        mn_bell_ring(self->bell);
    return mn_now() + MINOS_MS;
}

static minos_rc comes_in_time(void *argument)
{
    actor self = {.pause_ns = 0};
    int64_t began_ns = mn_now();
    mn_thread *thread;

    (void)argument;
    assert_ok(mn_bell_new(&self.bell));
    assert_ok(mn_thread_start("test", count_to_ten, &self, &thread));
    assert_ok(mn_bell_wait(self.bell, minos_deadline_in(10 * MINOS_S)));
    mn_thread_stop(thread);
    assert_true(mn_now() - began_ns >= 9 * MINOS_MS);
    mn_bell_free(self.bell);
    return MINOS_OK;
}

static minos_rc stops_at_once(void *argument)
{
    actor self = {.pause_ns = INT64_MAX};
    mn_thread *thread;

    (void)argument;
    for (int i = 0; i < 20; i++) {
        assert_ok(mn_thread_start("test", work, &self, &thread));
        mn_thread_stop(thread);
    }
    mn_thread_stop(NULL);
    return MINOS_OK;
}

static void test_real(void **state)
{
    (void)state;
    mn_on_fiber(does_what_is_asked, NULL);
    mn_on_fiber(comes_in_time, NULL);
    mn_on_fiber(stops_at_once, NULL);
}

static void test_simulated(void **state)
{
    (void)state;
    assert_ok(mn_simulate(1, "test", does_what_is_asked, NULL));
    assert_ok(mn_simulate(2, "test", comes_in_time, NULL));
    assert_ok(mn_simulate(3, "test", stops_at_once, NULL));
}

static void test_outside_of_fibers(void **state)
{
    actor self = {.pause_ns = 0};
    mn_thread *thread;
    (void)state;
    assert_fails(mn_thread_start("test", work, &self, &thread), MINOS_ESTATE, "on a fiber only");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_real),
        cmocka_unit_test(test_simulated),
        cmocka_unit_test(test_outside_of_fibers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
