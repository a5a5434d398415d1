/*
 * Stacks: each has a guard below it, so that an overflow is a fault and never another's memory.
 *
 * Stacks are cut from slabs of address space and kept for reuse until the loop ends. A stack's own
 * record lies at its top, in the page that every fiber touches anyway. Only touched pages cost
 * memory; those deep in stacks that wait for reuse are given back when the loop has been idle for a
 * moment.
 */
#ifndef MN_FIBER_STACK_H
#define MN_FIBER_STACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <minos/error.h>

#define MN_STACK_GUARD_BYTES   ((size_t)64 << 10)
#define MN_STACK_BYTES_DEFAULT ((size_t)256 << 10)
#define MN_STACK_BYTES_MIN     ((size_t)32 << 10)
#define MN_STACK_BYTES_MAX     ((size_t)64 << 20)

typedef struct mn_stack {
    struct mn_stack *next; /* in the pool */
    char *low;             /* first byte; the guard ends here */
    size_t bytes;          /* up to and with this record */
    unsigned color;        /* 0..7: spreads the fibers over the lines of the cache */
    bool used;             /* since its deep pages were last given back */
} mn_stack;

typedef struct mn_stack_slab mn_stack_slab;

typedef struct mn_stack_pool {
    mn_stack *free;       /* last in, first out: the warmest first */
    mn_stack_slab *slabs; /* newest first; only it has uncut room */
    size_t bytes;         /* of one stack */
    size_t count;         /* stacks cut */
    size_t used_count;    /* of the free ones, those with `used` */
    int64_t trim_at_ns;   /* when to give back deep pages; 0: not planned */
} mn_stack_pool;

void mn_stack_pool_init(mn_stack_pool *pool);
void mn_stack_pool_done(mn_stack_pool *pool);
/* @retval ETOOMANY  no memory or no more guards: the message names the limit to raise */
minos_rc mn_stack_take(mn_stack_pool *pool, mn_stack **ret_stack);
void mn_stack_give(mn_stack_pool *pool, mn_stack *stack);
/* The loop is about to wait: give back pages when it is time; gives the next time to be called. */
int64_t mn_stack_pool_idle(mn_stack_pool *pool, int64_t now_ns);
/* Bytes touched, from the top; pages count only when they are resident. */
size_t mn_stack_depth(const mn_stack *stack);
/* Forget the bytes below the top page, so that the depth starts anew. */
void mn_stack_reset(mn_stack *stack);

/* For tests: act as a kernel without MADV_GUARD_INSTALL. */
void mn_stack_guard_by_mprotect(bool on);

#endif
