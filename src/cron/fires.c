/*
 * Waiting for fires. Patterns are about the wall clock, waits about the monotonic one; a wait is
 * cut into slices, so that a step of the wall clock is noticed soon, in either direction.
 *
 * Invariant: a moment that was given is not given again, nor is an older one, unless the clock went
 * back by more than CORRECTION_MAX.
 */
#include <minos/fiber.h>
#include <minos/log.h>

#include "cron/crontab.h"

#define SLICE             MINOS_MIN
#define SECOND_US         INT64_C(1000000)
#define CORRECTION_MAX_US (24 * 3600 * SECOND_US)

static void notice_correction(minos_crontab_fires *fires, minos_timestamp now);
static minos_timestamp latest_due(const minos_crontab *crontab, minos_timestamp due,
                                  minos_timestamp now);
static minos_duration slice_to(minos_timestamp at, minos_timestamp now);

minos_crontab_fires minos_crontab_fires_from(const minos_crontab *crontab, minos_timestamp after)
{
    minos_crontab_fires fires = {crontab, after, INT64_MIN, minos_crontab_repetitions(crontab)};
    return fires;
}

minos_rc minos_crontab_fires_next(minos_crontab_fires *fires, minos_timestamp *ret_at)
{
    MINOS_TRY(minos_crontab_next(fires->crontab, fires->last, &fires->last));
    *ret_at = fires->last;
    return MINOS_OK;
}

minos_rc minos_crontab_fires_wait(minos_crontab_fires *fires, minos_timestamp *ret_at)
{
    minos_timestamp now = minos_timestamp_now(), at;

    if (fires->crontab->reboot && fires->left > 0) {
        fires->left--;
        fires->last = *ret_at = now;
        return MINOS_OK;
    }
    for (;;) {
        notice_correction(fires, now);
        MINOS_TRY(minos_crontab_next(fires->crontab, fires->last, &at));
        if (at <= now)
            break;
        MINOS_TRY(minos_sleep(slice_to(at, now)));
        now = minos_timestamp_now();
    }
    fires->last = *ret_at = latest_due(fires->crontab, at, now);
    return MINOS_OK;
}

minos_rc minos_crontab_sleep_until_next(const minos_crontab *crontab, minos_timestamp *ret_at)
{
    minos_crontab_fires fires = minos_crontab_fires_from(crontab, minos_timestamp_now());
    MINOS_TRY(minos_crontab_fires_wait(&fires, ret_at));
    return MINOS_OK;
}

/*
 * A clock that was far ahead and is put right must not silence a pattern until it gets there
 * again.
 */
static void notice_correction(minos_crontab_fires *fires, minos_timestamp now)
{
    if (fires->seen > now && fires->seen - now > CORRECTION_MAX_US && fires->last > now) {
        minos_log_warning("the clock went back by more than a day: \"%s\" begins anew",
                          minos_crontab_pattern(fires->crontab));
        fires->last = now;
    }
    fires->seen = now;
}

/*
 * Of the fires from `due` up to now give the last one: those missed count as one, however many
 * they are. A moment has no fire between itself and now exactly from the last fire on, so halving
 * finds it.
 */
static minos_timestamp latest_due(const minos_crontab *crontab, minos_timestamp due,
                                  minos_timestamp now)
{
    int64_t low = due / SECOND_US - 1, high = mn_floor_div(now, SECOND_US), next;

    if (!mn_crontab_find(crontab, low + 2, &next) || next > high)
        return due;
    while (low + 1 < high) { /* a fire lies in (low, now], none in (high, now] */
        int64_t middle = low + (high - low) / 2;
        if (mn_crontab_find(crontab, middle + 1, &next) && next * SECOND_US <= now)
            low = middle;
        else
            high = middle;
    }
    return high * SECOND_US;
}

static minos_duration slice_to(minos_timestamp at, minos_timestamp now)
{
    return at - now < SLICE / MINOS_US ? (at - now) * MINOS_US : SLICE;
}
