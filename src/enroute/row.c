/*
 * One row of a table, checked by itself.
 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "enroute/check.h"

#define TOPIC_BYTES_MAX  255 /* as a message's */
#define PATH_BYTES_MAX   2048
#define METHOD_BYTES_MAX 32
#define PARAMS_MAX       16 /* of one path */

static void fault(mn_faults *faults, const minos_route *route, const char *what)
{
    mn_faults_add(faults, MINOS_EENROUTE, "%s:%d: %s \"%s\": %s", route->file, route->line,
                  minos_door_name(route->door), route->key == NULL ? "" : route->key, what);
}

static bool has_control(const char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return true;
    return false;
}

/* ---- paths ---- */

/* Behind a class at `open`, [:alpha:] and its like; NULL when it does not close. */
static const char *class_end(const char *open)
{
    const char end[] = {open[1], ']', '\0'};
    const char *at = strstr(open + 2, end);
    return at == NULL ? NULL : at + 1;
}

/* The "]" that closes the bracket expression at `open`; one that comes first stands for itself. */
static const char *bracket_end(const char *open)
{
    const char *first = open + (open[1] == '^' ? 2 : 1);

    for (const char *at = first; *at != '\0'; at++) {
        if (*at == ']' && at != first)
            return at;
        if (*at == '\\' && at[1] != '\0')
            at++;
        else if (*at == '[' && (at[1] == ':' || at[1] == '.' || at[1] == '=') &&
                 (at = class_end(at)) == NULL)
            return NULL;
    }
    return NULL;
}

const char *mn_path_regex_end(const char *at)
{
    for (int depth = 1; *at != '\0'; at++) {
        if (*at == '\\' && at[1] != '\0')
            at++;
        else if (*at == '{')
            depth++;
        else if (*at == '}' && --depth == 0)
            return at;
        else if (*at == '[' && (at = bracket_end(at)) == NULL)
            return NULL;
    }
    return NULL;
}

/* The end of a param, {name} or {name:REGEX}; NULL when it does not close. */
static const char *param_end(const char *open)
{
    const char *at = open + 1 + strcspn(open + 1, ":}");
    return *at == ':' ? mn_path_regex_end(at + 1) : *at == '}' ? at : NULL;
}

