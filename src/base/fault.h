/*
 * Fault points: named places between two steps of what must survive a crash, where a test build
 * can be told to die or to fail. Release builds have none.
 *
 * A point is armed by mn_fault_arm, or from outside by MN_FAULTS=name:hit:action in the
 * environment, "store-before-commit:3:kill" (several parted by commas).
 */
#ifndef MN_BASE_FAULT_H
#define MN_BASE_FAULT_H

#include <stdbool.h>

#include <minos/compiler.h>

/* X(NAME, "name"), sorted: every point, by the part that it lies in. */
#define MN_FAULT_MAP(X)                                                                            \
    X(STORE_BEFORE_BEGIN, "store-before-begin")                                                    \
    X(STORE_BEFORE_CHECKPOINT, "store-before-checkpoint")                                          \
    X(STORE_BEFORE_COMMIT, "store-before-commit")                                                  \
    X(STORE_BEFORE_DONE, "store-before-done")                                                      \
    X(STORE_BEFORE_OPERATION, "store-before-operation")                                            \
    X(STORE_BEFORE_RELEASE, "store-before-release")                                                \
    X(STORE_COMMIT_FULL, "store-commit-full")                                                      \
    X(STORE_COMMIT_SYNC, "store-commit-sync")

typedef enum mn_fault {
#define MN_FAULT_ENUM(name, text) MN_FAULT_##name,
    MN_FAULT_MAP(MN_FAULT_ENUM)
#undef MN_FAULT_ENUM
        MN_FAULT_COUNT
} mn_fault;

typedef enum mn_fault_action {
    MN_FAULT_NONE,
    MN_FAULT_KILL,  /* SIGKILL at the point */
    MN_FAULT_FAIL,  /* the point's step fails once */
    MN_FAULT_BREAK, /* it fails from then on */
} mn_fault_action;

#ifdef MN_TESTS
/* Let a point act at its `hit`th hit from now, 1 the next; 0 or MN_FAULT_NONE disarms. */
void mn_fault_arm(mn_fault fault, int hit, mn_fault_action action);
/* The same from text, "name:hit:kill|fail|break"; false when it is no such text. */
bool mn_fault_arm_text(const char *text);
/* Disarm all. */
void mn_fault_reset(void);
/* Pass a point: true when its step is to fail. Any thread. */
bool mn_fault_hit(mn_fault fault);
#else
#define mn_fault_hit(fault) ((void)(fault), false)
#endif

/* The name of a point, for lists. */
const char *mn_fault_name(mn_fault fault);

#endif
