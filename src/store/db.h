/*
 * The users' client from the inside, and the service's own store by its configuration.
 */
#ifndef MN_STORE_DB_H
#define MN_STORE_DB_H

#include <minos/db.h>

#include "store/store.h"

/* Make a client of an open store, which it closes. */
minos_rc mn_db_of_store(mn_store *store, minos_db **ret_db);
mn_store *mn_db_store(minos_db *db);

/*
 * Open the service's own store, `databases.default`, with the tables of a part of the program.
 * Codes as mn_store_open, and MINOS_ECONFIG when it is no SQLite file. Yields.
 */
minos_rc mn_store_from_config(const minos_config *config, const mn_schema *const *schemas,
                              mn_store **ret_store);

#endif
