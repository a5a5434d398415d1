/*
 * Regexes of path templates. Written as Python's services write them, run as POSIX extended ones:
 * \d \w \s, (?:…) and lazy quantifiers are brought over, what POSIX cannot say is refused at start.
 */
#ifndef MN_HTTP_REGEX_H
#define MN_HTTP_REGEX_H

#include <stdbool.h>
#include <stddef.h>

#include <minos/error.h>
#include <minos/view.h>

#include "base/buffer.h"

/*
 * Append the POSIX form of a regex, in a group of its own.
 * ret_groups: groups in it, its own included. ret_crosses: it may take a `/`, that is, it holds
 * `.*`, `.+`, or a `/` outside of a negated bracket; it then sees the rest of the path.
 */
minos_rc mn_http_regex_translate(minos_view regex, minos_buffer *out, size_t *ret_groups,
                                 bool *ret_crosses);

#endif
