/*
 * The report of a fatal signal: which fiber ran what when it came. It goes to the supervisor, which
 * logs it, or to standard error when there is none; then the process dies by the signal.
 *
 * The guard below a stack turns an overflow into SIGSEGV, so the handler runs on a stack of its
 * own. Everything in it is async-signal-safe.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "fiber/loop.h"
#include "fiber/watchdog.h"
#include "fiber/worker.h"

#define HANDLER_STACK_BYTES ((size_t)64 << 10)

typedef struct watch {
    stack_t before; /* to be restored */
    bool changed;
    char *memory;
} watch;

typedef struct fatal {
    int number;
    const char *what;
    struct sigaction before; /* what handled it until we did */
} fatal;

static fatal fatals[] = {
    {.number = SIGSEGV, .what = "segmentation fault"},
    {.number = SIGBUS, .what = "bus error"},
    {.number = SIGILL, .what = "illegal instruction"},
    {.number = SIGFPE, .what = "arithmetic fault"},
    {.number = SIGABRT, .what = "abort"},
};
static pthread_mutex_t install_lock = PTHREAD_MUTEX_INITIALIZER;

/* ---- the text ---- */

typedef struct line {
    char text[MN_WORKER_REPORT_BYTES_MAX];
    size_t size;
} line;

static void append(line *to, const char *part)
{
    while (part != NULL && *part != '\0' && to->size < sizeof to->text - 1)
        to->text[to->size++] = *part++;
}

static void append_number(line *to, int64_t number)
{
    char digits[24];
    size_t first = sizeof digits - 1;
    digits[first] = '\0';
    do
        digits[--first] = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    append(to, digits + first);
}

static void append_seconds(line *to, int64_t ms)
{
    append_number(to, ms / 1000);
    append(to, ".");
    append_number(to, ms / 100 % 10);
    append(to, " s");
}

static void append_fiber(line *to, const mn_fiber *fiber)
{
    append(to, "fiber ");
    append_number(to, (int64_t)fiber->id);
    append(to, " \"");
    append(to, fiber->name);
    append(to, "\"");
    if (fiber->what == NULL)
        return;
    append(to, ", handler ");
    append(to, fiber->what);
    append(to, " at ");
    append(to, fiber->file);
    append(to, ":");
    append_number(to, fiber->line);
}

static void put_report(line *report)
{
    if (mn_worker_report(report->text, report->size))
        return;
    report->text[report->size++] = '\n';
    if (write(STDERR_FILENO, "minos: ", 7) < 0 ||
        write(STDERR_FILENO, report->text, report->size) < 0)
        return;
}

static void report_overflow(const mn_fiber *fiber)
{
    line report = {.size = 0};
    append(&report, "stack overflow in ");
    append_fiber(&report, fiber);
    append(&report, ": its stack has ");
    append_number(&report, (int64_t)fiber->stack->bytes);
    append(&report, " bytes (fiber.stack_bytes)");
    put_report(&report);
}

static void report_stall(const mn_fiber *fiber, mn_stall stall)
{
    line report = {.size = 0};
    append(&report, "the loop has stood still for ");
    append_seconds(&report, stall.still_ms);
    append(&report, " (stall_timeout) in ");
    if (fiber == NULL)
        append(&report, "no fiber");
    else
        append_fiber(&report, fiber);
    append(&report, ", which used ");
    append_seconds(&report, stall.cpu_ms);
    append(&report, " of processor time and neither waited nor yielded");
    put_report(&report);
}

static void report_signal(const mn_fiber *fiber, const char *what)
{
    line report = {.size = 0};
    append(&report, what);
    append(&report, " in ");
    append_fiber(&report, fiber);
    put_report(&report);
}

/* ---- the handler ---- */

static bool is_overflow(const mn_fiber *fiber, int number, const siginfo_t *info)
{
    const char *address = info->si_addr;
    return fiber != NULL && number == SIGSEGV && address < fiber->stack->low &&
           address >= fiber->stack->low - MN_STACK_GUARD_BYTES;
}

/* Tell whether the fiber brought it about; a signal that somebody sent says nothing of it. */
static bool is_own(int number, const siginfo_t *info)
{
    return info->si_code > 0 || (number == SIGABRT && info->si_pid == getpid());
}

/* Leave the signal to whoever handled it before us; else die by it. */
static void pass_on(const fatal *row, siginfo_t *info, void *context)
{
    if (row->before.sa_flags & SA_SIGINFO) {
        row->before.sa_sigaction(row->number, info, context);
    } else if (row->before.sa_handler != SIG_DFL && row->before.sa_handler != SIG_IGN) {
        row->before.sa_handler(row->number);
    } else {
        signal(row->number, SIG_DFL);
        if (info->si_code <= 0)
            raise(row->number); /* sent by somebody: no instruction will fault again */
    }
}

static void on_fault(int number, siginfo_t *info, void *context)
{
    mn_fiber *fiber = mn_fiber_running();
    mn_stall stall = mn_watchdog_stall();
    const fatal *row = fatals;

    while (row->number != number)
        row++;
    if (is_overflow(fiber, number, info)) {
        report_overflow(fiber);
        signal(number, SIG_DFL); /* the instruction faults again and ends the process */
        return;
    }
    if (number == SIGABRT && stall.still_ms != 0)
        report_stall(fiber, stall);
    else if (fiber != NULL && is_own(number, info))
        report_signal(fiber, row->what);
    pass_on(row, info, context);
}

static void install(fatal *row)
{
    struct sigaction now,
        action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    sigemptyset(&action.sa_mask);
    sigaction(row->number, NULL, &now);
    if ((now.sa_flags & SA_SIGINFO) == 0 || now.sa_sigaction != on_fault) {
        row->before = now;
        sigaction(row->number, &action, NULL);
    }
}

void mn_fault_watch(void **ret_restore)
{
    watch *self = mn_new(watch);
    stack_t ours = {.ss_size = HANDLER_STACK_BYTES};

    *ret_restore = self;
    if (sigaltstack(NULL, &self->before) != 0 || (self->before.ss_flags & SS_DISABLE) != 0 ||
        self->before.ss_size < HANDLER_STACK_BYTES) {
        ours.ss_sp = self->memory = mn_alloc(HANDLER_STACK_BYTES);
        self->changed = sigaltstack(&ours, NULL) == 0;
    }
    pthread_mutex_lock(&install_lock);
    for (size_t i = 0; i < mn_count_of(fatals); i++)
        install(&fatals[i]);
    pthread_mutex_unlock(&install_lock);
}

void mn_fault_unwatch(void *restore)
{
    watch *self = restore;
    if (self->changed)
        sigaltstack(&self->before, NULL);
    free(self->memory);
    free(self);
}
