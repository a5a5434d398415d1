/*
 * Content types. Properties: what is read, put together again with its charset quoted and read
 * again is the same; a charset or a codec is found whatever the case; what is malformed has no
 * codec.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <minos/codec.h>

#include "codec/media_type.h"

#define ENSURE(condition)                                                                          \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s\n", #condition);                                                   \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* With every byte of the charset escaped, which a quoted string allows. */
static size_t put_together(const mn_media_type *type, char *text)
{
    size_t size = type->name_size;
    memcpy(text, type->name, size);
    for (size_t i = 0; i < size; i++)
        text[i] = (char)toupper((unsigned char)text[i]);
    if (type->charset_size == 0)
        return size;
    memcpy(text + size, "\t; x=\"\\\"\";CHARSET=\"", 19);
    size += 19;
    for (size_t i = 0; i < type->charset_size; i++) {
        text[size++] = '\\';
        text[size++] = type->charset[i];
    }
    text[size++] = '"';
    return size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[MN_MEDIA_TYPE_BYTES_MAX + 2 * MN_CHARSET_BYTES_MAX + 32];
    mn_media_type type, again;

    if (mn_media_type_read(minos_view_make(data, size), &type) != NULL) {
        ENSURE(minos_codec_find(minos_view_make(data, size)) == NULL);
        return 0;
    }
    ENSURE(strlen(type.name) == type.name_size && strchr(type.name, '/') != NULL);
    size = put_together(&type, text);
    ENSURE(mn_media_type_read(minos_view_make(text, size), &again) == NULL);
    ENSURE(strcmp(type.name, again.name) == 0);
    ENSURE(minos_view_equal(mn_media_type_charset(&type), mn_media_type_charset(&again)));
    ENSURE(minos_codec_find(minos_view_make(text, size)) ==
           minos_codec_find(mn_media_type_name(&type)));
    return 0;
}
