/*
 * The circuit breaker, in virtual time.
 */
#include "broker/breaker.h"

#include "base/alloc.h"
#include "base/env.h"
#include "fiber/fiber.h"
#include "fiber/simulation.h"
#include "support/support.h"

typedef struct breaker_row {
    const char *name;
    const char *calls;       /* '.' succeeds, 'x' fails */
    minos_duration apart;    /* between calls, besides the breaker's waits */
    minos_duration expected; /* that the breaker makes the call after the last one wait */
} breaker_row;

static const breaker_row breaker_rows[] = {
    {"never called", "", 0, 0},
    {"all succeed", "..........", 0, 0},
    {"one failure", "x", 0, MN_BREAKER_ERROR_WAIT},
    {"four failures are no rate yet", "xxxx", 0, MN_BREAKER_ERROR_WAIT},
    {"the fifth breaks it", "xxxxx", 0, MN_BREAKER_BROKEN_WAIT},
    {"one of five breaks it", "....x", 0, MN_BREAKER_BROKEN_WAIT},
    {"one of six does not", ".....x", 0, MN_BREAKER_ERROR_WAIT},
    {"failures far apart do not add up", "xxxxxxxx", 2 * MINOS_S, MN_BREAKER_ERROR_WAIT},
    {"a failed trial rests again", "xxxxxx", 0, MN_BREAKER_BROKEN_WAIT},
    {"a trial that succeeds mends it", "xxxxx.", 0, 0},
    {"after the trial one failure is one", "xxxxx.x", 0, MN_BREAKER_ERROR_WAIT},
    {"a success between mends nothing when whole", "x.", 0, 0},
};

static minos_rc each_row(void *argument)
{
    (void)argument;
    for (size_t i = 0; i < mn_count_of(breaker_rows); i++) {
        const breaker_row *row = &breaker_rows[i];
        mn_breaker breaker = {.is_broken = false};
        int64_t before;

        print_message("  %s\n", row->name);
        for (const char *call = row->calls; *call != '\0'; call++) {
            assert_ok(mn_breaker_wait(&breaker, minos_deadline_never()));
            if (call != row->calls)
                assert_ok(minos_sleep(row->apart));
            mn_breaker_report(&breaker, *call == '.');
        }
        before = mn_now();
        assert_ok(mn_breaker_wait(&breaker, minos_deadline_never()));
        assert_int_equal(mn_now() - before, row->expected);
    }
    return MINOS_OK;
}

static minos_rc a_deadline_ends_the_wait(void *argument)
{
    mn_breaker breaker = {.is_broken = false};
    int64_t before = mn_now();
    (void)argument;

    mn_breaker_report(&breaker, false);
    assert_rc(mn_breaker_wait(&breaker, minos_deadline_in(MINOS_MS)), MINOS_ETIMEDOUT);
    assert_int_equal(mn_now() - before, MINOS_MS);
    return MINOS_OK;
}

static minos_rc wait_long(void *argument)
{
    return mn_breaker_wait(argument, minos_deadline_never());
}

static minos_rc cancel_ends_the_wait(void *argument)
{
    mn_breaker breaker = {.is_broken = false};
    mn_fiber *fiber;
    (void)argument;

    mn_breaker_report(&breaker, false);
    assert_ok(mn_fiber_start("waits", wait_long, &breaker, &fiber));
    assert_ok(minos_yield());
    mn_fiber_cancel(fiber);
    assert_rc(mn_fiber_join(fiber, minos_deadline_never()), MINOS_ECANCELED);
    return MINOS_OK;
}

static void run(void **state)
{
    minos_fiber_fn **fn = *state;
    assert_ok(mn_simulate(1, "test", *fn, NULL));
}

#define CASE(fn)                                                                                   \
    {                                                                                              \
#fn, run, NULL, NULL, (minos_fiber_fn *[])                                                 \
        {                                                                                          \
            fn                                                                                     \
        }                                                                                          \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(each_row),
        CASE(a_deadline_ends_the_wait),
        CASE(cancel_ends_the_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
