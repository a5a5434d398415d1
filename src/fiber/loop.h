/*
 * What the files of this folder share: the fiber, the loop, and the table by which the loop reaches
 * the machine or its simulation.
 *
 * A loop belongs to one thread. Its root is the thread's own stack: it waits for events; fibers
 * switch among themselves directly and come back to the root only when none is ready, or when
 * events have not been looked at for LOOP_TURN switches.
 */
#ifndef MN_FIBER_LOOP_H
#define MN_FIBER_LOOP_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "base/task.h"
#include "fiber/context.h"
#include "fiber/fiber.h"
#include "fiber/socket.h"
#include "fiber/stack.h"
#include "fiber/thread.h"
#include "fiber/timers.h"

typedef struct mn_loop mn_loop;

struct mn_fiber {
    mn_task task;          /* first: mn_task_running points here while the fiber runs */
    void *context;         /* where it goes on; valid while it does not run */
    mn_loop *loop;         /* its own for ever */
    mn_fiber *ready_next;  /* in the ready queue */
    bool parked;           /* waits: nothing but mn_fiber_end_wait makes it ready */
    bool ready;            /* in the ready queue */
    bool shielded;         /* its wait is deaf to cancel */
    bool woken;            /* a wake came while it ran: the next park returns at once */
    bool waitless;         /* it is in a transaction: its waits fail with ETXWAIT */
    bool canceled;         /* its waits fail until its function returns */
    bool ended;            /* its function has returned */
    minos_rc wait_rc;      /* how its last wait ended */
    uint32_t wait_count;   /* how often it has waited; wraps */
    minos_rc rc;           /* what its function returned */
    int streak;            /* operations that could have waited and did not, since it last waited */
    int64_t wait_until_ns; /* end of its wait, INT64_MAX never */
    size_t timer_place;    /* place in the heap plus one, 0: none */
    minos_deadline deadline; /* bounds every wait */
    minos_fiber_fn *fn;
    void *argument;     /* borrowed */
    minos_scope *scope; /* that joins it; NULL for one of mn_fiber_start */
    mn_fiber *joiner;   /* waits in mn_fiber_join */
    mn_list sibling;    /* in its scope's list */
    mn_list all;        /* in its loop's list */
    mn_stack *stack;    /* it lies on this itself; NULL for the root */
    const char *name;   /* borrowed */
    uint64_t id;        /* counts up from 1 within the loop */
    const char *what;   /* mn_fiber_describe; borrowed, NULL: nothing said */
    const char *file;
    int line;
#ifdef MN_SANITIZED
    void *fake_stack; /* of ASan */
    void *tsan;       /* of TSan */
    const void *bottom;
    size_t bottom_bytes;
#endif
};

#define MN_SIGNALS_MAX 8 /* signals kept until somebody asks */

/*
 * The way from the loop to the machine. Everything is called on the loop's thread, except `notify`.
 */
typedef struct mn_driver_ops {
    const char *name; /* "real", "simulated" */
    /* Make and drop what belongs to a loop, kept in loop->driver_self. Do not yield. */
    minos_rc (*open)(mn_loop *loop);
    void (*close)(mn_loop *loop);
    /* Wait for events, wake whom they concern; 0: do not wait, INT64_MAX: no limit. On the root. */
    void (*poll)(mn_loop *loop, int64_t until_ns);
    /* End a wait in poll. Any thread. */
    void (*notify)(mn_loop *loop);
    /* Those of minos/fiber.h, fiber.h and socket.h. Yield. */
    minos_rc (*offload)(minos_fiber_fn *fn, void *argument);
    minos_rc (*resolve)(const char *name, char *address, size_t size);
    minos_rc (*listen)(const char *host, int port, int backlog, mn_listener **ret_listener);
    minos_rc (*connect)(const char *host, int port, minos_deadline deadline,
                        mn_socket **ret_socket);
    /* Begin to catch signals, handing them to mn_loop_signal. Does not yield. */
    minos_rc (*catch_signals)(mn_loop *loop);
    /* Those of thread.h. */
    minos_rc (*thread_start)(const char *name, mn_thread_step_fn *step, void *argument,
                             mn_thread **ret_thread);
    void (*thread_ring)(mn_thread *thread);
    void (*thread_stop)(mn_thread *thread);
    void (*thread_pause)(minos_duration length);
} mn_driver_ops;