static bool is_name(minos_view name)
{
    for (size_t i = 0; i < name.size; i++) {
        char c = name.data[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        if (!is_letter && (i == 0 || c < '0' || c > '9'))
            return false;
    }
    return name.size != 0;
}

/* One param at `open`; its name is put behind `names`. Gives its end, NULL after a fault. */
static const char *param_check(const minos_route *route, const char *open, minos_view *names,
                               size_t *count, mn_faults *faults)
{
    const char *end = param_end(open);
    minos_view name;

    if (end == NULL) {
        fault(faults, route, "a \"{\" of the path is not closed");
        return NULL;
    }
    name = minos_view_make(open + 1, strcspn(open + 1, ":}"));
    if (!is_name(name))
        fault(faults, route, "a param of the path needs a name of letters, digits and \"_\"");
    if (name.data[name.size] == ':' && name.data + name.size + 1 == end)
        fault(faults, route, "a param of the path has an empty regex");
    for (size_t i = 0; i < *count; i++)
        if (minos_view_equal(names[i], name))
            fault(faults, route, "two params of the path have one name");
    if (*count == PARAMS_MAX) {
        fault(faults, route, "the path has more than 16 params");
        return NULL;
    }
    names[(*count)++] = name;
    return end;
}

static void path_check(const minos_route *route, mn_faults *faults)
{
    minos_view names[PARAMS_MAX];
    size_t count = 0;

    if (route->key[0] != '/')
        fault(faults, route, "a path begins with \"/\"");
    if (strlen(route->key) > PATH_BYTES_MAX)
        fault(faults, route, "the path is longer than 2048 bytes");
    for (const char *at = route->key; at != NULL && *at != '\0'; at++) {
        if (*at == '{') {
            at = param_check(route, at, names, &count, faults);
            if (at == NULL)
                return;
        } else if (*at == '}') {
            fault(faults, route, "a \"}\" of the path was not opened");
        } else if (*at == '?' || *at == '#') {
            fault(faults, route, "a path holds no \"?\" or \"#\"");
            return;
        }
    }
}

const char *mn_path_shape(minos_arena *arena, const char *path)
{
    char *shape = mn_arena_raw(arena, strlen(path) + 1), *to = shape;

    while (*path != '\0') {
        const char *end = *path == '{' ? param_end(path) : NULL;
        if (end == NULL) {
            *to++ = *path++;
            continue;
        }
        *to++ = *path++;
        path += strcspn(path, ":}");
        memcpy(to, path, (size_t)(end + 1 - path));
        to += end + 1 - path;
        path = end + 1;
    }
    *to = '\0';
    return shape;
}

/* A method is a token of capitals (RFC 9110 §9.1), or "*" for any. */
static void method_check(const minos_route *route, mn_faults *faults)
{
    const char *method = route->method;

    if (method == NULL || method[0] == '\0') {
        fault(faults, route, "a REST row needs a method");
        return;
    }
    if (strcmp(method, "*") == 0)
        return;
    if (strlen(method) > METHOD_BYTES_MAX ||
        method[strspn(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-_")] != '\0')
        fault(faults, route, "the method is \"*\" or written in capitals, as in \"GET\"");
}

/* ---- keys and options ---- */

static void key_check(const minos_route *route, mn_faults *faults)
{
    if (has_control(route->key))
        fault(faults, route, "the key holds a control character");
    switch (route->door) {
    case MINOS_DOOR_BROKER:
        if (strlen(route->key) > TOPIC_BYTES_MAX)
            fault(faults, route, "a topic has at most 255 bytes");
        break;
    case MINOS_DOOR_REST:
        path_check(route, faults);
        method_check(route, faults);
        if (route->kind == MINOS_KIND_EVENT)
            fault(faults, route, "a REST row is a command or a query");
        break;
    case MINOS_DOOR_PERIODIC:
        if (route->kind != MINOS_KIND_EVENT)
            fault(faults, route, "a periodic row is an event");
        break;
    case MINOS_DOOR_NONE:
    default:
        fault(faults, route, "the door is none of broker, rest and periodic");
    }
    if (route->door != MINOS_DOOR_REST && route->method != NULL)
        fault(faults, route, "only REST rows have a method");
}

static void options_check(const minos_route *route, mn_faults *faults)
{
    const minos_checker *checker = route->checkers;
    const minos_extra *extra = route->extra;

    if (route->timeout < 0)
        fault(faults, route, "the timeout is negative");
    if (route->concurrency < 0)
        fault(faults, route, "the concurrency is negative");
    for (; checker != NULL && checker->check != NULL; checker++)
        if (checker->attempts_max < 0 || checker->delay < 0)
            fault(faults, route, "a checker has negative attempts or a negative delay");
    if (checker != NULL && (checker->attempts_max != 0 || checker->delay != 0))
        fault(faults, route, "a checker lacks its function (.check = …)");
    for (; extra != NULL && extra->key != NULL; extra++)
        if (extra->key[0] == '\0' || extra->value == NULL)
            fault(faults, route, "an extra argument needs a key and a value");
    if (extra != NULL && extra->value != NULL)
        fault(faults, route, "an extra argument lacks its key");
}

void mn_row_check(const minos_service *service, const minos_route *route, mn_faults *faults)
{
    if (route->file == NULL) {
        mn_faults_add(faults, MINOS_EENROUTE, "service %s: a row says not where it stands (.file)",
                      service->name);
        return;
    }
    if (route->handler == NULL)
        fault(faults, route, "the row has no handler");
    if (route->kind < MINOS_KIND_COMMAND || route->kind > MINOS_KIND_EVENT)
        fault(faults, route, "the kind is none of command, query and event");
    if (route->key == NULL || route->key[0] == '\0')
        fault(faults, route, "the row has no key");
    else
        key_check(route, faults);
    options_check(route, faults);
}
