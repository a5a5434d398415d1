/*
 * The circuit breaker: see breaker.h.
 */
#include "broker/breaker.h"

#include <string.h>

#include "base/env.h"
#include "fiber/fiber.h"

#define SLICE (MN_BREAKER_WINDOW / MN_BREAKER_SLICES)

minos_rc mn_breaker_wait(mn_breaker *breaker, minos_deadline deadline)
{
    if (breaker->rest_until.at_ns <= mn_now())
        return MINOS_OK;
    if (deadline.at_ns < breaker->rest_until.at_ns) {
        MINOS_TRY(minos_sleep_until(deadline));
        return minos_fail(MINOS_ETIMEDOUT, "the broker rests after failures");
    }
    return minos_sleep_until(breaker->rest_until);
}

static void note(mn_breaker *breaker, int64_t now_ns, bool is_ok)
{
    mn_breaker_slice *slice = &breaker->slices[now_ns / SLICE % MN_BREAKER_SLICES];

    if (slice->number != now_ns / SLICE)
        *slice = (mn_breaker_slice){.number = now_ns / SLICE};
    slice->calls++;
    slice->failures += !is_ok;
}

static bool too_many_failed(const mn_breaker *breaker, int64_t now_ns)
{
    uint64_t calls = 0, failures = 0;

    for (size_t i = 0; i < MN_BREAKER_SLICES; i++) {
        const mn_breaker_slice *slice = &breaker->slices[i];
        if (slice->number <= now_ns / SLICE - MN_BREAKER_SLICES)
            continue;
        calls += slice->calls;
        failures += slice->failures;
    }
    return calls >= MN_BREAKER_CALLS_MIN && failures * MN_BREAKER_RATE >= calls;
}

void mn_breaker_report(mn_breaker *breaker, bool is_ok)
{
    const int64_t now_ns = mn_now();

    if (breaker->is_broken && is_ok) { /* the trial succeeded: what was before counts no more */
        memset(breaker, 0, sizeof *breaker);
        return;
    }
    note(breaker, now_ns, is_ok);
    if (is_ok)
        return;
    breaker->is_broken = breaker->is_broken || too_many_failed(breaker, now_ns);
    breaker->rest_until =
        minos_deadline_in(breaker->is_broken ? MN_BREAKER_BROKEN_WAIT : MN_BREAKER_ERROR_WAIT);
}