extern const mn_driver_ops mn_driver_real;
extern const mn_driver_ops mn_driver_simulated;
/* The driver of loops made from now on: changes together with mn_env. */
extern const mn_driver_ops *mn_driver;

struct mn_loop {
    mn_fiber root;        /* the thread's own stack */
    int *errno_of_thread; /* its address; asking for it costs a call */
    mn_fiber *ready_first;
    mn_fiber *ready_last;
    atomic_int turn_left; /* switches until events are looked at; the watchdog reads it */
    atomic_uint beat;     /* odd while it rests in wait for events; the watchdog reads it */
    mn_fiber *dead;       /* ended and left: the next to run frees it */
    size_t alive;         /* fibers whose function has not returned */
    mn_list fibers;       /* all, the ended ones that wait for their join included */
    uint64_t last_id;
    int64_t now_ns; /* when events were last looked at */
    mn_timers timers;
    mn_stack_pool stacks;
    const mn_driver_ops *driver;
    void *driver_self;
    mn_waiters signal_waiters;
    int signals[MN_SIGNALS_MAX]; /* caught, oldest first */
    size_t signal_count;
    bool signals_caught;
    pthread_mutex_t bells_lock; /* guards `bells` and the bells in it */
    mn_list bells;              /* rung and not yet noticed */
    atomic_bool bells_rung;     /* `bells` is not empty */
};

extern _Thread_local mn_loop *mn_loop_of_thread;   /* NULL: none */
extern _Thread_local mn_fiber *mn_fiber_of_thread; /* NULL: on the root, or no loop */

static inline mn_fiber *mn_fiber_running(void)
{
    return mn_fiber_of_thread;
}

/* Only the loop's thread writes: a load and a store, without the bus lock of an addition. */
static inline int mn_turn_left_take(mn_loop *loop)
{
    int left = atomic_load_explicit(&loop->turn_left, memory_order_relaxed) - 1;
    atomic_store_explicit(&loop->turn_left, left, memory_order_relaxed);
    return left;
}

static inline void mn_turn_left_set(mn_loop *loop, int left)
{
    atomic_store_explicit(&loop->turn_left, left, memory_order_relaxed);
}

/* A driver says that it begins, and that it ends, to wait for events. */
static inline void mn_loop_beat(mn_loop *loop)
{
    unsigned beat = atomic_load_explicit(&loop->beat, memory_order_relaxed);
    atomic_store_explicit(&loop->beat, beat + 1, memory_order_relaxed);
}

static inline bool mn_beat_is_rest(unsigned beat)
{
    return beat % 2 != 0;
}

/* Make a parked fiber ready; its park gives `rc`. */
void mn_fiber_end_wait(mn_fiber *fiber, minos_rc rc);
/* Make a fiber and put it into the ready queue. */
minos_rc mn_fiber_new(mn_loop *loop, const char *name, minos_fiber_fn *fn, void *argument,
                      mn_fiber **ret_fiber);
void mn_fiber_free(mn_fiber *fiber);
/* Fail when the fiber was cancelled: for operations that end cancelled fibers before they wait. */
minos_rc mn_fiber_check(void);
/*
 * Yield when many operations in a row did not have to wait, so that one busy peer starves nobody.
 */
minos_rc mn_fiber_fair(mn_fiber *fiber);
/*
 * Replace the running task's errors by those of one that ended; takes them, NULL changes nothing.
 */
void mn_task_adopt(mn_error_slot *errors);

/* What happened to it: called by a fiber at the end of its function. */
void mn_scope_ended(minos_scope *scope, mn_fiber *fiber);

void mn_loop_signal(mn_loop *loop, int number);
void mn_bells_deliver(mn_loop *loop);

/* Report fatal signals and overflows of stacks on this thread; its stack undone by the second. */
void mn_fault_watch(void **ret_restore);
void mn_fault_unwatch(void *restore);

#endif
