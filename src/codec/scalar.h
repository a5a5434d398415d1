/*
 * Scalars as text, the same in JSON, forms and plain text.
 */
#ifndef MN_CODEC_SCALAR_H
#define MN_CODEC_SCALAR_H

#include <minos/value.h>

#define MN_SCALAR_BYTES_MAX 40 /* of any scalar but strings and bytes */

/* Write digits and give the length. */
size_t mn_integer_write(int64_t integer, char text[MN_SCALAR_BYTES_MAX]);
/* Write the shortest digits that read back as the same double; "null" for NaN and infinities. */
size_t mn_number_write(double number, char text[MN_SCALAR_BYTES_MAX]);
/*
 * Give a scalar's text, unquoted: in `text`, or a string's own bytes. Nothing for null.
 * MINOS_EINVAL for bytes, lists, maps, times that RFC 3339 cannot write, strings that are not
 * UTF-8.
 */
minos_rc mn_scalar_text(const minos_value *value, char text[MN_SCALAR_BYTES_MAX],
                        minos_view *ret_text);

#endif
