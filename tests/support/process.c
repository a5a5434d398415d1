/*
 * Programs under test: see process.h.
 */
#include "support/process.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define RUN_LIMIT_MS  30000
#define WAIT_LIMIT_MS 20000

static pid_t spawn(const char *const *argv, const char *const *environment, const char *folder,
                   int out, int err)
{
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails leaves nobody behind */
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    if (folder != NULL && chdir(folder) != 0)
        _exit(126);
    for (; environment != NULL && *environment != NULL; environment++)
        putenv((char *)*environment);
    execv(argv[0], (char *const *)argv);
    perror(argv[0]);
    _exit(127);
}

/* Wait for the end of a child, at most so long; then kill it. */
static int reap(pid_t pid, int limit_ms)
{
    int handle = (int)syscall(SYS_pidfd_open, pid, 0);
    struct pollfd end = {.fd = handle, .events = POLLIN};
    int status = 0;

    if (poll(&end, 1, limit_ms) == 0)
        kill(pid, SIGKILL);
    close(handle);
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static char *read_all(int file)
{
    off_t size = lseek(file, 0, SEEK_END);
    char *text = calloc(1, (size_t)size + 1);
    if (pread(file, text, (size_t)size, 0) != size)
        abort();
    return text;
}

mn_outcome mn_process_run(const char *const *argv, const char *const *environment,
                          const char *folder)
{
    mn_outcome outcome;
    int out = memfd_create("out", MFD_CLOEXEC), err = memfd_create("err", MFD_CLOEXEC);

    outcome.code = reap(spawn(argv, environment, folder, out, err), RUN_LIMIT_MS);
    outcome.output = read_all(out);
    outcome.errors = read_all(err);
    close(out);
    close(err);
    return outcome;
}

void mn_outcome_done(mn_outcome *outcome)
{
    free(outcome->output);
    free(outcome->errors);
}

mn_process mn_process_start(const char *const *argv, const char *const *environment)
{
    mn_process process = {.log_path = "/tmp/minos-test-XXXXXX"};

    process.log = mkostemp(process.log_path, O_APPEND | O_CLOEXEC);
    process.pid = spawn(argv, environment, NULL, process.log, process.log);
    return process;
}

char *mn_process_output(mn_process *process)
{
    return read_all(process->log);
}

bool mn_process_wait_output(mn_process *process, const char *text)
{
    int handle = (int)syscall(SYS_pidfd_open, process->pid, 0);
    struct pollfd end = {.fd = handle, .events = POLLIN};
    bool found = false;

    /*
     * A file gives no event when it grows; looked at until it holds the text or the program ended.
     */
    for (int waited = 0; !found && waited < WAIT_LIMIT_MS; waited += 5) {
        bool ended = poll(&end, 1, waited == 0 ? 0 : 5) == 1;
        char *output = read_all(process->log);
        found = strstr(output, text) != NULL;
        free(output);
        if (ended)
            break;
    }
    close(handle);
    return found;
}

bool mn_process_wait_end(mn_process *process, int limit_ms)
{
    int handle = (int)syscall(SYS_pidfd_open, process->pid, 0);
    struct pollfd end = {.fd = handle, .events = POLLIN};
    bool ended = poll(&end, 1, limit_ms) == 1;

    close(handle);
    return ended;
}

int mn_process_wait(mn_process *process)
{
    return reap(process->pid, RUN_LIMIT_MS);
}

int mn_process_stop(mn_process *process, int signal)
{
    int code;
    kill(process->pid, signal);
    code = reap(process->pid, RUN_LIMIT_MS);
    mn_process_done(process);
    return code;
}

void mn_process_done(mn_process *process)
{
    close(process->log);
    unlink(process->log_path);
}

int mn_free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int file = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int port = 0;

    if (bind(file, (struct sockaddr *)&address, sizeof address) == 0 &&
        getsockname(file, (struct sockaddr *)&address, &size) == 0)
        port = ntohs(address.sin_port);
    close(file);
    return port;
}
