/*
 * When a worker that died is followed by another: at once after a healthy life, else after a wait
 * that doubles. Pure: times come from the caller.
 */
#ifndef MN_RUNTIME_RESTART_H
#define MN_RUNTIME_RESTART_H

#include <stdbool.h>
#include <stdint.h>

#include <minos/time.h>

#define MN_RESTART_DELAY_MIN  (100 * MINOS_MS)
#define MN_RESTART_DELAY_MAX  (10 * MINOS_S)
#define MN_RESTART_HEALTHY    (30 * MINOS_S) /* a life that forgets the deaths before it */
#define MN_RESTART_STARTS_MAX 5 /* starts of a slot that fail in a row, then it is given up */

/* One slot's past; zeroed before the first start. */
typedef struct mn_restart {
    int deaths;        /* since the last healthy life */
    int failed_starts; /* in a row */
} mn_restart;

/*
 * Note a death and give the wait before the next start.
 * @param life   time since the start, in nanoseconds
 * @param ready  it had begun to serve
 */
minos_duration mn_restart_after(mn_restart *restart, minos_duration life, bool ready);
/* Tell whether starting this slot again has proved useless. */
bool mn_restart_is_hopeless(const mn_restart *restart);

#endif
