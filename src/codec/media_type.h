/*
 * Content types (RFC 9110 §8.3.1): "text/plain; charset=utf-8" taken apart, case folded.
 */
#ifndef MN_CODEC_MEDIA_TYPE_H
#define MN_CODEC_MEDIA_TYPE_H

#include <stdbool.h>
#include <stddef.h>

#include <minos/view.h>

#define MN_MEDIA_TYPE_BYTES_MAX 127 /* of type and subtype together with their slash */
#define MN_CHARSET_BYTES_MAX    31

typedef struct mn_media_type {
    char name[MN_MEDIA_TYPE_BYTES_MAX + 1]; /* "text/plain", lower case */
    char charset[MN_CHARSET_BYTES_MAX + 1]; /* lower case, "" when not given */
    size_t name_size;
    size_t charset_size;
} mn_media_type;

typedef enum mn_charset {
    MN_CHARSET_UTF8, /* also when none was given */
    MN_CHARSET_ASCII,
    MN_CHARSET_LATIN1,
    MN_CHARSET_UNKNOWN
} mn_charset;

/* Read; NULL for success, else what is wrong. A charset given twice is wrong, others may repeat. */
const char *mn_media_type_read(minos_view text, mn_media_type *ret_type);
/* Name a charset by its usual names (RFC 2978 registry), any case. */
mn_charset mn_charset_of(minos_view name);

static inline minos_view mn_media_type_name(const mn_media_type *type)
{
    return minos_view_make(type->name, type->name_size);
}

static inline minos_view mn_media_type_charset(const mn_media_type *type)
{
    return minos_view_make(type->charset, type->charset_size);
}

#endif
