/*
 * Paths of rows. Properties: a shape is its own shape and no longer than its path; a path that
 * HTTP takes apart is one that the row's check passes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "enroute/check.h"
#include "http/template.h"

#define PATH_BYTES_MAX 2048 /* longer ones are refused by the row's check alone */

#define ENSURE(condition)                                                                          \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s: \"%s\"\n", #condition, path);                                     \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static minos_rc handle(minos_request *req, minos_response *res)
{
    (void)req;
    (void)res;
    return MINOS_OK;
}

static minos_rc check(const char *path)
{
    const minos_service service = {.name = "fuzz"};
    const minos_route route = {
        .file = "fuzz.c",
        .line = 1,
        .door = MINOS_DOOR_REST,
        .kind = MINOS_KIND_QUERY,
        .key = path,
        .method = "GET",
        .handler = handle,
    };
    mn_faults faults;
    minos_rc rc;

    mn_faults_init(&faults);
    mn_row_check(&service, &route, &faults);
    rc = mn_faults_raise(&faults);
    mn_faults_done(&faults);
    return rc;
}

/* What only the row's check refuses: it is text in HTTP's eyes. */
static bool is_text_only(const char *path)
{
    for (const char *at = path; *at != '\0'; at++)
        if ((unsigned char)*at < 0x20 || *at == 0x7f || *at == '?' || *at == '#')
            return true;
    return path[0] != '/';
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    minos_arena *arena = minos_arena_new(0);
    const char *path, *shape;
    mn_http_template template;
    minos_rc rc;

    if (size > PATH_BYTES_MAX)
        size = PATH_BYTES_MAX;
    path = minos_arena_dup(arena, minos_view_make(data, size)).data;
    shape = mn_path_shape(arena, path);
    ENSURE(strlen(shape) <= strlen(path));
    rc = check(path);
    if (rc == MINOS_OK)
        ENSURE(strcmp(mn_path_shape(arena, shape), shape) == 0);
    if (!is_text_only(path) && mn_http_template_parse(path, arena, &template) == MINOS_OK)
        ENSURE(rc == MINOS_OK);
    minos_arena_free(arena);
    return 0;
}
