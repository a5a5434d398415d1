/*
 * The words that look at a service without running it: check, routes, config, version, cron next.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <minos/cron.h>
#include <minos/run.h>

#include "codec/rfc3339.h"
#include "config/config.h"
#include "enroute/listing.h"
#include "fiber/fiber.h"
#include "runtime/app.h"
#include "runtime/command.h"

#define COUNT_MAX        1000000
#define OUTPUT_BYTES_MAX ((size_t)64 << 20)

static void print(const minos_buffer *text)
{
    minos_view view = minos_buffer_view(text);
    fwrite(view.data, 1, view.size, stdout);
}

/* One word on a config and its factory, on a fiber, because set-up may wait. */
typedef struct inspection {
    mn_command *command;
    minos_config *config;
    minos_rc (*fn)(struct inspection *look);
} inspection;

static minos_rc look_on_fiber(void *argument)
{
    inspection *look = argument;
    return look->fn(look);
}

static int look_at(mn_command *command, minos_rc (*fn)(inspection *look))
{
    inspection look = {.command = command, .fn = fn};
    int code = mn_command_config(command, &look.config);
    minos_rc rc;

    if (code != MN_EXIT_OK)
        return code;
    rc = mn_loop_run("main", look_on_fiber, &look);
    if (rc != MINOS_OK)
        code = mn_command_failed(command, rc);
    minos_config_free(look.config);
    return code;
}

/* ---- check ---- */

static size_t count_routes(mn_app *app, minos_door door)
{
    minos_route_filter filter = {.door = door};
    size_t count = 0;

    for (const minos_action *action = NULL;
         (action = minos_factory_next(app->factory, filter, action)) != NULL;)
        count++;
    return count;
}

static minos_rc check(inspection *look)
{
    mn_app app;
    minos_rc rc = mn_app_setup(&app, look->config);

    if (rc == MINOS_OK)
        printf("%s: ok (%zu broker, %zu rest, %zu periodic routes)\n",
               minos_config_name(look->config), count_routes(&app, MINOS_DOOR_BROKER),
               count_routes(&app, MINOS_DOOR_REST), count_routes(&app, MINOS_DOOR_PERIODIC));
    mn_app_done(&app);
    return rc;
}

/* Whatever keeps a service from being built is a mistake in its tables or its configuration. */
int mn_word_check(mn_command *command)
{
    int code = look_at(command, check);
    return code == MN_EXIT_FAILED ? MN_EXIT_CONFIG : code;
}

/* ---- routes ---- */

static minos_rc routes(inspection *look)
{
    MINOS_AUTO(minos_factory) *factory = NULL;
    MINOS_AUTO(minos_buffer) *text = NULL;

    MINOS_TRY(minos_factory_from_config(look->config, &factory));
    MINOS_TRY(minos_buffer_new(OUTPUT_BYTES_MAX, &text));
    if (look->command->json)
        MINOS_TRY(mn_listing_json(factory, text));
    else
        MINOS_TRY(mn_listing_text(factory, text));
    print(text);
    return MINOS_OK;
}

int mn_word_routes(mn_command *command)
{
    return look_at(command, routes);
}

/* ---- config ---- */

static minos_rc config(inspection *look)
{
    MINOS_AUTO(minos_buffer) *text = NULL;

    MINOS_TRY(minos_buffer_new(OUTPUT_BYTES_MAX, &text));
    MINOS_TRY(mn_config_print(look->config, look->command->json, text));
    print(text);
    return MINOS_OK;
}

int mn_word_config(mn_command *command)
{
    return look_at(command, config);
}

/* ---- version ---- */

const char *minos_version(void)
{
    return MN_VERSION;
}

int mn_word_version(mn_command *command)
{
    (void)command;
    printf("minos %s\n", minos_version());
    return MN_EXIT_OK;
}

/* ---- cron next ---- */

static int cron_failed(const mn_command *command)
{
    fprintf(stderr, "%s: %s\n", command->program, minos_error_message(minos_error_last()));
    return MN_EXIT_USAGE;
}

static int parse_count(const mn_command *command, long *ret_count)
{
    char *end;

    *ret_count = 1;
    if (command->count == NULL)
        return MN_EXIT_OK;
    errno = 0;
    *ret_count = strtol(command->count, &end, 10);
    if (errno != 0 || end == command->count || *end != '\0' || *ret_count < 1 ||
        *ret_count > COUNT_MAX) {
        fprintf(stderr, "%s: --count takes 1..%d, not \"%s\"\n", command->program, COUNT_MAX,
                command->count);
        return MN_EXIT_USAGE;
    }
    return MN_EXIT_OK;
}

int mn_word_cron_next(mn_command *command)
{
    MINOS_AUTO(minos_crontab) *crontab = NULL;
    minos_timestamp at = minos_timestamp_now();
    long count;
    int code = parse_count(command, &count);

    if (code != MN_EXIT_OK)
        return code;
    if (command->from != NULL && !mn_rfc3339_read(minos_view_of(command->from), &at)) {
        fprintf(stderr, "%s: --from takes a time like 2024-02-29T12:00:00Z, not \"%s\"\n",
                command->program, command->from);
        return MN_EXIT_USAGE;
    }
    if (minos_crontab_new(command->arguments[0], &crontab) != MINOS_OK)
        return cron_failed(command);
    if (minos_crontab_repetitions(crontab) != MINOS_REPETITIONS_INFINITE)
        return MN_EXIT_OK; /* @reboot: no moment of its own */
    for (long printed = 0; printed < count; printed++) {
        char text[MN_RFC3339_BYTES_MAX];
        if (minos_crontab_next(crontab, at, &at) != MINOS_OK)
            return printed == 0 ? cron_failed(command) : MN_EXIT_OK; /* its years are over */
        mn_rfc3339_write(at, text);
        puts(text);
    }
    return MN_EXIT_OK;
}
