/*
 * The loop: the ready queue, the switch, and the root that waits for events. See loop.h.
 */
#include "fiber/loop.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/error.h"
#include "fiber/census.h"
#include "fiber/switch.h"

#define LOOP_TURN 256 /* switches until events are looked at although fibers are ready */

_Thread_local mn_loop *mn_loop_of_thread;
_Thread_local mn_fiber *mn_fiber_of_thread;
const mn_driver_ops *mn_driver = &mn_driver_real;

/* The first function on every fiber's stack. */
static void fiber_main(mn_transfer transfer)
{
    mn_loop *loop = mn_loop_of_thread;
    mn_fiber *self = mn_fiber_of_thread;

    mn_loop_arrive(loop, self, transfer);
    self->rc = self->fn(self->argument);
    self->ended = true;
    loop->alive--;
    mn_timers_remove(&loop->timers, self);
    if (self->scope != NULL) {
        mn_scope_ended(self->scope, self);
        loop->dead = self;
    } else if (self->joiner != NULL) {
        mn_fiber_wake(self->joiner);
    }
    mn_loop_switch(loop, self);
    abort(); /* nobody goes on with a fiber that ended */
}

minos_rc mn_fiber_new(mn_loop *loop, const char *name, minos_fiber_fn *fn, void *argument,
                      mn_fiber **ret_fiber)
{
    mn_stack *stack;
    mn_fiber *fiber;

    MINOS_TRY(mn_stack_take(&loop->stacks, &stack));
    fiber = (mn_fiber *)(void *)((uintptr_t)((char *)stack - sizeof *fiber - (stack->color * 128)) &
                                 ~(uintptr_t)63);
    *fiber = (mn_fiber){
        .loop = loop,
        .fn = fn,
        .argument = argument,
        .name = name,
        .stack = stack,
        .id = ++loop->last_id,
        .deadline = minos_deadline_never(),
    };
    fiber->context = make_fcontext(fiber, (size_t)((char *)fiber - stack->low), fiber_main);
#ifdef MN_SANITIZED
    fiber->bottom = stack->low;
    fiber->bottom_bytes = (size_t)((char *)fiber - stack->low);
    fiber->tsan = mn_tsan_create();
#endif
    mn_list_init(&fiber->sibling);
    mn_list_insert(&loop->fibers, &fiber->all);
    loop->alive++;
    mn_loop_ready(loop, fiber);
    *ret_fiber = fiber;
    return MINOS_OK;
}

void mn_fiber_free(mn_fiber *fiber)
{
    mn_loop *loop = fiber->loop;
#ifdef MN_TESTS
    mn_census_note(fiber->name, mn_stack_depth(fiber->stack));
    mn_stack_reset(fiber->stack);
#endif
    mn_list_remove(&fiber->all);
    mn_task_done(&fiber->task);
    mn_tsan_destroy(fiber->tsan);
    mn_stack_give(&loop->stacks, fiber->stack);
}

static minos_rc loop_open(mn_loop *loop)
{
    loop->root.loop = loop;
    loop->root.name = "root";
#ifdef MN_SANITIZED
    loop->root.tsan = mn_tsan_current();
#endif
    loop->errno_of_thread = &errno;
    mn_list_init(&loop->fibers);
    mn_list_init(&loop->bells);
    mn_waiters_init(&loop->signal_waiters);
    mn_stack_pool_init(&loop->stacks);
    pthread_mutex_init(&loop->bells_lock, NULL);
    loop->driver = mn_driver;
    return loop->driver->open(loop);
}

static void loop_close(mn_loop *loop)
{
    /* Ended fibers that nobody joined. */
    for (mn_list *node = loop->fibers.next, *next; node != &loop->fibers; node = next) {
        next = node->next;
        mn_fiber_free(mn_container(node, mn_fiber, all));
    }
    loop->driver->close(loop);
    assert(mn_list_empty(&loop->bells));
    pthread_mutex_destroy(&loop->bells_lock);
    mn_timers_done(&loop->timers);
    mn_stack_pool_done(&loop->stacks);
#ifdef MN_TESTS
    mn_census_print();
#endif
}

