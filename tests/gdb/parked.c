/*
 * What the debugger's test looks at: two fibers that wait, one that runs, a value, a view, an
 * error.
 */
#include <minos/fiber.h>
#include <minos/value.h>

#include "fiber/fiber.h"

void look_here(const minos_value *value, minos_view view);

__attribute__((noinline)) void look_here(const minos_value *value, minos_view view)
{
    __asm__ volatile("" : : "r"(value), "r"(view.data) : "memory");
}

static __attribute__((noinline)) minos_rc wait_for_ever(void *argument)
{
    (void)argument;
    MINOS_TRY(minos_sleep_until(minos_deadline_never()));
    return MINOS_OK;
}

static minos_rc watch(void *argument)
{
    MINOS_AUTO(minos_scope) *scope = NULL;

    (void)argument;
    MINOS_TRY(minos_scope_new(&scope));
    MINOS_TRY(minos_scope_spawn(scope, "alpha", wait_for_ever, NULL));
    MINOS_TRY(minos_scope_spawn(scope, "beta", wait_for_ever, NULL));
    MINOS_TRY(minos_yield());
    mn_fiber_describe("command user.create", "users.c", 12);
    minos_ignore(minos_wrap(minos_fail(MINOS_EIO, "no such %s", "moon"), "while looking up"));
    look_here(MINOS_MAP(MINOS_KV("id", 7), MINOS_KV("tags", MINOS_LIST(MINOS_ITEM("a")))),
              minos_view_of("seen"));
    return MINOS_OK;
}

int main(void)
{
    return mn_loop_run("main", watch, NULL) == MINOS_OK ? 0 : 1;
}
