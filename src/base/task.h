/*
 * The task: what belongs to whoever runs now, a fiber or a thread outside of fibers. src/fiber
 * swaps the pointer at every switch, so that base and enroute keep per-fiber state without knowing
 * fibers.
 */
#ifndef MN_BASE_TASK_H
#define MN_BASE_TASK_H

#include <stddef.h>
#include <stdint.h>

#include <minos/compiler.h>
#include <minos/time.h>

typedef struct mn_error_slot mn_error_slot;
typedef struct mn_context mn_context;

typedef struct mn_task {
    mn_error_slot *errors;   /* owned; NULL until the first error */
    mn_context *context;     /* borrowed; what minos_context_* reads, defined by src/enroute */
    const char *reply_topic; /* borrowed; where replies to what this task sends go; NULL: none */
    void *kept;              /* owned; see mn_task_keep */
    void (*kept_free)(void *kept);
} mn_task;

extern _Thread_local mn_task *mn_task_running; /* NULL: the thread's own, see mn_task_current */

/* Give the thread's own task, for code that runs outside of fibers. */
mn_task *mn_task_of_thread(void);

static inline mn_task *mn_task_current(void)
{
    return MINOS_LIKELY(mn_task_running != NULL) ? mn_task_running : mn_task_of_thread();
}

/*
 * Let the running task own what a call lends it outside of handlers, where no arena ends with it:
 * freed by the next such call or the task's end.
 */
void mn_task_keep(void *kept, void (*kept_free)(void *kept));

/* Free what a task owns. */
void mn_task_done(mn_task *task);

#endif
