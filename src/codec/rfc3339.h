/*
 * Times as text (RFC 3339): 2022-05-09T18:30:15.123456Z, 2022-05-09, 18:30:15.5. Strict: upper or
 * lower case T and Z, one to nine digits of a second of which six are kept, any offset; a leap
 * second reads as the second after it, since our clock has none.
 */
#ifndef MN_CODEC_RFC3339_H
#define MN_CODEC_RFC3339_H

#include <stdbool.h>

#include <minos/time.h>
#include <minos/view.h>

#define MN_RFC3339_BYTES_MAX 32 /* of any text written here, with its NUL */

/* Read; false when the text is not of the form or names no day or time that exists. */
bool mn_rfc3339_read(minos_view text, minos_timestamp *ret_at);
bool mn_rfc3339_read_date(minos_view text, int64_t *ret_days);
bool mn_rfc3339_read_time(minos_view text, int64_t *ret_us);

/*
 * Write in UTC and give the length; 0 when the year is outside of 0..9999 or the time of day
 * outside of a day. Fractions are left out when zero, else six digits.
 */
size_t mn_rfc3339_write(minos_timestamp at, char text[MN_RFC3339_BYTES_MAX]);
size_t mn_rfc3339_write_date(int64_t days, char text[MN_RFC3339_BYTES_MAX]);
size_t mn_rfc3339_write_time(int64_t us, char text[MN_RFC3339_BYTES_MAX]);

#endif
