/*
 * Errors: the slot of the running task and the chain in it.
 *
 * A slot holds the newest errors in fixed memory, made at a task's first error and kept: raising
 * never fails. Messages share one text space; when it or the chain is full, the oldest causes are
 * kept and the new message is cut, since what began the trouble says most.
 */
#include "base/error.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/task.h"

#define CHAIN_MAX      12
#define TEXT_BYTES_MAX 16384 /* one configuration can have many faults, all told at once */
#define MESSAGE_MAX    8192

struct minos_error {
    minos_rc rc;
    int status; /* of the response; 0: that of the code */
    int os;
    bool is_public; /* raised by minos_reject */
    bool is_trace;  /* only a line that a code passed through */
    const char *file;
    int line;
    const char *message;
    const minos_error *cause;
};

struct mn_error_slot {
    size_t count;
    size_t text_used;
    size_t text_size;
    minos_error chain[CHAIN_MAX];
    char *text;
};

typedef struct rc_row {
    const char *name;
    const char *text;
    int status;
    minos_rc parent;
} rc_row;

static const rc_row rc_rows[MINOS_RC_COUNT] = {[MINOS_OK] = {"OK", "ok", 200, MINOS_OK},
#define RC_ROW(code, parent, status, text) [MINOS_##code] = {#code, text, status, MINOS_##parent},
                                               MINOS_RC_MAP(RC_ROW)
#undef RC_ROW
};

static const rc_row *row_of(minos_rc rc)
{
    static const rc_row unknown = {"?", "an unknown code", 500, MINOS_OK};
    return (unsigned)rc < MINOS_RC_COUNT ? &rc_rows[rc] : &unknown;
}

const char *minos_rc_name(minos_rc rc)
{
    return row_of(rc)->name;
}

const char *minos_rc_text(minos_rc rc)
{
    return row_of(rc)->text;
}

int minos_rc_status(minos_rc rc)
{
    return row_of(rc)->status;
}

bool minos_rc_is_a(minos_rc rc, minos_rc ancestor)
{
    if (ancestor == MINOS_OK)
        return rc == MINOS_OK;
    for (; rc != MINOS_OK; rc = row_of(rc)->parent)
        if (rc == ancestor)
            return true;
    return false;
}

static mn_error_slot *slot_current(void)
{
    mn_task *task = mn_task_current();
    if (task->errors == NULL)
        task->errors = mn_new(mn_error_slot);
    return task->errors;
}

void mn_error_slot_free(mn_error_slot *slot)
{
    if (slot == NULL)
        return;
    free(slot->text);
    free(slot);
}

mn_error_slot *mn_error_slot_take(void)
{
    return mn_take(&mn_task_current()->errors);
}

void mn_error_slot_put(mn_error_slot *slot)
{
    mn_task *task = mn_task_current();
    mn_error_slot_free(task->errors);
    task->errors = slot;
}

/* Room in the text space; grows once to the next power of two, up to its maximum. */
static char *text_room(mn_error_slot *slot, size_t want, size_t *ret_size)
{
    if (slot->text == NULL) {
        slot->text = mn_alloc(TEXT_BYTES_MAX);
        slot->text_size = TEXT_BYTES_MAX;
    }
    if (want > slot->text_size - slot->text_used)
        want = slot->text_size - slot->text_used;
    *ret_size = want;
    return slot->text + slot->text_used;
}

static const char *format_message(mn_error_slot *slot, const char *format, va_list args)
{
    static const char cut[] = "…";
    size_t room;
    char *text = text_room(slot, MESSAGE_MAX, &room);
    int length;

    if (room < sizeof cut)
        return cut;
    length = vsnprintf(text, room, format, args);
    if (length < 0)
        return "(message could not be formatted)";
    if ((size_t)length >= room) {
        memcpy(text + room - sizeof cut, cut, sizeof cut);
        length = (int)room - 1;
    }
    slot->text_used += (size_t)length + 1;
    return text;
}

static minos_error *push(mn_error_slot *slot, const char *file, int line, minos_rc rc)
{
    minos_error *error;
    if (slot->count == CHAIN_MAX)
        slot->count--; /* the newest effect gives way to a newer one */
    error = &slot->chain[slot->count];
    memset(error, 0, sizeof *error);
    error->rc = rc;
    error->file = file;
    error->line = line;
    error->message = "";
    error->cause = slot->count == 0 ? NULL : &slot->chain[slot->count - 1];
    slot->count++;
    return error;
}

void minos_error_clear(void)
{
    mn_task *task = mn_task_current();
    if (task->errors != NULL)
        task->errors->count = task->errors->text_used = 0;
}

/*
 * A new fault starts a new chain. Its arguments may point into the old chain's text ("%s" of an
 * error just looked at), so that text is moved aside until the message is formatted.
 */
