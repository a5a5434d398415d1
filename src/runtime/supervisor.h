/*
 * The supervisor: one process that owns the listening sockets and the workers that serve on them.
 * It runs nothing of the service: what a handler can break is a worker.
 */
#ifndef MN_RUNTIME_SUPERVISOR_H
#define MN_RUNTIME_SUPERVISOR_H

#include <minos/config.h>

/* What a worker does from its start to its end; gives its exit code. */
typedef int mn_worker_fn(void *argument);

/*
 * Fork the workers that the config asks for and keep them, until a signal ends them or they prove
 * useless. Gives the process's exit code; a worker does not come back. No loop and no thread may
 * run.
 * @param ret_code  0: all drained; else what minos(1) says
 */
minos_rc mn_supervise(const minos_config *config, mn_worker_fn *work, void *argument,
                      int *ret_code);

#endif
