/*
 * The watchdog, each case in a process of its own: what it aborts and names, and what it leaves be.
 */
#include "support/support.h"

#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/env.h"
#include "fiber/fiber.h"
#include "fiber/watchdog.h"

#define LIMIT (300 * MINOS_MS)

static atomic_bool *told; /* shared with the child */

/* Use the processor for so long, letting nobody else run. */
static void burn(minos_duration time)
{
    int64_t until = mn_now() + time;
    while (mn_now() < until)
        continue;
}

/* ---- what stands still ---- */

static minos_rc spin(void *argument)
{
    (void)argument;
    mn_fiber_describe("orders.create_order", "orders.c", 17);
    for (volatile bool on = true; on;)
        continue;
    return MINOS_OK;
}

static minos_rc block(void *argument)
{
    (void)argument;
    mn_fiber_describe("orders.create_order", "orders.c", 17);
    return poll(NULL, 0, -1) == 0 ? MINOS_OK : MINOS_EANY;
}

static minos_rc spin_in_a_child(void *argument)
{
    MINOS_AUTO(minos_scope) *scope = NULL;
    MINOS_TRY(minos_scope_new(&scope));
    MINOS_TRY(minos_scope_spawn(scope, "child", spin, argument));
    return minos_scope_join(scope, minos_deadline_never());
}

static minos_rc spin_deaf(void *argument)
{
    sigset_t deaf;
    sigemptyset(&deaf);
    sigaddset(&deaf, SIGABRT);
    pthread_sigmask(SIG_BLOCK, &deaf, NULL);
    return spin(argument);
}

/* ---- what does not ---- */

static minos_rc rest(void *argument)
{
    (void)argument;
    return minos_sleep(3 * LIMIT);
}

static minos_rc yield(void *argument)
{
    int64_t until = mn_now() + 3 * LIMIT;
    (void)argument;
    while (mn_now() < until)
        MINOS_TRY(minos_yield());
    return MINOS_OK;
}

static minos_rc take_a_slice(void *argument)
{
    (void)argument;
    for (int i = 0; i < 2; i++) {
        burn(LIMIT / 6);
        MINOS_TRY(minos_yield());
    }
    return MINOS_OK;
}

/* Long slices one after the other: events are not looked at for longer than the limit. */
static minos_rc slices(void *argument)
{
    MINOS_AUTO(minos_scope) *scope = NULL;
    MINOS_TRY(minos_scope_new(&scope));
    for (int i = 0; i < 10; i++)
        MINOS_TRY(minos_scope_spawn(scope, "slice", take_a_slice, argument));
    return minos_scope_join(scope, minos_deadline_never());
}

/* Busy until told, and stopped for most of that time. */
static minos_rc be_stopped(void *argument)
{
    (void)argument;
    if (write(STDERR_FILENO, "busy", 4) != 4)
        return MINOS_EIO;
    while (!atomic_load(told))
        continue;
    return MINOS_OK;
}

/* ---- rows ---- */

typedef struct stall_case {
    const char *name;
    minos_fiber_fn *fn;
    const char *expected; /* on standard error; NULL: it lives, and says nothing */
    bool stops;           /* is stopped for longer than the limit */
} stall_case;

static const stall_case cases[] = {
    {"a fiber that spins", spin,
     "minos: the loop has stood still for 0.3 s (stall_timeout) in fiber 1 \"main\", handler "
     "orders.create_order at orders.c:17, which used 0.",
     false},
    {"a fiber in a blocking call", block,
     "handler orders.create_order at orders.c:17, which used 0.0 s of processor time", false},
    {"another fiber than the first", spin_in_a_child, "in fiber 2 \"child\", handler", false},
    {"a thread that is deaf to the signal", spin_deaf, "stood still", false},
    {"a loop that rests", rest, NULL, false},
    {"a fiber that yields", yield, NULL, false},
    {"long slices", slices, NULL, false},
    {"a process that is stopped", be_stopped, NULL, true},
};

static minos_rc run_watched(void *argument)
{
    const stall_case *row = argument;
    mn_watchdog *watchdog;
    minos_rc rc;

    MINOS_TRY(mn_watchdog_start(LIMIT, &watchdog));
    rc = row->fn(NULL);
    mn_watchdog_stop(watchdog);
    burn(row->expected == NULL ? LIMIT + LIMIT / 2 : 0); /* nobody looks any more */
    return rc;
}

static void run_child(const stall_case *row, int errors)
{
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    dup2(errors, STDERR_FILENO);
    signal(SIGABRT, SIG_DFL);
    alarm(60);
    _exit(mn_loop_run("main", run_watched, (void *)(uintptr_t)row) == MINOS_OK ? 0 : 1);
}

/* Stop it once it is busy, for twice the limit, in which it must not speak. */
static void stop_for_long(pid_t child, int errors)
{
    struct pollfd spoken = {.fd = errors, .events = POLLIN};
    char text[4];

    assert_int_equal(read(errors, text, sizeof text), 4);
    kill(child, SIGSTOP);
    assert_int_equal(poll(&spoken, 1, (int)(2 * LIMIT / MINOS_MS)), 0);
    atomic_store(told, true);
    kill(child, SIGCONT);
}

static int run_apart(const stall_case *row, char *text, size_t size)
{
    int pipes[2], status = 0;
    size_t length = 0;
    ssize_t got;
    pid_t child;

    assert_int_equal(pipe(pipes), 0);
    child = fork();
    if (child == 0)
        run_child(row, pipes[1]);
    close(pipes[1]);
    if (row->stops)
        stop_for_long(child, pipes[0]);
    while ((got = read(pipes[0], text + length, size - 1 - length)) > 0)
        length += (size_t)got;
    text[length] = '\0';
    close(pipes[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void test_stalls(void **state)
{
    char text[4096];
    (void)state;
    told = mmap(NULL, sizeof *told, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(told != MAP_FAILED);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const stall_case *row = &cases[i];
        int status = run_apart(row, text, sizeof text);
        bool is_aborted = WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
        if (is_aborted != (row->expected != NULL) || (!is_aborted && status != 0))
            fail_msg("%s: status %x, %s", row->name, (unsigned)status, text);
        if (row->expected == NULL ? text[0] != '\0' : strstr(text, row->expected) == NULL)
            fail_msg("%s: %s", row->name, text);
    }
    munmap(told, sizeof *told);
}

static void test_outside_of_loops(void **state)
{
    mn_watchdog *watchdog;
    (void)state;
    assert_rc(mn_watchdog_start(LIMIT, &watchdog), MINOS_ESTATE);
    mn_watchdog_stop(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stalls),
        cmocka_unit_test(test_outside_of_loops),
    };
    return cmocka_run_group_tests_name("fiber/watchdog", tests, NULL, NULL);
}
