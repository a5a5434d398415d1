/*
 * The heap of timers, against a list that is searched.
 */
#include "support/support.h"

#include <stdlib.h>

#include "fiber/loop.h"
#include "fiber/timers.h"

#define FIBERS 200
#define STEPS  20000

static mn_loop loop;
static mn_fiber fibers[FIBERS];

static void expect_heap(const mn_timers *timers)
{
    for (size_t i = 0; i < timers->count; i++) {
        assert_int_equal(timers->entries[i].fiber->timer_place, i + 1);
        if (i != 0)
            assert_true(timers->entries[(i - 1) / 4].due_ns <= timers->entries[i].due_ns);
    }
}

static int64_t next_by_search(void)
{
    int64_t next = INT64_MAX;
    for (size_t i = 0; i < FIBERS; i++)
        if (fibers[i].parked && fibers[i].wait_until_ns < next)
            next = fibers[i].wait_until_ns;
    return next;
}

/* Wait, end a wait early, or end for good: as the fibers do. */
static void step(mn_fiber *fiber, int64_t now_ns)
{
    int what = rand() % 8;
    if (what == 0) {
        mn_timers_remove(&loop.timers, fiber);
        fiber->parked = false;
    } else if (what < 4) {
        fiber->parked = false; /* its entry stays */
    } else {
        fiber->parked = true;
        fiber->wait_until_ns = what == 7 ? INT64_MAX : now_ns + 1 + rand() % 1000;
        if (what != 7)
            mn_timers_want(&loop.timers, fiber, fiber->wait_until_ns);
    }
}

static void the_heap_knows_what_a_search_finds(void **state)
{
    int64_t now_ns = 0;
    (void)state;
    srand(1);
    for (size_t i = 0; i < FIBERS; i++)
        fibers[i] = (mn_fiber){.loop = &loop, .wait_until_ns = INT64_MAX};
    for (int i = 0; i < STEPS; i++) {
        int64_t next;
        step(&fibers[rand() % FIBERS], now_ns);
        next = next_by_search();
        assert_int_equal(mn_timers_next(&loop.timers), next);
        if (i % 10 == 0) {
            now_ns += rand() % 100;
            loop.ready_first = NULL;
            mn_timers_fire(&loop.timers, now_ns);
            for (mn_fiber *ready = loop.ready_first; ready != NULL; ready = ready->ready_next) {
                assert_int_equal(ready->wait_rc, MINOS_ETIMEDOUT);
                assert_true(ready->wait_until_ns <= now_ns);
            }
            assert_true(next_by_search() > now_ns);
        }
        if (i % 100 == 0)
            expect_heap(&loop.timers);
    }
    mn_timers_done(&loop.timers);
}

static void a_later_deadline_leaves_the_entry_alone(void **state)
{
    mn_fiber *fiber = &fibers[0];
    (void)state;
    *fiber = (mn_fiber){.loop = &loop, .parked = true, .wait_until_ns = 100};
    mn_timers_want(&loop.timers, fiber, 100);
    fiber->wait_until_ns = 500;
    mn_timers_want(&loop.timers, fiber, 500);
    assert_int_equal(loop.timers.entries[0].due_ns, 100); /* no work for it */
    mn_timers_fire(&loop.timers, 499);
    assert_true(fiber->parked);
    assert_int_equal(loop.timers.entries[0].due_ns, 500);
    mn_timers_fire(&loop.timers, 500);
    assert_false(fiber->parked);
    assert_int_equal(loop.timers.count, 0);
    assert_int_equal(mn_timers_next(&loop.timers), INT64_MAX);
    mn_timers_done(&loop.timers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_heap_knows_what_a_search_finds),
        cmocka_unit_test(a_later_deadline_leaves_the_entry_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
