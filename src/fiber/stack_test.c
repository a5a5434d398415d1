/*
 * Stacks: guards, the report of an overflow, a hundred thousand fibers, reuse, the census.
 */
#include "support/support.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fiber/census.h"
#include "fiber/context.h"
#include "fiber/fiber.h"
#include "fiber/stack.h"

static minos_deadline never(void)
{
    return minos_deadline_never();
}

/* ---- overflow ---- */

/* Use `bytes` of stack, touching every page. */
static __attribute__((noinline)) int dig(size_t bytes)
{
    volatile char frame[1024];
    frame[0] = frame[sizeof frame - 1] = (char)bytes;
    if (bytes > sizeof frame)
        frame[1] = (char)dig(bytes - sizeof frame);
    return frame[0];
}

static minos_rc overflow_by_recursion(void *argument)
{
    mn_fiber_describe("orders.create_order", "orders.c", 17);
    dig((size_t)8 << 20);
    return *(minos_rc *)argument;
}

static minos_rc overflow_by_array(void *argument)
{
    volatile char large[300 << 10];
    memset((void *)(uintptr_t)large, *(char *)argument, sizeof large);
    return (minos_rc)large[1000];
}

static minos_rc overflow_in_a_child_fiber(void *argument)
{
    MINOS_AUTO(minos_scope) *scope = NULL;
    MINOS_TRY(minos_scope_new(&scope));
    MINOS_TRY(minos_scope_spawn(scope, "child", overflow_by_recursion, argument));
    return minos_scope_join(scope, never());
}

static minos_rc fault_elsewhere(void *argument)
{
    (void)argument;
    return raise(SIGSEGV) == 0 ? MINOS_OK : MINOS_EANY;
}

#if !defined(MN_ASAN) && !defined(MN_TSAN)
static minos_rc fault_at_null(void *argument)
{
    volatile int *volatile nowhere = NULL;
    (void)argument;
    mn_fiber_describe("orders.create_order", "orders.c", 17);
    return (minos_rc)*nowhere;
}
#endif

