/*
 * The supervisor: one process that owns the listening sockets and the workers that serve on them.
 * It runs nothing of the service: what a handler can break is a worker.
 */
#ifndef MN_RUNTIME_SUPERVISOR_H
#define MN_RUNTIME_SUPERVISOR_H

#include <minos/config.h>

#include "fiber/children.h"

/*
 * Fork the workers that the config asks for and keep them, until a signal ends them or they prove
 * useless; a worker does not come back. No loop and no thread may run.
 * @param work      the life of a worker
 * @param ret_code  of this process: 0 when all drained, else what minos(1) says
 */
minos_rc mn_supervise(const minos_config *config, mn_child_fn *work, void *argument, int *ret_code);

#endif
