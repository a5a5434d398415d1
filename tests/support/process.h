/*
 * Programs under test: run to their end with their output caught, or kept running until told to
 * stop.
 */
#ifndef MN_TESTS_PROCESS_H
#define MN_TESTS_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Where the build puts programs; for building argv. */
#define MN_BIN(name) MN_BINARY_DIR "/bin/" name

typedef struct mn_outcome {
    int code;     /* exit code; 128 + signal when killed */
    char *output; /* standard output, NUL-terminated, owned */
    char *errors; /* standard error, the same */
} mn_outcome;

/*
 * Run a program in `folder` (NULL: here) to its end; kills it after 30 s.
 * @param environment  "KEY=VALUE", NULL-terminated, added to ours; NULL: none
 */
mn_outcome mn_process_run(const char *const *argv, const char *const *environment,
                          const char *folder);
void mn_outcome_done(mn_outcome *outcome);

typedef struct mn_process {
    pid_t pid;
    int log; /* file that both outputs go to */
    char log_path[64];
} mn_process;

/* Start a program; its output goes to a file. */
mn_process mn_process_start(const char *const *argv, const char *const *environment);
/* Wait until the output holds `text`; false when the program ended before, or after 20 s. */
bool mn_process_wait_output(mn_process *process, const char *text);
/* Wait for the end, so long at most; true when it came, and then mn_process_wait gives the code. */
bool mn_process_wait_end(mn_process *process, int limit_ms);
/* Give all output so far; owned. */
char *mn_process_output(mn_process *process);
/* Wait for the end; gives the exit code, or 128 + signal. Kills after 30 s. */
int mn_process_wait(mn_process *process);
/* Send a signal, wait for the end, give the exit code. Removes the output file. */
int mn_process_stop(mn_process *process, int signal);

/* Remove the output file of a program whose end was waited for. */
void mn_process_done(mn_process *process);

/* Give a port of the loopback that is free now. */
int mn_free_port(void);

#endif
