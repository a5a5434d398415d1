/*
 * What the log knows besides its lines.
 */
#ifndef MN_BASE_LOG_H
#define MN_BASE_LOG_H

/* Name the process in every line from now on: one of several workers. Before others log. */
void mn_log_worker_set(int slot, int pid);

#endif
