/*
 * The watchdog: a thread that aborts the process when a loop stands still, that is, when a fiber
 * neither waits nor yields, with the fiber named (fault.c). A loop that waits for events rests; it
 * does not stand still.
 */
#ifndef MN_FIBER_WATCHDOG_H
#define MN_FIBER_WATCHDOG_H

#include <minos/error.h>
#include <minos/time.h>

typedef struct mn_watchdog mn_watchdog;

/*
 * Watch the loop of this thread. Time in which the whole process is stopped does not count.
 * ETOOMANY: no thread. Does not yield.
 */
minos_rc mn_watchdog_start(minos_duration limit, mn_watchdog **ret_watchdog);
/* Stop watching, and free; on the watched thread. NULL does nothing. Does not yield. */
void mn_watchdog_stop(mn_watchdog *watchdog);

/* What fault.c says of it when it has fired: async-signal-safe. */
typedef struct mn_stall {
    int64_t still_ms; /* the limit that was passed; 0: it has not fired */
    int64_t cpu_ms;   /* processor time that the thread used meanwhile: 0 when it waited */
} mn_stall;
mn_stall mn_watchdog_stall(void);

#endif
