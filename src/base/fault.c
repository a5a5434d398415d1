/*
 * Fault points: see fault.h.
 */
#include "base/fault.h"

#ifdef MN_TESTS
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"

typedef struct armed {
    atomic_int left; /* hits until it acts */
    atomic_int action;
} armed;

static armed points[MN_FAULT_COUNT];
static atomic_bool any; /* some point is armed */
static pthread_once_t environment_once = PTHREAD_ONCE_INIT;
#endif

static const char *const names[MN_FAULT_COUNT] = {
#define FAULT_NAME(name, text) [MN_FAULT_##name] = text,
    MN_FAULT_MAP(FAULT_NAME)
#undef FAULT_NAME
};

const char *mn_fault_name(mn_fault fault)
{
    return names[fault];
}

#ifdef MN_TESTS

void mn_fault_arm(mn_fault fault, int hit, mn_fault_action action)
{
    atomic_store(&points[fault].action, hit > 0 ? (int)action : MN_FAULT_NONE);
    atomic_store(&points[fault].left, hit);
    atomic_store(&any, true);
}

bool mn_fault_arm_text(const char *text)
{
    static const char *const actions[] = {
        [MN_FAULT_KILL] = "kill", [MN_FAULT_FAIL] = "fail", [MN_FAULT_BREAK] = "break"};
    char name[64];
    const char *number = strchr(text, ':');
    char *rest;
    long hit;

    if (number == NULL || (size_t)(number - text) >= sizeof name)
        return false;
    memcpy(name, text, (size_t)(number - text));
    name[number - text] = '\0';
    hit = strtol(number + 1, &rest, 10);
    if (rest == number + 1 || *rest != ':' || hit < 1 || hit > INT_MAX)
        return false;
    for (int fault = 0; fault < MN_FAULT_COUNT; fault++)
        for (size_t i = MN_FAULT_KILL; i < mn_count_of(actions); i++)
            if (strcmp(name, names[fault]) == 0 && strcmp(rest + 1, actions[i]) == 0) {
                mn_fault_arm((mn_fault)fault, (int)hit, (mn_fault_action)i);
                return true;
            }
    return false;
}

void mn_fault_reset(void)
{
    for (int i = 0; i < MN_FAULT_COUNT; i++)
        atomic_store(&points[i].action, MN_FAULT_NONE);
    atomic_store(&any, false);
}

static void read_environment(void)
{
    const char *variable = getenv("MN_FAULTS");
    char *copy = mn_strdup(variable == NULL ? "" : variable), *rest = copy, *word;

    while ((word = strsep(&rest, ",")) != NULL)
        if (*word != '\0' && !mn_fault_arm_text(word)) {
            fprintf(stderr, "minos: MN_FAULTS names no fault point and action: %s\n", word);
            abort();
        }
    free(copy);
}

bool mn_fault_hit(mn_fault fault)
{
    int action;

    pthread_once(&environment_once, read_environment);
    if (!atomic_load_explicit(&any, memory_order_relaxed))
        return false;
    action = atomic_load(&points[fault].action);
    if (action == MN_FAULT_NONE || atomic_fetch_sub(&points[fault].left, 1) > 1)
        return false;
    if (action == MN_FAULT_KILL)
        kill(getpid(), SIGKILL);
    if (action == MN_FAULT_FAIL)
        atomic_store(&points[fault].action, MN_FAULT_NONE);
    return true;
}

#endif