static minos_rc raise(const char *file, int line, minos_rc rc, int status, int os,
                      const char *format, va_list args)
{
    mn_error_slot *slot = slot_current();
    minos_error *error;
    char *old = slot->text_used == 0 ? NULL : slot->text;

    slot->count = slot->text_used = 0;
    if (old != NULL)
        slot->text = NULL;
    error = push(slot, file, line, rc);
    error->status = status;
    error->is_public = status != 0;
    error->os = os;
    error->message = format_message(slot, format, args);
    free(old);
    return rc;
}

minos_rc minos_error_raise_at(const char *file, int line, minos_rc rc, int os, const char *format,
                              ...)
{
    va_list args;
    va_start(args, format);
    rc = raise(file, line, rc == MINOS_OK ? MINOS_EINTERNAL : rc, 0, os, format, args);
    va_end(args);
    return rc;
}

minos_rc minos_error_reject_at(const char *file, int line, int status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    minos_ignore(raise(file, line, MINOS_ERESPONSE, status >= 400 && status <= 599 ? status : 400,
                       0, format, args)); /* the code is known */
    va_end(args);
    return MINOS_ERESPONSE;
}

/*
 * The newest error of the slot when it is about `rc`; a code that came without one gets its text.
 */
static minos_error *newest_for(mn_error_slot *slot, const char *file, int line, minos_rc rc)
{
    minos_error *error;
    if (slot->count != 0 && slot->chain[slot->count - 1].rc == rc)
        return &slot->chain[slot->count - 1];
    slot->count = slot->text_used = 0;
    error = push(slot, file, line, rc);
    error->message = minos_rc_text(rc);
    return error;
}

minos_rc minos_error_wrap_at(const char *file, int line, minos_rc rc, const char *format, ...)
{
    mn_error_slot *slot;
    minos_error *cause, *error;
    va_list args;

    if (rc == MINOS_OK)
        return rc;
    slot = slot_current();
    cause = newest_for(slot, file, line, rc);
    error = push(slot, file, line, rc);
    error->status = cause->status;
    error->is_public = cause->is_public;
    error->os = cause->os;
    va_start(args, format);
    error->message = format_message(slot, format, args);
    va_end(args);
    return rc;
}

minos_rc minos_error_trace_at(const char *file, int line, minos_rc rc)
{
    mn_error_slot *slot = slot_current();
    minos_error *cause = newest_for(slot, file, line, rc);
    if (cause->line != line || cause->file != file) {
        minos_error copy = *cause;
        if (slot->count == CHAIN_MAX)
            return rc; /* a trace line is worth less than what it would replace */
        minos_error *error = push(slot, file, line, rc);
        error->status = copy.status;
        error->is_public = copy.is_public;
        error->os = copy.os;
        error->is_trace = true;
    }
    return rc;
}

/* Trace lines carry no words of their own. */
static const minos_error *worded(const minos_error *error)
{
    while (error != NULL && error->is_trace)
        error = error->cause;
    return error;
}

const minos_error *minos_error_last(void)
{
    mn_error_slot *slot = mn_task_current()->errors;
    return slot == NULL || slot->count == 0 ? NULL : &slot->chain[slot->count - 1];
}

minos_rc minos_error_rc(const minos_error *error)
{
    return error == NULL ? MINOS_OK : error->rc;
}

const char *minos_error_message(const minos_error *error)
{
    error = worded(error);
    return error == NULL ? "" : error->message;
}

const char *minos_error_file(const minos_error *error)
{
    return error == NULL ? "" : error->file;
}

int minos_error_line(const minos_error *error)
{
    return error == NULL ? 0 : error->line;
}

int minos_error_status(const minos_error *error)
{
    if (error == NULL)
        return 200;
    return error->status != 0 ? error->status : minos_rc_status(error->rc);
}

bool minos_error_is_public(const minos_error *error)
{
    return error != NULL && (error->is_public || minos_rc_is_a(error->rc, MINOS_EREQUEST) ||
                             error->rc == MINOS_ECHECK || error->rc == MINOS_ENOACTION);
}

int minos_error_os(const minos_error *error)
{
    return error == NULL ? 0 : error->os;
}

const minos_error *minos_error_cause(const minos_error *error)
{
    return error == NULL ? NULL : error->cause;
}

void minos_error_describe(const minos_error *error, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (const char *joint = ""; error != NULL && used < size; error = error->cause) {
        int length;
        if (error->is_trace)
            length =
                snprintf(text + used, size - used, "%svia %s:%d", joint, error->file, error->line);
        else
            length = snprintf(text + used, size - used, "%s%s (%s:%d)", joint, error->message,
                              error->file, error->line);
        if (length < 0)
            break;
        used += (size_t)length;
        joint = ": ";
    }
}
