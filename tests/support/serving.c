/*
 * Services under test: see serving.h.
 */
#include "support/serving.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/support.h"

#define LOOKS_MAX 2000
#define LOOK_MS   10

mn_serving mn_serving_start(const char *program, const char *word, const char *const *sets,
                            const char *environment)
{
    mn_serving server = {.port = mn_free_port()};
    char port[64];
    const char *variables[] = {port, "MINOS_INTERFACES_HTTP_CONNECTOR_HOST=127.0.0.1", environment,
                               NULL};
    const char *argv[20] = {program, word};
    size_t count = 2;

    snprintf(port, sizeof port, "MINOS_INTERFACES_HTTP_CONNECTOR_PORT=%d", server.port);
    for (; *sets != NULL; sets++) {
        assert_true(count + 2 < sizeof argv / sizeof argv[0]);
        argv[count++] = "--set";
        argv[count++] = *sets;
    }
    server.process = mn_process_start(argv, variables);
    return server;
}

void mn_serving_wait_times(mn_serving *server, const char *text, size_t times)
{
    bool ended = false;

    for (size_t i = 0; i < LOOKS_MAX && !ended; i++) { /* a file gives no event when it grows */
        char *output;
        size_t found;
        ended = mn_process_wait_end(&server->process, i == 0 ? 0 : LOOK_MS);
        output = mn_process_output(&server->process);
        found = mn_text_count(output, text);
        free(output);
        if (found >= times)
            return;
    }
    fprintf(stderr, "\"%s\" has not come %zu times:\n%s\n", text, times,
            mn_process_output(&server->process));
    mn_process_stop(&server->process, SIGKILL);
    fail();
}

void mn_serving_wait(mn_serving *server, const char *text)
{
    mn_serving_wait_times(server, text, 1);
}

size_t mn_text_count(const char *text, const char *part)
{
    size_t count = 0;
    for (; (text = strstr(text, part)) != NULL; text += strlen(part))
        count++;
    return count;
}
