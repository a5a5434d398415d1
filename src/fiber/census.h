/*
 * The stack census of test builds: the deepest stack that fibers of each name have used, so that
 * fiber.stack_bytes can be chosen from facts. MINOS_STACK_CENSUS=1 prints it when a loop ends.
 */
#ifndef MN_FIBER_CENSUS_H
#define MN_FIBER_CENSUS_H

#include <stddef.h>

/* A fiber ended, having touched this much of its stack, in whole pages. Any thread. */
void mn_census_note(const char *name, size_t bytes);
/* Give the deepest use by fibers of a name, 0 when none has ended. Any thread. */
size_t mn_census_deepest(const char *name);
/* Print the table if it was asked for. */
void mn_census_print(void);

#endif
