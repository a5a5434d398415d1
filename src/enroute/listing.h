/*
 * Listings of what a program answers: `minos routes`.
 */
#ifndef MN_ENROUTE_LISTING_H
#define MN_ENROUTE_LISTING_H

#include <minos/codec.h>
#include <minos/enroute.h>

/*
 * Write a table with aligned columns, a line an action: door, kind, method, key, handler, place of
 * its row, options. With a heading unless there are no actions. ETOOBIG when `out` is full.
 */
minos_rc mn_listing_text(minos_factory *factory, minos_buffer *out);
/* Give the same as a list of maps; options only where a row has them. Lives in `arena`. */
minos_rc mn_listing_value(minos_factory *factory, minos_arena *arena, const minos_value **ret_list);
/* Write that list as JSON, with a newline. */
minos_rc mn_listing_json(minos_factory *factory, minos_buffer *out);

#endif
