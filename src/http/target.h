/*
 * Request targets (RFC 9112 §3.2): origin, absolute and asterisk form; percent-encoding.
 *
 * Paths are taken literally: no dot segments are removed, a trailing slash counts, `//` holds an
 * empty segment. Only percent-encoding is brought to one form, so that `/%75sers` is `/users`.
 */
#ifndef MN_HTTP_TARGET_H
#define MN_HTTP_TARGET_H

#include <stdbool.h>

#include <minos/arena.h>
#include <minos/view.h>

typedef struct mn_http_target {
    minos_view path;  /* as sent, "/" at least; "*" in asterisk form */
    minos_view query; /* as sent, without its `?` */
    bool has_percent; /* the path holds percent-encoding, all of it well-formed */
} mn_http_target;

/* Take a target apart; NULL, or why it is not valid (400). */
const char *mn_http_target_parse(minos_view raw, mn_http_target *ret_target);

/* Tell whether text is host[:port] (RFC 9110 §7.2), or empty. */
bool mn_http_is_authority(minos_view text);

/*
 * Bring percent-encoding to one form (RFC 3986 §6.2.2): what needs none is decoded, digits are
 * upper case. The input must be well-formed. `out` has room for text.size bytes; gives the size.
 */
size_t mn_http_percent_normalize(minos_view text, char *out);
/* Encode what may not stand in a path as it is, `%` excepted; room for 3 × text.size bytes. */
size_t mn_http_percent_encode(minos_view text, char *out);
/* Tell whether every `%` is followed by two hexadecimal digits. */
bool mn_http_percent_valid(minos_view text);

#endif
