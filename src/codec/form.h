/*
 * Forms and query strings (WHATWG URL, application/x-www-form-urlencoded):
 * a=1&b=two+words&a=%C3%B6.
 *
 * A name seen more than once becomes a list; an empty value is kept; a name without "=" has an
 * empty value. Refused: "%" without two hexadecimal digits, what is not UTF-8 once decoded, too
 * many fields.
 */
#ifndef MN_CODEC_FORM_H
#define MN_CODEC_FORM_H

#include <minos/codec.h>

#define MN_FORM_FIELDS_MAX 1000 /* of one form or query string */

/* Step to the next field, still encoded; empty pieces are skipped. False at the end. */
bool mn_form_next(minos_view *rest, minos_view *ret_name, minos_view *ret_value);
/* Decode a piece into the arena, NUL-terminated. `plus` says whether + is a space: not in paths. */
minos_rc mn_percent_decode(minos_view piece, bool plus, minos_arena *arena, minos_view *ret_text);

/*
 * Find the first field of a name without looking at the values of the others; the value is decoded
 * into the arena. *ret_found is always set, *ret_value only when it is true.
 */
minos_rc mn_form_find(minos_view text, minos_view name, minos_arena *arena, bool *ret_found,
                      minos_view *ret_value);
/* Decode all fields into a map that grows still. */
minos_rc mn_form_decode(minos_view text, minos_arena *arena, minos_value **ret_map);
/* Put an entry, or make a list of the present one and this; names and values are borrowed. */
minos_rc mn_form_add(minos_arena *arena, minos_value *map, minos_view name, minos_value value);

/* Append a map of scalars and lists of scalars; MINOS_EINVAL for anything else. */
minos_rc mn_form_encode(const minos_value *map, minos_buffer *out);

#endif
