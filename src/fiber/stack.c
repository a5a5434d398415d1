/*
 * Stacks: see stack.h. Guards are made by madvise(MADV_GUARD_INSTALL), Linux 6.13, which costs no
 * mapping; older kernels get mprotect, two mappings a stack, until vm.max_map_count stops it.
 */
#include "fiber/stack.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/alloc.h"
#include "fiber/context.h"
#include "fiber/fiber.h"

#if defined(__has_include)
#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#endif
#endif
#ifndef VALGRIND_STACK_REGISTER
#define VALGRIND_STACK_REGISTER(low, high) 0
#define VALGRIND_STACK_DEREGISTER(id)      ((void)0)
#endif

#define PAGE_BYTES          ((size_t)4096)
#define SLAB_STACKS         64
#define WARM_BYTES          (4 * PAGE_BYTES) /* left to the stacks that are reused first */
#define WARM_STACKS         256              /* that many; the others keep one page */
#define TRIM_PERIOD_NS      INT64_C(1000000000)
#define TRIM_STACKS         512               /* trimmed at once: a fraction of a millisecond */
#define TRIM_PAUSE_NS       INT64_C(10000000) /* before the next as many */
#define MADV_GUARD_INSTALL_ 102               /* <linux/mman.h> of 6.13 */

struct mn_stack_slab {
    mn_stack_slab *older;
    char *base;
    size_t bytes;
    size_t cut; /* stacks made from it so far */
    unsigned valgrind_ids[SLAB_STACKS];
};

static _Atomic size_t stack_bytes = MN_STACK_BYTES_DEFAULT;
static atomic_bool by_mprotect;

void mn_fiber_stack_bytes_set(size_t bytes)
{
    if (bytes < MN_STACK_BYTES_MIN)
        bytes = MN_STACK_BYTES_MIN;
    if (bytes > MN_STACK_BYTES_MAX)
        bytes = MN_STACK_BYTES_MAX;
    stack_bytes = (bytes + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1);
}

void mn_stack_guard_by_mprotect(bool on)
{
    by_mprotect = on;
}

void mn_stack_pool_init(mn_stack_pool *pool)
{
    memset(pool, 0, sizeof *pool);
    pool->bytes = stack_bytes;
}

/* Address of a slab's stack, above its guard. */
static char *stack_low(const mn_stack_pool *pool, const mn_stack_slab *slab, size_t index)
{
    return slab->base + index * (MN_STACK_GUARD_BYTES + pool->bytes) + MN_STACK_GUARD_BYTES;
}

void mn_stack_pool_done(mn_stack_pool *pool)
{
    for (mn_stack_slab *slab = pool->slabs, *older; slab != NULL; slab = older) {
        older = slab->older;
        for (size_t i = 0; i < slab->cut; i++) {
            VALGRIND_STACK_DEREGISTER(slab->valgrind_ids[i]);
            mn_lsan_unroot(stack_low(pool, slab, i), pool->bytes);
            mn_asan_unpoison(stack_low(pool, slab, i), pool->bytes);
        }
        munmap(slab->base, slab->bytes);
        free(slab);
    }
    memset(pool, 0, sizeof *pool);
}

static minos_rc guard(const mn_stack_pool *pool, char *low)
{
    if (!by_mprotect) {
        if (madvise(low, MN_STACK_GUARD_BYTES, MADV_GUARD_INSTALL_) == 0)
            return MINOS_OK;
        if (errno != EINVAL)
            return minos_fail_os(MINOS_ETOOMANY, errno, "no memory for the guard of a stack: %s",
                                 strerror(errno));
        by_mprotect = true;
    }
    if (mprotect(low, MN_STACK_GUARD_BYTES, PROT_NONE) == 0)
        return MINOS_OK;
    return minos_fail_os(MINOS_ETOOMANY, errno,
                         "no guard for another stack at %zu fibers: raise vm.max_map_count "
                         "(sysctl), or run Linux 6.13 or newer",
                         pool->count);
}

