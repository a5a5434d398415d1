/*
 * Running the tests of delivery: each body on a fresh folder, simulated under a seed of its own.
 */
#ifndef MN_TESTS_BODIES_H
#define MN_TESTS_BODIES_H

#include "support/delivery.h"

typedef struct body {
    const char *name;
    minos_fiber_fn *fn;
} body;

static inline void run_simulated(const body *bodies, size_t body_count)
{
    for (size_t i = 0; i < body_count; i++) {
        static service self;
        memset(&self, 0, sizeof self);
        print_message("  %s\n", bodies[i].name);
        fixture_make(&self.files);
        assert_ok(mn_simulate(i + 1, "test", bodies[i].fn, &self));
        fixture_drop(&self.files);
    }
}

#endif
