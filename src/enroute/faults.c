/*
 * Faults of a declaration: see faults.h.
 */
#include "enroute/faults.h"

#include <stdarg.h>
#include <stdio.h>

#define TEXT_BYTES_MAX  7168 /* what an error's message can hold */
#define FAULT_BYTES_MAX 1024

void mn_faults_init(mn_faults *faults)
{
    faults->rc = MINOS_OK;
    faults->count = 0;
    mn_buffer_init(&faults->text, TEXT_BYTES_MAX);
}

void mn_faults_done(mn_faults *faults)
{
    mn_buffer_done(&faults->text);
}

void mn_faults_add(mn_faults *faults, minos_rc rc, const char *format, ...)
{
    char fault[FAULT_BYTES_MAX];
    va_list args;

    va_start(args, format);
    vsnprintf(fault, sizeof fault, format, args);
    va_end(args);
    if (faults->count++ == 0)
        faults->rc = rc;
    else
        mn_buffer_put_text(&faults->text, "\n");
    mn_buffer_put_text(&faults->text, fault);
}

minos_rc mn_faults_raise(const mn_faults *faults)
{
    if (faults->count == 0)
        return MINOS_OK;
    return minos_fail(faults->rc, "%.*s", (int)faults->text.size, faults->text.data);
}
