/*
 * Services under test: a program that runs on a port of its own, and what its log says.
 */
#ifndef MN_TESTS_SERVING_H
#define MN_TESTS_SERVING_H

#include <stddef.h>

#include "support/process.h"

typedef struct mn_serving {
    mn_process process;
    int port; /* free at the start, of 127.0.0.1 */
} mn_serving;

/*
 * Start a program without waiting for it.
 * @param word         of its command line
 * @param sets         "key=value" for --set, NULL-terminated
 * @param environment  one "NAME=value"; NULL: none
 */
mn_serving mn_serving_start(const char *program, const char *word, const char *const *sets,
                            const char *environment);
/* Wait until the log holds the text; else the program is killed, and the test fails. */
void mn_serving_wait(mn_serving *server, const char *text);
/* The same for so many times. */
void mn_serving_wait_times(mn_serving *server, const char *text, size_t times);
/* Count how often a text holds a part. */
size_t mn_text_count(const char *text, const char *part);

#endif
