/*
 * Options of builders: see builder.h.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "broker/builder.h"
#include "config/scalar.h"

static void row_free(minos_override *row)
{
    free((char *)row->key);
    free((char *)row->value);
}

void mn_options_set(mn_options *options, const char *name, const char *value)
{
    minos_override *row = NULL;

    if (name == NULL) /* told by build as an unknown name */
        name = "";
    for (size_t i = 0; i < options->count; i++)
        if (strcmp(options->rows[i].key, name) == 0)
            row = &options->rows[i];
    if (row == NULL) {
        options->rows = mn_realloc(options->rows, (options->count + 2) * sizeof *options->rows);
        row = &options->rows[options->count++];
        options->rows[options->count] = (minos_override){.key = NULL};
    } else {
        row_free(row);
    }
    *row = (minos_override){.key = mn_strdup(name), .value = mn_strdup(value == NULL ? "" : value)};
}

void mn_options_done(mn_options *options)
{
    for (size_t i = 0; i < options->count; i++)
        row_free(&options->rows[i]);
    free(options->rows);
    *options = (mn_options){.rows = NULL};
}

const char *mn_options_get(const mn_options *options, const char *name)
{
    for (size_t i = 0; i < options->count; i++)
        if (strcmp(options->rows[i].key, name) == 0)
            return options->rows[i].value;
    return NULL;
}

minos_rc mn_options_count(const mn_options *options, const char *name, size_t *ret_count)
{
    const char *text = mn_options_get(options, name);
    int64_t number;

    if (text == NULL)
        return MINOS_OK;
    if (!mn_scalar_int(minos_view_of(text), &number) || number < 1)
        return minos_fail(MINOS_EINVAL, "option %s: \"%s\" is no number from 1 on", name, text);
    *ret_count = (size_t)number;
    return MINOS_OK;
}

static bool is_in(const char *const *names, const char *name)
{
    for (; names != NULL && *names != NULL; names++)
        if (strcmp(*names, name) == 0)
            return true;
    return false;
}

minos_rc mn_options_check(const mn_options *options, const char *const *known,
                          const char *const *more)
{
    for (size_t i = 0; i < options->count; i++)
        if (!is_in(known, options->rows[i].key) && !is_in(more, options->rows[i].key))
            return minos_fail(MINOS_EINVAL, "there is no option \"%s\"", options->rows[i].key);
    return MINOS_OK;
}
