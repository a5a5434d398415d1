/*
 * The waits between deaths and starts, life by life.
 */
#include "runtime/restart.h"

#include "support/support.h"

#define LIVES_MAX 12

typedef struct life {
    int64_t seconds;
    bool ready;
    int64_t wait_ms; /* expected after it */
    bool hopeless;   /* expected after it */
} life;

typedef struct restart_case {
    const char *name;
    life lives[LIVES_MAX]; /* ended by one of -1 s */
} restart_case;

#define END                                                                                        \
    {                                                                                              \
        -1, false, 0, false                                                                        \
    }

static const restart_case cases[] = {
    {"each wait doubles, up to ten seconds",
     {{1, true, 100, false},
      {1, true, 200, false},
      {1, true, 400, false},
      {1, true, 800, false},
      {1, true, 1600, false},
      {1, true, 3200, false},
      {1, true, 6400, false},
      {1, true, 10000, false},
      {1, true, 10000, false},
      END}},
    {"a healthy life is followed at once", {{30, true, 0, false}, {3600, true, 0, false}, END}},
    {"a healthy life forgets deaths",
     {{0, true, 100, false},
      {0, true, 200, false},
      {31, true, 0, false},
      {0, true, 100, false},
      END}},
    {"just below healthy", {{29, true, 100, false}, {29, true, 200, false}, END}},
    {"a long start is no health", {{60, false, 100, false}, {60, false, 200, false}, END}},
    {"five starts in a row are hopeless",
     {{0, false, 100, false},
      {0, false, 200, false},
      {0, false, 400, false},
      {0, false, 800, false},
      {0, false, 1600, true},
      END}},
    {"a start that works gives hope",
     {{0, false, 100, false},
      {0, false, 200, false},
      {0, false, 400, false},
      {0, false, 800, false},
      {0, true, 1600, false},
      {0, false, 3200, false},
      END}},
};

static void test_waits(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        mn_restart restart = {.deaths = 0};
        for (const life *one = cases[i].lives; one->seconds >= 0; one++) {
            minos_duration wait = mn_restart_after(&restart, one->seconds * MINOS_S, one->ready);
            bool hopeless = mn_restart_is_hopeless(&restart);
            if (wait != one->wait_ms * MINOS_MS || hopeless != one->hopeless) {
                print_error("%s: life %d: waits %lld ms, hopeless %d\n", cases[i].name,
                            (int)(one - cases[i].lives), (long long)(wait / MINOS_MS), hopeless);
                fail();
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_waits)};
    return cmocka_run_group_tests_name("runtime/restart", tests, NULL, NULL);
}
