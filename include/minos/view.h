/*
 * Views: a pointer and a length, borrowed. Text that came from outside may hold NUL bytes, so it is
 * passed as a view; where a C string is asked for, text with a NUL inside is refused.
 */
#ifndef MINOS_VIEW_H
#define MINOS_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <minos/compiler.h>

MINOS_BEGIN_DECLS

typedef struct minos_view {
    const char *data; /* borrowed; not necessarily NUL-terminated; may be NULL when size is 0 */
    size_t size;      /* bytes */
} minos_view;

/** Make a view of a string literal. */
#define MINOS_VIEW(literal) (minos_view_make("" literal, sizeof(literal) - 1))

/** Make a view of `size` bytes at `data`. @noyield */
MINOS_UNUSED static inline minos_view minos_view_make(const void *data, size_t size)
{
    minos_view view;
    view.data = (const char *)data;
    view.size = size;
    return view;
}

/** Make a view of a C string; NULL gives an empty view. @noyield */
MINOS_UNUSED static inline minos_view minos_view_of(const char *text)
{
    return minos_view_make(text, text == NULL ? 0 : strlen(text));
}

/** Tell whether two views hold the same bytes. @noyield */
MINOS_UNUSED static inline bool minos_view_equal(minos_view a, minos_view b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

/** Tell whether a view holds exactly the bytes of a C string. @noyield */
MINOS_UNUSED static inline bool minos_view_is(minos_view a, const char *text)
{
    return minos_view_equal(a, minos_view_of(text));
}

/** Order two views by bytes, a prefix before what it begins. Gives <0, 0 or >0. @noyield */
MINOS_API int minos_view_compare(minos_view a, minos_view b);

MINOS_END_DECLS

#endif
