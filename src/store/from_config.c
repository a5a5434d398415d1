/*
 * Stores and databases by a configuration.
 */
#include <stdio.h>
#include <string.h>

#include "store/db.h"

#define PATH_BYTES_MAX 4096

/* Give the path of a database: as it is set, else a file of its name in the service's folder. */
static minos_rc path_of(const minos_config *config, const char *database, const char *file,
                        char path[PATH_BYTES_MAX])
{
    char key[300];
    const char *text;

    snprintf(key, sizeof key, "databases.%s.client", database);
    if (minos_config_value(config, key) != NULL) {
        MINOS_TRY(minos_config_text(config, key, &text));
        if (strcmp(text, "sqlite") != 0)
            return minos_fail(MINOS_ECONFIG, "%s: %s is no embedded database", key, text);
    }
    snprintf(key, sizeof key, "databases.%s.path", database);
    if (minos_config_value(config, key) != NULL) {
        MINOS_TRY(minos_config_text(config, key, &text));
        snprintf(path, PATH_BYTES_MAX, "%s", text);
        return MINOS_OK;
    }
    MINOS_TRY(minos_config_text(config, "data", &text));
    for (const char *c = file; *c != '\0'; c++)
        if (*c == '/')
            return minos_fail(MINOS_ECONFIG,
                              "%s names no file: set databases.%s.path to keep its store", file,
                              database);
    snprintf(path, PATH_BYTES_MAX, "%s/%s.db", text, file);
    return MINOS_OK;
}

minos_rc mn_store_from_config(const minos_config *config, const mn_schema *const *schemas,
                              mn_store **ret_store)
{
    char path[PATH_BYTES_MAX];
    mn_store_options options = {
        .path = path, .service = minos_config_name(config), .schemas = schemas};

    MINOS_TRY(path_of(config, "default", options.service, path));
    return mn_store_open(&options, ret_store);
}

minos_rc minos_db_from_config(const minos_config *config, const char *name, minos_db **ret_db)
{
    char key[300], path[PATH_BYTES_MAX];
    mn_store_options options = {.path = path};
    mn_store *store;

    if (name == NULL || strcmp(name, "default") == 0) {
        MINOS_TRY(mn_store_from_config(config, NULL, &store));
        return mn_db_of_store(store, ret_db);
    }
    if ((size_t)snprintf(key, sizeof key, "databases.%s", name) >= sizeof key ||
        minos_config_value(config, key) == NULL)
        return minos_fail(MINOS_ECONFIG, "the configuration has no database %.100s", name);
    MINOS_TRY(path_of(config, name, name, path));
    MINOS_TRY(mn_store_open(&options, &store));
    return mn_db_of_store(store, ret_db);
}
