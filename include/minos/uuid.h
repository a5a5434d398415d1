/*
 * UUIDs (RFC 9562): 16 bytes in network order; text is canonical lower case.
 */
#ifndef MINOS_UUID_H
#define MINOS_UUID_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <minos/compiler.h>
#include <minos/error.h>
#include <minos/view.h>

MINOS_BEGIN_DECLS

#define MINOS_UUID_TEXT_BYTES 36

typedef struct minos_uuid {
    uint8_t bytes[16];
} minos_uuid;

/** Make a random UUID, version 4. @noyield @thread{any} @std{RFC 9562 §5.4} */
MINOS_API minos_uuid minos_uuid_new(void);
/** Make a time-ordered UUID, version 7. @noyield @thread{any} @std{RFC 9562 §5.7} */
MINOS_API minos_uuid minos_uuid_new_v7(void);
/** Make the UUID of a name in a namespace, version 5. @noyield @thread{any} @std{RFC 9562 §5.5} */
MINOS_API minos_uuid minos_uuid_new_v5(minos_uuid space, minos_view name);
/**
 * Read 36 characters with hyphens or 32 without, either case.
 * @retval MINOS_OK      read
 * @retval MINOS_EPARSE  anything else
 * @noyield @thread{any} @std{RFC 9562 §4}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_uuid_parse(minos_view text, minos_uuid *ret_uuid);
/** Write 36 characters, lower case, and a NUL. @noyield @thread{any} @std{RFC 9562 §4} */
MINOS_API void minos_uuid_format(minos_uuid uuid, char text[MINOS_UUID_TEXT_BYTES + 1]);

MINOS_UNUSED static inline bool minos_uuid_equal(minos_uuid a, minos_uuid b)
{
    return memcmp(a.bytes, b.bytes, sizeof a.bytes) == 0;
}

MINOS_END_DECLS

#endif
