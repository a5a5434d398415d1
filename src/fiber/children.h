/*
 * Processes forked from this one, for a supervisor: no loop and no thread runs here, since a fork
 * copies only the thread that forks, and whatever lock another one holds stays locked in the child.
 */
#ifndef MN_FIBER_CHILDREN_H
#define MN_FIBER_CHILDREN_H

#include <sys/types.h>

#include <minos/error.h>
#include <minos/time.h>

#include "fiber/worker.h"

typedef enum mn_child_event_kind {
    MN_CHILD_SIGNAL, /* this process got SIGINT, SIGTERM or SIGHUP */
    MN_CHILD_DEATH,  /* a child ended */
    MN_CHILD_NEWS    /* some page has changed */
} mn_child_event_kind;

typedef struct mn_child_event {
    mn_child_event_kind kind;
    int signal; /* SIGNAL */
    pid_t pid;  /* DEATH */
    int status; /* DEATH: as waitpid gives it */
} mn_child_event;

/*
 * Begin: take the signals, make the pages. Fails as the machine does, ETOOMANY or EIO. Once a
 * process, outside of loops.
 */
minos_rc mn_children_open(int count);
/* The life of a child; gives its exit code. */
typedef int mn_child_fn(void *argument);

/*
 * Fork the worker of a slot; its page is cleared. In the child the signals are as they were, the
 * identity is set, SIGTERM comes when this process dies, and it exits when `fn` returns.
 * @param since  see mn_worker_since_take
 */
minos_rc mn_child_start(int slot, minos_timestamp since, mn_child_fn *fn, void *argument,
                        pid_t *ret_pid);
/* Wait for what comes next; ETIMEDOUT, without an error in the slot, by the deadline. */
minos_rc mn_children_wait(minos_deadline deadline, mn_child_event *ret_event);
void mn_child_kill(pid_t pid, int signal);
/*
 * Take a slot's connections out of the workers' count, and have the others look for one that its
 * worker was woken for and did not live to take.
 */
void mn_child_forget(int slot);
/* Give a slot's page. */
const mn_worker_page *mn_child_page(int slot);
/* Give back what open took; children live on. */
void mn_children_close(void);

#endif