static minos_rc slab_new(mn_stack_pool *pool)
{
    size_t bytes = SLAB_STACKS * (MN_STACK_GUARD_BYTES + pool->bytes);
    mn_stack_slab *slab;
    char *base = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (base == MAP_FAILED)
        return minos_fail_os(MINOS_ETOOMANY, errno,
                             "no address space for another stack at %zu fibers: %s (ulimit -v, "
                             "vm.max_map_count, or a smaller fiber.stack_bytes)",
                             pool->count, strerror(errno));
    /* A huge page would make every stack cost 2 MiB. Refused by kernels without them: fine. */
    (void)madvise(base, bytes, MADV_NOHUGEPAGE);
    slab = mn_new(mn_stack_slab);
    slab->base = base;
    slab->bytes = bytes;
    slab->older = pool->slabs;
    pool->slabs = slab;
    return MINOS_OK;
}

static minos_rc cut(mn_stack_pool *pool, mn_stack **ret_stack)
{
    mn_stack_slab *slab;
    mn_stack *stack;
    char *low;

    if (pool->slabs == NULL || pool->slabs->cut == SLAB_STACKS)
        MINOS_TRY(slab_new(pool));
    slab = pool->slabs;
    low = stack_low(pool, slab, slab->cut);
    MINOS_TRY(guard(pool, low - MN_STACK_GUARD_BYTES));
    slab->valgrind_ids[slab->cut] = (unsigned)VALGRIND_STACK_REGISTER(low, low + pool->bytes);
    mn_lsan_root(low, pool->bytes);
    slab->cut++;
    pool->count++;
    stack = (mn_stack *)(void *)(low + pool->bytes - sizeof *stack);
    stack->low = low;
    stack->bytes = pool->bytes;
    stack->color = (unsigned)(pool->count % 8);
    *ret_stack = stack;
    return MINOS_OK;
}

minos_rc mn_stack_take(mn_stack_pool *pool, mn_stack **ret_stack)
{
    mn_stack *stack = pool->free;
    if (MINOS_UNLIKELY(stack == NULL))
        return cut(pool, ret_stack);
    pool->free = stack->next;
    pool->used_count -= stack->used;
    *ret_stack = stack;
    return MINOS_OK;
}

void mn_stack_give(mn_stack_pool *pool, mn_stack *stack)
{
    /* A fiber's last frames never return, so their red zones would outlive them. */
    mn_asan_unpoison(stack->low, stack->bytes);
    stack->used = true;
    pool->used_count++;
    stack->next = pool->free;
    pool->free = stack;
}

int64_t mn_stack_pool_idle(mn_stack_pool *pool, int64_t now_ns)
{
    size_t place = 0, work = TRIM_STACKS;
    if (pool->used_count == 0)
        return INT64_MAX;
    if (pool->trim_at_ns == 0)
        pool->trim_at_ns = now_ns + TRIM_PERIOD_NS;
    if (now_ns < pool->trim_at_ns)
        return pool->trim_at_ns;
    for (mn_stack *stack = pool->free; stack != NULL && work != 0; stack = stack->next, place++) {
        size_t kept = place < WARM_STACKS ? WARM_BYTES : PAGE_BYTES;
        if (!stack->used)
            continue;
        madvise(stack->low, stack->bytes - kept, MADV_DONTNEED);
        stack->used = false;
        pool->used_count--;
        work--;
    }
    pool->trim_at_ns = pool->used_count == 0 ? 0 : now_ns + TRIM_PAUSE_NS;
    return pool->used_count == 0 ? INT64_MAX : pool->trim_at_ns;
}

size_t mn_stack_depth(const mn_stack *stack)
{
    unsigned char resident[256];
    size_t pages = stack->bytes / PAGE_BYTES;

    /*
     * Stacks are used from the top without holes: the lowest resident page holds the deepest byte.
     */
    for (size_t at = 0; at < pages; at += sizeof resident) {
        size_t count = pages - at < sizeof resident ? pages - at : sizeof resident;
        if (mincore(stack->low + at * PAGE_BYTES, count * PAGE_BYTES, resident) != 0)
            return 0;
        for (size_t i = 0; i < count; i++)
            if (resident[i] & 1)
                return stack->bytes - (at + i) * PAGE_BYTES;
    }
    return 0;
}

void mn_stack_reset(mn_stack *stack)
{
    madvise(stack->low, stack->bytes - PAGE_BYTES, MADV_DONTNEED);
}
