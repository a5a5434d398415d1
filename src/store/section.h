/*
 * Sections: the writer for one fiber alone, while that fiber thinks between its statements.
 *
 * A section is a piece of a group like an operation, in a savepoint, but its statements come one by
 * one from a fiber that runs on the loop meanwhile. Sections and operations queue together, first
 * in, first out; what follows a section shares its COMMIT. The writer keeps the time: past its
 * limit a section is undone, whatever its fiber does. Since its statements cannot be run again
 * without their fiber, a group lost to somebody else costs a section MINOS_EAGAIN: nothing has
 * happened, run it again.
 *
 * Between open and commit or undo every wait of the fiber but these calls fails with MINOS_ETXWAIT.
 */
#ifndef MN_STORE_SECTION_H
#define MN_STORE_SECTION_H

#include "store/store.h"

#define MN_SECTION_LIMIT (100 * MINOS_MS)

typedef struct mn_section mn_section;

/*
 * Wait for the writer and have it alone. `limit` is for the whole section. MINOS_EFULL, and
 * ECANCELED or ETIMEDOUT of the fiber's wait for its turn. On MINOS_OK it is ended by exactly one
 * of commit and undo. One section a fiber at a time. Yields.
 */
minos_rc mn_section_open(mn_store *store, minos_duration limit, mn_section **ret_section);
/* Give the section of a store that the running fiber is in; NULL: none. Does not yield. */
mn_section *mn_section_of(const mn_store *store);
/*
 * Run an operation in the section, at once. A failure undoes that operation only. Flags but
 * MN_OP_FOREIGN are ignored; `done` is not told. MINOS_ETIMEDOUT: the limit is past;
 * MINOS_ECANCELED: the fiber was cancelled. Yields.
 */
minos_rc mn_section_run(mn_section *section, mn_op *op);
/*
 * End the section with its last statement (NULL: none) and wait until its group is committed; its
 * failure undoes the section. MINOS_EAGAIN: the group was lost to another. Frees it. Yields.
 */
minos_rc mn_section_commit(mn_section *section, mn_op *last);
/* End the section as if it had never been, and free it; NULL does nothing. Yields. */
void mn_section_undo(mn_section *section);

#endif
