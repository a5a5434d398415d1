/*
 * Tasks: see task.h.
 */
#include "base/task.h"

#include "base/error.h"

_Thread_local mn_task *mn_task_running;

mn_task *mn_task_of_thread(void)
{
    static _Thread_local mn_task own;
    return &own;
}

static void drop_kept(mn_task *task)
{
    if (task->kept != NULL)
        task->kept_free(task->kept);
    task->kept = NULL;
}

void mn_task_keep(void *kept, void (*kept_free)(void *kept))
{
    mn_task *task = mn_task_current();
    drop_kept(task);
    task->kept = kept;
    task->kept_free = kept_free;
}

void mn_task_done(mn_task *task)
{
    drop_kept(task);
    mn_error_slot_free(task->errors);
    task->errors = NULL;
}
