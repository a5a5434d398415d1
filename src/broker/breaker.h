/*
 * A circuit breaker around calls to something remote: it counts how many of the calls of the last
 * seconds failed, and when too many did lets none through for a while; then one, whose outcome
 * decides. So what is down is asked rarely and what comes back is soon used again.
 *
 * The numbers are those of the original: a rate of 0.2 within 3 s, 1.5 s of rest when broken,
 * 0.15 s after each failure. Lies in its owner's storage; one caller at a time.
 */
#ifndef MN_BROKER_BREAKER_H
#define MN_BROKER_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

#include <minos/error.h>
#include <minos/time.h>

#define MN_BREAKER_WINDOW      (3 * MINOS_S)
#define MN_BREAKER_RATE        5 /* broken when one call of so many failed, or more */
#define MN_BREAKER_CALLS_MIN   5 /* no judgement from fewer calls */
#define MN_BREAKER_BROKEN_WAIT (1500 * MINOS_MS)
#define MN_BREAKER_ERROR_WAIT  (150 * MINOS_MS)
#define MN_BREAKER_SLICES      6 /* of the window */

/* What happened in one slice of the window. */
typedef struct mn_breaker_slice {
    int64_t number; /* time divided by the length of a slice */
    uint32_t calls;
    uint32_t failures;
} mn_breaker_slice;

typedef struct mn_breaker {
    mn_breaker_slice slices[MN_BREAKER_SLICES];
    minos_deadline rest_until; /* no call before; {0}: at once */
    bool is_broken;            /* the next call is a trial */
} mn_breaker;

/* Wait until a call may be made: ETIMEDOUT, ECANCELED. Yields. */
minos_rc mn_breaker_wait(mn_breaker *breaker, minos_deadline deadline);
/* Tell how a call went. */
void mn_breaker_report(mn_breaker *breaker, bool is_ok);

#endif
