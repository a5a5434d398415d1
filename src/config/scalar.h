/*
 * Scalars as text: integers, numbers, lengths of time, sizes in bytes, likeness of words. No
 * locale, no C string functions that skip white space or stop early: the whole text must be the
 * scalar.
 */
#ifndef MN_CONFIG_SCALAR_H
#define MN_CONFIG_SCALAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <minos/time.h>
#include <minos/view.h>

/* Read an integer of YAML 1.2's core schema: decimal, 0o octal, 0x hexadecimal; within int64. */
bool mn_scalar_int(minos_view text, int64_t *ret_integer);
/* Read a number of the core schema, .inf and .nan left out: no key of ours takes them. */
bool mn_scalar_double(minos_view text, double *ret_number);

typedef enum mn_unit_rc {
    MN_UNIT_OK,
    MN_UNIT_NO_NUMBER, /* does not begin with one */
    MN_UNIT_UNKNOWN,   /* has another unit */
    MN_UNIT_TOO_FINE,  /* more digits than the unit can keep */
    MN_UNIT_TOO_LARGE  /* beyond int64 */
} mn_unit_rc;

/* Read "30 s", "250 ms", "1.5 min"; without unit: seconds. Units: us ms s min h d. */
mn_unit_rc mn_scalar_duration(minos_view text, minos_duration *ret_duration);
/* Read "64 KiB", "1 MiB"; without unit: bytes. Units: B KiB MiB GiB. */
mn_unit_rc mn_scalar_bytes(minos_view text, int64_t *ret_bytes);

#define MN_UNIT_TEXT_BYTES 32

/* Write in the largest unit that keeps it whole. */
void mn_scalar_duration_text(minos_duration duration, char text[MN_UNIT_TEXT_BYTES]);
void mn_scalar_bytes_text(int64_t bytes, char text[MN_UNIT_TEXT_BYTES]);

#define MN_WORD_BYTES_MAX 64 /* longer words are like nothing */

/*
 * Give the edits (insert, delete, replace, swap of neighbours) between two words, case disregarded;
 * SIZE_MAX when either is too long.
 */
size_t mn_word_distance(minos_view a, minos_view b);
/* Tell whether a distance is near enough to be a typing mistake of a word of `size` bytes. */
bool mn_word_near(size_t distance, size_t size);

#endif
