/*
 * Values as tagged JSON, which tells every type of value apart (tests/vectors/README.md): null,
 * true, text, integers up to 2^53 - 1, lists and maps are themselves, all else is an object of one
 * name that begins with a dollar sign. For people and tests; not what HTTP bodies are made of.
 */
#ifndef MN_RUNTIME_TAGGED_H
#define MN_RUNTIME_TAGGED_H

#include <minos/codec.h>

/*
 * Append a value's tagged JSON. EINVAL for what it cannot show: a year outside of 1 … 9999, text
 * that is not UTF-8. ETOOBIG.
 */
minos_rc mn_tagged_write(const minos_value *value, minos_buffer *out);
/* Make the value that decoded tagged JSON means; EPARSE naming the tag. */
minos_rc mn_tagged_read(const minos_value *json, minos_arena *arena, minos_value *ret_value);

#endif
