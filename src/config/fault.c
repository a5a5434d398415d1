/*
 * Faults: see fault.h.
 */
#include "config/fault.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"

#define TEXT_BYTES_MAX    1024 /* of one fault */
#define MESSAGE_BYTES_MAX 7680 /* of all: what the error slot keeps of one message, less a margin */

const char *mn_text(minos_arena *arena, const char *format, ...)
{
    va_list args;
    size_t size;
    char *text;

    va_start(args, format);
    size = (size_t)vsnprintf(NULL, 0, format, args) + 1;
    va_end(args);
    text = minos_arena_alloc(arena, size);
    va_start(args, format);
    vsnprintf(text, size, format, args);
    va_end(args);
    return text;
}

const char *mn_origin_text(minos_arena *arena, mn_origin at)
{
    switch (at.kind) {
    case MN_ORIGIN_FILE:
        return mn_text(arena, "%s:%d", at.name, at.line);
    case MN_ORIGIN_VARIABLE:
        return mn_text(arena, "%s", at.name);
    case MN_ORIGIN_PARAMETER:
        return mn_text(arena, "parameter %s", at.name);
    default:
        return "default";
    }
}

void mn_config_faults_add(mn_config_faults *faults, mn_origin at, const char *format, ...)
{
    char text[TEXT_BYTES_MAX];
    mn_config_fault *fault;
    va_list args;

    faults->total++;
    if (faults->count == MN_CONFIG_FAULTS_MAX)
        return;
    fault = &faults->items[faults->count];
    fault->at = at;
    fault->order = faults->count++;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    fault->text = mn_text(faults->arena, "%s", text);
}

/* Order by kind of place, then line or name, then as found. */
static int fault_order(const void *a_, const void *b_)
{
    const mn_config_fault *a = a_;
    const mn_config_fault *b = b_;
    int by_name;

    if (a->at.kind != b->at.kind)
        return a->at.kind < b->at.kind ? -1 : 1;
    if (a->at.line != b->at.line)
        return a->at.line < b->at.line ? -1 : 1;
    by_name = a->at.kind == MN_ORIGIN_FILE ? 0 : strcmp(a->at.name, b->at.name);
    if (by_name != 0)
        return by_name;
    return a->order < b->order ? -1 : a->order > b->order;
}

minos_rc mn_config_faults_raise(mn_config_faults *faults)
{
    minos_buffer lines;
    size_t told = 0;
    minos_rc rc;

    if (faults->total == 0)
        return MINOS_OK;
    qsort(faults->items, faults->count, sizeof faults->items[0], fault_order);
    mn_buffer_init(&lines, MESSAGE_BYTES_MAX);
    for (; told < faults->count; told++) {
        const mn_config_fault *fault = &faults->items[told];
        const char *line = mn_text(faults->arena, "%s%s: %s", told == 0 ? "" : "\n",
                                   mn_origin_text(faults->arena, fault->at), fault->text);
        if (strlen(line) > MESSAGE_BYTES_MAX - lines.size)
            break;
        mn_buffer_put_text(&lines, line);
    }
    rc = told == faults->total ? minos_fail(MINOS_ECONFIG, "%.*s", (int)lines.size, lines.data)
                               : minos_fail(MINOS_ECONFIG, "%.*s\n… and %zu more", (int)lines.size,
                                            lines.data, faults->total - told);
    mn_buffer_done(&lines);
    return rc;
}
