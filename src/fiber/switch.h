/*
 * The switch from fiber to fiber: the one hot path that several files need inlined, since every
 * call level above a jump is a return that the processor predicts wrongly.
 */
#ifndef MN_FIBER_SWITCH_H
#define MN_FIBER_SWITCH_H

#include "fiber/loop.h"

static inline void mn_loop_ready(mn_loop *loop, mn_fiber *fiber)
{
    fiber->ready = true;
    fiber->ready_next = NULL;
    if (loop->ready_first == NULL)
        loop->ready_first = fiber;
    else
        loop->ready_last->ready_next = fiber;
    loop->ready_last = fiber;
}

static inline mn_fiber *mn_loop_pop_ready(mn_loop *loop)
{
    mn_fiber *fiber = loop->ready_first;
    if (MINOS_LIKELY(fiber != NULL)) {
        loop->ready_first = fiber->ready_next;
        fiber->ready = false;
    }
    return fiber;
}

/* On the new stack: note where the peer goes on, free one that ended. */
static inline void mn_loop_arrive(mn_loop *loop, mn_fiber *self, mn_transfer transfer)
{
    mn_fiber *peer = transfer.data;
    peer->context = transfer.context;
#ifdef MN_SANITIZED
    mn_asan_finish_switch(self->fake_stack, &peer->bottom, &peer->bottom_bytes);
#endif
    (void)self;
    if (MINOS_UNLIKELY(loop->dead != NULL)) {
        mn_fiber *dead = loop->dead;
        loop->dead = NULL;
        mn_fiber_free(dead);
    }
}

static inline void mn_loop_jump(mn_loop *loop, mn_fiber *from, mn_fiber *to)
{
    int saved = *loop->errno_of_thread;
    mn_fiber *running = to == &loop->root ? NULL : to;
    mn_fiber_of_thread = running;
    mn_task_running = (mn_task *)running; /* its first member */
#ifdef MN_SANITIZED
    mn_asan_start_switch(from->ended ? NULL : &from->fake_stack, to->bottom, to->bottom_bytes);
    mn_tsan_switch(to->tsan);
#endif
    mn_loop_arrive(loop, from, jump_fcontext(to->context, from));
    *loop->errno_of_thread = saved;
}

/* Go on with the next ready fiber, or the root. */
static inline void mn_loop_switch(mn_loop *loop, mn_fiber *from)
{
    mn_fiber *to = NULL;
    if (MINOS_LIKELY(mn_turn_left_take(loop) > 0))
        to = mn_loop_pop_ready(loop);
    if (to == NULL)
        to = &loop->root;
    if (to != from)
        mn_loop_jump(loop, from, to);
}

#endif
