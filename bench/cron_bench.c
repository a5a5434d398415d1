/*
 * How many next fires of a cron pattern are found in a second, each from the fire before it.
 */
#include <stdio.h>

#include <minos/cron.h>

#include "base/env.h"

#define ROUNDS_MAX  3000000
#define SECONDS_MAX INT64_C(1)

static const char *const patterns[] = {"* * * * * *", "*/5 * * * *",  "0 0 29 2 *",
                                       "0 0 * * 5L",  "0 0 29 2 1#5", "0 0 * 2 4#5"};

static double rate(const minos_crontab *crontab)
{
    int64_t begin = mn_now();
    minos_timestamp at = INT64_C(1700000000000000);
    long count = 0;

    while (count < ROUNDS_MAX && (count % 1000 != 0 || mn_now() - begin < SECONDS_MAX * MINOS_S)) {
        if (minos_crontab_next(crontab, at, &at) != MINOS_OK)
            at = INT64_C(1700000000000000);
        count++;
    }
    return (double)count * 1e9 / (double)(mn_now() - begin);
}

int main(void)
{
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
        MINOS_AUTO(minos_crontab) *crontab = NULL;
        if (minos_crontab_new(patterns[i], &crontab) != MINOS_OK)
            return 1;
        printf("cron_next %-14s %12.0f /s\n", patterns[i], rate(crontab));
    }
    return 0;
}
