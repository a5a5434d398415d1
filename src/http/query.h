/*
 * Query strings, decoded as application/x-www-form-urlencoded (WHATWG URL §5.1).
 */
#ifndef MN_HTTP_QUERY_H
#define MN_HTTP_QUERY_H

#include <minos/arena.h>
#include <minos/error.h>
#include <minos/value.h>
#include <minos/view.h>

/*
 * Decode a query whose percent-encoding is well-formed into a map of strings; a name given more
 * than once holds a list, in order. NULL when it holds nothing. EPARSE: not UTF-8, or too many params.
 */
minos_rc mn_http_query_decode(minos_view query, minos_arena *arena, const minos_value **ret_map);

#endif
