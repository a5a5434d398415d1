/*
 * Time, three kinds that cannot be mixed up: a length (minos_duration), a moment to wait for
 * (minos_deadline, monotonic), a moment to write down (minos_timestamp, wall clock).
 * All come from the environment the program runs in; under simulation they are virtual.
 */
#ifndef MINOS_TIME_H
#define MINOS_TIME_H

#include <stdbool.h>
#include <stdint.h>

#include <minos/compiler.h>

MINOS_BEGIN_DECLS

/** A length of time in nanoseconds. */
typedef int64_t minos_duration;

#define MINOS_NS  INT64_C(1)
#define MINOS_US  (INT64_C(1000) * MINOS_NS)
#define MINOS_MS  (INT64_C(1000) * MINOS_US)
#define MINOS_S   (INT64_C(1000) * MINOS_MS)
#define MINOS_MIN (INT64_C(60) * MINOS_S)
#define MINOS_H   (INT64_C(60) * MINOS_MIN)

/** A moment on the monotonic clock, in nanoseconds; INT64_MAX is never. */
typedef struct minos_deadline {
    int64_t at_ns;
} minos_deadline;

/**
 * A moment on the wall clock: microseconds since 1970-01-01T00:00:00Z, as Avro's timestamp-micros.
 */
typedef int64_t minos_timestamp;

/** The deadline that never comes. @noyield */
MINOS_UNUSED static inline minos_deadline minos_deadline_never(void)
{
    minos_deadline never;
    never.at_ns = INT64_MAX;
    return never;
}

/** Give the earlier of two deadlines. @noyield */
MINOS_UNUSED static inline minos_deadline minos_deadline_min(minos_deadline a, minos_deadline b)
{
    return a.at_ns < b.at_ns ? a : b;
}

/** Give the deadline that lies `delay` ahead; saturates at never. @noyield @thread{any} */
MINOS_API minos_deadline minos_deadline_in(minos_duration delay);

/**
 * Give the time left until a deadline: 0 when passed, INT64_MAX when never. @noyield @thread{any}
 */
MINOS_API minos_duration minos_deadline_left(minos_deadline deadline);

/** Give the wall clock's present moment. @noyield @thread{any} */
MINOS_API minos_timestamp minos_timestamp_now(void);

MINOS_END_DECLS

#endif
