/*
 * What simdjson and the C++ library do for us, behind C: parsing JSON into a tape, checking UTF-8,
 * shortest decimal numbers. The only file that knows them is simd.cc; nothing throws.
 *
 * A tape is simdjson's own flat form (its doc/tape.md): words of a type byte and 56 bits of
 * payload.
 */
#ifndef MN_CODEC_SIMD_H
#define MN_CODEC_SIMD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <minos/compiler.h>
#include <minos/view.h>

MINOS_BEGIN_DECLS

#define MN_SIMD_PADDING_BYTES 64 /* readable behind a text, so that it need not be copied */
#define MN_DOUBLE_BYTES_MAX   32 /* of a formatted double */

typedef struct mn_simd_parser mn_simd_parser;

typedef struct mn_tape {
    const uint64_t *words; /* borrowed from the parser until it is given back */
    const char *strings;
} mn_tape;

typedef enum mn_simd_result {
    MN_SIMD_OK,
    MN_SIMD_MALFORMED, /* in some way: json_explain.c says which */
    MN_SIMD_NO_MEMORY
} mn_simd_result;

/*
 * Take this thread's parser; a nested use gets one of its own. NULL when memory is exhausted.
 * Steady: once a thread has parsed a text of some size, one of that size allocates nothing.
 */
mn_simd_parser *mn_simd_parser_take(void);
void mn_simd_parser_give(mn_simd_parser *parser);
/* Parse a text behind which `readable_after` bytes may be read, whatever they hold. */
mn_simd_result mn_simd_parse(mn_simd_parser *parser, minos_view text, size_t readable_after,
                             int depth_max, mn_tape *ret_tape);
/* Give memory for `bytes` that lives until the parser is given back; NULL when exhausted. */
void *mn_simd_scratch(mn_simd_parser *parser, size_t bytes);

bool mn_utf8_valid(minos_view text);
/* Write the shortest digits that read back as `number`, which is finite; gives the length. */
size_t mn_double_write(double number, char text[MN_DOUBLE_BYTES_MAX]);
/* Tell whether a number in JSON's grammar fits into a double. */
bool mn_double_fits(minos_view digits);

MINOS_END_DECLS

#endif