/* Wait for events while no fiber is ready; then, and every LOOP_TURN switches, look at them. */
static void loop_turn(mn_loop *loop)
{
    int64_t until = 0;
    mn_fiber *next;

    if (loop->ready_first == NULL)
        until = mn_timers_next(&loop->timers);
    loop->driver->poll(loop, until);
    loop->now_ns = mn_now();
    mn_timers_fire(&loop->timers, loop->now_ns);
    if (atomic_load_explicit(&loop->bells_rung, memory_order_acquire))
        mn_bells_deliver(loop);
    mn_turn_left_set(loop, LOOP_TURN);
    next = mn_loop_pop_ready(loop);
    if (next != NULL)
        mn_loop_jump(loop, &loop->root, next);
}

minos_rc mn_loop_run(const char *name, minos_fiber_fn *fn, void *argument)
{
    mn_loop *loop;
    mn_fiber *first;
    void *watch;
    minos_rc rc;

    if (mn_loop_of_thread != NULL)
        return minos_fail(MINOS_ESTATE, "this thread runs a loop already");
    loop = mn_new(mn_loop);
    rc = loop_open(loop);
    if (rc == MINOS_OK)
        rc = mn_fiber_new(loop, name, fn, argument, &first);
    if (rc == MINOS_OK) {
        mn_loop_of_thread = loop;
        mn_fault_watch(&watch);
        loop->now_ns = mn_now();
        while (loop->alive != 0)
            loop_turn(loop);
        mn_fault_unwatch(watch);
        mn_loop_of_thread = NULL;
        rc = first->rc;
        if (rc != MINOS_OK)
            mn_task_adopt(mn_take(&first->task.errors));
    }
    loop_close(loop);
    free(loop);
    return rc;
}

void mn_loop_cancel_all(void)
{
    mn_loop *loop = mn_loop_of_thread;
    mn_list_each(node, &loop->fibers) {
        mn_fiber *fiber = mn_container(node, mn_fiber, all);
        if (fiber != mn_fiber_of_thread)
            mn_fiber_cancel(fiber);
    }
}

int64_t mn_loop_now(void)
{
    mn_loop *loop = mn_loop_of_thread;
    return loop == NULL ? 0 : loop->now_ns;
}

size_t mn_loop_fibers(void)
{
    mn_loop *loop = mn_loop_of_thread;
    return loop == NULL ? 0 : loop->alive;
}

void mn_loop_signal(mn_loop *loop, int number)
{
    if (loop->signal_count < MN_SIGNALS_MAX)
        loop->signals[loop->signal_count++] = number;
    mn_waiters_wake_one(&loop->signal_waiters);
}

minos_rc mn_signals_catch(void)
{
    mn_loop *loop = mn_loop_of_thread;
    if (mn_fiber_running() == NULL)
        return minos_fail(MINOS_ESTATE, "signals are caught and waited for on a fiber only");
    if (!loop->signals_caught)
        MINOS_TRY(loop->driver->catch_signals(loop));
    loop->signals_caught = true;
    return MINOS_OK;
}

minos_rc mn_signal_wait(minos_deadline deadline, int *ret_signal)
{
    mn_loop *loop = mn_loop_of_thread;
    MINOS_TRY(mn_signals_catch());
    while (loop->signal_count == 0) {
        minos_rc rc = mn_waiters_wait(&loop->signal_waiters, deadline);
        if (rc != MINOS_OK)
            return minos_fail(rc, "%s while waiting for a signal", minos_rc_text(rc));
    }
    *ret_signal = loop->signals[0];
    loop->signal_count--;
    for (size_t i = 0; i < loop->signal_count; i++)
        loop->signals[i] = loop->signals[i + 1];
    return MINOS_OK;
}
