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

void mn_task_done(mn_task *task)
{
    mn_error_slot_free(task->errors);
    task->errors = NULL;
}
