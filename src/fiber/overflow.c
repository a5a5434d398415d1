/*
 * The report of a fault. The guard below a stack turns an overflow into SIGSEGV; the handler runs
 * on a stack of its own, says which fiber ran what, and lets the process die by the signal. A fault
 * elsewhere is told the same way, unless another handler (a sanitizer's) stood here before.
 * Everything in it is async-signal-safe.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "fiber/loop.h"

#define HANDLER_STACK_BYTES ((size_t)64 << 10)

typedef struct watch {
    stack_t before; /* to be restored */
    bool changed;
    char *memory;
} watch;

static struct sigaction before; /* what handled SIGSEGV until we did */
static pthread_mutex_t install_lock = PTHREAD_MUTEX_INITIALIZER;

static void append(char *text, size_t *at, size_t size, const char *part)
{
    while (part != NULL && *part != '\0' && *at < size)
        text[(*at)++] = *part++;
}

static void append_number(char *text, size_t *at, size_t size, uint64_t number)
{
    char digits[24];
    size_t first = sizeof digits - 1;
    digits[first] = '\0';
    do
        digits[--first] = (char)('0' + number % 10);
    while ((number /= 10) != 0);
    append(text, at, size, digits + first);
}

static void report(const mn_fiber *fiber, const char *what, bool of_stack)
{
    char text[1024];
    size_t at = 0;
    append(text, &at, sizeof text, "minos: ");
    append(text, &at, sizeof text, what);
    append(text, &at, sizeof text, " in fiber ");
    append_number(text, &at, sizeof text, fiber->id);
    append(text, &at, sizeof text, " \"");
    append(text, &at, sizeof text, fiber->name);
    append(text, &at, sizeof text, "\"");
    if (fiber->what != NULL) {
        append(text, &at, sizeof text, ", handler ");
        append(text, &at, sizeof text, fiber->what);
        append(text, &at, sizeof text, " at ");
        append(text, &at, sizeof text, fiber->file);
        append(text, &at, sizeof text, ":");
        append_number(text, &at, sizeof text, (uint64_t)fiber->line);
    }
    if (of_stack) {
        append(text, &at, sizeof text, ": its stack has ");
        append_number(text, &at, sizeof text, fiber->stack->bytes);
        append(text, &at, sizeof text, " bytes (fiber.stack_bytes)");
    }
    append(text, &at, sizeof text, "\n");
    if (write(STDERR_FILENO, text, at) < 0)
        return;
}

static void on_fault(int number, siginfo_t *info, void *context)
{
    mn_fiber *fiber = mn_fiber_running();
    const char *address = info->si_addr;

    if (fiber != NULL && address < fiber->stack->low &&
        address >= fiber->stack->low - MN_STACK_GUARD_BYTES) {
        report(fiber, "stack overflow", true);
        signal(number, SIG_DFL); /* the instruction faults again and ends the process */
        return;
    }
    if (before.sa_flags & SA_SIGINFO) {
        before.sa_sigaction(number, info, context);
    } else if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN) {
        before.sa_handler(number);
    } else {
        if (fiber != NULL && info->si_code > 0)
            report(fiber, "segmentation fault", false);
        signal(number, SIG_DFL);
        if (info->si_code <= 0)
            raise(number); /* sent by somebody: no instruction will fault again */
    }
}

static void install(void)
{
    struct sigaction now,
        action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    sigemptyset(&action.sa_mask);
    pthread_mutex_lock(&install_lock);
    sigaction(SIGSEGV, NULL, &now);
    if ((now.sa_flags & SA_SIGINFO) == 0 || now.sa_sigaction != on_fault) {
        before = now;
        sigaction(SIGSEGV, &action, NULL);
    }
    pthread_mutex_unlock(&install_lock);
}

void mn_overflow_watch(void **ret_restore)
{
    watch *self = mn_new(watch);
    stack_t ours = {.ss_size = HANDLER_STACK_BYTES};

    *ret_restore = self;
    if (sigaltstack(NULL, &self->before) != 0 || (self->before.ss_flags & SS_DISABLE) != 0 ||
        self->before.ss_size < HANDLER_STACK_BYTES) {
        ours.ss_sp = self->memory = mn_alloc(HANDLER_STACK_BYTES);
        self->changed = sigaltstack(&ours, NULL) == 0;
    }
    install();
}

void mn_overflow_unwatch(void *restore)
{
    watch *self = restore;
    if (self->changed)
        sigaltstack(&self->before, NULL);
    free(self->memory);
    free(self);
}