/* Run a loop in a child process; give its standard error and status. */
static int run_apart(minos_fiber_fn *fn, bool by_mprotect, char *text, size_t size)
{
    int pipes[2], status = 0;
    size_t length = 0;
    ssize_t got;
    pid_t child;

    assert_int_equal(pipe(pipes), 0);
    child = fork();
    if (child == 0) {
        struct rlimit none = {0, 0};
        minos_rc rc = MINOS_OK;
        setrlimit(RLIMIT_CORE, &none);
        dup2(pipes[1], STDERR_FILENO);
        signal(SIGSEGV, SIG_DFL);
        mn_stack_guard_by_mprotect(by_mprotect);
        _exit(mn_loop_run("main", fn, &rc) == MINOS_OK ? 0 : 1);
    }
    close(pipes[1]);
    while ((got = read(pipes[0], text + length, size - 1 - length)) > 0)
        length += (size_t)got;
    text[length] = '\0';
    close(pipes[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void an_overflow_is_reported_and_deadly(void **state)
{
    static const struct row {
        const char *name;
        minos_fiber_fn *fn;
        bool by_mprotect;
        const char *expected;
    } rows[] = {
        {"recursion", overflow_by_recursion, false,
         "minos: stack overflow in fiber 1 \"main\", handler orders.create_order at orders.c:17: "
         "its "
         "stack has 262144 bytes"},
        {"recursion, guard by mprotect", overflow_by_recursion, true, "fiber 1 \"main\", handler"},
        {"child fiber", overflow_in_a_child_fiber, false, "fiber 2 \"child\", handler"},
        {"large array", overflow_by_array, false, "fiber 1 \"main\": its stack has"},
        {"sent by somebody", fault_elsewhere, false, ""},
#if !defined(MN_ASAN) && !defined(MN_TSAN) /* they report it themselves */
        {"a wild pointer", fault_at_null, false,
         "minos: segmentation fault in fiber 1 \"main\", handler orders.create_order at "
         "orders.c:17\n"},
#endif
    };
    char text[4096];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *row = &rows[i];
        int status = run_apart(row->fn, row->by_mprotect, text, sizeof text);
        if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSEGV)
            fail_msg("%s: status %x, %s", row->name, (unsigned)status, text);
        if (strstr(text, row->expected) == NULL || (row->expected[0] == '\0') != (text[0] == '\0'))
            fail_msg("%s: %s", row->name, text);
    }
}

/* ---- many ---- */

#if defined(MN_TSAN)
#define MANY 2000 /* TSan has a limit of some 8,000 fibers */
#elif defined(MN_ASAN)
#define MANY 10000
#else
#define MANY 100000
#endif

static size_t resident_bytes(void)
{
    size_t pages = 0, all;
    FILE *file = fopen("/proc/self/statm", "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%zu %zu", &all, &pages), 2);
    fclose(file);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static minos_rc count_when_woken(void *argument)
{
    minos_rc rc = mn_waiters_wait(argument, never());
    return rc;
}

static minos_rc many_main(void *argument)
{
    MINOS_AUTO(minos_scope) *scope = NULL;
    size_t before = resident_bytes();
    mn_waiters waiters;
    (void)argument;

    mn_waiters_init(&waiters);
    MINOS_TRY(minos_scope_new(&scope));
    for (int i = 0; i < MANY; i++)
        MINOS_TRY(minos_scope_spawn(scope, "parked", count_when_woken, &waiters));
    MINOS_TRY(minos_yield());
    while (mn_loop_fibers() != MANY + 1)
        MINOS_TRY(minos_yield());
#ifndef MN_SANITIZED
    assert_true(resident_bytes() - before < (size_t)1 << 30);
    assert_true((resident_bytes() - before) / MANY < 5000);
#else
    (void)before;
#endif
    mn_waiters_wake_all(&waiters);
    MINOS_TRY(minos_scope_join(scope, never()));
    assert_int_equal(mn_loop_fibers(), 1);
    return MINOS_OK;
}

static void a_hundred_thousand_fibers_park_in_a_gibibyte(void **state)
{
    (void)state;
    mn_on_fiber(many_main, NULL);
}

static minos_rc spawn_until_refused(void *argument)
{
    MINOS_AUTO(minos_scope) *scope = NULL;
    mn_waiters waiters;
    minos_rc rc;
    size_t count = 0;
    (void)argument;

    mn_waiters_init(&waiters);
    MINOS_TRY(minos_scope_new(&scope));
    while ((rc = minos_scope_spawn(scope, "parked", count_when_woken, &waiters)) == MINOS_OK)
        if (++count > 200000)
            return MINOS_EANY;
    if (rc != MINOS_ETOOMANY)
        return rc;
    /* The limit hurts nobody who runs, and places come back. */
    MINOS_TRY(minos_yield());
    mn_waiters_wake_all(&waiters);
    MINOS_TRY(minos_scope_join(scope, never()));
    MINOS_TRY(minos_scope_spawn(scope, "again", count_when_woken, &waiters));
    fprintf(stderr, "%zu %s", count, minos_error_message(minos_error_last()));
    return MINOS_OK;
}

static void old_kernels_refuse_a_fiber_rather_than_its_guard(void **state)
{
    char text[4096];
    int status;
    (void)state;
#ifdef MN_SANITIZED
    skip(); /* their own mappings and limits come first */
#endif
    status = run_apart(spawn_until_refused, true, text, sizeof text);
    if (status != 0 || strstr(text, "vm.max_map_count") == NULL)
        fail_msg("status %x: %s", (unsigned)status, text);
    assert_true(strtoul(text, NULL, 10) > 1000);
}

/* ---- reuse ---- */

static minos_rc use_stack(void *argument)
{
    dig(*(size_t *)argument);
    return MINOS_OK;
}

static minos_rc use_and_look(void *argument)
{
    size_t before = mn_fiber_stack_used(mn_fiber_current());
    dig((size_t)100 << 10);
    *(size_t *)argument = mn_fiber_stack_used(mn_fiber_current());
    assert_true(before < (size_t)64 << 10); /* not what the one before it used */
    return MINOS_OK;
}

static minos_rc census_main(void *argument)
{
    size_t sizes[] = {2 << 10, 150 << 10, 20 << 10}, used = 0;
    MINOS_AUTO(minos_scope) *scope = NULL;
    (void)argument;
    MINOS_TRY(minos_scope_new(&scope));
    for (size_t i = 0; i < 3; i++)
        MINOS_TRY(minos_scope_spawn(scope, "digger", use_stack, &sizes[i]));
    MINOS_TRY(minos_scope_join(scope, never()));
    MINOS_TRY(minos_scope_spawn(scope, "looker", use_and_look, &used));
    MINOS_TRY(minos_scope_join(scope, never()));
    assert_in_range(used, 100 << 10, 256 << 10);
    return MINOS_OK;
}

static void the_census_knows_the_deepest_stack_of_a_name(void **state)
{
    (void)state;
    mn_on_fiber(census_main, NULL);
    assert_in_range(mn_census_deepest("digger"), 150 << 10, 256 << 10);
    assert_in_range(mn_census_deepest("looker"), 100 << 10, 256 << 10);
    assert_int_equal(mn_census_deepest("nobody"), 0);
}

static void idle_stacks_give_their_pages_back(void **state)
{
    mn_stack_pool pool;
    mn_stack *stack, *again;
    int64_t due;
    (void)state;

    mn_stack_pool_init(&pool);
    assert_int_equal(mn_stack_pool_idle(&pool, 1), INT64_MAX);
    assert_ok(mn_stack_take(&pool, &stack));
    memset(stack->low, 1, 200 << 10);
    assert_int_equal(mn_stack_depth(stack), stack->bytes);
    mn_stack_give(&pool, stack);
    due = mn_stack_pool_idle(&pool, 1);
    assert_int_equal(due, 1 + MINOS_S);
    assert_int_equal(mn_stack_depth(stack), stack->bytes); /* a busy loop keeps them */
    assert_int_equal(mn_stack_pool_idle(&pool, due), INT64_MAX);
    assert_true(mn_stack_depth(stack) <= 4 * 4096);
    assert_ok(mn_stack_take(&pool, &again));
    assert_ptr_equal(again, stack);
    mn_stack_give(&pool, again);
    mn_stack_pool_done(&pool);
}

static void many_idle_stacks_are_trimmed_in_turns(void **state)
{
    enum { COUNT = 1300 };
    static mn_stack *stacks[COUNT];
    mn_stack_pool pool;
    int64_t due = 0;
    int turns = 0;
    size_t deep = 0;
    (void)state;

    mn_stack_pool_init(&pool);
    for (size_t i = 0; i < COUNT; i++)
        assert_ok(mn_stack_take(&pool, &stacks[i]));
    for (size_t i = 0; i < COUNT; i++) {
        memset(stacks[i]->low + stacks[i]->bytes - (40 << 10), 1, 32 << 10);
        mn_stack_give(&pool, stacks[i]);
    }
    for (due = mn_stack_pool_idle(&pool, 1); due != INT64_MAX; turns++)
        due = mn_stack_pool_idle(&pool, due);
    assert_int_equal(turns, 3);
    assert_int_equal(pool.used_count, 0);
    for (size_t i = 0; i < COUNT; i++)
        deep += mn_stack_depth(stacks[i]) > 4096;
    assert_in_range(deep, 1, 256); /* those reused first stay warm */
    mn_stack_pool_done(&pool);
}

static minos_rc use_most_of_it(void *argument)
{
    (void)argument;
    dig((size_t)700 << 10);
    return MINOS_OK;
}

static void the_size_is_settable_within_bounds(void **state)
{
    static const struct row {
        const char *name;
        size_t asked, expected;
    } rows[] = {
        {"too small", 1, MN_STACK_BYTES_MIN},
        {"odd", (256 << 10) + 1, (256 << 10) + 4096},
        {"too large", SIZE_MAX, MN_STACK_BYTES_MAX},
        {"a mebibyte", 1 << 20, 1 << 20},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        mn_stack_pool pool;
        mn_fiber_stack_bytes_set(rows[i].asked);
        mn_stack_pool_init(&pool);
        if (pool.bytes != rows[i].expected)
            fail_msg("%s: %zu", rows[i].name, pool.bytes);
        mn_stack_pool_done(&pool);
    }
    mn_on_fiber(use_most_of_it, NULL);
    mn_fiber_stack_bytes_set(MN_STACK_BYTES_DEFAULT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_overflow_is_reported_and_deadly),
        cmocka_unit_test(a_hundred_thousand_fibers_park_in_a_gibibyte),
        cmocka_unit_test(old_kernels_refuse_a_fiber_rather_than_its_guard),
        cmocka_unit_test(the_census_knows_the_deepest_stack_of_a_name),
        cmocka_unit_test(idle_stacks_give_their_pages_back),
        cmocka_unit_test(many_idle_stacks_are_trimmed_in_turns),
        cmocka_unit_test(the_size_is_settable_within_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
