/*
 * Tests that run on a fiber: apart, so that tests of the folders beneath need no loop to link.
 */
#include "support/support.h"

#include "fiber/fiber.h"

void mn_on_fiber(minos_fiber_fn *fn, void *argument)
{
    assert_ok(mn_loop_run("test", fn, argument));
}
