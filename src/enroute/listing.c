/*
 * Listings of what a program answers: see listing.h.
 */
#include "enroute/listing.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "enroute/action.h"

#define COLUMNS        7
#define CELL_BYTES_MAX 512

static const char *const headings[COLUMNS] = {"DOOR",    "KIND",  "METHOD", "KEY",
                                              "HANDLER", "PLACE", "OPTIONS"};

/* ---- options ---- */

/* Append "name=value" behind what a cell holds; a full cell is cut. */
static void option_add(char *cell, const char *format, ...) MINOS_PRINTF(2, 3);

static void option_add(char *cell, const char *format, ...)
{
    size_t used = strlen(cell);
    va_list args;

    if (used != 0 && used + 1 < CELL_BYTES_MAX) {
        cell[used++] = ' ';
        cell[used] = '\0';
    }
    va_start(args, format);
    vsnprintf(cell + used, CELL_BYTES_MAX - used, format, args);
    va_end(args);
}

static void options_write(const minos_action *action, char *cell)
{
    const minos_route *route = action->route;

    cell[0] = '\0';
    if (action->checker_count != 0)
        option_add(cell, "checkers=%zu", action->checker_count);
    if (route->timeout != 0)
        option_add(cell, "timeout=%gs", (double)route->timeout / (double)MINOS_S);
    if (route->concurrency != 0)
        option_add(cell, "concurrency=%d", (int)route->concurrency);
    if (route->authenticated)
        option_add(cell, "authenticated");
    if (route->authorized_groups != NULL)
        option_add(cell, "authorized_groups=%s", route->authorized_groups);
    if (route->regex_priority != 0)
        option_add(cell, "regex_priority=%d", (int)route->regex_priority);
    for (const minos_extra *extra = route->extra; extra != NULL && extra->key != NULL; extra++)
        option_add(cell, "%s=%s", extra->key, extra->value);
    if (route->summary != NULL)
        option_add(cell, "\"%s\"", route->summary);
}

/* ---- text ---- */

/* Give the text of one column; `cell` is room for those that are composed. */
static const char *column_text(const minos_action *action, int column, char *cell)
{
    const minos_route *route = action->route;
    switch (column) {
    case 0:
        return minos_door_name(route->door);
    case 1:
        return minos_kind_name(route->kind);
    case 2:
        return route->method == NULL ? "-" : route->method;
    case 3:
        return route->key;
    case 4:
        return action->name;
    case 5:
        snprintf(cell, CELL_BYTES_MAX, "%s:%d", route->file, route->line);
        return cell;
    default:
        options_write(action, cell);
        return cell;
    }
}

