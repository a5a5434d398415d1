/*
 * What the simulation's files share. See simulation.h.
 */
#ifndef MN_FIBER_SIM_H
#define MN_FIBER_SIM_H

#include "fiber/loop.h"

minos_rc mn_sim_resolve(const char *name, char *address, size_t size);
minos_rc mn_sim_listen(const char *host, int port, int backlog, mn_listener **ret_listener);
minos_rc mn_sim_connect(const char *host, int port, minos_deadline deadline,
                        mn_socket **ret_socket);
minos_rc mn_sim_thread_start(const char *name, mn_thread_step_fn *step, void *argument,
                             mn_thread **ret_thread);
void mn_sim_thread_ring(mn_thread *thread);
void mn_sim_thread_stop(mn_thread *thread);
void mn_sim_thread_pause(minos_duration length);
/* Forget all listeners; at the beginning of a simulation. */
void mn_sim_sockets_init(void);

#endif
