/*
 * Headers as handlers set them: a list in order, in an arena. Names are compared without case, as
 * RFC 9110 §5.1 has it.
 */
#ifndef MN_ENROUTE_HEADER_H
#define MN_ENROUTE_HEADER_H

#include <minos/arena.h>
#include <minos/error.h>
#include <minos/value.h>
#include <minos/view.h>

/* One header; both views are NUL-terminated. */
typedef struct mn_header {
    minos_view name;
    minos_view value;
    struct mn_header *next;
} mn_header;

/* Compare header names without case. */
bool mn_header_name_equal(minos_view a, minos_view b);
/*
 * EINVAL unless the name is a token and the value free of control characters (RFC 9110 §5.5,
 * §5.6.2).
 */
minos_rc mn_header_check(const char *name, const char *value);
/*
 * Set a header that was checked: copied to `arena`, one of that name replaced, else put at the end.
 * ENOMEM when the arena has no room for the value.
 */
minos_rc mn_header_put(mn_header **list, minos_arena *arena, minos_view name, minos_view value);
/* Give a header of a list, or NULL. */
const mn_header *mn_header_find(const mn_header *list, minos_view name);
/* Make a map of strings: `base` (a map or NULL) with the headers of `list` laid over it. */
const minos_value *mn_header_map(minos_arena *arena, const minos_value *base,
                                 const mn_header *list);

#endif