/* Places on a terminal: bytes that begin a character. */
static size_t width_of(const char *text)
{
    size_t width = 0;
    for (; *text != '\0'; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

static void line_write(minos_buffer *out, const char *const *texts, const size_t *widths)
{
    int last = COLUMNS - 1;
    while (last > 0 && texts[last][0] == '\0')
        last--;
    for (int i = 0; i <= last; i++) {
        mn_buffer_put_text(out, texts[i]);
        for (size_t pad = width_of(texts[i]); i < last && pad < widths[i] + 2; pad++)
            mn_buffer_put_byte(out, ' ');
    }
    mn_buffer_put_byte(out, '\n');
}

minos_rc mn_listing_text(minos_factory *factory, minos_buffer *out)
{
    static const minos_route_filter all;
    size_t widths[COLUMNS];
    char cells[COLUMNS][CELL_BYTES_MAX];
    const char *texts[COLUMNS];
    minos_action *action = NULL;

    for (int i = 0; i < COLUMNS; i++)
        widths[i] = width_of(headings[i]);
    while ((action = minos_factory_next(factory, all, action)) != NULL)
        for (int i = 0; i < COLUMNS; i++) {
            size_t width = width_of(column_text(action, i, cells[i]));
            widths[i] = width > widths[i] ? width : widths[i];
        }
    if (minos_factory_next(factory, all, NULL) != NULL)
        line_write(out, headings, widths);
    while ((action = minos_factory_next(factory, all, action)) != NULL) {
        for (int i = 0; i < COLUMNS; i++)
            texts[i] = column_text(action, i, cells[i]);
        line_write(out, texts, widths);
    }
    return mn_buffer_check(out);
}

/* ---- JSON ---- */

static minos_rc put(minos_arena *arena, minos_value *map, const char *key, minos_value value)
{
    return minos_value_put(arena, map, minos_view_of(key), value);
}

static minos_rc options_put(minos_arena *arena, minos_value *map, const minos_action *action)
{
    const minos_route *route = action->route;
    minos_value *extras = NULL;

    if (action->checker_count != 0)
        MINOS_TRY(put(arena, map, "checkers", minos_value_int((int64_t)action->checker_count)));
    if (route->timeout != 0)
        MINOS_TRY(put(arena, map, "timeout_ms", minos_value_int(route->timeout / MINOS_MS)));
    if (route->concurrency != 0)
        MINOS_TRY(put(arena, map, "concurrency", minos_value_int(route->concurrency)));
    if (route->authenticated)
        MINOS_TRY(put(arena, map, "authenticated", minos_value_bool(true)));
    if (route->authorized_groups != NULL)
        MINOS_TRY(put(arena, map, "authorized_groups", minos_value_text(route->authorized_groups)));
    if (route->regex_priority != 0)
        MINOS_TRY(put(arena, map, "regex_priority", minos_value_int(route->regex_priority)));
    if (route->summary != NULL)
        MINOS_TRY(put(arena, map, "summary", minos_value_text(route->summary)));
    for (const minos_extra *extra = route->extra; extra != NULL && extra->key != NULL; extra++) {
        if (extras == NULL)
            extras = minos_value_map_new(arena);
        MINOS_TRY(put(arena, extras, extra->key, minos_value_text(extra->value)));
    }
    return extras == NULL ? MINOS_OK : put(arena, map, "extra", *extras);
}

static minos_rc action_value(minos_arena *arena, const minos_action *action, minos_value **ret_map)
{
    const minos_route *route = action->route;
    minos_value *map = minos_value_map_new(arena);

    MINOS_TRY(put(arena, map, "door", minos_value_text(minos_door_name(route->door))));
    MINOS_TRY(put(arena, map, "kind", minos_value_text(minos_kind_name(route->kind))));
    if (route->method != NULL)
        MINOS_TRY(put(arena, map, "method", minos_value_text(route->method)));
    MINOS_TRY(put(arena, map, "key", minos_value_text(route->key)));
    MINOS_TRY(put(arena, map, "service", minos_value_text(action->service->name)));
    MINOS_TRY(put(arena, map, "handler", minos_value_text(action->name)));
    MINOS_TRY(put(arena, map, "file", minos_value_text(route->file)));
    MINOS_TRY(put(arena, map, "line", minos_value_int(route->line)));
    MINOS_TRY(options_put(arena, map, action));
    *ret_map = map;
    return MINOS_OK;
}

minos_rc mn_listing_value(minos_factory *factory, minos_arena *arena, const minos_value **ret_list)
{
    static const minos_route_filter all;
    minos_value *list = minos_value_list_new(arena), *map;
    minos_action *action = NULL;

    while ((action = minos_factory_next(factory, all, action)) != NULL) {
        MINOS_TRY(action_value(arena, action, &map));
        MINOS_TRY(minos_value_append(arena, list, *map));
    }
    *ret_list = list;
    return MINOS_OK;
}

minos_rc mn_listing_json(minos_factory *factory, minos_buffer *out)
{
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
    const minos_value *list;
    minos_view text;

    MINOS_TRY(mn_listing_value(factory, arena, &list));
    MINOS_TRY(minos_json_encode(list, arena, &text));
    mn_buffer_put(out, text.data, text.size);
    mn_buffer_put_byte(out, '\n');
    return mn_buffer_check(out);
}
