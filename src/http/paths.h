/*
 * The path router: templates in, the row of a path and method out.
 *
 * Paths without params are found in one hash table; the others in a trie of segments, each step one
 * hash lookup, so that a lookup costs the same however many routes there are. Order of preference:
 * a literal segment, regexes in the order they were added, a bare param, the rest of the path. A
 * row of another method does not hide a less preferred one of the method asked for.
 */
#ifndef MN_HTTP_PATHS_H
#define MN_HTTP_PATHS_H

#include <stdbool.h>
#include <stddef.h>

#include <minos/error.h>
#include <minos/view.h>

#include "base/buffer.h"
#include "http/limits.h"

typedef struct mn_http_paths mn_http_paths;

/* What was found; views point into the path that was looked for. */
typedef struct mn_http_match {
    void *data;      /* NULL: no row of this method */
    bool path_known; /* rows of other methods match the path */
    const char *const *names;
    size_t params_count;
    minos_view values[MN_HTTP_PATH_PARAMS_MAX]; /* still percent-encoded */
} mn_http_match;

void mn_http_paths_new(mn_http_paths **ret_paths);
void mn_http_paths_free(mn_http_paths *paths);
/*
 * Add a row; method "*" takes any. EINVAL: the template says why. EREDEFINED, with no message of
 * worth: the path is bound already for this method, to *ret_clash.
 */
minos_rc mn_http_paths_add(mn_http_paths *paths, const char *text, const char *method, void *data,
                           void **ret_clash);
/* Find the row of a normalized path. HEAD takes the row of GET when it has none of its own. */
void mn_http_paths_find(const mn_http_paths *paths, minos_view path, minos_view method,
                        mn_http_match *ret_match);
/* Append the value of an Allow field: the methods that a path knows, or that any does ("*"). */
void mn_http_paths_allow(const mn_http_paths *paths, minos_view path, minos_buffer *out);
/* Tell whether any row is bound to a method. */
bool mn_http_paths_knows(const mn_http_paths *paths, minos_view method);

#endif
