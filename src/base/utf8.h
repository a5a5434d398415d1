/*
 * UTF-8 (RFC 3629), one character at a time: for saying where a text is wrong. Whether it is wrong
 * is told faster by mn_utf8_valid (simd.h).
 */
#ifndef MN_BASE_UTF8_H
#define MN_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

#include <minos/view.h>

/* Give the bytes of the character at `at`; 0 when it is overlong, a surrogate, cut or too large. */
static inline size_t mn_utf8_step(const char *at, const char *end)
{
    static const struct {
        uint8_t first_min, first_max, second_min, second_max, size;
    } rows[] = {
        /* RFC 3629 §4 */
        {0x00, 0x7f, 0x00, 0x00, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    const uint8_t *bytes = (const uint8_t *)at;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (bytes[0] < rows[i].first_min || bytes[0] > rows[i].first_max)
            continue;
        if ((size_t)(end - at) < rows[i].size)
            return 0;
        if (rows[i].size > 1 && (bytes[1] < rows[i].second_min || bytes[1] > rows[i].second_max))
            return 0;
        for (size_t j = 2; j < rows[i].size; j++)
            if ((bytes[j] & 0xc0) != 0x80)
                return 0;
        return rows[i].size;
    }
    return 0;
}

/* Give the offset of the first byte that is no UTF-8; the size when there is none. */
static inline size_t mn_utf8_fault(minos_view text)
{
    size_t at = 0;
    while (at < text.size) {
        size_t step = mn_utf8_step(text.data + at, text.data + text.size);
        if (step == 0)
            break;
        at += step;
    }
    return at;
}

#endif
